import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { suite, test } from 'node:test'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { authenticate, type Keyring } from '../../../gateway/stages/authenticate.ts'
import { principal } from './principal.ts'

const ada = principal({ key: 'ada-laptop' })
const bob = principal({ key: 'bob-laptop' })
const keys = new Map([['pk_ada', ada], ['pk_bob', bob]])
/** A key that has expired is not found, as the real keyring has it (see unit/config). */
const keyring: Keyring = { keyless: false, find: key => keys.get(key) }

suite('headers and who they stand for', () => {
  const rows: readonly (readonly [string, IncomingHttpHeaders, string])[] = [
    ['a bearer', { authorization: 'Bearer pk_ada' }, 'ada-laptop'],
    ['a bearer in other letters', { authorization: 'bEARER pk_ada' }, 'ada-laptop'],
    ['a bearer with spaces', { authorization: 'Bearer   pk_ada  ' }, 'ada-laptop'],
    ['x-api-key', { 'x-api-key': 'pk_bob' }, 'bob-laptop'],
    ['x-goog-api-key', { 'x-goog-api-key': 'pk_bob' }, 'bob-laptop'],
    ['x-goog-api-key of ours beside a provider\'s bearer', { 'authorization': 'Bearer sk-provider', 'x-goog-api-key': 'pk_bob' }, 'bob-laptop'],
    ['two different keys of ours, one in Google\'s header', { 'x-api-key': 'pk_ada', 'x-goog-api-key': 'pk_bob' }, 'auth.invalid'],
    ['both with the same key', { authorization: 'Bearer pk_ada', 'x-api-key': 'pk_ada' }, 'ada-laptop'],
    ['a bearer of ours beside a provider\'s key', { authorization: 'Bearer pk_ada', 'x-api-key': 'sk-provider' }, 'ada-laptop'],
    ['x-api-key of ours beside a provider\'s bearer', { authorization: 'Bearer sk-provider', 'x-api-key': 'pk_bob' }, 'bob-laptop'],
    ['x-api-key beside an empty bearer', { authorization: 'Bearer ', 'x-api-key': 'pk_bob' }, 'bob-laptop'],
    ['x-api-key beside another scheme', { authorization: 'Basic cGtfYWRh', 'x-api-key': 'pk_bob' }, 'bob-laptop'],
    ['two different keys of ours', { authorization: 'Bearer pk_ada', 'x-api-key': 'pk_bob' }, 'auth.invalid'],
    ['an unknown key', { authorization: 'Bearer pk_eve' }, 'auth.invalid'],
    ['an expired key', { 'x-api-key': 'pk_old' }, 'auth.invalid'],
    ['two unknown keys', { authorization: 'Bearer pk_eve', 'x-api-key': 'pk_mallory' }, 'auth.invalid'],
    ['two keys in one header', { 'x-api-key': 'pk_ada, pk_bob' }, 'auth.invalid'],
    ['a key with more behind it', { authorization: 'Bearer pk_ada pk_bob' }, 'auth.invalid'],
    ['nothing', {}, 'auth.missing'],
    ['empty headers', { authorization: '', 'x-api-key': '' }, 'auth.missing'],
    ['a scheme without a key', { authorization: 'Bearer' }, 'auth.missing'],
    ['a key without a scheme', { authorization: 'pk_ada' }, 'auth.missing'],
    ['another scheme', { authorization: 'Basic cGtfYWRh' }, 'auth.missing'],
    ['a cookie', { cookie: 'key=pk_ada' }, 'auth.missing'],
    ['the admin\'s header', { 'x-portcullis-key': 'pk_ada' }, 'auth.missing'],
  ]
  for (const [title, headers, expected] of rows) {
    test(`${title}: ${expected}`, () => {
      if (expected.startsWith('auth.')) assert.throws(() => authenticate(headers, keyring), { code: expected })
      else assert.equal(authenticate(headers, keyring).key, expected)
    })
  }

  test('no header but the key says anything about identity', () => {
    const forged = {
      'x-user': 'root', 'x-forwarded-user': 'root', 'x-remote-user': 'root', 'x-portcullis-subject': 'root', 'x-portcullis-tenant': 'other', 'x-portcullis-agent': 'trusted',
      'x-portcullis-groups': 'admin', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', from: 'root@x', 'user-agent': 'claude-code', via: 'x',
    }
    assert.equal(authenticate({ ...forged, 'x-api-key': 'pk_ada' }, keyring), ada)
    assert.throws(() => authenticate(forged, keyring), { code: 'auth.missing' })
    assert.deepEqual(authenticate(forged, { ...keyring, keyless: true }), authenticate({}, { ...keyring, keyless: true }))
  })

  test('a refusal never repeats what was presented', () => {
    for (const headers of [{ authorization: 'Bearer pk_eve' }, { 'x-api-key': 'pk_eve' }, { authorization: 'Basic pk_eve' }]) {
      assert.throws(() => authenticate(headers, keyring), thrown => thrown instanceof Failure && !`${thrown.message}${JSON.stringify(thrown.detail)}${thrown.stack ?? ''}`.includes('pk_eve'))
    }
  })
})

suite('a gateway without keys', () => {
  const open: Keyring = { keyless: true, find: () => assert.fail('there is nothing to find') }
  test('serves everybody who reaches it as local, whatever they present', () => {
    for (const headers of [{}, { authorization: 'Bearer anything' }, { 'x-api-key': 'anything' }]) {
      const { subject, agent, key } = authenticate(headers, open)
      assert.deepEqual([subject.id, subject.groups, subject.method, agent.id, agent.enforced_egress, key], ['local', ['local'], 'none', 'local', false, 'none'])
    }
  })
})
