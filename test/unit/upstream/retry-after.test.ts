import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { durationMs, retryAfterMs, retryInfoMs } from '../../../gateway/upstream/retry-after.ts'

const nowMs = Date.parse('2026-10-05T12:00:00Z')
const day = 24 * 3600 * 1000

suite('durations', () => {
  for (const [text, expected] of [
    ['1s', 1000], ['6m0s', 360_000], ['20ms', 20], ['1h2m3.5s', 3_723_500], ['0s', 0], ['8.64s', 8640], ['30', 30_000], ['0.5', 500], ['2d', day], ['99999999999h', day],
    ['', null], ['s', null], ['-1s', null], ['1x', null], ['1s ', null], ['1 s', null], ['1e9', null], ['NaN', null], ['Infinity', null],
  ] as const) test(`"${text}" is ${String(expected)} ms`, () => { assert.equal(durationMs(text), expected) })
})

suite('what Google says in an error', () => {
  const info = (retryDelay: unknown): object => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay })
  const help = { '@type': 'type.googleapis.com/google.rpc.Help', links: [] }
  for (const [title, details, expected] of [
    ['a delay beside other details', [help, info('12s')], 12_000], ['a part of a second', [info('0.5s')], 500], ['a year', [info('31536000s')], day], ['no number', [info('soon')], null], ['no text', [info(12)], null],
    ['a long text', [info('1'.repeat(40))], null], ['no delay', [help], null], ['no list', {}, null], ['nothing', undefined, null], ['too many details', [...Array.from({ length: 20 }, () => help), info('12s')], null],
  ] as const) test(`${title}: ${String(expected)} ms`, () => { assert.equal(retryInfoMs({ code: 429, details }), expected) })
})

suite('when to ask again', () => {
  const rows: readonly (readonly [string, number, Readonly<Record<string, string>>, number | null])[] = [
    ['seconds', 429, { 'retry-after': '30' }, 30_000],
    ['a date', 503, { 'retry-after': 'Mon, 05 Oct 2026 12:00:10 GMT' }, 10_000],
    ['a date that has passed', 503, { 'retry-after': 'Mon, 05 Oct 2026 11:00:00 GMT' }, 0],
    ['milliseconds before seconds', 429, { 'retry-after': '30', 'retry-after-ms': '1500' }, 1500],
    ['nothing', 429, {}, null],
    ['something that is neither', 429, { 'retry-after': 'soon', 'retry-after-ms': '-5' }, null],
    ['a year', 429, { 'retry-after': '31536000' }, day],
    ['the reset of OpenAI\'s requests', 429, { 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '100' }, 1000],
    ['the later of two limits that are both used up', 429, { 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '0' }, 360_000],
    ['the first reset where none is said to be used up', 429, { 'x-ratelimit-reset-requests': '20s', 'x-ratelimit-reset-tokens': '5s' }, 5000],
    ['Anthropic\'s time', 429, { 'anthropic-ratelimit-input-tokens-reset': '2026-10-05T12:00:42Z', 'anthropic-ratelimit-input-tokens-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-10-05T12:10:00Z', 'anthropic-ratelimit-requests-remaining': '9' }, 42_000],
    ['an overload with its limits', 529, { 'anthropic-ratelimit-requests-reset': '2026-10-05T12:00:01Z' }, 1000],
    ['limits beside another error', 500, { 'x-ratelimit-reset-requests': '1s' }, null],
    ['a reset that is no time', 429, { 'x-ratelimit-reset-requests': 'never' }, null],
  ]
  for (const [title, status, headers, expected] of rows) test(`${title}: ${String(expected)} ms`, () => { assert.equal(retryAfterMs(status, headers, nowMs), expected) })

  test('whatever a provider writes, it is a time between now and a day, or none', () => {
    const names = fc.constantFrom('retry-after', 'retry-after-ms', 'x-ratelimit-reset-requests', 'x-ratelimit-remaining-requests', 'anthropic-ratelimit-tokens-reset')
    fc.assert(fc.property(fc.dictionary(names, fc.oneof(fc.string(), fc.double().map(String), fc.date({ noInvalidDate: true }).map(date => date.toISOString()))), headers => {
      const found = retryAfterMs(429, headers, nowMs)
      assert.ok(found === null || (found >= 0 && found <= day), String(found))
    }), { numRuns: 1000 })
  })
})
