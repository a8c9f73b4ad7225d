// Every rule on text that was written against it, at 64 KiB, 256 KiB and 1 MiB. The texts are made of the rule's own triggers and of what is
// hostile to any rule, so that a new rule is tested as soon as it is in the list.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../../gateway/exchange/finding.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import type { Rule } from '../../../gateway/redaction/rule.ts'
import { rules } from '../../../gateway/redaction/rules.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'
import { growsSlowly, hostile, hostileText } from './hostile.ts'

const kib = 1024
/** Besides the 1 MiB that `growsSlowly` always takes. */
const otherSizes = [64 * kib, 256 * kib]

const checkOrder = (text: string, findings: readonly Finding[]): void => {
  let behind = 0
  for (const { kind, start, end } of findings) {
    assert.ok(start >= behind && end > start && end <= text.length, `${kind} at ${start}`)
    behind = end
  }
}

const repeated = (piece: string, length: number, end = ''): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, Math.max(0, length - end.length)) + end

/** A few of many, from the whole of the list. */
const some = <T>(list: readonly T[], most: number): readonly T[] => list.filter((_, index) => index % Math.ceil(list.length / most) === 0)

const triggersOf = ({ triggers }: Rule): readonly string[] => [
  ...some(Array.from(triggers.characters ?? ''), 1), ...some(triggers.fragments ?? [], 2), ...some(triggers.prefixes ?? [], 2), ...some(triggers.words ?? [], 2),
  ...(triggers.numbers === true || triggers.numbersInWords === true ? ['1', 'DE12 '] : []), ...(triggers.runs === undefined ? [] : ['a'.repeat(triggers.runs)]),
]

/** Texts that ask a rule as often as can be, and then lead it on: each for an equal part of the length, so that one look tells of all. */
const againstRule = (rule: Rule, length: number): string => {
  const texts = triggersOf(rule).flatMap(trigger => [
    ...['', ' ', ': 1', 'a', '="'].map(behind => (part: number) => repeated(`${trigger}${behind}`, part)), (part: number) => trigger + repeated('a', part - trigger.length),
  ])
  return texts.map(textOf => textOf(Math.ceil(length / texts.length))).join('\n')
}

const general = ['digits and hyphens', 'local parts', 'base64', 'words', 'lines', 'members']
const nameOf = (rule: Rule, index: number): string => `rule ${index} (${rule.kinds.slice(0, 4).join(', ')})`

describe('a rule takes less than sixty-four times the time for sixteen times the text', () => {
  for (const [index, rule] of rules.entries()) {
    const scanner = createScanner([rule])
    const [key] = rule.triggers.keys ?? []
    if (triggersOf(rule).length > 0) {
      test(`${nameOf(rule, index)} on text made of what it is asked at`, () => { assert.ok(growsSlowly(text => { scanner.find(text, null, 0) }, length => againstRule(rule, length))) })
    }
    // Without a key, text that is hostile to any rule is below for all of them at once.
    if (key !== undefined) {
      test(`${nameOf(rule, index)} on text that is hostile to any rule, under its key`, () => {
        for (const what of general) assert.ok(growsSlowly(text => { scanner.find(text, key, 0) }, length => hostileText(what, length)), `${what} under ${key}`)
      })
    }
  }
})

describe('all rules together, with a look into what is encoded', () => {
  for (const what of Object.keys(hostile)) {
    test(`${what}: at every size findings are in order, inside the text and apart, and the time does not grow with the square`, () => {
      assert.ok(growsSlowly(text => { checkOrder(text, findEntities(text, null, 0)) }, length => hostileText(what, length)))
      for (const size of otherSizes) checkOrder(hostileText(what, size), findEntities(hostileText(what, size), null, 0))
    })
  }

  test('a rule reports only kinds that it names, inside the text', () => {
    for (const [index, rule] of rules.entries()) {
      const scanner = createScanner([rule])
      const text = againstRule(rule, 32 * kib)
      for (const { kind, start, end, confidence } of scanner.find(text, null, 0)) {
        assert.ok(rule.kinds.includes(kind) && start >= 0 && end <= text.length && confidence > 0 && confidence <= 1, `${nameOf(rule, index)}: ${kind}`)
      }
    }
  })
})
