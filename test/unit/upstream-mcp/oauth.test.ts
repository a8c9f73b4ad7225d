// The rules of the login that need no server: which scopes, which addresses, which states.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwaitedLogins, awaitedMs } from '../../../gateway/upstream/oauth/awaited-logins.ts'
import { challengeOf } from '../../../gateway/upstream/oauth/challenge.ts'
import type { Awaited } from '../../../gateway/upstream/oauth/login-steps.ts'
import { checkLiteral, guardedLookup, isSecure, mayReach, reachOf, type Reach } from '../../../gateway/upstream/oauth/reachable.ts'
import { covers, scopesToAsk, unionOf, type ScopeSources } from '../../../gateway/upstream/oauth/scopes.ts'

const nothing: ScopeSources = { challenged: null, configured: [], supported: null, held: null, offered: null, refreshable: true }

const asked: readonly (readonly [string, Partial<ScopeSources>, string | null])[] = [
  ['nothing is named', {}, null],
  ['the challenge names some', { challenged: 'a b', supported: ['c'] }, 'a b'],
  ['only the metadata names some', { supported: ['a', 'b'] }, 'a b'],
  ['the metadata names none', { supported: [] }, null],
  ['the operator named some', { configured: ['x'], supported: ['a', 'b'] }, 'x'],
  ['the operator and the challenge named some', { configured: ['x', 'a'], challenged: 'a b', supported: ['c'] }, 'a b x'],
  ['some were held', { held: 'r a', challenged: 'a w', supported: ['c'] }, 'r a w'],
  ['the authorization server has offline_access', { challenged: 'a', offered: ['a', 'offline_access'] }, 'a offline_access'],
  ['it has offline_access, and nothing else is asked for', { offered: ['offline_access'] }, null],
  ['it has offline_access, and refresh tokens are of no use', { challenged: 'a', offered: ['offline_access'], refreshable: false }, 'a'],
  ['it does not have offline_access', { challenged: 'a', offered: ['a'] }, 'a'],
]
for (const [when, sources, expected] of asked) {
  test(`where ${when}, ${expected === null ? 'no scope' : expected} is asked for`, () => { assert.equal(scopesToAsk({ ...nothing, ...sources }), expected) })
}

test('a union holds every scope once', () => {
  assert.equal(unionOf('b a', null, 'a  c', ''), 'b a c')
  assert.equal(unionOf(null, ''), null)
})

test('what is held covers a part of it and nothing, and not more', () => {
  assert.ok(covers('a b', 'b') && covers('a', null) && covers(null, ''))
  assert.ok(!covers('a b', 'b c') && !covers(null, 'a') && !covers('ab', 'a'))
})

const reaches: readonly (readonly [string, Reach])[] = [
  ['127.0.0.1', 'loopback'], ['127.9.9.9', 'loopback'], ['::1', 'loopback'], ['::ffff:127.0.0.1', 'loopback'],
  ['10.1.2.3', 'private'], ['172.31.0.1', 'private'], ['192.168.0.1', 'private'], ['100.64.0.1', 'private'], ['fd00::1', 'private'], ['::ffff:10.0.0.1', 'private'],
  ['169.254.169.254', 'never'], ['::ffff:169.254.169.254', 'never'], ['0.0.0.0', 'never'], ['fe80::1', 'never'], ['224.0.0.1', 'never'], ['255.255.255.255', 'never'], ['64:ff9b::a00:1', 'never'], ['::', 'never'],
  ['8.8.8.8', 'public'], ['172.32.0.1', 'public'], ['2606:4700::1', 'public'],
]
for (const [address, expected] of reaches) test(`${address} is ${expected}`, () => { assert.equal(reachOf(address), expected) })

test('a server leads to the internet and to where it is itself, never to a link-local address', () => {
  const inside = new Set<Reach>(['private', 'never'])
  assert.deepEqual((['public', 'private', 'loopback', 'never'] as const).map(reach => mayReach(reach, inside)), [true, true, false, false])
})

test('an address written as such is checked like one that was looked up', async () => {
  const outside = new Set<Reach>(['public'])
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '10.0.0.1']) assert.throws(() => { checkLiteral(host, outside) }, /does not go to/, host)
  checkLiteral('name.example', outside)
  const looked = await new Promise<Error | null>(resolve => { guardedLookup(outside)('localhost', { all: true }, error => { resolve(error) }) })
  assert.match(looked?.message ?? '', /does not go to/)
})

test('tokens travel over TLS or on the machine itself', () => {
  assert.ok(isSecure(new URL('https://a.example')) && isSecure(new URL('http://127.0.0.1:1')) && isSecure(new URL('http://[::1]:1')) && isSecure(new URL('http://localhost')))
  assert.ok(!isSecure(new URL('http://a.example')) && !isSecure(new URL('http://10.0.0.1')) && !isSecure(new URL('http://localhost.evil.example')) && !isSecure(new URL('ftp://127.0.0.1')))
})

const challenges: readonly (readonly [string, number, string | undefined, unknown])[] = [
  ['a 401 with everything', 401, 'Bearer resource_metadata="https://a.example/x", scope="a b"', { wants: 'login', scope: 'a b', metadataUrl: 'https://a.example/x' }],
  ['a 401 with nothing', 401, undefined, { wants: 'login', scope: null, metadataUrl: null }],
  ['a 401 of another scheme', 401, 'Basic realm="x"', { wants: 'login', scope: null, metadataUrl: null }],
  ['a 403 for scopes', 403, 'Bearer error="insufficient_scope", scope="w"', { wants: 'scope', scope: 'w', metadataUrl: null }],
  ['a 403 for something else', 403, 'Bearer error="invalid_token"', null],
  ['a 403 without a word', 403, undefined, null],
  ['a 404', 404, 'Bearer', null],
]
for (const [what, status, header, expected] of challenges) {
  test(`${what} is ${expected === null ? 'no challenge' : 'a challenge'}`, async () => {
    assert.deepEqual(await challengeOf({ status, headers: header === undefined ? {} : { 'www-authenticate': header } }), expected)
  })
}

test('a state is given out once, and not after its time', () => {
  let now = 1000
  const logins = new AwaitedLogins(() => now)
  const awaited = (server: string): Awaited => ({ server }) as unknown as Awaited
  const [first, second] = [logins.newState(), logins.newState()]
  assert.notEqual(first, second)
  assert.equal(logins.add(first, awaited('a')), now + awaitedMs)
  logins.add(second, awaited('b'))
  assert.equal(logins.take(first)?.server, 'a')
  assert.equal(logins.take(first), null)
  assert.ok(logins.has('b') && !logins.has('a'))
  now += awaitedMs
  assert.equal(logins.take(second), null)
})
