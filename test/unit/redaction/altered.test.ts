// Placeholders that a model altered: recognised where they exist in the session, and nowhere else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { namesIn } from '../../../gateway/redaction/own-names.ts'
import { createRestorer, type RestoreOptions } from '../../../gateway/redaction/restore.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const value = 'anna@example.com'
const licence = 'B072RRE2I55'
// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')

const session = (): ReturnType<typeof memoryPseudonyms> => {
  const pseudonyms = memoryPseudonyms()
  pseudonyms.placeholder('email', value)
  pseudonyms.placeholder('medical_record', 'MRN 00123')
  pseudonyms.placeholder('bank_account', licence)
  pseudonyms.placeholder('cloud_key', secret)
  pseudonyms.placeholder('tr_tckn', '10000000146')
  pseudonyms.placeholder('de_tax_id', '86095742719')
  return pseudonyms
}
const all: RestoreOptions = { mayRestore: () => true, escape: 'none' }

const rows: readonly (readonly [written: string, restored: string])[] = [
  ['[email_1]', value], ['[Email_1]', value], ['[ EMAIL_1 ]', value], ['[ EMAIL_1]', value], ['[email_1 ]', value], ['[EMAIL 1]', value], ['[EMAIL-1]', value], ['[EMAIL _1]', value], ['[EMAIL_ 1]', value],
  ['[EMAIL\\_1]', value], ['\\[EMAIL\\_1\\]', value], ['\\[EMAIL_1\\]', value], ['［EMAIL_1］', value], ['【EMAIL_1】', value], ['〔email 1〕', value], ['[EMAIL_1】', value],
  ['`EMAIL_1`', `\`${value}\``], ['`[EMAIL_1]`', `\`${value}\``], ['(EMAIL_1)', value], ['{EMAIL_1}', value], ['<EMAIL_1>', value], ['（EMAIL_1）', value],
  ['[EMAIL_1', value], ['[EMAIL_1, and', `${value}, and`], ['[EMAIL_1 and', `${value} and`], ['to EMAIL_1]', `to ${value}`], ['**[email_1]**', `**${value}**`], ['"[email_1]"', `"${value}"`],
  ['[TAX ID 1]', '86095742719'], ['[tax\\_id\\_1]', '86095742719'], ['[Tax-ID-1]', '86095742719'], ['[TAX_ID_1', '86095742719'],
  // Not ours, or not meant as such.
  ['EMAIL_1', 'EMAIL_1'], ['const EMAIL_1 = 1', 'const EMAIL_1 = 1'], ['send(EMAIL_1)', 'send(EMAIL_1)'], ['${EMAIL_1}', '${EMAIL_1}'], ['{{EMAIL_1}}', '{{EMAIL_1}}'], ['List<EMAIL_1>', 'List<EMAIL_1>'],
  ['(email_1)', '(email_1)'], ['`email_1`', '`email_1`'], ['[EMAIL_10]', '[EMAIL_10]'], ['[email_2]', '[email_2]'], ['[EMAIL_1x', '[EMAIL_1x'], ['[EMAIL_1_', '[EMAIL_1_'], ['[EMAIL1]', '[EMAIL1]'], ['[EMAIL_01]', '[EMAIL_01]'],
  ['[the email 1]', '[the email 1]'], ['MY_EMAIL_1]', 'MY_EMAIL_1]'], ['[EMAIL_1     ]', '[EMAIL_1     ]'], ['[MAIL_1]', '[MAIL_1]'], ['[EMAILS_1]', '[EMAILS_1]'], ['[EMAIL_ _1]', value], ['[EMAIL____1]', '[EMAIL____1]'],
]

describe('altered placeholders', () => {
  for (const [written, restored] of rows) {
    test(`${written} becomes ${restored === written ? 'nothing else' : restored}`, () => {
      assert.equal(createRestorer(session(), all).text(written), restored)
      assert.equal(createRestorer(session(), all).text(`so ${written}\nthen`), `so ${restored}\nthen`)
    })

    test(`${written} in JSON source is read as the text that it stands for`, () => {
      // The value of this session needs no escapes, so that the source of the result is the result's source.
      assert.equal(createRestorer(session(), { ...all, escape: 'json' }).text(JSON.stringify(`\n${written}\n`)), JSON.stringify(`\n${restored}\n`))
    })
  }

  test('a secret is restored from its exact placeholder only, and every other form counts as unknown', () => {
    const restorer = createRestorer(session(), all)
    const altered = '[cloud_key_1] [CLOUD KEY 1] `CLOUD_KEY_1` [CLOUD\\_KEY\\_1] 【CLOUD_KEY_1】 [CLOUD_KEY_1'
    assert.equal(restorer.text(altered), altered)
    assert.deepEqual([restorer.restored, restorer.unknown], [0, 6])
    assert.equal(restorer.text('[CLOUD_KEY_1]'), secret)
  })

  test('what has the form but not the number counts as unknown, and other brackets alone say nothing', () => {
    const restorer = createRestorer(session(), all)
    restorer.text('[email_7] 【EMAIL_8】 (EMAIL_9) `EMAIL_9` <ID_4> [EMAIL_9')
    assert.deepEqual([restorer.restored, restorer.unknown], [0, 2])
  })

  test('where only exact ones count, altered ones stay and are counted', () => {
    const restorer = createRestorer(session(), { ...all, altered: 'count' })
    assert.equal(restorer.text('[email_1] [EMAIL_1] `EMAIL_1`'), `[email_1] ${value} \`EMAIL_1\``)
    assert.deepEqual([restorer.restored, restorer.unknown], [1, 2])
  })

  test('what the request says in its own words is a quotation', () => {
    const own = namesIn(['set EMAIL_1 to x', 'and tax id 1'])
    const restorer = createRestorer(session(), { ...all, ownNames: () => own })
    assert.equal(restorer.text('[email_1] `EMAIL_1` [tax_id_1] [EMAIL_1] [mrn_1]'), `[email_1] \`EMAIL_1\` [tax_id_1] ${value} MRN 00123`)
    assert.equal(restorer.unknown, 0)
  })

  test('the request is only looked through when an answer holds an altered one', () => {
    const restorer = createRestorer(session(), { ...all, ownNames: () => assert.fail('nobody asked') })
    restorer.text('[EMAIL_1] [EMAIL_2] [email_3] `EMAIL_4` and EMAIL_1')
    assert.equal(restorer.restored, 1)
  })

  test('whatever form stands in own words, no altered form of the same name is restored', () => {
    const forms = fc.constantFrom(...rows.map(([written]) => written))
    fc.assert(fc.property(forms, forms, fc.constantFrom('', ' ', '"', '\n', 'x', '- '), (own, said, between) => {
      const names = namesIn([`${between}${own}${between}`])
      const restorer = createRestorer(session(), { ...all, ownNames: () => names })
      // The exact form cannot be a quotation: own words of that form are escaped on the way in.
      fc.pre(said !== '`[EMAIL_1]`')
      for (const name of namesIn([own])) if (namesIn([said]).has(name)) assert.equal(restorer.text(said), said)
    }))
  })
})
