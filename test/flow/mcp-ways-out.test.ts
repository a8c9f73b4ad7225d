// What an agent says to a server beside the arguments of a tool is a way out like these: arguments of prompts, addresses of resources, what is to
// be completed, and members that only a protocol should read.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { openSession, rpc, stateless } from './mcp-client.ts'
import { startWorld, type World } from './setup.ts'

// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')

const started = async (t: TestContext, era: 'legacy' | 'modern', data: Readonly<Record<string, unknown>> = {}): Promise<{ readonly world: World; readonly web: FakeMcpHttp }> => {
  const web = await startFakeMcpHttp({ era, prompts: ['{"name":"greet","arguments":[{"name":"who"}]}'], templates: ['{"name":"page","uriTemplate":"page://{+path}"}'] })
  t.after(() => web.close())
  return { web, world: await startWorld(t, { mcpServers: { web: { url: web.url } }, config: { policy: { settings: { data } } } }) }
}

const received = (web: FakeMcpHttp): string => JSON.stringify(web.fake.received.map(({ headers, params }) => ({ headers, params })))

const ways: readonly (readonly [string, string, (value: string) => Record<string, unknown>])[] = [
  ['an argument of a prompt', 'prompts/get', value => ({ name: 'web__greet', arguments: { who: value } })],
  ['the address of a resource', 'resources/read', value => ({ uri: `page://x/${value}` })],
  ['what is to be completed', 'completion/complete', value => ({ ref: { type: 'ref/prompt', name: 'web__greet' }, argument: { name: 'who', value } })],
  ['the type of what is to be completed', 'completion/complete', value => ({ ref: { type: value, uri: 'page://x/y' }, argument: { name: 'path', value: 'x' } })],
  ['a name that the method does not have', 'resources/read', value => ({ uri: 'page://x/y', name: value })],
  ['a task that the method does not have', 'prompts/get', value => ({ name: 'web__greet', taskId: value })],
  ['what only a completion refers to', 'prompts/get', value => ({ name: 'web__greet', ref: { name: value } })],
  ['a state that the gateway did not give', 'prompts/get', value => ({ name: 'web__greet', requestState: value })],
  ['a member of _meta under the protocol\'s own prefix', 'tools/call', value => ({ name: 'web__echo', arguments: {}, _meta: { 'io.modelcontextprotocol/note': value } })],
]

for (const era of ['legacy', 'modern'] as const) {
  for (const [where, method, params] of ways) {
    test(`${era}: a secret in ${where} does not reach a server that is not trusted with secrets`, async t => {
      const { web, world } = await started(t, era)
      const send = async (value: string): Promise<string> => {
        if (era === 'legacy') return (await rpc(world, { jsonrpc: '2.0', id: 1, method, params: params(value) }, await openSession(world))).text
        const given = params(value)
        const { body, headers } = stateless(method, given, { meta: given['_meta'] as Record<string, unknown> | undefined ?? {} })
        return (await rpc(world, body, headers)).text
      }
      const before = web.fake.received.length
      const said = await send(secret)
      assert.ok(!received(web).includes(secret), said)
      const asked = web.fake.received.slice(before).some(one => one.method === method)
      assert.ok(!asked || method === 'tools/call', 'nothing of it was asked')
    })
  }
}

test('trace context and baggage of the caller end here, whether or not anybody records a trace', async t => {
  const { web, world } = await started(t, 'legacy')
  const own = { baggage: 'user=anna%40example.com', tracestate: 'vendor=anna', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  const session = await openSession(world)
  for (const meta of [own, { baggage: { user: 'anna@example.com' } }, { 'vendor/x': 1 }]) await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__echo', arguments: {}, _meta: meta } }, session)
  assert.doesNotMatch(received(web), /anna|0af7651916cd43dd8448eb211c80319c/)
  const last = web.fake.received.at(-1)?.params as { _meta: Record<string, unknown> }
  assert.deepEqual(last._meta, { 'vendor/x': 1 })
})

test('what is to be completed is named once', async t => {
  const { web, world } = await started(t, 'legacy')
  const session = await openSession(world)
  const refs = [{ type: 'ref/other', uri: 'page://x/y' }, { uri: 'page://x/y' }, { type: 'ref/resource', uri: 'page://x/y', name: secret }, { type: 'ref/prompt', uri: 'page://x/y' }]
  for (const ref of refs) {
    const { message } = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'completion/complete', params: { ref, argument: { name: 'path', value: 'x' } } }, session)
    assert.equal(message.error?.code, -32600, JSON.stringify(ref))
  }
  assert.equal(web.fake.received.filter(({ method }) => method === 'completion/complete').length, 0)
})
