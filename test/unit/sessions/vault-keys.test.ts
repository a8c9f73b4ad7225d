// Keys of the vault: one seals, those before it still open, and the file that holds them is never half written.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LoginFiles } from '../../../gateway/sessions/login-files.ts'
import { StateSealer, taskSchema } from '../../../gateway/sessions/sealed-state.ts'
import { openVaultKeys, retireVaultKeys, rotateVaultKey, VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

const keyText = (): string => randomBytes(32).toString('base64')

test('the current key seals, and what an older one sealed says so when it is opened', () => {
  const old = new VaultKeys(randomBytes(32))
  const ring = new VaultKeys(randomBytes(32), [randomBytes(32), old.current])
  assert.deepEqual(ring.open('here', old.seal('here', 'text')), { text: 'text', isOld: true })
  assert.deepEqual(ring.open('here', ring.seal('here', 'text')), { text: 'text', isOld: false })
  assert.throws(() => ring.open('there', old.seal('here', 'text')))
  assert.throws(() => old.open('here', ring.seal('here', 'text')))
})

test('keys for one purpose open nothing of another, and are rotated with the ring', () => {
  const old = new VaultKeys(randomBytes(32))
  const ring = new VaultKeys(randomBytes(32), [old.current])
  assert.deepEqual(ring.derive('a').open('x', old.derive('a').seal('x', 'text')), { text: 'text', isOld: true })
  assert.throws(() => ring.derive('b').open('x', ring.derive('a').seal('x', 'text')))
  const task = { server: 's', tool: 't', id: '1' }
  assert.deepEqual(new StateSealer(ring).open('who', new StateSealer(old).seal('who', task), taskSchema), task)
})

test('given keys come before the file, and a wrong one is named without being told', () => {
  const folder = '/nowhere'
  const [current, previous] = [keyText(), keyText()]
  const ring = openVaultKeys(folder, { current, previous: [previous] })
  assert.deepEqual([ring.current.toString('base64'), ring.previous.map(key => key.toString('base64'))], [current, [previous]])
  const short = randomBytes(31).toString('base64')
  for (const [given, where] of [[{ current: short, previous: [] }, 'state.vault_key'], [{ current, previous: [previous, short] }, 'state.previous_vault_keys[1]']] as const) {
    assert.throws(() => openVaultKeys(folder, given), (error: unknown) => error instanceof Error && error.message.startsWith(`${where} must hold 32 bytes`) && !error.message.includes(short))
  }
})

test('a rotation puts a new key first, keeps the others, and is over when they are retired', t => {
  const folder = scratchFolder(t)
  assert.throws(() => { rotateVaultKey(folder) }, /does not exist/)
  const first = openVaultKeys(folder)
  rotateVaultKey(folder)
  rotateVaultKey(folder)
  const ring = openVaultKeys(folder)
  assert.equal(ring.previous.length, 2)
  assert.deepEqual(ring.previous[1], first.current)
  retireVaultKeys(folder, first.current)
  assert.equal(openVaultKeys(folder).previous.length, 2, 'rotated again meanwhile: nothing is sealed with the newest yet')
  retireVaultKeys(folder, ring.current)
  assert.deepEqual(openVaultKeys(folder), new VaultKeys(ring.current))
  assert.deepEqual(readdirSync(folder), ['vault.key'])
  assert.equal(statSync(join(folder, 'vault.key')).mode & 0o077, 0)
})

test('a key file without a line end, as earlier versions wrote it, is read', t => {
  const folder = scratchFolder(t)
  const text = keyText()
  writeFileSync(join(folder, 'vault.key'), text)
  assert.equal(openVaultKeys(folder).current.toString('base64'), text)
  rotateVaultKey(folder)
  assert.equal(readFileSync(join(folder, 'vault.key'), 'utf8').trim().split('\n')[1], text)
})

test('logins are sealed anew, and one that cannot be opened stays as it is', t => {
  const folder = join(scratchFolder(t), 'logins')
  const old = new VaultKeys(randomBytes(32))
  const login = { url: 'https://a.example/mcp', metadataUrl: null, clients: {}, tokens: null }
  new LoginFiles(folder, old, () => undefined).save('a', login)
  writeFileSync(join(folder, 'b.sealed'), 'not ours')
  const ring = new VaultKeys(randomBytes(32), [old.current])
  const unreadable: string[] = []
  new LoginFiles(folder, ring, server => { unreadable.push(server) }).reseal()
  assert.deepEqual(new LoginFiles(folder, new VaultKeys(ring.current), () => undefined).load('a'), login)
  assert.deepEqual([unreadable, readFileSync(join(folder, 'b.sealed'), 'utf8')], [['b'], 'not ours'])
})
