// node gateway/redaction/tagger/train/main.ts DATA: trains the tagger of names on what was downloaded to DATA, writes tagger/weights.bin and says how
// well it finds what was held out. tagger/card.md says where the data are from; none of them is kept in the repository.
import { writeFileSync } from 'node:fs'
import { buckets, tags } from '../features.ts'
import { lexiconBits } from '../lexicon.ts'
import { packTrained, unpackTrained, weightsFile } from '../weights.ts'
import { asText } from './as-text.ts'
import { fit, packed } from './fit.ts'
import { measure } from './measure.ts'
import { randomFrom } from '../../../../router/train/random.ts'
import { lexiconOf, readLabelled, readNames } from './read-data.ts'
import { sentencesOf } from './templates.ts'

const seed = 5
const passes = 5
const scale = 15
const bias = 0
const ownSentences = 25_000

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: node gateway/redaction/tagger/train/main.ts DATA\n')
  process.exit(2)
}
const labelled = readLabelled(folder)
const names = readNames(folder)
const random = randomFrom(seed)
const training = labelled.flatMap(set => set.training)
const lexicon = lexiconOf(names, training)
const own = sentencesOf(names, ownSentences, random)
const weights = packed(fit([...training, ...own].map(asText), lexicon, passes, random), scale)
const file = packTrained({
  format: 1, buckets, tags: tags as unknown as [string], lexicon_bits: lexiconBits, bias, scale,
  trained: { seed, passes, sentences: { ...Object.fromEntries(labelled.map(set => [set.name, set.training.length])), own: own.length } },
}, weights, lexicon)
writeFileSync(weightsFile, file)
const trained = unpackTrained(file)
process.stdout.write(`version ${trained.version}, ${file.length} bytes\n`)
for (const { heldOut, name } of labelled) {
  const cells = Object.entries(measure(heldOut, trained, bias)).map(([kind, { found, named, rightlyFound }]) => `${kind} P ${(100 * rightlyFound / found).toFixed(1)} R ${(100 * rightlyFound / named).toFixed(1)} (${named})`)
  process.stdout.write(`${name}, ${heldOut.length} held-out sentences: ${cells.join(', ')}\n`)
}
