// The tagger of names: what it splits, what it asks about, what it says again, and that what it ships with finds plain names.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Classifier } from '../../../../gateway/redaction/classify-document.ts'
import { withRepeated } from '../../../../gateway/redaction/tagger/again.ts'
import { findNames } from '../../../../gateway/redaction/tagger/find-names.ts'
import { addWord, lexiconBits, listsOf } from '../../../../gateway/redaction/tagger/lexicon.ts'
import { runsOf } from '../../../../gateway/redaction/tagger/runs.ts'
import type { Tagged } from '../../../../gateway/redaction/tagger/tagged.ts'
import { withNames } from '../../../../gateway/redaction/tagger/with-names.ts'
import { tokensOf } from '../../../../gateway/redaction/tagger/tokens.ts'
import { trainedTagger, unpackTrained, weightsFile } from '../../../../gateway/redaction/tagger/weights.ts'
import { Words } from '../../../../gateway/redaction/tagger/words.ts'

describe('tokens', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["Ann O'Neil, 3 pm.", ['Ann', "O'Neil", ',', '3', 'pm', '.']], ['Jean-Luc (Paris)', ['Jean-Luc', '(', 'Paris', ')']], ['', []], ['a@b.c', ['a', '@', 'b', '.', 'c']], ['Łódź\nØre', ['Łódź', 'Øre']],
    ["Anna's O’Neil’s cat, isn't", ['Anna', "'s", 'O’Neil', '’s', 'cat', ',', "isn't"]], ['3M Zürich2', ['3', 'M', 'Zürich2']], ['e\u0301ne 😀!', ['e\u0301ne', '😀', '!']],
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
    assert.deepEqual(capitals('Write AnnaOhm@mail.example, see /Users/Anna and Foo_Bar=Baz or @Anna, call Anna(1) and `Anna`'), ['Write'])
    assert.deepEqual(capitals('J.Ohm and end.Then'), ['J', 'Ohm'])
    assert.deepEqual(capitals('Omar al-Hassan, x-Ray and al-so'), ['Omar', 'al-Hassan'])
    assert.deepEqual(tokensOf('Ask Mrs. Ohm. Then go\nHome').filter(token => token.isFirst).map(token => token.text), ['Ask', 'Then', 'Home'])
    assert.deepEqual(tokensOf('> Anna\n- Bert Ohm').filter(token => token.isLineStart).map(token => token.text), ['>', 'Anna', '-', 'Bert'])
  })
})

const noGroups = { checks: new Uint16Array(4), group: new Uint8Array(4), wide: new Uint8Array(256) }
const commonWords = (words: readonly string[]): Uint8Array => {
  const bits = new Uint8Array(lexiconBits / 8)
  for (const word of words) addWord(bits, 'common', word)
  return bits
}

describe('runs', () => {
  const lexicon = commonWords(['please', 'call', 'about', 'the', 'invoice', 'and', 'set', 'to'])
  const runs = (text: string): string[] => {
    const tokens = tokensOf(text)
    return runsOf(tokens, new Words(lexicon, noGroups).of(tokens)).map(({ from, to }) => tokens.slice(from, to).map(token => token.text).join(' '))
  }
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['we met Anna van der Berg and Bert.', ['Anna van der Berg and Bert']], ['the Bank of the West in Ulm', ['Bank of the West in Ulm']], ['Ohm, Rivas & Cleo met', ['Ohm , Rivas & Cleo']], ['Anna\nBert', ['Anna', 'Bert']], ['at 3M today', ['3 M']],
    ['Studio 54 and more', ['Studio 54']], ['Anna said and Bert', ['Anna', 'Bert']], ["Anna's Bakery, closed", ["Anna 's Bakery"]], ['', []],
    // Without any capital, words that are no ordinary ones.
    ['please call anna ohm about the invoice', ['anna ohm']], ['set anna = ohm;', []], ['anna', []],
  ]
  for (const [text, expected] of rows) test(JSON.stringify(text), () => { assert.deepEqual(runs(text), expected) })

  test('a long one is cut', () => { assert.ok(runs('Aa '.repeat(1_000)).every(run => run.split(' ').length <= 64)) })
})

