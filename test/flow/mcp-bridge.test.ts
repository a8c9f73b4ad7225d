// Servers that ask, and clients and servers of different eras: who may ask what, who answers, and what nobody may replay.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { fakeMcpCommand, startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, initialize, isError, openSession, rpc, stateless, statelessCall, textOf, type RpcAnswer } from './mcp-client.ts'
import { keys, startWorld, type World, type WorldOptions } from './setup.ts'

type Era = 'legacy' | 'modern'
const eras: readonly Era[] = ['legacy', 'modern']

const form = { message: 'Which city?', requestedSchema: { type: 'object', properties: { city: { type: 'string' } } } }
const sampling = { messages: [{ role: 'user', content: { type: 'text', text: 'Say hello.' } }], maxTokens: 10 }
const elicit = { method: 'elicitation/create', params: form }

const granting = (...asks: string[]): Readonly<Record<string, unknown>> => ({ policy: { settings: { access: [{ groups: ['engineering'], tools: ['*'], asks }] } } })

const startAsking = async (t: TestContext, era: Era, config: WorldOptions['config'] = granting('elicitation', 'sampling', 'roots')): Promise<{ world: World; web: FakeMcpHttp }> => {
  const web = await startFakeMcpHttp({ era, resources: ['{"uri":"note://one","name":"one"}'] })
  t.after(() => web.close())
  return { world: await startWorld(t, { mcpServers: { web: { url: web.url }, home: { ...fakeMcpCommand(`--era=${era}`), era } }, config }), web }
}

interface Asked { readonly client: LegacyClient; readonly heard: string[] }

/** A session client that accepts everything. */
const answering = async (t: TestContext, world: World, content: Readonly<Record<string, string>> = { city: 'Oslo' }): Promise<Asked> => {
  const heard: string[] = []
  const client = new LegacyClient({ name: 'asked', version: '1' }, { capabilities: { elicitation: {}, sampling: {}, roots: {} } })
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => { heard.push(params.message); return { action: 'accept' as const, content } })
  client.setRequestHandler(CreateMessageRequestSchema, () => { heard.push('sampling'); return { role: 'assistant' as const, model: 'm', content: { type: 'text' as const, text: 'Hello.' } } })
  client.setRequestHandler(ListRootsRequestSchema, () => { heard.push('roots'); return { roots: [{ uri: 'file:///srv/work' }] } })
  await client.connect(new LegacyTransport(new URL(`${world.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${keys.alice}` } } }))
  t.after(() => client.close())
  return { client, heard }
}

const told = (result: unknown): { result?: Record<string, unknown>; error?: { code: number; message: string }; requestState?: string } =>
  JSON.parse(textOf(result)) as ReturnType<typeof told>

