// What reads like a value is one, however its characters are written.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { createRestorer } from '../../../gateway/redaction/restore.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { splice } from '../../../gateway/exchange/document.ts'
import { growsSlowly } from './hostile.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const found = (text: string): string[] => findEntities(text, null, 0.5).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)

describe('values that are written so that patterns do not see them', () => {
  const cloudKey = ['AKIA', 'QX7PLM2VTR5HNWZA'].join('')
  const rows: readonly (readonly [how: string, kind: string, value: string])[] = [
    ['digits of full width', 'card', '４１１１１１１１１１１１１１１１'], ['Arabic-Indic digits', 'card', '٤١١١١١١١١١١١١١١١'], ['Devanagari digits', 'card', '४१११ ११११ ११११ ११११'],
    ['spaces of no width', 'card', '4111\u200b1111\u200b1111\u200b1111'], ['thin and figure spaces', 'card', '4111\u20071111\u20091111\u20071111'], ['spaces that do not break', 'card', '4111\u00a01111\u00a01111\u00a01111'],
    ['hyphens that do not break', 'us_ssn', '536\u201190\u20114399'], ['dashes for hyphens', 'us_ssn', '536–90–4399'], ['soft hyphens', 'email', 'jane.doe@ex\u00adample.com'], ['an at sign of full width', 'email', 'jane.doe＠example.com'],
    ['bold letters of mathematics', 'email', '𝗷𝗮𝗻𝗲@𝗲𝘅𝗮𝗺𝗽𝗹𝗲.com'], ['a joiner in a key', 'cloud_key', `${cloudKey.slice(0, 4)}\u2060${cloudKey.slice(4)}`], ['a byte order mark inside', 'iban', 'DE89\ufeff370400440532013000'],
    ['a number of HTML', 'email', 'jane.doe&#64;example.com'], ['a hexadecimal number of HTML', 'email', 'jane.doe&#x40;example.com'], ['a name of HTML', 'email', 'jane.doe&commat;example.com'],
    ['an escape of JSON', 'email', 'jane.doe\\u0040example.com'], ['an escape of JSON that was escaped', 'email', 'jane.doe\\\\u0040example.com'], ['an escape of a program', 'email', 'jane.doe\\x40example.com'],
  ]
  for (const [how, kind, value] of rows) {
    test(`${how}: found exactly, and what stands around is left`, () => {
      assert.deepEqual(found(value), [`${kind} ${value}`])
      assert.deepEqual(found(`naïve – (${value}) \u200b😀 and on`), [`${kind} ${value}`])
    })
  }

  test('also inside what is encoded', () => {
    const token = Buffer.from('write to jane.doe＠example.com, please').toString('base64')
    assert.deepEqual(found(token), [`email ${token}`])
  })

  test('what is invisible around a value is no part of it', () => {
    assert.deepEqual(found('\u200bjane.doe@example.com\u200b'), ['email jane.doe@example.com'])
  })

  test('prose with dashes, entities and escapes holds nothing', () => {
    for (const text of ['The years 1939–1945 — and after &#8212; were hard\u00a0on all.', 'See pages 12‑14 &nbsp; and §\u00a04.', 'C:\\users\\x41ab\\u0042.txt', '面積は１２０㎡です。２０２４年５月１日']) assert.deepEqual(found(text), [], text)
  })

  test('a value comes back as it was written', () => {
    const classifier = new Classifier({ minConfidence: 0.5, memoBytes: 1e6 })
    const document = readJson(Buffer.from(JSON.stringify({ text: 'to ｊａｎｅ＠ｅｘａｍｐｌｅ.com and 4111\u200b1111\u200b1111\u200b1111' })), { maxDepth: 16 })
    const pseudonyms = memoryPseudonyms()
    const { edits } = rewriteDocument(document, classifier.classify(document, () => false), { actionFor: () => 'pseudonymise', pseudonyms, mayEdit: () => true })
    const sent = splice(document.text, edits)
    assert.equal(sent, '{"text":"to [EMAIL_1] and [CARD_1]"}')
    assert.equal(createRestorer(pseudonyms, { mayRestore: () => true, escape: 'none' }).text('[EMAIL_1] [CARD_1]'), 'ｊａｎｅ＠ｅｘａｍｐｌｅ.com 4111\u200b1111\u200b1111\u200b1111')
  })

  test('a value is found with anything invisible between any of its characters', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('', '', '\u200b', '\u00ad', '\u2060\ufeff'), { minLength: 19, maxLength: 19 }), between => {
      const value = Array.from('jane.doe@example.com', (character, at) => character + (between[at] ?? '')).join('')
      assert.deepEqual(found(`write to ${value} now`), [`email ${value}`])
    }), { numRuns: 200 })
  })

  for (const repeated of ['\u200b', '\u00a0', '&#64;', '\\u0040', '\\', '&', '1–', '４１１１ ', 'ａ＠', '٤', 'é–', '&#']) {
    test(`text of nothing but ${JSON.stringify(repeated)} takes linear time`, () => {
      assert.ok(growsSlowly(text => { findEntities(text, null, 0.5) }, length => repeated.repeat(Math.ceil(length / repeated.length)).slice(0, length)))
    })
  }
})
