// Operators' patterns: RE2 syntax, what is refused when the configuration is read, literals that spare the search, and hostile text.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noLabels } from '../../../../gateway/exchange/labels.ts'
import { compilePattern, patternDetector } from '../../../../gateway/redaction/own/pattern.ts'

const about = { kind: 'own:pattern', labels: noLabels } as const
const detectorOf = (pattern: string, literals: readonly string[] = [], ignoreCase = true): ReturnType<typeof patternDetector> => patternDetector(about, { pattern, literals, ignoreCase })

const found = (pattern: string, text: string, literals: readonly string[] = [], ignoreCase = true): string[] => {
  const out: string[] = []
  assert.equal(detectorOf(pattern, literals, ignoreCase).find(text, (start, end) => { out.push(text.slice(start, end)) }), true)
  return out
}

describe('what a pattern finds', () => {
  const cases: readonly (readonly [what: string, pattern: string, text: string, expected: readonly string[]])[] = [
    ['every match', 'EMP-[0-9]{4}', 'EMP-1234, emp-9999 and EMP-12', ['EMP-1234', 'emp-9999']],
    ['the group that is called value', 'case (?<value>[0-9]+) of', 'case 4711 of many, case 12 of few', ['4711', '12']],
    ['other groups do not count', '(case) ([0-9]+)', 'case 4711', ['case 4711']],
    ['offsets behind emoji and combining characters', 'x[0-9]', '🚀e\u0301 x1 \ud83d x2', ['x1', 'x2']],
    ['a group that took no part', 'a(?<value>b)?c', 'ac abc', ['b']],
  ]
  for (const [what, pattern, text, expected] of cases) test(what, () => { assert.deepEqual(found(pattern, text), expected) })

  test('where case counts, it does', () => { assert.deepEqual(found('EMP-[0-9]{4}', 'EMP-1234 emp-9999', [], false), ['EMP-1234']) })

  test('a text without any of the literals is not searched', () => {
    assert.deepEqual(found('[0-9]{4}', 'year 2024', ['badge', 'staff']), [])
    assert.deepEqual(found('[0-9]{4}', 'BADGE 2024', ['badge', 'staff']), ['2024'])
  })
})

describe('patterns that are refused', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['(?=a)b', /Perl syntax.*no look-around/], ['(a)\\1', /escape.*no back references/], ['(a', /missing closing/], ['a{2000}', /repeat count.*up to 1000/], ['a*', /matches the empty text/], ['x|', /matches the empty text/],
  ]
  for (const [pattern, problem] of cases) test(pattern, () => { assert.throws(() => compilePattern(pattern, true), problem) })
})

describe('hostile text', () => {
  test('a pattern that looks for each match to the end of the text gives up, and says so', () => {
    const detector = detectorOf('x(?:.*y)?', [], false)
    let count = 0
    const text = 'x'.repeat(1 << 20)
    assert.equal(detector.find(text, () => { count += 1 }), false)
    assert.ok(count > 0 && count < text.length)
  })

  test('patterns that are exponential elsewhere are not', () => {
    for (const pattern of ['(a+)+$', '(a|aa)+b', '([a-z]+)*1']) assert.deepEqual(found(pattern, `${'a'.repeat(50_000)}!`), [], pattern)
  })

  test('sixteen times the text takes less than sixty-four times the time', () => {
    const detector = detectorOf('[a-z]{3}[0-9]{3}')
    const run = (size: number): number => {
      const text = 'abc12 '.repeat(size / 6)
      const from = process.threadCpuUsage().user
      detector.find(text, () => undefined)
      return Math.max(1000, process.threadCpuUsage().user - from)
    }
    assert.ok([0, 1].some(() => run(1 << 20) / run(1 << 16) < 64))
  })
})