for (const era of eras) {
  for (const server of ['web', 'home']) {
    test(`a session client answers what a ${era} server asks (${server === 'web' ? 'HTTP' : 'stdio'})`, async t => {
      const { world } = await startAsking(t, era)
      const { client, heard } = await answering(t, world)
      const ask = async (args: Record<string, unknown>): Promise<ReturnType<typeof told>> => told(await client.callTool({ name: `${server}__ask`, arguments: args }))
      assert.deepEqual((await ask(elicit)).result, { action: 'accept', content: { city: 'Oslo' } })
      assert.equal((await ask({ method: 'sampling/createMessage', params: sampling })).result?.['model'], 'm')
      assert.deepEqual((await ask({ method: 'roots/list' })).result, { roots: [{ uri: 'file:///srv/work' }] })
      assert.deepEqual(heard, ['Which city?', 'sampling', 'roots'])
      const records = world.outcomes().filter(record => ['elicitation', 'sampling', 'roots'].includes(String(record['action'])))
      assert.deepEqual(records.map(record => [record['action'], (record['target'] as { server: string }).server]), [['elicitation', server], ['sampling', server], ['roots', server]])
    })

    test(`a stateless client answers what a ${era} server asks in a second request (${server === 'web' ? 'HTTP' : 'stdio'})`, async t => {
      const { world } = await startAsking(t, era)
      const about = { name: `${server}__ask`, args: elicit, capabilities: { elicitation: {} } }
      const first = (await statelessCall(world, about)).message.result
      assert.equal(first?.['resultType'], 'input_required')
      const [[key, request]] = Object.entries(first['inputRequests'] as Record<string, { method: string; params: unknown }>) as [[string, { method: string; params: unknown }]]
      assert.deepEqual(request, { method: 'elicitation/create', params: form })
      assert.ok(!JSON.stringify(first).includes('of the server'), 'the server\'s state is sealed')
      const second = (await statelessCall(world, { ...about, inputResponses: { [key]: { action: 'accept', content: { city: 'Rome' } } }, requestState: first['requestState'] })).message.result
      assert.deepEqual(told(second).result, { action: 'accept', content: { city: 'Rome' } })
      assert.equal(second?.['resultType'], 'complete')
      if (era === 'modern') assert.equal(told(second).requestState, 'of the server')
    })
  }

  test(`a grant that says nothing lets a ${era} server ask the user, and neither the model nor for folders`, async t => {
    const { world } = await startAsking(t, era, {})
    const { client, heard } = await answering(t, world)
    assert.equal(told(await client.callTool({ name: 'web__ask', arguments: elicit })).result?.['action'], 'accept')
    const refused = await client.callTool({ name: 'web__ask', arguments: { method: 'sampling/createMessage', params: sampling } })
    assert.match(textOf(refused), /no rule allows sampling/)
    assert.equal(era === 'modern', isError(refused), 'a stateless server has no other way to hear of it than the end of the call')
    assert.deepEqual(heard, ['Which city?'])
    const denied = world.outcomes().find(record => record['action'] === 'sampling')
    assert.equal(denied?.['failure'], 'policy.denied')
  })

  test(`a form of a ${era} server that asks for a password reaches nobody: the server hears that the user declined`, async t => {
    const { world } = await startAsking(t, era)
    const { client, heard } = await answering(t, world)
    const params = { message: 'Log in, please.', requestedSchema: { type: 'object', properties: { password: { type: 'string' } } } }
    assert.deepEqual(told(await client.callTool({ name: 'web__ask', arguments: { method: 'elicitation/create', params } })).result, { action: 'decline' })
    assert.deepEqual(heard, [])
  })

  test(`a secret that the user types into a form does not reach a ${era} server that is not trusted with it`, async t => {
    const { world } = await startAsking(t, era)
    const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`
    const { client } = await answering(t, world, { city: secret })
    const answer = await client.callTool({ name: 'web__ask', arguments: elicit })
    assert.deepEqual(told(answer).result, { action: 'decline' })
    assert.equal(world.outcomes().find(record => record['action'] === 'elicitation')?.['failure'], 'policy.denied')
    assert.ok(!JSON.stringify(world.audit()).includes(secret))
  })

  test(`a stateless client hears of changes on ${era} servers on the stream that it opened, and of nothing else`, async t => {
    const { world, web } = await startAsking(t, era)
    const { body, headers } = stateless('subscriptions/listen', { notifications: { toolsListChanged: true, resourceSubscriptions: ['note://one', 'note://hidden'] } })
    const gone = new AbortController()
    t.after(() => { gone.abort() })
    const response = await fetch(`${world.url}/mcp`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: JSON.stringify(body), signal: gone.signal })
    const frames: { method: string; params: Record<string, unknown> }[] = []
    void (async () => {
      let text = ''
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString()
        frames.splice(0, frames.length, ...text.split('\n').filter(line => line.startsWith('data: ')).map(line => JSON.parse(line.slice(6)) as (typeof frames)[number]))
      }
    })().catch(() => undefined)
    await eventually(() => frames.length > 0)
    const meta = { 'io.modelcontextprotocol/subscriptionId': 7 }
    assert.deepEqual(frames[0], { jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['note://one'] }, _meta: meta } })
    await eventually(() => web.fake.received.some(({ method, params }) => method === (era === 'legacy' ? 'resources/subscribe' : 'subscriptions/listen') && JSON.stringify(params).includes('note://one')))
    await statelessCall(world, { name: 'web__add_tool', args: { name: 'fresh' } })
    await eventually(() => frames.length > 1)
    assert.deepEqual(frames[1], { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: meta } })
    web.announce({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'note://one' } })
    web.announce({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'note://other' } })
    web.announce({ jsonrpc: '2.0', method: 'notifications/prompts/list_changed' })
    await eventually(() => frames.length > 2)
    assert.deepEqual(frames.slice(2), [{ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'note://one', _meta: meta } }])
  })
}

test('a question on the server\'s shared stream belongs to the call that is under way, from the first call on', async t => {
  const { world } = await startAsking(t, 'legacy')
  const { client } = await answering(t, world)
  for (const round of [1, 2]) {
    const answer = await client.callTool({ name: 'web__ask', arguments: { ...elicit, shared: true, round } })
    assert.deepEqual(told(answer).result, { action: 'accept', content: { city: 'Oslo' } })
  }
})

const askedFirst = async (world: World, more: Readonly<Record<string, unknown>> = {}): Promise<{ about: { name: string; args: typeof elicit; capabilities: Record<string, unknown> }; state: unknown; key: string }> => {
  const about = { name: 'web__ask', args: elicit, capabilities: { elicitation: {} }, ...more }
  const result = (await statelessCall(world, about)).message.result
  return { about, state: result?.['requestState'], key: Object.keys(result?.['inputRequests'] as object)[0] ?? '' }
}

const refused = (answer: RpcAnswer): void => {
  assert.equal(answer.message.error?.code, -32602)
  assert.match(answer.message.error.message, /requestState/)
}

for (const era of eras) {
  test(`the state of a call to a ${era} server is good for its own caller and request only`, async t => {
    const { world } = await startAsking(t, era, { policy: { settings: { access: [{ groups: ['engineering', 'guests'], tools: ['*'] }] } } })
    const { about, key, state } = await askedFirst(world)
    const inputResponses = { [key]: { action: 'accept', content: {} } }
    const again = (changes: Readonly<Record<string, unknown>>): Promise<RpcAnswer> => statelessCall(world, { ...about, inputResponses, requestState: state, ...changes })
    refused(await again({ key: keys.bob }))
    refused(await again({ args: { ...elicit, more: 1 } }))
    refused(await again({ name: 'home__ask' }))
    refused(await again({ requestState: `${String(state)}AA` }))
    refused(await again({ requestState: 'of the server' }))
    refused(await again({ requestState: 5 }))
    assert.ok((await again({})).message.result, 'and still good for that')
  })
}

test('a call that waits for its caller is answered once', async t => {
  const { world } = await startAsking(t, 'legacy')
  const { about, key, state } = await askedFirst(world)
  const answered = { ...about, inputResponses: { [key]: { action: 'decline' } }, requestState: state }
  assert.deepEqual(told((await statelessCall(world, answered)).message.result).result, { action: 'decline' })
  refused(await statelessCall(world, answered))
})

test('a reload of the policy ends what was permitted under the old one', async t => {
  const { world } = await startAsking(t, 'modern')
  const { about, key, state } = await askedFirst(world)
  world.rewriteConfig({ policy: { settings: { access: [{ groups: ['engineering'], tools: ['web/*'] }] } } })
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  refused(await statelessCall(world, { ...about, inputResponses: { [key]: { action: 'accept', content: {} } }, requestState: state }))
})

test('a stateless client that cannot be asked gets HTTP 400 and the capability that is missing; the call ends at the server', async t => {
  const { world, web } = await startAsking(t, 'legacy')
  const answer = await statelessCall(world, { name: 'web__ask', args: elicit, capabilities: { sampling: {} } })
  assert.equal(answer.status, 400)
  assert.equal(answer.message.error?.code, -32021)
  assert.deepEqual(answer.message.error.data?.['requiredCapabilities'], { elicitation: {} })
  await eventually(() => web.fake.cancelled.length === 1)
})

test('servers of the session era hear what the client behind the gateway can be asked, and no more', async t => {
  const { world, web } = await startAsking(t, 'legacy')
  await answering(t, world)
  await statelessCall(world, { name: 'web__echo', capabilities: { elicitation: { url: {}, other: {} }, experimental: { x: {} } } })
  const declared = web.fake.received.filter(({ method }) => method === 'initialize').map(({ params }) => (params as { capabilities: unknown }).capabilities)
  assert.deepEqual(declared, [{ elicitation: {}, sampling: {}, roots: {} }, { elicitation: { url: {} } }])
})

test('a session client that leaves while it is asked ends the call at the server', async t => {
  const { world, web } = await startAsking(t, 'legacy')
  const { client } = await answering(t, world)
  client.setRequestHandler(ElicitRequestSchema, () => new Promise(() => undefined))
  const calling = client.callTool({ name: 'web__ask', arguments: elicit }).catch(() => undefined)
  await eventually(() => world.audit().some(record => record['action'] === 'elicitation'))
  await client.close()
  await calling
  await eventually(() => web.fake.cancelled.length === 1)
  await eventually(() => world.outcomes().some(record => record['action'] === 'elicitation' && record['failure'] === 'client.gone'))
})

test('log messages reach a stateless client only as it asks, and a session server is told the level', async t => {
  const { world, web } = await startAsking(t, 'legacy')
  web.fake.extraCapabilities['logging'] = {}
  assert.ok(!(await statelessCall(world, { name: 'web__log' })).text.includes('notifications/message'))
  const meta = { 'io.modelcontextprotocol/logLevel': 'info' }
  assert.ok((await statelessCall(world, { name: 'web__log', meta })).text.includes('notifications/message'))
  assert.ok(!(await statelessCall(world, { name: 'web__log', meta: { 'io.modelcontextprotocol/logLevel': 'error' } })).text.includes('notifications/message'))
  assert.deepEqual(web.fake.received.filter(({ method }) => method === 'logging/setLevel').map(({ params }) => params), [{ level: 'info' }])
})

test('what only the stateless era knows does not reach a session server', async t => {
  const { world, web } = await startAsking(t, 'legacy')
  await statelessCall(world, { name: 'web__echo', args: { a: 1 }, meta: { 'vendor/x': 1, progressToken: 'p' } })
  const params = web.fake.received.findLast(({ method }) => method === 'tools/call')?.params as { _meta: Record<string, unknown> }
  assert.deepEqual(Object.keys(params), ['name', 'arguments', '_meta'])
  assert.deepEqual(Object.keys(params._meta).filter(key => key.startsWith('io.modelcontextprotocol/')), [])
  assert.equal(params._meta['vendor/x'], 1)
  assert.equal(typeof params._meta['progressToken'], 'number')
})

test('an answer that nobody asked for is taken and changes nothing', async t => {
  const { world } = await startAsking(t, 'legacy')
  const session = await openSession(world)
  assert.equal((await rpc(world, { jsonrpc: '2.0', id: 'gateway-1', result: {} }, session)).status, 202)
  assert.equal((await rpc(world, { jsonrpc: '2.0', id: 'gateway-1', result: {} }, { ...session, authorization: `Bearer ${keys.bob}` })).status, 404)
  assert.ok((await rpc(world, call('web__echo', { a: 1 }), session)).message.result)
})

test('instructions are those of servers of which the caller may use something', async t => {
  const open = await startFakeMcpHttp({ era: 'legacy', instructions: 'Use the open one.' })
  const closed = await startFakeMcpHttp({ era: 'modern', instructions: 'Use the closed one.' })
  t.after(() => Promise.all([open.close(), closed.close()]))
  const config = { policy: { settings: { access: [{ groups: ['engineering'], tools: ['open/*'] }] } } }
  const world = await startWorld(t, { mcpServers: { open: { url: open.url }, closed: { url: closed.url } }, config })
  const { message } = await rpc(world, initialize)
  assert.equal(message.result?.['instructions'], '## open\nUse the open one.')
  const { body, headers } = stateless('server/discover', {})
  assert.equal((await rpc(world, body, headers)).message.result?.['instructions'], '## open\nUse the open one.')
})

test('the end of a URL elicitation reaches a session that can be asked, and no other', async t => {
  const { world, web } = await startAsking(t, 'legacy')
  const { client } = await answering(t, world)
  const heard: string[] = []
  client.fallbackNotificationHandler = ({ method }) => { heard.push(method); return Promise.resolve() }
  await client.listTools()
  await eventually(() => web.sessions.size > 0)
  web.announce({ jsonrpc: '2.0', method: 'notifications/vendor/x' })
  web.announce({ jsonrpc: '2.0', method: 'notifications/elicitation/complete', params: { elicitationId: 'e1' } })
  await eventually(() => heard.length > 0)
  assert.deepEqual(heard, ['notifications/elicitation/complete'])
})
