// The tagger of names: what it splits, what it may say, that the same data give the same weights, and that what it ships with finds plain names.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Classifier } from '../../../../gateway/redaction/classify-document.ts'
import { findNames } from '../../../../gateway/redaction/tagger/find-names.ts'
import { tags } from '../../../../gateway/redaction/tagger/features.ts'
import { addWord, lexiconBits, listsOf } from '../../../../gateway/redaction/tagger/lexicon.ts'
import { bestOf, mayFollow } from '../../../../gateway/redaction/tagger/tagger.ts'
import { withNames } from '../../../../gateway/redaction/tagger/with-names.ts'
import { tokensOf } from '../../../../gateway/redaction/tagger/tokens.ts'
import { asText } from '../../../../gateway/redaction/tagger/train/as-text.ts'
import { fit, packed } from '../../../../gateway/redaction/tagger/train/fit.ts'
import { randomFrom } from '../../../../router/train/random.ts'
import { sentencesOf } from '../../../../gateway/redaction/tagger/train/templates.ts'
import { trainedTagger, unpackTrained, weightsFile } from '../../../../gateway/redaction/tagger/weights.ts'

describe('tokens', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["Ann O'Neil, 3 pm.", ['Ann', "O'Neil", ',', '3', 'pm', '.']], ['Jean-Luc (Paris)', ['Jean-Luc', '(', 'Paris', ')']], ['', []], ['a@b.c', ['a', '@', 'b', '.', 'c']], ['Łódź\nØre', ['Łódź', 'Øre']],
  ]
  for (const [text, expected] of rows) test(JSON.stringify(text), () => { assert.deepEqual(tokensOf(text).map(token => token.text), expected) })

  test('every token is where it says, whatever the text is', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), text => {
      let end = 0
      for (const token of tokensOf(text)) {
        assert.equal(text.slice(token.start, token.end), token.text)
        assert.ok(token.start >= end)
        end = token.end
      }
    }), { numRuns: 500 })
  })

  test('parts of addresses, paths and identifiers cannot begin a name, and a title ends no sentence', () => {
    const capitals = (text: string): string[] => tokensOf(text).filter(token => token.isCapital).map(token => token.text)
    assert.deepEqual(capitals('Write AnnaOhm@mail.example, see /Users/Anna and Foo_Bar=Baz or @Anna'), ['Write'])
    assert.deepEqual(tokensOf('Ask Mrs. Ohm. Then go\nHome').filter(token => token.isFirst).map(token => token.text), ['Ask', 'Then', 'Home'])
  })
})

test('a name goes on only as what it began as', () => {
  for (let previous = 0; previous < tags.length; previous += 1) {
    for (let tag = 0; tag < tags.length; tag += 1) {
      const expected = tags[tag]?.startsWith('I') !== true || tags[previous]?.slice(1) === tags[tag]?.slice(1)
      assert.equal(mayFollow(previous, tag), expected, `${tags[previous]} ${tags[tag]}`)
    }
  }
  assert.equal(bestOf(Float64Array.from([0, 1, 9, 0, 0, 0, 0]), 0).tag, 1)
  assert.deepEqual(bestOf(Float64Array.from([0, 1, 9, 0, 0, 0, 0]), 1), { tag: 2, margin: 8 })
})

test('the lexicon knows what was added, on its own list, and hardly anything else', () => {
  const bits = new Uint8Array(lexiconBits / 8)
  for (let index = 0; index < 20_000; index += 1) addWord(bits, 'last', `word${index}`)
  assert.equal(listsOf(bits, 'word17'), 2)
  let strangers = 0
  for (let index = 0; index < 20_000; index += 1) if (listsOf(bits, `other${index}`) !== 0) strangers += 1
  assert.ok(strangers < 200, String(strangers))
})

const names = { first: ['Anna', 'Bert', 'Cleo'], last: ['Ohm', 'Brandauer', 'Rivas'], places: ['Ulm', 'Porto'] }

test('the same sentences and numbers give the same weights', () => {
  const lexicon = new Uint8Array(lexiconBits / 8)
  const once = (): Buffer => {
    const random = randomFrom(3)
    return Buffer.from(packed(fit(sentencesOf(names, 200, random).map(asText), lexicon, 2, random), 15).buffer)
  }
  assert.ok(once().equals(once()))
})

