// Operators' word lists: whole words in every script, phrases, case, and a cost that grows neither with the list nor faster than the text.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { noLabels } from '../../../../gateway/exchange/labels.ts'
import { isWordEntry, wordList } from '../../../../gateway/redaction/own/word-list.ts'

const about = { kind: 'own:list', labels: noLabels } as const

const found = (words: readonly string[], text: string, ignoreCase = true): string[] => {
  const out: string[] = []
  wordList(about, words, ignoreCase).find(text, (start, end) => { out.push(text.slice(start, end)) })
  return out
}

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const timed = (run: () => void): number => {
  let best = Infinity
  for (let round = 0; round < 3; round += 1) {
    const from = threadMs()
    run()
    best = Math.min(best, threadMs() - from)
  }
  return Math.max(1, best)
}

describe('words of a list', () => {
  const cases: readonly (readonly [what: string, words: readonly string[], text: string, expected: readonly string[]])[] = [
    ['a word', ['Falcon'], 'about Falcon today', ['Falcon']],
    ['a word in another case', ['Falcon'], 'FALCON and falcon', ['FALCON', 'falcon']],
    ['a part of a longer word', ['Falcon'], 'Falconry, Falcons, superfalcon, falcon9', []],
    ['a word between signs', ['falcon'], '/src/falcon_v/falcon.ts (falcon)', ['falcon', 'falcon', 'falcon']],
    ['at both ends', ['falcon'], 'falcon', ['falcon']],
    ['a phrase', ['Blue Heron'], 'the blue heron flies', ['blue heron']],
    ['a phrase over a line end and more space', ['Blue Heron'], 'the Blue \n\t Heron', ['Blue \n\t Heron']],
    ['a phrase with another word between', ['Blue Heron'], 'the blue grey heron', []],
    ['the beginning of a phrase', ['Blue Heron'], 'blue', []],
    ['a phrase with another sign', ['blue-heron'], 'blue heron, blue-heron', ['blue-heron']],
    ['a phrase whose last word goes on', ['Blue Heron'], 'blue herons', []],
    ['the longer and the shorter of two', ['blue', 'blue heron'], 'blue heron', ['blue', 'blue heron']],
    ['signs before and behind', ['#42', 'C++'], 'room #42, C++ and C', ['#42', 'C++']],
    ['accents as one character or two', ['Müller'], 'M\u00fcller Mu\u0308ller', ['M\u00fcller', 'Mu\u0308ller']],
    ['an accent that the list does not have', ['Muller'], 'Mu\u0308ller', []],
    ['Greek in capitals', ['Οδυσσέας'], 'ΟΔΥΣΣΈΑΣ', ['ΟΔΥΣΣΈΑΣ']],
    ['Cyrillic', ['Сокол'], 'проект СОКОЛ готов', ['СОКОЛ']],
    ['Chinese, where no space stands between words', ['蓝鹭'], '我们的蓝鹭项目', ['蓝鹭']],
    ['beyond the basic plane', ['𠮷野'], '店名は𠮷野家', ['𠮷野']],
    ['a word beside an emoji', ['falcon'], 'go falcon🚀', ['falcon']],
    ['an emoji itself', ['🦅'], 'the 🦅 flies', ['🦅']],
    ['words of one letter after another', ['a b c'], 'a b a b c', ['a b c']],
  ]
  for (const [what, words, text, expected] of cases) {
    test(`${what}: ${expected.length === 0 ? 'not found' : 'found'}`, () => { assert.deepEqual(found(words, text).sort(), [...expected].sort()) })
  }

  test('where case counts, only the form that is written is found', () => {
    assert.deepEqual(found(['Apple'], 'an apple from Apple, APPLE', false), ['Apple'])
  })

  test('what has neither letter nor digit is no entry', () => {
    assert.deepEqual(['***', ' ', '🦅', 'a', '#1'].map(isWordEntry), [false, false, true, true, true])
  })

  test('every word of any list is found in a text that consists of them', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'B', 'ß', 'é', '1', 'ж', '語'), minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 }), words => {
      const text = words.join(', ')
      const all = new Set(found(words, text))
      for (const word of words) assert.ok(all.has(word), word)
    }))
  })
})

describe('the cost of a word list', () => {
  const prose = 'the meeting about the new building takes place on monday in the large hall of the second floor and everybody is welcome to it '
  const text = prose.repeat(4000)
  const listOf = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `john number${index} of the large ${index}`)

  test('does not grow with the list, even where all entries begin alike', () => {
    const [few, many] = [50, 20_000].map(count => {
      const list = wordList(about, listOf(count), true)
      const with_ = text.replaceAll('meeting', 'john')
      return timed(() => { list.find(with_, () => undefined) })
    }) as [number, number]
    assert.ok(many / few < 6, `50 entries: ${few} ms, 20000 entries: ${many} ms`)
  })

  const hostile: Readonly<Record<string, string>> = {
    'the first word over and over': 'john ', 'the phrase without its end': 'john number1 of the large ', 'one long word': 'a', 'spaces': ' ', 'the first word and a long way to the next': `john${' '.repeat(500)}`,
    'one-letter words': 'a ', 'single characters': '語', 'halves of pairs': '\ud83d', 'signs': '.-',
  }
  for (const [what, unit] of Object.entries(hostile)) {
    test(`${what}: sixteen times the text takes less than sixty-four times the time`, () => {
      const list = wordList(about, [...listOf(100), 'a a a a b', '語語語文'], true)
      const of = (size: number): string => unit.repeat(Math.ceil(size / unit.length))
      const ratio = (): number => timed(() => { list.find(of(1 << 20), () => undefined) }) / timed(() => { list.find(of(1 << 16), () => undefined) })
      assert.ok(ratio() < 64 || ratio() < 64)
    })
  }
})