describe('names that are said again', () => {
  const text = 'Anna Brandauer of Acme called. Brandauer is right, Anna said. May Ohm left. May is warm. Acme agreed.'
  const tokens = tokensOf(text)
  const words = new Words(commonWords(['may', 'is', 'right']), noGroups).of(tokens)
  const name = (first: string, length: number, kind: Tagged['kind'], likelihood: number, nth = 0): Tagged => {
    const from = tokens.map((token, index) => token.text === first ? index : -1).filter(index => index >= 0)[nth] ?? 0
    return { kind, from, to: from + length, likelihood }
  }
  const again = (...names: readonly Tagged[]): string[] => withRepeated(tokens, words, names).map(({ from, kind, to }) => `${kind} ${tokens.slice(from, to).map(token => token.text).join(' ')}`)

  test('each word of a sure person is meant again, an organisation of one word too', () => {
    assert.deepEqual(again(name('Anna', 2, 'PER', 0.95), name('Acme', 1, 'ORG', 0.9)), ['PER Anna Brandauer', 'ORG Acme', 'PER Brandauer', 'PER Anna', 'ORG Acme'])
  })
  test('an unsure one speaks for nobody, and an ordinary word of a name neither', () => {
    assert.deepEqual(again(name('Anna', 2, 'PER', 0.6)), ['PER Anna Brandauer'])
    assert.deepEqual(again(name('May', 2, 'PER', 0.99)), ['PER May Ohm'])
  })
  test('a surer one says what an unsure one is, and two that disagree say nothing', () => {
    assert.deepEqual(again(name('Anna', 2, 'PER', 0.95), name('Brandauer', 1, 'LOC', 0.5, 1)), ['PER Anna Brandauer', 'PER Brandauer', 'PER Anna'])
    assert.deepEqual(again(name('Acme', 1, 'ORG', 0.9), name('Acme', 1, 'LOC', 0.9, 1)), ['ORG Acme', 'LOC Acme'])
  })
})

test('the lexicon knows what was added, on its own list, and hardly anything else', () => {
  const bits = new Uint8Array(lexiconBits / 8)
  for (let index = 0; index < 20_000; index += 1) addWord(bits, 'last', `word${index}`)
  assert.equal(listsOf(bits, 'word17'), 2)
  let strangers = 0
  for (let index = 0; index < 20_000; index += 1) if (listsOf(bits, `other${index}`) !== 0) strangers += 1
  assert.ok(strangers < 200, String(strangers))
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
    ['Hi Priya,\n\nthe contract is attached.\n\nBest regards,\nTomasz Kowalczyk', ['Priya', 'Tomasz Kowalczyk']],
    ['can you ask sarah johnson if she got the parcel', ['sarah johnson']],
    ["Angela Merkel's successor is not known yet. Merkel said so.", ['Angela Merkel', 'Merkel']],
    ['The Settings page shows the Error on Monday. Click Save, then press OK.', []],
  ]
  for (const [text, expected] of persons) {
    test(text, () => { assert.deepEqual(findNames(text).filter(({ kind }) => kind === 'person').map(({ end, start }) => text.slice(start, end)), expected) })
  }

  test('code, tables and short texts are not looked at', () => {
    for (const text of ['const anna = new Bert();', 'const Anna = { Bert: Cleo, Dora: [Emil] };', '| Anna | Bert |\n|---|---|\n| Cleo | Dora |', '{"Anna":"Bert"}', 'Hi']) assert.deepEqual(findNames(text), [], text)
  })

  test('hostile texts cost time in proportion to their length', () => {
    for (const piece of ['Aa ', 'A,', 'Anna and ', "A's ", 'a', 'Anna Ohm. ', 'x y z ', 'Aa\n', 'A.A.']) {
      const timed = (length: number): number => {
        const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
        const before = process.cpuUsage()
        findNames(text)
        const { system, user } = process.cpuUsage(before)
        return (user + system) / 1_000
      }
      timed(16_384)
      const [one, eight] = [timed(32_768), timed(262_144)]
      assert.ok(eight < 100 + one * 30, `${JSON.stringify(piece)}: ${one} ms, eight times as much ${eight} ms`)
    }
  })

  test('findings are in order, without overlaps and inside the text, whatever it is', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom('Anna', 'Bert', 'of', 'the', 'GmbH', '\n', '.', 'Ulm', 'and', '&', '3', '-', 'said'), fc.string({ maxLength: 6 })), { maxLength: 60 }), words => {
      const text = words.join(' ')
      let end = 0
      for (const finding of findNames(text)) {
        assert.ok(finding.start >= end && finding.end > finding.start && finding.end <= text.length)
        assert.ok(finding.confidence > 0 && finding.confidence <= 1)
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
