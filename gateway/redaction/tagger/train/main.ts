// node gateway/redaction/tagger/train/main.ts DATA: trains the tagger of names on what was downloaded to DATA, writes tagger/weights.bin and says how
// well it finds what was held out. tagger/card.md says where the data are from; none of them is kept in the repository.
import { writeFileSync } from 'node:fs'
import { tags } from '../features.ts'
import { groupBuckets } from '../groups.ts'
import { lexiconBits } from '../lexicon.ts'
import { buckets } from '../model.ts'
import { tagNames } from '../tagger.ts'
import { packTrained, unpackTrained, weightsFile } from '../weights.ts'
import { asText } from './as-text.ts'
import { fit, type Settings } from './fit.ts'
import { groupWords } from './group-words.ts'
import { measure } from './measure.ts'
import { mostFeatures, packed } from './pack.ts'
import { randomFrom } from '../../../../router/train/random.ts'
import { lexiconOf, readLabelled } from './read-data.ts'
import { readLists } from './read-lists.ts'
import { heldOutReadmes, readReadmes, trainingReadmes } from './read-readmes.ts'
import { inSmall, ownTexts } from './own-texts.ts'

const seed = 5
const scale = 20
const bias = 0
const ownTextCount = 40_000
const smallShare = 0.15
const settings: Settings = { passes: 4, lastPasses: 3, keep: mostFeatures, rate: 0.1, decay: 1e-5, least: 3, hidden: 0.25 }

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: node gateway/redaction/tagger/train/main.ts DATA\n')
  process.exit(2)
}
const lists = readLists(folder)
const labelled = readLabelled(folder, lists)
const random = randomFrom(seed)
const training = labelled.flatMap(set => set.training)
const lexicon = lexiconOf(lists, training)
const own = ownTexts(lists, ownTextCount, random)
const small = training.filter(() => random() < smallShare).map(inSmall)
const groups = groupWords(folder)
const nameless = readReadmes(folder, trainingReadmes, lists)
const fitted = fit([...[...training, ...small, ...own].map(asText), ...nameless], lexicon, groups, settings, random)
const { checks, weights } = packed(fitted, scale)
const file = packTrained({
  format: 2, buckets, group_buckets: groupBuckets, tags: tags as unknown as [string], lexicon_bits: lexiconBits, bias, scale,
  trained: { seed, passes: settings.passes, sentences: { ...Object.fromEntries(labelled.map(set => [set.name, set.training.length])), own: own.length, nameless: nameless.length } },
}, { checks, weights, transitions: fitted.transitions, lexicon, groups })
writeFileSync(weightsFile, file)
const trained = unpackTrained(file)
process.stdout.write(`version ${trained.version}, ${file.length} bytes; ${fitted.kept.length} of ${fitted.hashes.length} features\n`)
const silent = readReadmes(folder, heldOutReadmes, lists)
const alarms = silent.flatMap(({ tokens }) => tagNames(tokens, trained, bias)).length
process.stdout.write(`held-out texts that name nobody: ${alarms} names in ${silent.reduce((sum, { text }) => sum + text.length, 0)} characters\n`)
for (const { heldOut, name } of labelled) {
  const cells = Object.entries(measure(heldOut, trained, bias)).map(([kind, { found, named, rightlyFound }]) => `${kind} P ${(100 * rightlyFound / found).toFixed(1)} R ${(100 * rightlyFound / named).toFixed(1)} F ${(200 * rightlyFound / (found + named)).toFixed(1)} (${named})`)
  process.stdout.write(`${name}, ${heldOut.length} held-out texts: ${cells.join(', ')}\n`)
}
