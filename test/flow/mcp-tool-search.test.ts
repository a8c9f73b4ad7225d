// Looking for tools in place of listing them: what is found, what is called, and that it is decided and recorded under its real name.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { autoClient, call, isError, legacyClient, openSession, rpc, stateless, statelessCall, textOf } from './mcp-client.ts'
import { startWorld, type World } from './setup.ts'

const ours = ['find_tools', 'call_read_tool', 'call_tool']

const startSearching = async (t: TestContext, toolSearch: Readonly<Record<string, unknown>> = { mode: 'on', reads: ['home/echo'] }, config: Readonly<Record<string, unknown>> = {}): Promise<World> => {
  const web = await startFakeMcpHttp({ era: 'modern' })
  t.after(() => web.close())
  return startWorld(t, { mcpServers: { web: { url: web.url }, home: { ...fakeMcpCommand(), era: 'legacy' } }, config: { tool_search: toolSearch, ...config } })
}

interface Found { readonly tools: readonly { readonly name: string; readonly inputSchema: unknown }[]; readonly reads: readonly string[] }
const foundIn = (result: unknown): Found => (result as { structuredContent: Found }).structuredContent
const through = (name: string, args: unknown, by = 'call_tool'): { name: string; arguments: Record<string, unknown> } => ({ name: by, arguments: { name, arguments: args } })

for (const [era, connect] of [['session', legacyClient], ['stateless', autoClient]] as const) {
  test(`a ${era} client sees three tools, finds others by words, and calls them`, async t => {
    const world = await startSearching(t)
    const client = await connect(t, world)
    assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), ours)
    const found = foundIn(await client.callTool({ name: 'find_tools', arguments: { query: 'echo' } }))
    assert.deepEqual(found.tools.map(({ name }) => name).sort(), ['home__echo', 'web__echo'])
    assert.deepEqual(found.tools.map(({ inputSchema }) => inputSchema), [{ 'type': 'object', 'x-order': [3, 2, 1] }, { 'type': 'object', 'x-order': [3, 2, 1] }])
    assert.deepEqual(found.reads, ['home__echo'])
    for (const name of ['home__echo', 'web__echo']) assert.match(textOf(await client.callTool(through(name, { a: 1.5 }))), /"a":1\.5/)
    assert.match(textOf(await client.callTool(through('home__echo', { b: 2 }, 'call_read_tool'))), /"b":2/)
    assert.match(textOf(await client.callTool({ name: 'web__echo', arguments: { c: 3 } })), /"c":3/, 'its own name is good, too')
    const calls = world.outcomes().filter(outcome => outcome['action'] === 'tool.call').map(outcome => (outcome['target'] as { name: string }).name)
    assert.deepEqual(calls, ['home__echo', 'web__echo', 'home__echo', 'web__echo'])
  })
}

test('what policy hides is neither found nor called, by any name', async t => {
  const world = await startSearching(t, { mode: 'on', reads: ['*'] }, { policy: { settings: { access: [{ groups: ['engineering'], tools: ['*'], except: ['home/echo'] }] } } })
  const client = await legacyClient(t, world)
  assert.deepEqual(foundIn(await client.callTool({ name: 'find_tools', arguments: { query: 'echo' } })).tools.map(({ name }) => name), ['web__echo'])
  for (const by of ['call_tool', 'call_read_tool']) {
    const hidden = await client.callTool(through('home__echo', {}, by)).then(() => 'called', String)
    const missing = await client.callTool(through('home__nothing', {}, by)).then(() => 'called', String)
    assert.match(hidden, /Unknown tool/)
    assert.equal(hidden.replace('echo', 'nothing'), missing)
  }
  const denied = world.outcomes().find(outcome => outcome['failure'] === 'policy.denied')
  assert.deepEqual([denied?.['action'], denied?.['target']], ['tool.call', { name: 'home__echo', server: 'home' }])
})

test('rules about arguments see the inner ones, and say so to the model', async t => {
  const settings = { access: [{ groups: ['engineering'], tools: ['*'] }], arguments: [{ tools: ['home/echo'], argument: 'path', paths_within: ['/srv'] }] }
  const world = await startSearching(t, undefined, { policy: { settings } })
  const client = await legacyClient(t, world)
  assert.equal(isError(await client.callTool(through('home__echo', { path: '/srv/a' }))), false)
  const refused = await client.callTool(through('home__echo', { path: '/etc/passwd' }))
  assert.ok(isError(refused))
  assert.match(textOf(refused), /path/)
})

