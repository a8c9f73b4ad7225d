// Logins at rest: sealed, bound to their server, and no login at all where they cannot be opened.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { KeptLogin } from '../../../gateway/exchange/login.ts'
import { LoginFiles } from '../../../gateway/sessions/login-files.ts'
import { VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

const login: KeptLogin = {
  url: 'https://a.example/mcp', metadataUrl: null,
  clients: { 'https://as.example': { known: 'registered', id: 'c', secret: 'client-secret', secretExpiresAtS: null, authMethod: null, redirectUri: 'http://127.0.0.1:8081/oauth/callback' } },
  tokens: { issuer: 'https://as.example', access: 'access-secret', refresh: 'refresh-secret', asked: 'a', granted: null, expiresAtMs: 5, sinceMs: 1 },
}

const open = (t: TestContext): { folder: string; keys: VaultKeys; files: () => LoginFiles; unreadable: string[] } => {
  const folder = scratchFolder(t, 'logins')
  const keys = new VaultKeys(randomBytes(32))
  const unreadable: string[] = []
  return { folder, keys, unreadable, files: () => new LoginFiles(join(folder, 'logins'), keys, server => { unreadable.push(server) }) }
}

test('a login comes back as it was kept, and nothing of it can be read from the file', t => {
  const { files, folder } = open(t)
  assert.equal(files().load('a'), null)
  files().save('a', login)
  assert.deepEqual(files().load('a'), login)
  assert.deepEqual(readdirSync(join(folder, 'logins')), ['a.sealed'])
  const file = join(folder, 'logins', 'a.sealed')
  const bytes = readFileSync(file, 'latin1')
  for (const word of ['secret', 'example', 'callback']) assert.ok(!bytes.includes(word), word)
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0)
})

test('another server\'s file, a changed one and one of another key are no login, and are reported once', t => {
  const { files, folder, unreadable } = open(t)
  files().save('a', login)
  const at = (server: string): string => join(folder, 'logins', `${server}.sealed`)
  copyFileSync(at('a'), at('b'))
  const bytes = readFileSync(at('a'))
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
  writeFileSync(at('c'), bytes)
  writeFileSync(at('d'), 'short')
  const opened = files()
  for (const server of ['b', 'c', 'd', 'b']) assert.equal(opened.load(server), null, server)
  assert.equal(new LoginFiles(join(folder, 'logins'), new VaultKeys(randomBytes(32)), server => { unreadable.push(server) }).load('a'), null)
  assert.deepEqual(unreadable, ['b', 'c', 'd', 'a'])
})
