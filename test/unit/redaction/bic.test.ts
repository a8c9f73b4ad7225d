// Codes of banks: a plain kind, found behind a label or under a key only.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { natureOf } from '../../../gateway/exchange/kinds.ts'
import { finds, found } from './identity/found.ts'

describe('BIC', () => {
  for (const text of ['SWIFT: §', 'BIC: §', 'Swift code is §, IBAN below', 'SWIFT/BIC: §', 'bic=§;x', '"swift": "§"']) {
    for (const code of ['DEUTDEFF', 'DEUTDEFF500', 'CHASUS33', 'NDEANOKKXXX']) test(`${code} is found in: ${text}`, () => { assert.ok(finds(text.replace('§', code), code, 'bic'), JSON.stringify(found(text.replace('§', code)))) })
  }
  for (const key of ['bic', 'swiftCode', 'bank_swift']) test(`is found under ${key}`, () => { assert.ok(finds('DEUTDEFF', 'DEUTDEFF', 'bic', key)) })
  for (const text of ['DEUTDEFF', 'swift: response', 'Swift: RESPONSE', 'swift is language', 'BIC: DEUTXXFF', 'BIC: DEUTDEFF5', 'bic: DEUTDEFF_1', 'a Swift CODEREVIEW']) {
    test(`none is in: ${text}`, () => { assert.deepEqual(found(text).filter(({ kind }) => kind === 'bic'), []) })
  }
  test('is nobody\'s: it puts no label on anything', () => { assert.equal(natureOf('bic'), 'plain') })
})
