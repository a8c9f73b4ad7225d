// What goes wrong over MCP, and that it goes wrong for nobody else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, legacyClient, openSession, rpc, textOf } from './mcp-client.ts'
import { keys, startWorld } from './setup.ts'

test('a server that crashes fails its pending call at once, and is there again', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' }, other: { ...fakeMcpCommand('--name=other'), era: 'legacy' } } })
  const client = await legacyClient(t, world)
  await assert.rejects(client.callTool({ name: 'home__crash_after', arguments: { ms: 20 } }), /home/)
  assert.match(textOf(await client.callTool({ name: 'other__echo', arguments: { a: 1 } })), /"a":1/)
  const text = await eventually(async () => {
    try {
      return textOf(await client.callTool({ name: 'home__echo', arguments: { a: 2 } }))
    } catch {
      return undefined
    }
  }, { withinMs: 10_000 })
  assert.match(text, /"a":2/)
  assert.ok(world.outcomes().some(one => one['failure'] === 'upstream.connect'))
})

test('a server that cannot start hides no other one', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { broken: { command: '/no/such/program', connect_timeout_ms: 500 }, dead: { url: 'http://127.0.0.1:9/mcp', connect_timeout_ms: 500 }, web: { url: web.url } } })
  const client = await legacyClient(t, world)
  const names = (await client.listTools()).tools.map(tool => tool.name)
  assert.ok(names.length > 0 && names.every(name => name.startsWith('web__')), names.join())
  const status = await (await world.admin('/status')).json() as { mcp: { server: string; state: string; lastError: string | null }[] }
  assert.equal(status.mcp.find(one => one.server === 'broken')?.state, 'failed')
})

test('a call that takes too long is ended, and the caller is told', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', call_timeout_ms: 200 } } })
  const session = await openSession(world)
  const { message } = await rpc(world, call('home__slow', { ms: 5000 }), session)
  assert.equal(message.error?.data?.['code'], 'upstream.timeout')
})

test('a server that asks the client gets a refusal, not silence', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' } } })
  const session = await openSession(world)
  const { text } = await rpc(world, call('home__ask', { method: 'sampling/createMessage' }), session)
  assert.match(text, /-32601|error/)
})

test('bad messages are refused with the code, the field and the HTTP status that the protocol asks for', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' } } })
  const session = await openSession(world)
  const table: readonly (readonly [string, unknown, number, number | null, RegExp])[] = [
    ['an unknown method', { jsonrpc: '2.0', id: 1, method: 'tasks/list' }, 200, -32601, /Method not found/],
    ['an unknown tool', call('home__nothing', {}), 200, -32602, /Unknown tool/],
    ['a tool of a server that is not there', call('other__echo', {}), 200, -32602, /Unknown tool/],
    ['arguments that are no object', call('home__echo', [1]), 200, -32600, /params\.arguments/],
    ['a name that is no string', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 7 } }, 200, -32600, /params\.name/],
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], 400, -32600, /batch/i],
    ['another protocol', { jsonrpc: '1.0', id: 1, method: 'ping' }, 400, -32600, /2\.0/],
    ['broken JSON', '{"jsonrpc":', 400, -32700, /JSON/],
    ['a duplicate key', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 400, null, /twice|duplicate/i],
  ]
  for (const [what, body, status, code, text] of table) {
    const answer = await rpc(world, body, session)
    assert.equal(answer.status, status, `${what}: ${answer.text}`)
    if (code !== null) assert.equal(answer.message.error?.code, code, `${what}: ${answer.text}`)
    assert.match(answer.text, text, what)
  }
  assert.equal((await rpc(world, { jsonrpc: '2.0', id: 9, method: 'ping' }, session)).status, 200, 'the process still serves')
})

test('who is not known gets an HTTP error, and a wrong endpoint says what there is', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' } } })
  const stranger = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'ping' }, { authorization: 'Bearer nobody' })
  assert.equal(stranger.status, 401)
  assert.match(stranger.headers.get('www-authenticate') ?? '', /Bearer/)
  const rebound = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'ping' }, { origin: 'https://evil.example' })
  assert.equal(rebound.status, 403)
  const elsewhere = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'ping' }, {}, '/mcp/none')
  assert.match(elsewhere.text, /request\.unsupported/)
})

test('a session client that never sends its session id is served, but for what needs a session', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy', resources: ['{"uri":"note://one","name":"one"}'] })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' }, web: { url: web.url } } })
  assert.deepEqual((await rpc(world, { jsonrpc: '2.0', id: 1, method: 'ping' })).message.result, {})
  const listed = (await rpc(world, { jsonrpc: '2.0', id: 2, method: 'tools/list' })).message.result as { tools: { name: string }[] }
  assert.ok(listed.tools.some(tool => tool.name === 'home__echo'))
  assert.match(textOf((await rpc(world, call('home__echo', { a: 1 }))).message.result), /"a":1/)
  assert.match((await rpc(world, call('home__ask', { method: 'elicitation/create' }))).text, /error/, 'nobody is there to be asked')
  for (const method of ['logging/setLevel', 'resources/subscribe']) {
    const refused = await rpc(world, { jsonrpc: '2.0', id: 3, method, params: { level: 'error', uri: 'note://one' } })
    assert.equal(refused.message.error?.data?.['code'], 'request.session', refused.text)
  }
  for (const method of ['GET', 'DELETE']) {
    const response = await fetch(`${world.url}/mcp`, { method, headers: { authorization: `Bearer ${keys.alice}`, accept: 'text/event-stream' } })
    assert.equal(response.status, 405, method)
    assert.match(response.headers.get('allow') ?? '', /^POST/)
  }
  const cancelled = await rpc(world, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
  assert.equal(cancelled.status, 202)
})

test('a stateless client has no streams and no sessions to end, and is told which method there is', async t => {
  const web = await startFakeMcpHttp({ era: 'modern' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const response = await fetch(`${world.url}/mcp`, { method, headers: { authorization: `Bearer ${keys.alice}`, accept: 'text/event-stream', 'mcp-protocol-version': '2026-07-28' } })
    assert.equal(response.status, 405, method)
    assert.match(response.headers.get('allow') ?? '', /^POST/)
    assert.match(await response.text(), /"jsonrpc":"2\.0".*request\.method/)
  }
})
