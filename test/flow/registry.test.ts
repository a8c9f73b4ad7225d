// Servers from clients and registries through the real command line and the real gateway, and the gateway's own list of servers.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { currentSchema, serverListSchema, serverResponseSchema, type ServerResponse } from '../../registry/server-json.ts'
import { startChild } from '../support/child.ts'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { startFakeRegistry } from '../support/fake-registry.ts'
import { eventually } from '../support/wait.ts'
import { legacyClient, textOf } from './mcp-client.ts'
import { startWorld, type World, type WorldOptions } from './setup.ts'

const entry = join(import.meta.dirname, '../../gateway/main.ts')

interface Ran { readonly code: number | null; readonly out: string }

const servers = async (world: World, ...args: string[]): Promise<Ran> => {
  const child = await startChild({ command: process.execPath, args: [entry, 'servers', ...args, '--config', world.configFile], cwd: world.folder, env: { PATH: process.env['PATH'] ?? '', HOME: world.folder } })
  const { code } = await child.exit
  return { code, out: child.stdout() + child.stderr() }
}

const start = (t: TestContext, options: WorldOptions = {}): Promise<World> => startWorld(t, { ...options, config: { registry: { launchers: ['npx', process.execPath] }, ...options.config } })
const approvedFile = (world: World): string => join(world.folder, 'data', 'registry', 'servers.json')
const writeJson = (world: World, name: string, value: unknown): string => {
  writeFileSync(join(world.folder, name), typeof value === 'string' ? value : JSON.stringify(value))
  return name
}
const list = async (world: World, path = ''): Promise<readonly ServerResponse[]> => serverListSchema.parse(await (await world.get(`/v0.1/servers${path}`)).json()).servers
const names = async (world: World): Promise<string[]> => (await list(world)).map(({ server }) => server.name)

test('a client\'s file is shown, runs nothing unconfirmed, and is served without a restart once confirmed, in a clean environment', async t => {
  process.env['PORTCULLIS_TEST_SECRET'] = 'do not pass on'
  t.after(() => { delete process.env['PORTCULLIS_TEST_SECRET'] })
  const world = await start(t)
  const { command, args } = fakeMcpCommand()
  writeJson(world, 'token', 'the real token')
  const file = writeJson(world, 'client.json', `{
    // as editors keep it
    "mcpServers": {
      "My Server": ${JSON.stringify({ command, args, env: { API_TOKEN: 'hunter2-literal', MODE: 'fast' } })},
      "shell": {"command": "bash", "args": ["-c", "touch ran"]},
    },
  }`)
  const given = ['--value', `API_TOKEN=file:${join(world.folder, 'token')}`]
  const unconfirmed = await servers(world, 'import', file, ...given)
  assert.equal(unconfirmed.code, 1)
  assert.match(unconfirmed.out, /my-server[\s\S]*runs {5}[\s\S]*fake-mcp-server\.ts --stdio[\s\S]*API_TOKEN: from the file[\s\S]*confirm with --yes/)
  assert.match(unconfirmed.out, /shell: not taken over\n {2}command: "bash" is a shell/)
  assert.ok(!existsSync(approvedFile(world)) && !existsSync(join(world.folder, 'ran')))
  assert.deepEqual(await names(world), [])

  const confirmed = await servers(world, 'import', file, '--name', 'My Server', ...given, '--yes')
  assert.equal(confirmed.code, 0, confirmed.out)
  for (const text of [confirmed.out, unconfirmed.out, readFileSync(approvedFile(world), 'utf8')]) assert.ok(!text.includes('hunter2') && !text.includes('the real token'))
  await eventually(async () => (await names(world)).includes('local.portcullis/my-server'))
  const client = await legacyClient(t, world)
  const seen = JSON.parse(textOf(await client.callTool({ name: 'my-server__environment', arguments: {} }))) as string[]
  assert.ok(seen.includes('API_TOKEN') && seen.includes('MODE') && seen.includes('PATH'))
  assert.deepEqual(seen.filter(name => /SECRET|CLOUD_KEY|npm_|NODE_TEST/.test(name)), [])

  assert.equal((await servers(world, 'remove', 'my-server')).code, 0)
  await eventually(async () => (await names(world)).length === 0)
})

