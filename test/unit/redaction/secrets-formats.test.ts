// Every row of the tables of formats: a value made by the row's own description is found with exact edges, one that is too short or stands
// without what the row asks for is not. Values are generated here, so that this file holds none that looks like a leak.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { alphabets, within } from '../../../gateway/redaction/detectors/secrets/alphabets.ts'
import { bodyEnd, stepsOf, type Step } from '../../../gateway/redaction/detectors/secrets/body.ts'
import { checksumOf, labelledRules, prefixRules } from '../../../gateway/redaction/detectors/secrets/format-rules.ts'
import { formats, labelledFormats, vendors } from '../../../gateway/redaction/detectors/secrets/formats.ts'
import type { Rule } from '../../../gateway/redaction/rule.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'

const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))

/** Characters of an alphabet in an order that changes between letters and digits and repeats late. */
const charactersOf = (mask: number, length: number, seed = 0): string => {
  const letters = printable.filter(character => within(character.charCodeAt(0), mask) && /[A-Za-z]/.test(character))
  const digits = printable.filter(character => within(character.charCodeAt(0), mask) && /\d/.test(character))
  const one = (index: number): string => {
    const from = (index % 3 === 1 && digits.length > 0) || letters.length === 0 ? digits : letters
    return from[(index * 7 + 3) % from.length] ?? ''
  }
  return Array.from({ length }, (_, index) => one(index + seed * 5)).join('')
}

/** A body, with `less` characters missing in its last run. */
const bodyOf = (steps: readonly Step[], less: number): string => {
  const last = steps.findLastIndex(step => 'mask' in step)
  return steps.map((step, index) => 'literal' in step ? step.literal : charactersOf(step.mask, step.least - (index === last ? less : 0), index)).join('')
}

const foundBy = (rule: Rule, text: string): string[] => createScanner([rule]).find(text, null, 0.5).map(({ start, end }) => text.slice(start, end))

describe('alphabets and bodies', () => {
  test('every alphabet of the table is known, and every body has a run', () => {
    for (const body of [...formats.map(format => format.body), ...labelledFormats.flatMap(({ bodies }) => bodies)]) {
      assert.ok(stepsOf(body).some(step => 'mask' in step), body)
      for (const part of body.split(' ')) assert.ok(!/^[a-zA-Z]\d+(?:-\d+)?$/.test(part) || part.charAt(0) in alphabets, `${body}: ${part}`)
    }
  })

  test('a body ends behind its last part and nowhere when a part is missing', () => {
    const steps = stepsOf('n2 . x2-3')
    for (const [text, end] of [['aZ.12', 5], ['aZ.1234', 6], ['aZ.1', -1], ['a.12', -1], ['aZ-12', -1]] as const) assert.equal(bodyEnd(text, 0, steps), end, text)
  })
})

describe('formats with a beginning of their own', () => {
  let index = 0
  for (const format of formats) {
    const steps = stepsOf(format.body)
    for (const written of format.prefixes) {
      const rule = prefixRules[index]!
      index += 1
      const prefix = written.replace('|', '')
      const around = (value: string): string => `${format.context?.[0] ?? ''} "${value}" end`
      const right = bodyOf(steps, 0)
      test(`${format.vendor} ${prefix}: a whole one is found as ${format.kind}`, () => {
        assert.deepEqual(rule.kinds, [format.kind])
        assert.deepEqual(foundBy(rule, around(prefix + right)), [written.includes('|') ? right : prefix + right])
      })
      test(`${format.vendor} ${prefix}: one that is too short is not`, () => { assert.deepEqual(foundBy(rule, around(prefix + bodyOf(steps, 1))), []) })
      if (format.context !== undefined) test(`${format.vendor} ${prefix}: without its context it is not`, () => { assert.deepEqual(foundBy(rule, `"${prefix}${right}" end`), []) })
    }
  }
})

describe('formats that only the name of the vendor gives away', () => {
  for (const [index, { vendor, words, bodies }] of labelledFormats.entries()) {
    const rule = labelledRules[index]!
    for (const body of bodies.filter(each => !/^d[\d-]+$/.test(each))) {
      const right = bodyOf(stepsOf(body), 0)
      for (const word of words) {
        test(`${vendor}: ${body} is found behind ${word}`, () => { assert.deepEqual(foundBy(rule, `${word}_api_key = "${right}"`), [right]) })
      }
      test(`${vendor}: ${body} with a character too many or behind another name is not`, () => {
        assert.ok(!foundBy(rule, `${words[0]!}_api_key = "${right}xyz"`).some(value => value !== `${right}xyz`))
        assert.deepEqual(foundBy(rule, `other_api_key = "${right}"`), [])
      })
    }
  }
})

describe('the table as a whole', () => {
  test('it knows as many vendors as it says', () => { assert.equal(vendors.length, 167) })

  test('every beginning has a rule, and none is shorter than the pass over the text can tell', () => {
    assert.equal(prefixRules.length, formats.flatMap(({ prefixes }) => prefixes).length)
    for (const { triggers } of prefixRules) assert.ok((triggers.prefixes?.[0]?.length ?? 0) >= 2)
  })

  test('a right checksum makes a GitHub token surer than a wrong one, which is still found', () => {
    const random = charactersOf(alphabets.n!, 30)
    const confidence = (token: string): number => createScanner(prefixRules).find(token, null, 0)[0]?.confidence ?? 0
    const prefix = ['gh', 'p_'].join('')
    assert.ok(confidence(`${prefix}${random}${checksumOf(random)}`) > confidence(`${prefix}${random}000000`))
    assert.ok(confidence(`${prefix}${random}000000`) >= 0.5)
  })
})
