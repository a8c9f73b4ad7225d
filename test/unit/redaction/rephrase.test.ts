// Whether a text is worth rewriting, and whether what a local model made of it may leave.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { isProse, objectionTo, withoutReasoning } from '../../../gateway/redaction/rephrase.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const prose: readonly (readonly [string, boolean])[] = [
  ['Our colleague in Ulm fell ill last week', true], ['[EMAIL_1] has asked us for more time today', true], ['Bitte sagen Sie Frau Schäfer Bescheid', true],
  ['[EMAIL_1]', false], ['mail [EMAIL_1] now', false], ['', false], ['1 2 3 4 5 6 7', false], ['{"a":"one two three four five six"}', false], ['["one two three four five six"]', false], ['  \n[1, 2]\n', false],
  ['{"a":"one two three"}\n{"b":"four five six"}\n', false],
  // Written like the beginning of JSON, and none.
  ['[1, 2] one two three four five', true], ['{note} our colleague in Ulm fell ill', true], ['[2026-01-02] our colleague in Ulm fell ill', true], ['{"a":"one two three four five"} six', true],
  // Scripts without spaces between words.
  ['我们在乌尔姆的同事上周在展会后病倒了', true], ['先週ウルムの同僚が病気になりました', true], ['เพื่อนร่วมงานของเราล้มป่วย', true], ['电子邮件', false],
]

test('a text is rewritten where there are words beside its values, and JSON never is', () => {
  for (const [text, expected] of prose) assert.equal(isProse(text), expected, text)
})

test('a rewritten text may leave only without anything to hide, old or new', async () => {
  const pseudonyms = memoryPseudonyms()
  pseudonyms.placeholder('email', 'anna@example.com')
  pseudonyms.placeholder('person', 'Anneliese Muster')
  pseudonyms.placeholder('us_ssn', '219-09-9999')
  const judging = { pseudonyms, unwanted: (text: string) => Promise.resolve(findEntities(text, null, 0.5)) }
  const original = 'Tell [EMAIL_1] of [PERSON_1] that it is over'
  const cases: readonly (readonly [string, RegExp | null])[] = [
    ['Tell [EMAIL_1] that it is over', null], ['Say that it is over', null], [original, null],
    ['', /said nothing/], [' \n', /said nothing/], ['Tell bob@example.com', /still holds email data/], ['Tell Anneliese Muster that it is over', /was to be hidden/],
    ['Tell [EMAIL_2]', /did not hold/], ['Tell [phone_1]', null], ['Tell [phone_2] at once', null], ['Tell [ssn_1]', /did not hold/], ['Tell SSN\\_1', /did not hold/], [`Say ${'that '.repeat(600)}`, /far longer/], ['Tell [PHONE_1]', /did not hold/],
  ]
  for (const [rewritten, expected] of cases) {
    const objection = await objectionTo(rewritten, original, judging)
    if (expected === null) assert.equal(objection, null, rewritten)
    else assert.match(objection ?? '', expected, rewritten)
    assert.ok(!(objection ?? '').includes('bob') && !(objection ?? '').includes('Anneliese'))
  }
})

test('surrogates and tokens that the text held may leave, others may not', async () => {
  const pseudonyms = memoryPseudonyms()
  const surrogate = pseudonyms.surrogate('email', 'anna@example.com', () => false)
  const other = pseudonyms.surrogate('email', 'bob@example.org', () => false)
  const judging = { pseudonyms, unwanted: (text: string) => Promise.resolve(findEntities(text, null, 0.5)) }
  const original = `Tell ${surrogate} of [CARD] and [EMAIL#rsccc5ed] that it is over`
  for (const rewritten of [original, `Tell ${surrogate} that it is over`, 'Say of [CARD] and [EMAIL#rsccc5ed] that it is over']) assert.equal(await objectionTo(rewritten, original, judging), null, rewritten)
  assert.match(await objectionTo(`Tell ${other} that it is over`, original, judging) ?? '', /did not hold/)
  assert.match(await objectionTo('Tell carl@example.com that it is over', original, judging) ?? '', /still holds email data/)
})

test('a text that a detector could not look at does not leave', async () => {
  assert.match(await objectionTo('Say that it is over', 'Say that all is over', { pseudonyms: memoryPseudonyms(), unwanted: () => Promise.resolve(null) }) ?? '', /could not look/)
})

test('what a model thinks aloud is no part of its answer, however much of its tags is there', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['It is over.', 'It is over.'], ['<think>Anna in Ulm</think>\nIt is over.', 'It is over.'], ['Anna in Ulm, she fell ill</think>\n\nIt is over.', 'It is over.'],
    ['<think>a</think><think>b</think>c', 'c'], ['<Thinking>a</Thinking> c', 'c'], ['<think>Anna in Ulm', null], ['  <reasoning> Anna', null], ['<think>a</think> <think>b', null], ['<think>a</think>', ''],
    ['a < b and c > d', 'a < b and c > d'],
  ]
  for (const [said, expected] of cases) assert.equal(withoutReasoning(said), expected, said)
})