test('a server of a registry is pinned to its version and served again under this gateway\'s address', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const document = (version: string): Record<string, unknown> => ({ $schema: currentSchema, name: 'io.example/web', description: 'A web of things', version, remotes: [{ type: 'streamable-http', url: '{base}/mcp', variables: { base: { isRequired: true } } }] })
  const registry = await startFakeRegistry([{ server: document('1.0.0') }, { server: document('1.1.0') }, { server: { ...document('1.0.0'), name: 'io.example/gone' }, _meta: { 'io.modelcontextprotocol.registry/official': { status: 'deleted', statusMessage: 'malware' } } }])
  t.after(() => registry.close())
  const world = await start(t, { config: { registry: { launchers: ['npx'], source: registry.url } } })
  assert.match((await servers(world, 'search', 'io.example')).out, /io\.example\/web@1\.1\.0 {2}A web of things[\s\S]*io\.example\/gone@1\.0\.0 \(deleted\)/)
  assert.match((await servers(world, 'add', 'io.example/web')).out, /base needs a value\n.*--value base=…/)
  assert.match((await servers(world, 'add', 'io.example/web@^1.0.0')).out, /names a range/)
  assert.match((await servers(world, 'add', 'io.example/gone', '--yes')).out, /was deleted from the registry: malware/)
  const value = ['--value', `base=${new URL(web.url).origin}`]
  assert.equal((await servers(world, 'add', 'io.example/web', ...value)).code, 1)
  assert.equal(existsSync(approvedFile(world)), false)
  const added = await servers(world, 'add', 'io.example/web', ...value, '--yes', '--sensitivity', 'confidential')
  assert.equal(added.code, 0, added.out)
  assert.match(added.out, /io\.example\/web 1\.1\.0[\s\S]*calls {4}http[\s\S]*sensitivity confidential[\s\S]*digest {3}sha256:[a-f0-9]{64}/)
  registry.entries.push({ server: document('2.0.0') })

  await eventually(async () => (await names(world)).includes('io.example/web'))
  const response = await world.get('/v0.1/servers/io.example%2Fweb/versions/latest')
  const latest = serverResponseSchema.parse(await response.json())
  assert.equal(latest.server.version, '1.1.0', 'what was approved, whatever the registry has by now')
  assert.deepEqual(latest.server.remotes?.map(({ url }) => url), [`${world.url}/mcp/web`])
  const client = await legacyClient(t, world, new URL(latest.server.remotes[0]!.url).pathname)
  assert.match(textOf(await client.callTool({ name: 'echo', arguments: { a: 1 } })), /"a":1/)
  assert.match((await servers(world, 'list')).out, /^web +http/)
  assert.equal((await servers(world, 'show', 'web')).code, 0)

  const stillFine = await servers(world, 'check')
  assert.equal(stillFine.code, 0, stillFine.out)
  assert.match(stillFine.out, /^web +1\.1\.0 is unchanged; the latest is 2\.0\.0/)
  const approved = registry.entries.find(({ server }) => server['version'] === '1.1.0')!
  approved.server = { ...approved.server, description: 'A web of other things' }
  const changed = await servers(world, 'check')
  assert.equal(changed.code, 1)
  assert.match(changed.out, /LOOK {2}1\.1\.0 is not what was approved/)
  registry.entries.splice(registry.entries.indexOf(approved), 1)
  assert.match((await servers(world, 'check')).out, /LOOK {2}1\.1\.0 is gone/)
})