test('running text of labelled words keeps the labels', () => {
  const { gold, tokens } = asText({ words: ['Hi', 'Anna', 'Ohm', ',', 'I', "'m", 'in', 'Ulm', '.'], tags: ['O', 'B-PER', 'I-PER', 'O', 'O', 'O', 'O', 'B-LOC', 'O'] })
  assert.deepEqual(tokens.map((token, index) => `${token.text} ${tags[gold[index] ?? 0]}`), ['Hi O', 'Anna B-PER', 'Ohm I-PER', ', O', "I'm O", 'in O', 'Ulm B-LOC', '. O'])
})

describe('as it is shipped', () => {
  test('the file is what this version reads, and the card speaks of it', () => {
    const file = readFileSync(weightsFile)
    assert.equal(unpackTrained(file).version, trainedTagger().version)
    assert.throws(() => unpackTrained(file.subarray(0, -1)), /bytes long/)
    assert.match(readFileSync(new URL('card.md', weightsFile), 'utf8'), new RegExp(`Weights \`${trainedTagger().version}\``))
  })

  const persons: readonly (readonly [string, readonly string[]])[] = [
    ['Please forward this to Maria Schneider and Peter Jackson before noon.', ['Maria Schneider', 'Peter Jackson']],
    ['My name is Thomas Müller and I need help.', ['Thomas Müller']],
    ['The meeting with Sarah Johnson was moved to Friday.', ['Sarah Johnson']],
  ]
  for (const [text, expected] of persons) {
    test(text, () => { assert.deepEqual(findNames(text).filter(({ kind }) => kind === 'person').map(({ end, start }) => text.slice(start, end)), expected) })
  }

  test('code, tables and short texts are not looked at', () => {
    for (const text of ['const Anna = { Bert: Cleo, Dora: [Emil] };', '| Anna | Bert |\n|---|---|\n| Cleo | Dora |', '{"Anna":"Bert"}', 'Hi']) assert.deepEqual(findNames(text), [], text)
  })

  test('findings are in order, without overlaps and inside the text, whatever it is', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom('Anna', 'Bert', 'of', 'the', 'GmbH', '\n', '.', 'Ulm', 'and', '&', '3', '-', 'said'), fc.string({ maxLength: 6 })), { maxLength: 60 }), words => {
      const text = words.join(' ')
      let end = 0
      for (const finding of findNames(text)) {
        assert.ok(finding.start >= end && finding.end > finding.start && finding.end <= text.length)
        assert.ok(finding.confidence >= 0.5 && finding.confidence <= 0.9)
        end = finding.end
      }
    }), { numRuns: 300 })
  })
})

describe('names beside what rules find', () => {
  test('a classifier looks for names only where it is told to, and rules come first', () => {
    const text = 'Please tell Maria Schneider that maria.schneider@example.com does not work.'
    const kindsOf = (names: boolean): string[] => new Classifier({ minConfidence: 0.5, memoBytes: 1 << 20, names }).find(text, null).map(({ end, kind, start }) => `${kind} ${text.slice(start, end)}`)
    assert.deepEqual(kindsOf(false), ['email maria.schneider@example.com'])
    assert.deepEqual(kindsOf(true), ['person Maria Schneider', 'email maria.schneider@example.com'])
  })

  test('what is joined is in order and apart, whatever rules have found', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(70), fc.integer({ min: 1, max: 20 }))), places => {
      const text = 'Maria Schneider met Peter Jackson and Sarah Johnson in London on Monday, said Thomas Müller of Acorn.'
      let free = 0
      const found = places.sort((a, b) => a[0] - b[0]).flatMap(([start, length]) => {
        if (start < free || start + length > text.length) return []
        free = start + length
        return [{ kind: 'email' as const, start, end: free, confidence: 1 }]
      })
      const joined = withNames(text, found, 0.5)
      for (const one of found) assert.ok(joined.includes(one))
      joined.forEach((one, index) => { assert.ok(one.start >= (joined[index - 1]?.end ?? 0)) })
    }), { numRuns: 300 })
  })
})
