// Tokens of values: the same for the same, useless to whoever has not the key, and nothing that a detector or a restorer takes for anything.
import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { builtInKinds } from '../../../gateway/exchange/kinds.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { escapeLiterals, maxPlaceholderLength } from '../../../gateway/redaction/placeholder.ts'
import { createRestorer } from '../../../gateway/redaction/restore.ts'
import { hashTokens, tenantOf } from '../../../gateway/sessions/hash-token.ts'
import { memoryPseudonyms } from '../redaction/memory-pseudonyms.ts'

const key = Buffer.alloc(32, 7)
const token = hashTokens(() => key, 'acme')

describe('hash tokens', () => {
  test('equal values of a kind have one token, in every process and for all time', () => {
    assert.equal(token('email', 'anna@example.com'), hashTokens(() => Buffer.from(key), 'acme')('email', 'anna@example.com'))
    // Pinned: records of a tenant are compared over years.
    assert.equal(token('email', 'anna@example.com'), '[EMAIL#rsccc5ed]')
  })

  test('another value, kind, tenant or key has another', () => {
    const others = [token('email', 'anna@example.org'), token('username', 'anna@example.com'), hashTokens(() => key, 'acme2')('email', 'anna@example.com'), hashTokens(() => randomBytes(32), 'acme')('email', 'anna@example.com')]
    assert.equal(new Set([token('email', 'anna@example.com'), ...others].map(one => one.slice(one.indexOf('#')))).size, 5)
  })

  test('it is no plain hash of the value', () => {
    const inside = token('us_ssn', '078-05-1120').slice(5, -1)
    for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
      for (const encoding of ['hex', 'base64url'] as const) assert.ok(!hash(algorithm, '078-05-1120', encoding).toLowerCase().includes(inside))
    }
  })

  test('every kind fits the longest placeholder, and neither detectors nor restorers see anything in it', () => {
    for (const kind of builtInKinds) {
      for (let index = 0; index < 20; index += 1) {
        const one = token(kind, `value ${index}`)
        assert.match(one, /^\[[A-Z_]+#[a-z2-7]{8}\]$/)
        assert.ok(one.length <= maxPlaceholderLength, one)
        assert.deepEqual(findEntities(`was ${one}.`, null, 0.3), [], one)
        assert.deepEqual(findEntities(one, kind, 0.3), [], one)
        assert.equal(escapeLiterals(one), one)
        const pseudonyms = memoryPseudonyms()
        pseudonyms.placeholder(kind, 'x')
        pseudonyms.surrogate('email', 'x', () => false)
        assert.equal(createRestorer(pseudonyms, { mayRestore: () => true, escape: 'none' }).text(one), one)
      }
    }
  })

  test('tenants are what sessions begin with', () => { assert.equal(tenantOf('acme/alice/~agent'), 'acme') })
})