test('only what the operator calls a read is called by call_read_tool, whatever a server says of itself', async t => {
  const world = await startSearching(t, { mode: 'on', reads: ['home/echo'] })
  const session = await openSession(world)
  // Every tool of the fake claims readOnlyHint.
  const refused = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: through('home__log', {}, 'call_read_tool') }, session)
  assert.match(refused.text, /does more than read.*call_tool/)
  const trusting = await startSearching(t, { mode: 'on', trust_hints_of: ['home'] })
  const client = await legacyClient(t, trusting)
  assert.equal(isError(await client.callTool(through('home__log', {}, 'call_read_tool'))), false)
  assert.match(await client.callTool(through('web__log', {}, 'call_read_tool')).then(textOf, String), /does more than read/)
})

test('personal data in inner arguments is hidden, questions are asked, and bytes stay as they are', async t => {
  const world = await startSearching(t, undefined, { policy: { settings: { access: [{ groups: ['engineering'], tools: ['*'] }] } } })
  const session = await openSession(world)
  const raw = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_tool","arguments":{"name":"home__received"},"_meta":{"x":1.0}}}'
  await rpc(world, '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"call_tool","arguments":{"name":"home__echo","arguments":{"n":1.50,"deep":{"k":[ 1e3 ]}}}}}', session)
  const { received } = (await rpc(world, raw, session)).message.result?.['structuredContent'] as { received: { method: string; params: { name?: string; arguments?: unknown; _meta?: unknown } }[] }
  const calls = received.filter(({ method }) => method === 'tools/call').map(({ params }) => [params.name, params.arguments])
  assert.deepEqual(calls, [['echo', { n: 1.5, deep: { k: [1000] } }], ['received', {}]])
  const first = (await statelessCall(world, { name: 'call_tool', args: { name: 'web__ask', arguments: { method: 'elicitation/create', params: { message: 'Which?', requestedSchema: { type: 'object', properties: { city: { type: 'string' } } } } } }, capabilities: { elicitation: {} } })).message.result
  assert.equal(first?.['resultType'], 'input_required')
  const [key] = Object.keys(first['inputRequests'] as object)
  const about = { name: 'call_tool', args: { name: 'web__ask', arguments: { method: 'elicitation/create', params: { message: 'Which?', requestedSchema: { type: 'object', properties: { city: { type: 'string' } } } } } }, capabilities: { elicitation: {} } }
  const second = (await statelessCall(world, { ...about, inputResponses: { [key ?? '']: { action: 'accept', content: { city: 'Rome' } } }, requestState: first['requestState'] })).message.result
  assert.match(textOf(second), /Rome/)
})

test('what is asked of the three tools wrongly is said with the field', async t => {
  const world = await startSearching(t)
  const session = await openSession(world)
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ['find_tools', {}, /params\.arguments\.query/], ['find_tools', { query: ' ' }, /query/], ['find_tools', { query: 'x', limit: 0 }, /limit/],
    ['call_tool', {}, /params\.arguments\.name/], ['call_tool', { name: 'call_tool', arguments: {} }, /find_tools tells of/], ['call_tool', { name: 'home__echo', arguments: [1] }, /arguments\.arguments must be an object/],
  ]
  for (const [name, args, expected] of table) assert.match((await rpc(world, call(name, args), session)).text, expected, JSON.stringify(args))
})

test('few tools are listed as ever, and many are looked for', async t => {
  const few = await startSearching(t, { mode: 'auto', threshold: 1000 })
  assert.ok((await (await legacyClient(t, few)).listTools()).tools.length > 10)
  const many = await startSearching(t, { mode: 'auto', threshold: 5 })
  assert.deepEqual((await (await legacyClient(t, many)).listTools()).tools.map(({ name }) => name), ours)
  const one = await legacyClient(t, many, '/mcp/home')
  assert.ok((await one.listTools()).tools.some(({ name }) => name === 'echo'), 'a single server is listed')
})

test('a virtual server has a search of its own', async t => {
  const world = await startSearching(t, { mode: 'off' }, { virtual_servers: { desk: { groups: ['*'], tools: ['home/*', { tool: 'web/echo', as: 'shout' }], tool_search: { mode: 'on' } } } })
  const client = await legacyClient(t, world, '/mcp/desk')
  assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), ours)
  assert.deepEqual(foundIn(await client.callTool({ name: 'find_tools', arguments: { query: 'shout', limit: 1 } })).tools.map(({ name }) => name), ['shout'])
  assert.match(textOf(await client.callTool(through('shout', { a: 1 }))), /"a":1/)
})

test('a stateless search needs its mirrored headers like any call', async t => {
  const world = await startSearching(t)
  const { body, headers } = stateless('tools/call', { name: 'find_tools', arguments: { query: 'echo' } })
  assert.equal((await rpc(world, body, headers)).status, 200)
  assert.equal((await rpc(world, body, { ...headers, 'mcp-name': 'home__echo' })).status, 400)
})