test('an approved entry that was changed is refused: a running gateway keeps what it has, a new one does not start, and removing it repairs both', async t => {
  const world = await start(t)
  const { command, args } = fakeMcpCommand()
  const file = writeJson(world, 'client.json', { mcpServers: { good: { command, args }, bad: { command, args } } })
  assert.equal((await servers(world, 'import', file, '--yes')).code, 0)
  await eventually(async () => (await names(world)).length === 2)
  writeFileSync(approvedFile(world), readFileSync(approvedFile(world), 'utf8').replace(/("bad": \{[\s\S]*?"--stdio")/, '$1, "--name=evil"'), { mode: 0o600 })
  await eventually(() => world.log.some(line => line.includes('reload refused') && line.includes('servers.bad.server: is not what was approved') && line.includes('servers remove bad')))
  assert.equal((await names(world)).length, 2)
  const refused = await world.admin('/reload', { method: 'POST' })
  assert.equal(refused.status, 422)
  assert.match((await servers(world, 'list')).out, /bad +REFUSED/)
  const shown = await servers(world, 'show', 'bad')
  assert.equal(shown.code, 1)
  assert.match(shown.out, /"--name=evil"|--name=evil[\s\S]*REFUSED/)
  const check = await startChild({ command: process.execPath, args: [entry, 'check', '--config', world.configFile], cwd: world.folder, env: { PATH: process.env['PATH'] ?? '', CLOUD_KEY: 'x' } })
  assert.equal((await check.exit).code, 2)
  assert.match(check.stderr(), /servers\.bad\.server/)
  assert.equal((await servers(world, 'remove', 'bad')).code, 0)
  await eventually(async () => (await names(world)).join() === 'local.portcullis/good')
})

test('the list of servers is behind the same door as everything else, read-only, in pages, and recorded', async t => {
  const world = await start(t, { mcpServers: Object.fromEntries(['a', 'b', 'c'].map(name => [name, { url: 'http://127.0.0.1:9/mcp' }])) })
  assert.equal((await fetch(`${world.url}/v0.1/servers`)).status, 401)
  assert.equal((await world.get('/v0.1/servers', { origin: 'https://evil.example' })).status, 403)
  const first = serverListSchema.parse(await (await world.get('/v0.1/servers?limit=2')).json())
  assert.deepEqual(first.servers.map(({ server }) => server.name), ['local.portcullis/a', 'local.portcullis/b'])
  const second = await list(world, `?limit=2&cursor=${encodeURIComponent(first.metadata?.nextCursor ?? '')}`)
  assert.deepEqual(second.map(({ server }) => server.name), ['local.portcullis/c'])
  assert.equal(second[0]?.server.remotes?.[0]?.headers?.[0]?.name, 'Authorization')
  assert.equal((await list(world, '?search=PORTCULLIS/b')).length, 1)
  assert.equal((await list(world, '?updated_since=2999-01-01T00:00:00Z')).length, 0)
  assert.equal((await list(world, '/local.portcullis%2Fa/versions')).length, 1)
  assert.equal((await list(world, '/local.portcullis/a/versions')).length, 1, 'also where somebody decoded the name on the way')
  const table: readonly (readonly [string, number, string])[] = [
    ['/v0.1/servers?limit=0', 400, 'request.malformed'], ['/v0.1/servers?updated_since=yesterday', 400, 'request.malformed'], ['/v0.1/servers?cursor=nobody:1', 400, 'request.malformed'],
    ['/v0.1/servers/x%2Fy/versions', 404, 'request.unsupported'], ['/v0.1/servers/local.portcullis%2Fa/versions/9.9.9', 404, 'request.unsupported'], ['/v0.1/servers/local.portcullis%2Fa', 404, 'request.unsupported'],
    ['/v0.1/publish', 404, 'request.unsupported'], ['/v0.1/servers/%E0%A4%A/versions', 404, 'request.unsupported'],
  ]
  for (const [path, status, code] of table) {
    const response = await world.get(path)
    assert.equal(response.status, status, path)
    const { error, code: said } = await response.json() as { error: string; code: string }
    assert.ok(said === code && error.length > 20, path)
  }
  const wrong = await world.post('/v0.1/servers', {})
  assert.equal(wrong.status, 405)
  assert.equal(wrong.headers.get('allow'), 'GET')
  const records = world.outcomes().filter(({ surface }) => surface === 'registry')
  assert.ok(records.length > 10 && records.every(({ method }) => method === '/v0.1/servers' || method === 'unknown'))
})

test('nothing that a publisher wrote reaches the terminal as a control sequence', async t => {
  const world = await start(t)
  const evil = '\u001b[2J\u009b1A\u202e'
  const document = { name: 'io.example/evil', description: 'Evil', version: '1.0.0', packages: [{ registryType: 'npm', identifier: 'x', version: '1.0.0', transport: { type: 'stdio' }, packageArguments: [{ type: 'positional', value: evil }, { type: 'named', name: '--c', choices: [evil], default: 'a', description: evil }] }] }
  const file = writeJson(world, 'server.json', document)
  const ran = [
    await servers(world, 'add', file), await servers(world, 'add', file, '--value=--c=b'),
    await servers(world, 'import', writeJson(world, 'client.json', { mcpServers: { [`a${evil}`]: { command: `b${evil}` }, ok: { command: 'npx', args: ['x@1.0.0', evil] } } })),
  ]
  for (const { out } of ran) assert.ok(out.length > 50 && !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(out), JSON.stringify(out))
  assert.match(ran[2]!.out, /runs {5}npx x@1\.0\.0 "\\u\{1b\}\[2J\\u\{9b\}1A\\u\{202e\}"/)
})
