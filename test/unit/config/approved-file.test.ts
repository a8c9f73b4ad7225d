import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { readApproved, writeApproved } from '../../../gateway/config/approved-file.ts'
import { loadConfig, loadOwnConfig, type LoadedConfig } from '../../../gateway/config/load.ts'
import { approve, type Approval } from '../../../registry/approval.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { problemsOf } from './load-text.ts'

const approvalOf = (name: string, server: object = { command: 'npx', args: ['x@1.2.3'], env: {} }): Approval =>
  approve({ name, server: server as Parameters<typeof approve>[0]['server'], serverJson: null, source: { kind: 'client-file', from: '/x.json' }, now: new Date('2026-01-01') })

interface Place { readonly cwd: string; readonly file: string; readonly load: () => LoadedConfig }

const placeOf = (t: CleansUp, yaml = ''): Place => {
  const cwd = scratchFolder(t)
  writeFileSync(join(cwd, 'portcullis.yaml'), yaml)
  return { cwd, file: join(cwd, '.portcullis', 'registry', 'servers.json'), load: () => loadConfig({ file: null, cwd, environment: {} }) }
}

test('approved servers are loaded beside those of the configuration, with the same defaults', t => {
  const { file, load } = placeOf(t, 'mcp_servers: {web: {url: "http://127.0.0.1:1/mcp"}}')
  assert.equal(load().approved.file, file)
  const before = load().digest
  writeApproved(file, new Map([['files', approvalOf('files')]]))
  const { config, approved, digest } = load()
  assert.deepEqual(Object.keys(config.mcp_servers), ['web', 'files'])
  assert.equal(config.mcp_servers['files']?.trust, 'internal')
  assert.deepEqual([...approved.servers.keys()], ['files'])
  assert.notEqual(digest, before, 'the digest in the audit log covers what was approved')
})

test('the file may be elsewhere, and the data folder that the command line names counts', t => {
  const { cwd } = placeOf(t, 'registry: {file: ./approved.json}')
  writeApproved(join(cwd, 'approved.json'), new Map([['files', approvalOf('files')]]))
  assert.deepEqual(Object.keys(loadConfig({ file: null, cwd, environment: {} }).config.mcp_servers), ['files'])
  const other = placeOf(t)
  assert.equal(loadOwnConfig({ file: null, cwd: other.cwd, environment: {}, data: './elsewhere' }).approved.file, join(other.cwd, 'elsewhere', 'registry', 'servers.json'))
})

test('the file is its owner\'s alone, and written whole', { skip: process.platform === 'win32' }, t => {
  const { file } = placeOf(t)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, 'old', { mode: 0o666 })
  writeApproved(file, new Map([['files', approvalOf('files')]]))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(readApproved(file).servers.get('files'), approvalOf('files'))
})

suite('what is refused, naming file, field and remedy', () => {
  const write = (text: string) => ({ file }: Place): void => {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }
  const edited = (change: (file: { servers: Record<string, { server: Record<string, unknown> }> }) => void) => (place: Place): void => {
    writeApproved(place.file, new Map([['files', approvalOf('files')]]))
    const value = JSON.parse(readFileSync(place.file, 'utf8')) as Parameters<typeof change>[0]
    change(value)
    write(JSON.stringify(value))(place)
  }
  const table: readonly (readonly [string, (place: Place) => void, string, RegExp])[] = [
    ['no JSON', write('{'), '', /JSON|ends/i], ['a member twice', write('{"format":1,"format":1,"servers":{}}'), '', /twice|duplicate|more than once/i], ['another form', write('{"format":2,"servers":{}}'), 'format', /expected 1/i],
    ['an argument changed', edited(({ servers }) => { servers['files']!.server['args'] = ['other@1.0.0'] }), 'servers.files.server', /not what was approved/],
    ['a member added', edited(({ servers }) => { Object.assign(servers['files']!, { note: 'x' }) }), 'servers.files', /unrecognized/i],
    ['a name that nothing can have', edited(({ servers }) => { servers['Files!'] = servers['files']! }), 'servers.Files!', /./],
    ['a launcher that is not allowed', place => { writeApproved(place.file, new Map([['files', approvalOf('files', { command: 'curl', args: [], env: {} })]])) }, 'servers.files.server.command', /not among registry.launchers/],
    ['a name that the configuration has', place => {
      writeFileSync(join(place.cwd, 'portcullis.yaml'), 'mcp_servers: {files: {command: x}}')
      writeApproved(place.file, new Map([['files', approvalOf('files')]]))
    }, 'servers.files', /also a server under mcp_servers/],
  ]
  for (const [name, prepare, path, reason] of table) {
    test(name, async t => {
      const place = placeOf(t)
      prepare(place)
      const [problem] = await problemsOf(() => place.load())
      assert.equal(problem?.path, path)
      assert.match(problem.problem, reason)
      assert.ok(problem.example !== undefined)
      assert.throws(() => place.load(), new RegExp(`^ConfigError: ${place.file}`))
    })
  }
})

test('a shell as launcher is refused in the configuration itself', async t => {
  const [problem] = await problemsOf(() => placeOf(t, 'registry: {launchers: [npx, bash]}').load())
  assert.equal(problem?.path, 'registry.launchers[1]')
})
