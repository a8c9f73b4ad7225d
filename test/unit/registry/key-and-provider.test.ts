import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { hashKey, keySchema, newKey } from '../../../registry/key.ts'
import { isPrivateHost, providerSchema, speaks, spokenTo } from '../../../registry/provider.ts'
import { resolveSecret } from '../../../registry/secret-ref.ts'
import { trustLevels, trustRank } from '../../../registry/trust.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

suite('keys', () => {
  test('a new key has its prefix, 256 bits, and is never the same twice', () => {
    const keys = new Set(Array.from({ length: 200 }, newKey))
    assert.equal(keys.size, 200)
    for (const key of keys) {
      assert.match(key, /^pk_[\w-]{43}$/)
      assert.equal(Buffer.from(key.slice(3), 'base64url').length, 32)
    }
  })

  test('a hash is the SHA-256 of the key in the form that the configuration takes', () => {
    assert.equal(hashKey('abc'), 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    const key = newKey()
    assert.equal(hashKey(key), `sha256:${createHash('sha256').update(key).digest('hex')}`)
    assert.equal(keySchema.parse({ name: 'a', hash: hashKey(key), subject: { id: 'b' } }).hash, hashKey(key))
  })

  const hex = 'ab'.repeat(32)
  for (const [title, hash] of [
    ['without its algorithm', hex], ['of another algorithm', `sha512:${hex}`], ['in upper case', `sha256:${hex.toUpperCase()}`], ['too short', `sha256:${hex.slice(1)}`],
    ['too long', `sha256:${hex}0`], ['with a line behind it', `sha256:${hex}\nx`], ['that is the key itself', newKey()], ['that is empty', ''],
  ] as const) {
    test(`a hash ${title} is refused`, () => {
      const issues = keySchema.safeParse({ name: 'a', hash, subject: { id: 'b' } }).error?.issues
      assert.deepEqual(issues?.map(issue => issue.path), [['hash']])
      assert.ok(hash === '' || !JSON.stringify(issues).includes(hash), 'what was written may be a secret')
    })
  }

  test('names and tenants cannot hold what separates them in session keys', () => {
    for (const name of ['a/b', 'a b', '', '~a', 'a:b', 'a\n', 'x'.repeat(65)]) {
      assert.equal(keySchema.safeParse({ name, hash: hashKey('k'), subject: { id: 'b' } }).success, false, name)
      assert.equal(keySchema.safeParse({ name: 'a', hash: hashKey('k'), subject: { id: 'b', tenant: name } }).success, false, name)
      assert.equal(keySchema.safeParse({ name: 'a', hash: hashKey('k'), subject: { id: 'b' }, agent: { id: name } }).success, false, name)
    }
  })

  test('defaults of a key grant nothing', () => {
    const { subject, agent, limits, budget, expires } = keySchema.parse({ name: 'a', hash: hashKey('k'), subject: { id: 'b' } })
    assert.deepEqual({ subject, agent, limits, budget, expires }, {
      subject: { id: 'b', tenant: 'default', groups: [] }, agent: { id: 'agent', framework: null, enforced_egress: false }, limits: null, budget: null, expires: null,
    })
  })
})

suite('providers', () => {
  const base = { id: 'p', dialect: 'openai' }
  const pathsOf = (provider: object): string[] => (providerSchema.safeParse({ ...base, ...provider }).error?.issues ?? []).map(issue => issue.path.join('.'))

  for (const [host, isPrivate] of [
    ['localhost', true], ['LOCALHOST', true], ['127.0.0.1', true], ['127.9.9.9', true], ['10.1.2.3', true], ['172.16.0.1', true], ['172.31.255.1', true],
    ['192.168.1.1', true], ['169.254.1.1', true], ['100.64.0.1', true], ['[::1]', true], ['[fd12:3456::1]', true], ['[fe80::1]', true], ['gpu-box', true],
    ['llm.internal', true], ['llm.local', true], ['llm.lan', true], ['x.localhost', true], ['box.home.arpa', true],
    ['api.openai.com', false], ['8.8.8.8', false], ['172.32.0.1', false], ['172.15.0.1', false], ['192.169.0.1', false], ['100.128.0.1', false], ['11.0.0.1', false],
    ['[2001:4860:4860::8888]', false], ['[fc::1]', false], ['127.0.0.1.example.com', false], ['localhost.example.com', false], ['10.example.com', false], ['internal.example', false],
  ] as const) {
    test(`${host} is ${isPrivate ? 'private' : 'public'}`, () => {
      assert.equal(isPrivateHost(host), isPrivate)
      const url = `http://${host}:8000/v1`
      assert.deepEqual(pathsOf({ base_url: url, local: true }), isPrivate ? [] : ['local'])
      assert.deepEqual(pathsOf({ base_url: url, local: true, asserted: true }), [])
      assert.deepEqual(pathsOf({ base_url: url }), [])
    })
  }

  const table: readonly (readonly [string, object, readonly string[]])[] = [
    ['a URL that is none', { base_url: 'nope' }, ['base_url']],
    ['a URL that is none, beside other mistakes', { base_url: 'nope', id: 'A', local: true }, ['id', 'base_url']],
    ['another scheme', { base_url: 'ftp://127.0.0.1' }, ['base_url']],
    ['a file', { base_url: 'file:///etc/passwd' }, ['base_url']],
    ['credentials in the URL', { base_url: 'https://me:secret@api.openai.com' }, ['base_url']],
    ['a query', { base_url: 'https://api.openai.com/v1?key=x' }, ['base_url']],
    ['a fragment', { base_url: 'https://api.openai.com/v1#x' }, ['base_url']],
    ['a free provider that is not local', { base_url: 'https://api.openai.com', free: true }, ['free']],
    ['a slash in the id', { base_url: 'https://api.openai.com', id: 'a/b' }, ['id']],
    ['a secret in place of a reference', { base_url: 'https://api.openai.com', credential: 'sk-1' }, ['credential']],
    ['a header in upper case', { base_url: 'https://api.openai.com', headers: { Authorization: 'x' } }, ['headers.Authorization']],
  ]
  for (const [title, provider, paths] of table) {
    test(`${title} is refused at ${paths.join(', ')}`, () => { assert.deepEqual(pathsOf(provider), paths) })
  }
})

suite('secret references', () => {
  test('a value comes from the environment, or from a file beside the configuration without its last line end', t => {
    const folder = scratchFolder(t)
    writeFileSync(join(folder, 'key'), '  abc\n')
    assert.equal(resolveSecret({ env: 'KEY' }, { KEY: 'x y' }, folder), 'x y')
    assert.equal(resolveSecret({ file: 'key' }, {}, folder), 'abc')
    assert.equal(resolveSecret({ file: join(folder, 'key') }, {}, '/'), 'abc')
  })

  test('what is missing is named by where it was looked for', t => {
    const folder = scratchFolder(t)
    writeFileSync(join(folder, 'empty'), ' \n')
    assert.throws(() => resolveSecret({ env: 'KEY' }, {}, folder), { message: 'the environment variable KEY is not set' })
    assert.throws(() => resolveSecret({ env: 'KEY' }, { KEY: '' }, folder), { message: 'the environment variable KEY is not set' })
    assert.throws(() => resolveSecret({ file: 'no' }, {}, folder), { message: 'the file no cannot be read' })
    assert.throws(() => resolveSecret({ file: 'empty' }, {}, folder), { message: 'the file empty is empty' })
  })
})

test('trust is ordered from public to restricted', () => {
  assert.deepEqual([...trustLevels].sort((a, b) => trustRank(a) - trustRank(b)), ['public', 'internal', 'confidential', 'restricted'])
})

suite('which APIs a provider takes', () => {
  const both = ['openai', 'openai-responses']
  const rows: readonly (readonly [url: string, more: Readonly<Record<string, unknown>>, dialects: readonly string[]])[] = [
    ['https://api.openai.com/v1', {}, both], ['https://eu.api.openai.com/v1', {}, both], ['https://mine.openai.azure.com/openai/v1', {}, both], ['https://mine.services.ai.azure.com/openai/v1', {}, both],
    ['http://127.0.0.1:11434/v1', {}, ['openai']], ['https://api.openai.com.evil.example/v1', {}, ['openai']], ['https://notapi.openai.com.example/v1', {}, ['openai']],
    ['http://127.0.0.1:11434/v1', { apis: ['chat.completions', 'responses'] }, both], ['https://api.openai.com/v1', { apis: ['responses'] }, ['openai-responses']],
    ['https://api.anthropic.com', { dialect: 'anthropic' }, ['anthropic']],
  ]
  for (const [base_url, more, dialects] of rows) {
    test(`${base_url} ${JSON.stringify(more)}`, () => {
      const provider = providerSchema.parse({ id: 'a', dialect: 'openai', base_url, ...more })
      assert.deepEqual(['openai', 'openai-responses', 'anthropic'].filter(dialect => speaks(provider, dialect)), dialects)
      for (const dialect of ['openai', 'openai-responses', 'anthropic']) assert.equal(spokenTo(provider, dialect), dialects.includes(dialect) ? dialect : dialects[0])
    })
  }

  test('only the openai dialect has several', () => {
    const { error } = providerSchema.safeParse({ id: 'a', dialect: 'anthropic', base_url: 'https://x.example', apis: ['responses'] })
    assert.deepEqual(error?.issues.map(issue => issue.path), [['apis']])
    assert.equal(providerSchema.safeParse({ id: 'a', dialect: 'openai', base_url: 'https://x.example', apis: [] }).success, false)
  })
})
