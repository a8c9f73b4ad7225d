// Changing the vault key of a shared state while gateways use it, also when two of them bring different new keys at the same moment; and the file
// of keys when two commands change it.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openVaultKeys, retireVaultKeys, rotateVaultKey, VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { noRedis } from '../../support/redis-server.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { becomes, keysOf, noLimits, placeholderOf, redisBench, redisOfSuite } from './open-store.ts'

/** Resealing waits for gateways to notice, a time limit long. */
const timeoutMs = 1000

const valueOf = (session: number, at: number): string => `s${session}.${at}@example.com`

describe('two gateways that change the vault key of one Redis at once', { skip: noRedis }, () => {
  const server = redisOfSuite()

  test('with different new keys: one wins, the other is told so and stops, and everything can be read with the winner\'s keys', async t => {
    for (let round = 0; round < 5; round += 1) {
      const bench = redisBench(server)(t)
      const old = await bench.open()
      for (let session = 0; session < 6; session += 1) {
        for (let at = 0; at < 5; at += 1) await placeholderOf((await old.load(keysOf(`s${session}`), noLimits)).pseudonyms, 'email', valueOf(session, at))
      }
      await old.close()
      const rings = [0, 1].map(() => new VaultKeys(randomBytes(32), [bench.vaultKeys.current]))
      const stores = await Promise.all(rings.map(vaultKeys => bench.open({ timeoutMs, vaultKeys })))
      // Both name new values while they change the key.
      const naming = stores.map(async (store, which) => {
        for (let at = 0; at < 40; at += 1) {
          try {
            await placeholderOf((await store.load(keysOf(`s${at % 6}`), noLimits)).pseudonyms, 'email', `late${which}.${at}@example.com`)
          } catch (thrown) {
            assert.equal((thrown as { code?: string }).code, 'state.unavailable')
          }
        }
      })
      const ended = await Promise.allSettled(stores.map(async store => store.resealVaults()))
      await Promise.all(naming)
      const winner = ended.findIndex(({ status }) => status === 'fulfilled')
      const loser = ended.find(one => one.status === 'rejected') ?? assert.fail('both won')
      assert.ok(winner >= 0)
      assert.match(String(loser.reason), /changed the keys of the shared state at the same time/)
      await becomes(() => { assert.match(stores[1 - winner]?.problem ?? '', /another vault key/) })
      assert.equal(await stores[winner]?.resealVaults(), 0, 'nothing is sealed with the older key')
      const alone = await bench.open({ timeoutMs, vaultKeys: new VaultKeys((rings[winner] ?? assert.fail()).current) })
      for (let session = 0; session < 6; session += 1) {
        const { entries } = (await alone.load(keysOf(`s${session}`), noLimits)).pseudonyms
        assert.deepEqual(entries.slice(0, 5).map(({ value }) => value), [0, 1, 2, 3, 4].map(at => valueOf(session, at)))
      }
    }
  })

  test('with the same new key: both may finish it, and every row is sealed anew once', async t => {
    const bench = redisBench(server)(t)
    const old = await bench.open()
    for (let at = 0; at < 30; at += 1) await placeholderOf((await old.load(keysOf('s'), noLimits)).pseudonyms, 'email', valueOf(0, at))
    await old.close()
    const ring = new VaultKeys(randomBytes(32), [bench.vaultKeys.current])
    const stores = [await bench.open({ timeoutMs, vaultKeys: ring }), await bench.open({ timeoutMs, vaultKeys: ring })]
    const ended = await Promise.allSettled(stores.map(async store => store.resealVaults()))
    const counts = ended.map(one => one.status === 'fulfilled' ? one.value : 0)
    assert.ok(ended.some(({ status }) => status === 'fulfilled'))
    for (const store of stores) assert.equal(await store.resealVaults(), 0)
    assert.equal(counts.reduce((sum, one) => sum + one, 0), 30)
    const { entries } = (await (await bench.open({ timeoutMs, vaultKeys: new VaultKeys(ring.current) })).load(keysOf('s'), noLimits)).pseudonyms
    assert.equal(entries.length, 30)
  })

  test('a gateway that has the new key seals with the old one until everybody is told', async t => {
    const bench = redisBench(server)(t)
    const first = await bench.open()
    const ring = new VaultKeys(randomBytes(32), [bench.vaultKeys.current])
    const second = await bench.open({ timeoutMs, vaultKeys: ring })
    await placeholderOf((await second.load(keysOf('s'), noLimits)).pseudonyms, 'email', 'anna@example.com')
    assert.equal((await first.load(keysOf('s'), noLimits)).pseudonyms.lookup('[EMAIL_1]')?.value, 'anna@example.com', 'one that does not have it reads on')
    await first.close()
    const third = await bench.open({ timeoutMs, vaultKeys: new VaultKeys(bench.vaultKeys.current, [ring.current]) })
    assert.equal(await second.resealVaults(), 1)
    await becomes(async () => {
      await placeholderOf((await third.load(keysOf('s'), noLimits)).pseudonyms, 'email', 'bert@example.com')
      assert.equal(third.problem, null)
    })
    await new Promise(resolve => { setTimeout(resolve, 1500) })
    await placeholderOf((await third.load(keysOf('s'), noLimits)).pseudonyms, 'email', 'carl@example.com')
    // What was named before it noticed is found, however long that took.
    await becomes(async () => { assert.equal(await second.resealVaults(), 0) })
    const alone = await bench.open({ timeoutMs, vaultKeys: new VaultKeys(ring.current) })
    assert.equal((await alone.load(keysOf('s'), noLimits)).pseudonyms.entries.at(-1)?.value, 'carl@example.com')
  })
})

test('of two commands that change a key file at once none loses the key of the other', t => {
  const folder = scratchFolder(t)
  const file = join(folder, 'vault.key')
  const first = openVaultKeys(folder).current.toString('base64')
  writeFileSync(`${file}.new`, '')
  assert.throws(() => { rotateVaultKey(folder) }, /another rotation is under way/)
  retireVaultKeys(folder, Buffer.from(first, 'base64'))
  assert.equal(readFileSync(file, 'utf8').trim(), first, 'a start does not wait for it either')
  rmSync(`${file}.new`)
  rotateVaultKey(folder)
  rotateVaultKey(folder)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  assert.deepEqual([lines.length, lines[2], existsSync(`${file}.new`)], [3, first, false])
})
