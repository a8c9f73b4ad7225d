// Several detectors speak of the same text: nothing that one of them found becomes readable because of another one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { EntityKind, Finding } from '../../../gateway/exchange/finding.ts'
import { cutOverlaps } from '../../../gateway/redaction/cut-overlaps.ts'

const text = 'at 12 Main Street, anna@example.com, in Springfield'
const of = (kind: EntityKind, value: string, confidence: number): Finding => ({ kind, start: text.indexOf(value), end: text.indexOf(value) + value.length, confidence })
const shown = (findings: readonly Finding[]): string[] => cutOverlaps(text, findings).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`)

describe('overlapping findings', () => {
  const cases: readonly (readonly [what: string, findings: readonly Finding[], expected: readonly string[]])[] = [
    ['apart', [of('email', 'anna@example.com', 0.9), of('address', '12 Main Street', 0.5)], ['address: 12 Main Street', 'email: anna@example.com']],
    ['a surer one in the middle', [of('address', '12 Main Street, anna@example.com, in Springfield', 0.6), of('email', 'anna@example.com', 0.95)], ['address: 12 Main Street', 'email: anna@example.com', 'address: in Springfield']],
    ['a surer one around', [of('email', 'anna@example.com', 0.95), of('url', 'example.com', 0.5), of('person', 'anna', 0.7)], ['email: anna@example.com']],
    ['half over each other', [of('address', 'Street, anna', 0.6), of('email', 'anna@example.com', 0.95)], ['address: Street', 'email: anna@example.com']],
    ['the same twice', [of('email', 'anna@example.com', 0.9), of('email', 'anna@example.com', 0.8)], ['email: anna@example.com']],
    ['equals: the longer', [of('person', 'Main', 0.5), of('address', 'Main Street', 0.5)], ['address: Main Street']],
    ['signs and a single letter are nothing', [of('address', '12 Main Street, ', 0.5), of('organisation', '12 Main Stree', 0.9)], ['organisation: 12 Main Stree']],
  ]
  for (const [what, findings, expected] of cases) test(what, () => { assert.deepEqual(shown(findings), expected) })

  const finding = fc.record({ start: fc.nat({ max: 40 }), length: fc.integer({ min: 1, max: 20 }), confidence: fc.constantFrom(0.5, 0.7, 1), kind: fc.constantFrom<EntityKind>('email', 'person', 'own:x') })
    .map(({ confidence, kind, length, start }): Finding => ({ kind, confidence, start, end: start + length }))
  test('whatever the detectors say: in order, apart, and every word that was found stays covered', () => {
    const letters = 'abcdefgh ijklmn.opqrstuvwx yzABCDEFGHIJ-KLMNOPQRSTUVWXYZabcdefghij'
    fc.assert(fc.property(fc.array(finding, { maxLength: 12 }), findings => {
      const kept = cutOverlaps(letters, findings)
      const covered = new Set<number>()
      let end = 0
      for (const one of kept) {
        assert.ok(one.start >= end && one.end > one.start)
        ;({ end } = one)
        for (let at = one.start; at < one.end; at += 1) covered.add(at)
      }
      for (const one of findings) {
        // Single letters that are left over at an edge may be lost; two in a row never are.
        for (let at = one.start; at + 1 < one.end; at += 1) {
          const both = letters.slice(at, at + 2)
          assert.ok(!/^[A-Za-z]{2}$/.test(both) || covered.has(at) || covered.has(at + 1), `${both} at ${at}`)
        }
      }
    }))
  })
})
