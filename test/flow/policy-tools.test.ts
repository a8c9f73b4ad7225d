// Tool calls are decided with their arguments, lists by the same rule, and what comes back marks the session.
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { autoClient, call, isError, legacyClient, openSession, rpc, textOf } from './mcp-client.ts'
import { chat, keys, startWorld } from './setup.ts'

const root = resolve(import.meta.dirname, '../..')
const settings = (more: Record<string, unknown>): Record<string, unknown> => ({ policy: { settings: more } })
const fakeSecret = ['AKIA', 'IOSFODNN7EXAMPLE'].join('')

test('a hidden tool is not listed, is unknown when called, and never reaches its server', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } }, config: settings({ access: [{ groups: ['engineering'], tools: ['web/*'], except: ['web/big'] }] }) })
  const client = await legacyClient(t, world)
  const names = (await client.listTools()).tools.map(tool => tool.name)
  assert.ok(names.includes('web__echo') && !names.includes('web__big'))
  await assert.rejects(client.callTool({ name: 'web__big', arguments: {} }), /Unknown tool: web__big/)
  assert.equal(web.fake.received.filter(one => one.method === 'tools/call').length, 0)
  const guest = await legacyClient(t, world, '/mcp', keys.bob)
  assert.deepEqual((await guest.listTools()).tools, [])
})

test('a path outside the allowed folder is denied with rule and reason, as a result that a model can read', async t => {
  const folder = scratchFolder(t)
  const world = await startWorld(t, {
    mcpServers: { files: { command: process.execPath, args: [join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'), folder, '/etc'] } },
    config: settings({ arguments: [{ tools: ['files/read_text_file'], argument: 'path', paths_within: [folder] }] }),
  })
  const client = await legacyClient(t, world)
  for (const path of ['/etc/hostname', `${folder}/../../etc/hostname`, `${folder}-other/x`, 'relative']) {
    const result = await client.callTool({ name: 'files__read_text_file', arguments: { path } })
    assert.ok(isError(result) && textOf(result).includes('organisation.argument_rules.paths_within'), `${path}: ${textOf(result)}`)
  }
  const missing = await client.callTool({ name: 'files__read_text_file', arguments: {} })
  assert.match(textOf(missing), /paths_within/)
})

test('on a production database reads pass and writes need an approval: listed, refused, nothing changed', async t => {
  const file = join(scratchFolder(t), 'demo.db')
  const world = await startWorld(t, { mcpServers: { db: { command: process.execPath, args: [join(root, 'test/support/sqlite-mcp-server.ts'), file], environment: 'production' } } })
  const client = await autoClient(t, world)
  assert.ok((await client.listTools()).tools.some(tool => tool.name === 'db__query'))
  const sql = async (text: string): Promise<unknown> => client.callTool({ name: 'db__query', arguments: { sql: text } })
  assert.match(textOf(await sql('SELECT count(*) AS n FROM customers')), /"n":3/)
  for (const write of ['INSERT INTO customers VALUES (9, \'x\', \'x\', 1)', 'DELETE FROM customers', 'SELECT 1; DROP TABLE customers', 'PRAGMA writable_schema=1']) {
    const refused = await sql(write)
    assert.ok(isError(refused) && textOf(refused).includes('"production-write"'), `${write}: ${textOf(refused)}`)
  }
  const database = new DatabaseSync(file, { readOnly: true })
  assert.deepEqual({ ...database.prepare('SELECT count(*) AS n FROM customers').get() }, { n: 3 })
  database.close()
  assert.equal(world.outcomes().filter(one => one['failure'] === 'policy.approval_required').length, 4)
})

test('a secret in arguments goes to no server that is not trusted with it', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  const session = await openSession(world)
  const { text } = await rpc(world, call('web__echo', { note: `key ${fakeSecret}` }), session)
  assert.match(text, /secret_in_arguments/)
  assert.equal(web.fake.received.filter(one => one.method === 'tools/call').length, 0)
})

test('what a confidential server returns marks the session: later model calls stay with destinations that are trusted with it', async t => {
  const world = await startWorld(t, { mcpServers: { vault: { ...fakeMcpCommand(), era: 'legacy', sensitivity: 'confidential', labels: ['customer-data'] } } })
  const before = await world.post('/v1/chat/completions', chat('hello'))
  assert.match(before.headers.get('x-portcullis-model') ?? '', /^home\//, 'the free local model is the cheapest')
  assert.equal((await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }))).status, 200)
  const session = await openSession(world)
  assert.match((await rpc(world, call('vault__echo', {}), session)).text, /result/)
  const after = await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }))
  assert.equal(after.status, 404, await after.clone().text())
  assert.match(await after.text(), /trust internal is below confidential/)
  assert.deepEqual((world.outcomes().findLast(one => one['action'] === 'tool.call')?.['response_labels'] as { labels: string[] }).labels, ['customer-data'])
})

test('a pseudonym becomes the real value in arguments only for servers that policy trusts with it', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { crm: { url: web.url }, web: { url: web.url } }, config: settings({ data: { restore_servers: ['crm'] } }) })
  const together = { 'x-portcullis-session': 'one' }
  await world.post('/v1/chat/completions', chat('write to anna.berg@example.com', { model: 'cloud-only' }), together)
  assert.match(world.cloud.requests.at(-1)?.body.toString() ?? '', /\[EMAIL_1\]/)
  const session = await openSession(world, together)
  await rpc(world, call('crm__echo', { to: 'mail [EMAIL_1] now' }), session)
  await rpc(world, call('web__echo', { to: 'mail [EMAIL_1] now' }), session)
  const sent = web.fake.received.filter(one => one.method === 'tools/call').map(one => (one.params as { arguments: { to: string } }).arguments.to)
  assert.deepEqual(sent, ['mail anna.berg@example.com now', 'mail [EMAIL_1] now'])
})
