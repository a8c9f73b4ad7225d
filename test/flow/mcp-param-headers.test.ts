// Arguments that a tool wants repeated in headers: made for the server from what leaves, checked for the caller against what came.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { startFakeMcpHttp, textResult, type FakeMcpHttp, type FakeTool } from '../support/fake-mcp-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { isError, legacyClient, rpc, stateless, textOf, type RpcAnswer } from './mcp-client.ts'
import { keys, startWorld, type World, type WorldOptions } from './setup.ts'

const skip = await findOpa(process.env) === null ? 'opa is not on this machine (npm run policy obtains it)' : false
const email = 'anna.muster@example.com'

const tool = (name: string, properties: object): readonly [string, FakeTool] => [name, {
  definition: JSON.stringify({ name, inputSchema: { type: 'object', properties } }), run: ({ args }) => textResult(JSON.stringify(args)),
}]

const region = { region: { type: 'string', 'x-mcp-header': 'Region' }, count: { type: 'integer', 'x-mcp-header': 'Count' }, note: { type: 'string' } }

const start = async (t: TestContext, era: 'legacy' | 'modern' = 'modern', more: WorldOptions = {}): Promise<{ world: World; web: FakeMcpHttp }> => {
  const web = await startFakeMcpHttp({ era, tools: new Map([tool('query', region), tool('broken', { region: { type: 'number', 'x-mcp-header': 'Region' } })]) })
  t.after(() => web.close())
  return { web, world: await startWorld(t, { mcpServers: { web: { url: web.url } }, ...more }) }
}

const lastCall = (web: FakeMcpHttp): Readonly<Record<string, string | string[] | undefined>> => web.fake.received.findLast(({ method }) => method === 'tools/call')?.headers ?? {}

const statelessQuery = (world: World, args: object, headers: Readonly<Record<string, string>>, more: { name?: string; key?: string } = {}): Promise<RpcAnswer> => {
  const { name = 'web__query', key = keys.alice } = more
  const made = stateless('tools/call', { name, arguments: args }, { key })
  return rpc(world, made.body, { ...made.headers, ...headers })
}

test('a stateless server gets the arguments that it wants in headers, whatever era the caller is of', async t => {
  const { web, world } = await start(t)
  const client = await legacyClient(t, world)
  assert.ok(!isError(await client.callTool({ name: 'web__query', arguments: { region: 'Zürich', count: 3, note: 'n' } })))
  const first = lastCall(web)
  assert.deepEqual([first['mcp-param-region'], first['mcp-param-count'], first['mcp-param-note']], ['=?base64?WsO8cmljaA==?=', '3', undefined])
  const answer = await statelessQuery(world, { region: 'us west' }, { 'mcp-param-region': 'us west', 'mcp-param-invented': 'x' })
  assert.ok(answer.message.result !== undefined, answer.text)
  const second = lastCall(web)
  assert.deepEqual([second['mcp-name'], second['mcp-param-region'], second['mcp-param-count'], second['mcp-param-invented']], ['query', 'us west', undefined, undefined])
})

/** An own layer that has e-mail addresses masked on their way to tools. */
const masking = `package portcullis.tenant.acme.masking

duties contains {"redact": [{"kinds": ["email"], "action": "mask", "unless_local": false}]} if input.action.kind == "tool.call"
`

test('what is taken out of the arguments does not leave in a header', { skip }, async t => {
  const folder = scratchFolder(t, 'param-headers')
  writeFileSync(join(folder, 'masking.rego'), masking)
  const { web, world } = await start(t, 'modern', { folder, config: { policy: { rego: ['./masking.rego'] } } })
  const answer = await statelessQuery(world, { region: email }, { 'mcp-param-region': email })
  assert.ok(answer.message.result !== undefined, answer.text)
  const { params } = web.fake.received.findLast(({ method }) => method === 'tools/call') as unknown as { params: { arguments: { region: string } } }
  assert.equal(lastCall(web)['mcp-param-region'], params.arguments.region)
  assert.ok(!JSON.stringify(web.fake.received).includes(email))
})

test('a caller whose headers do not match is refused before anything leaves', async t => {
  const { web, world } = await start(t)
  for (const headers of [{}, { 'mcp-param-region': 'b' }, { 'mcp-param-region': '=?base64?YQ?=' }]) {
    const { status, message } = await statelessQuery(world, { region: 'a' }, headers)
    assert.deepEqual([status, message.error?.code], [400, -32020], JSON.stringify(headers))
  }
  assert.equal(web.fake.received.filter(({ method }) => method === 'tools/call').length, 0)
  assert.deepEqual(world.outcomes().filter(({ failure }) => failure === 'request.malformed').length, 3)
})

test('who may not see a tool learns nothing from its headers', async t => {
  const { world } = await start(t)
  const hidden = await statelessQuery(world, { region: 'a' }, {}, { key: keys.bob })
  const absent = await statelessQuery(world, { region: 'a' }, {}, { key: keys.bob, name: 'web__nothing' })
  assert.deepEqual([hidden.status, hidden.message.error?.code], [absent.status, absent.message.error?.code])
  assert.match(hidden.text, /Unknown tool/)
})

test('a tool whose annotation breaks a rule is left out and reported; to servers with sessions it means nothing', async t => {
  const { world } = await start(t)
  const client = await legacyClient(t, world)
  assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), ['web__query'])
  assert.ok(world.log.some(line => line.includes('broken') && line.includes('left out')), 'an operator can see why')
  const older = await start(t, 'legacy')
  const other = await legacyClient(t, older.world)
  assert.deepEqual((await other.listTools()).tools.map(({ name }) => name).sort(), ['web__broken', 'web__query'])
  assert.match(textOf(await other.callTool({ name: 'web__query', arguments: { region: 'a' } })), /"region":"a"/)
  assert.equal(lastCall(older.web)['mcp-param-region'], undefined)
})

test('a server that wants other headers than it listed is asked for its list again', async t => {
  // The other headers are another definition.
  const { web, world } = await start(t, 'modern', { config: { pinning: { on_drift: 'report' } } })
  const client = await legacyClient(t, world)
  const query = (): ReturnType<typeof client.callTool> => client.callTool({ name: 'web__query', arguments: { region: 'a' } })
  assert.ok(!isError(await query()))
  const [name, changed] = tool('query', { region: { type: 'string', 'x-mcp-header': 'Zone' } })
  web.fake.tools.set(name, { ...changed, run: call => lastCall(web)['mcp-param-zone'] === 'a' ? changed.run(call) : { code: -32020, message: 'Header mismatch' } })
  await assert.rejects(query(), /-32020/)
  assert.ok(!isError(await query()))
})
