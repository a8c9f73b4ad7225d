// Many at once over MCP: clients, servers and questions whose ids are equal by chance, and servers that neither answer nor die.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, legacyClient, openSession, rpc, textOf, type RpcAnswer } from './mcp-client.ts'
import { keys, startWorld } from './setup.ts'

const asBob = { authorization: `Bearer ${keys.bob}` }

test('clients that use the same ids at the same time each get their own answers, from every server of the merged endpoint', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const access = [{ groups: ['*'], tools: ['*'] }]
  const world = await startWorld(t, { mcpServers: { web: { url: web.url }, home: { ...fakeMcpCommand(), era: 'legacy' } }, config: { policy: { settings: { access } } } })
  const sessions = [await openSession(world), await openSession(world), await openSession(world, asBob)]
  const asked = sessions.flatMap((session, who) => ['web', 'home'].flatMap(server => [1, 2, 3].map(id => ({ session, server, id, text: `${who}-${server}-${id}` }))))
  const answers = await Promise.all(asked.map(({ session, server, id, text }) => rpc(world, call(`${server}__echo`, { text }, id), session)))
  answers.forEach((answer, index) => {
    assert.equal((answer.message as { id?: unknown }).id, asked[index]?.id)
    assert.match(textOf(answer.message.result), new RegExp(`"text":"${asked[index]?.text ?? ''}"`))
  })
})

test('two servers that ask with the same id at the same time each hear the answer that was meant for them', async t => {
  const [red, blue] = [await startFakeMcpHttp({ era: 'legacy', name: 'red' }), await startFakeMcpHttp({ era: 'legacy', name: 'blue' })]
  t.after(() => Promise.all([red.close(), blue.close()]))
  const world = await startWorld(t, { mcpServers: { red: { url: red.url }, blue: { url: blue.url } } })
  const client = new LegacyClient({ name: 'asked', version: '1' }, { capabilities: { elicitation: {} } })
  const both = Promise.withResolvers<undefined>()
  let open = 0
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    if ((open += 1) === 2) both.resolve(undefined)
    await both.promise
    return { action: 'accept' as const, content: { city: params.message } }
  })
  await client.connect(new LegacyTransport(new URL(`${world.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${keys.alice}` } } }))
  t.after(() => client.close())
  const ask = async (server: string): Promise<string> => textOf(await client.callTool({
    name: `${server}__ask`, arguments: { method: 'elicitation/create', params: { message: `city of ${server}`, requestedSchema: { type: 'object', properties: { city: { type: 'string' } } } } },
  }))
  const [toRed, toBlue] = await Promise.all([ask('red'), ask('blue')])
  assert.match(toRed, /"city":"city of red"/)
  assert.match(toBlue, /"city":"city of blue"/)
})

test('progress that stands still or goes back reaches nobody', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' } } })
  const told: number[] = []
  const client = await legacyClient(t, world)
  await client.callTool({ name: 'home__progress', arguments: { values: [1, 2, 2, 0, 'many', 2.5, -1, 7] } }, undefined, { onprogress: ({ progress }) => { told.push(progress) } })
  assert.deepEqual(told, [1, 2, 2.5, 7])
})

test('a server that is stopped but not dead delays its own callers until their deadline, and nobody else', async t => {
  const world = await startWorld(t, {
    mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', call_timeout_ms: 400 }, other: { ...fakeMcpCommand('--name=other'), era: 'legacy' } },
  })
  const session = await openSession(world)
  const pid = (JSON.parse(textOf((await rpc(world, call('home__pid', {}), session)).message.result)) as { pid: number }).pid
  process.kill(pid, 'SIGSTOP')
  t.after(() => { process.kill(pid, 'SIGCONT') })
  const [hung, other] = await Promise.all([rpc(world, call('home__echo', {}), session), rpc(world, call('other__echo', { a: 1 }), session)])
  assert.equal(hung.message.error?.data?.['code'], 'upstream.timeout')
  assert.match(textOf(other.message.result), /"a":1/)
  process.kill(pid, 'SIGCONT')
  const again = await eventually(async (): Promise<RpcAnswer | undefined> => {
    const answer = await rpc(world, call('home__echo', { a: 2 }), session)
    return answer.message.result === undefined ? undefined : answer
  })
  assert.match(textOf(again.message.result), /"a":2/)
})

test('an interface of a tool (ui://) is listed and read like any resource, and the tool still names it', async t => {
  const uri = 'ui://clock/face.html'
  const tool = { definition: `{"name":"clock","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"${uri}"}}}`, run: () => '{"content":[]}' }
  const web = await startFakeMcpHttp({ era: 'legacy', tools: new Map([['clock', tool]]), resources: [`{"uri":"${uri}","name":"face","mimeType":"text/html;profile=mcp-app"}`] })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  const client = await legacyClient(t, world)
  const [listed] = (await client.listTools()).tools
  assert.deepEqual(listed?._meta, { ui: { resourceUri: uri } })
  assert.deepEqual((await client.listResources()).resources.map(resource => resource.uri), [uri])
  assert.equal((await client.readResource({ uri })).contents[0]?.uri, uri)
})

test('streams tell buffering proxies not to buffer', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  const session = await openSession(world)
  const stream = await world.get('/mcp', { accept: 'text/event-stream', ...session })
  assert.equal(stream.headers.get('x-accel-buffering'), 'no')
  assert.match(stream.headers.get('cache-control') ?? '', /no-/)
  await stream.body?.cancel()
  const answer = await rpc(world, call('web__log', {}), session)
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  assert.equal(answer.headers.get('x-accel-buffering'), 'no')
})
