// Tool calls that a model asked for, and calls that nobody asked for.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { Agent, type LoopDialect } from './agent-loop.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { chat, keys, message, startWorld, type World, type WorldOptions } from './setup.ts'

const required = { policy: { settings: { tools: { require_model_request: ['web/*'] }, access: [{ groups: ['engineering'], tools: ['*'] }] } } }
const web = { web: { ...fakeMcpCommand(), era: 'legacy' } }
const args = { text: 'three pumps', deep: { b: [1, 2.5, null], a: true } }

/** A provider whose model asks for one call and is then content. */
const asking = (name: string, wanted: Readonly<Record<string, unknown>> = args, more: object = {}): WorldOptions => ({
  mcpServers: web, config: required,
  cloud: { reply: ({ asked }) => (asked?.toolResults.length ?? 0) > 0 ? { kind: 'answer', text: 'done' } : { kind: 'answer', toolCalls: [{ name, args: wanted }], deltaChars: 3, chunkBytes: [5, 1, 9], ...more } },
})

const byHand = async (world: World, name: string, given: unknown, { meta = {}, key = keys.alice }: { meta?: object; key?: string } = {}): Promise<string> => {
  const session = await openSession(world, { authorization: `Bearer ${key}` })
  return (await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given, _meta: meta } }, session)).text
}
const refused = /model_requested\.no_model_request/

for (const dialect of ['openai', 'anthropic'] satisfies LoopDialect[]) {
  test(`${dialect}: what the model asks for is called, and nothing else`, async t => {
    const world = await startWorld(t, asking('mcp__portcullis__web__echo'))
    assert.match(await byHand(world, 'web__echo', args), refused, 'nobody asked yet')
    const agent = new Agent(world, { dialect, tools: ['mcp__portcullis__web__echo'] })
    await agent.say('go')
    assert.match(agent.seen.find(one => one.kind === 'tool')?.text ?? '', /Unknown tool|no tool of this name/i, 'the agent of this test calls by the prefixed name, which is none here')
    assert.match(await byHand(world, 'web__echo', { deep: { a: true, b: [1.0, 2.5, null] }, text: 'three pumps' }), /"result"/, 'in another order, by another spelling')
    for (const other of [{ ...args, text: 'four pumps' }, { ...args, more: 1 }, {}]) assert.match(await byHand(world, 'web__echo', other), refused)
    assert.match(await byHand(world, 'web__log', args), refused, 'another tool')
    assert.match(await byHand(world, 'web__echo', args, { key: keys.root }), refused, 'another key')
  })
}

const paths = [['/v1/chat/completions', chat, (name: string) => [{ type: 'function', function: { name, parameters: { type: 'object' } } }]], ['/v1/messages', message, (name: string) => [{ name, input_schema: { type: 'object' } }]]] as const

for (const [path, ask, tools] of paths) {
  for (const stream of [true, false]) {
    test(`${path}, ${stream ? 'streamed' : 'whole'}: the call is known with the arguments that the client sees, restored`, async t => {
      const world = await startWorld(t, asking('web__echo', { to: '[EMAIL_1]', note: 'say "hi"\n' }))
      const email = 'anna.muster@example.com'
      const response = await world.post(path, ask(`Write to ${email}.`, { model: 'cloud-only', stream, tools: tools('web__echo') }))
      assert.equal(response.status, 200, await response.text())
      assert.match(await byHand(world, 'web__echo', { to: email, note: 'say "hi"\n' }), /"result"/)
      assert.match(await byHand(world, 'web__echo', { to: '[EMAIL_1]', note: 'say "hi"\n' }), refused)
    })
  }
}

test('an id without the arguments that belong to it is no request, and with them it is one', async t => {
  const world = await startWorld(t, { ...asking('web__echo'), cloud: { reply: () => ({ kind: 'answer', toolCalls: [{ name: 'web__echo', args, id: 'toolu_1' }] }) } })
  const response = await world.post('/v1/messages', message('go', { model: 'cloud-only', tools: [{ name: 'web__echo', input_schema: { type: 'object' } }] }))
  assert.equal(response.status, 200, await response.text())
  const meta = { 'claudecode/toolUseId': 'toolu_1' }
  assert.match(await byHand(world, 'web__echo', { text: 'other' }, { meta }), refused)
  assert.match(await byHand(world, 'web__log', args, { meta }), refused)
  assert.match(await byHand(world, 'web__echo', args, { meta }), /"result"/)
  assert.match(await byHand(world, 'web__echo', args, { meta: { 'claudecode/toolUseId': 'toolu_unknown' } }), /"result"/, 'the arguments say it as well')
})

test('where tools are looked for the model asks for ours', async t => {
  const inner = { name: 'web__echo', arguments: { text: 'x' } }
  const world = await startWorld(t, { ...asking('mcp__gw__call_tool', inner), config: { ...required, tool_search: { mode: 'on' } } })
  const through = async (given: unknown): Promise<string> => (await rpc(world, call('call_tool', given), await openSession(world))).text
  assert.match(await through(inner), refused)
  const response = await world.post('/v1/messages', message('go', { model: 'cloud-only', tools: [{ name: 'mcp__gw__call_tool', input_schema: { type: 'object' } }] }))
  assert.equal(response.status, 200, await response.text())
  assert.match(await through(inner), /"result"/)
  assert.match(await through({ ...inner, arguments: { text: 'y' } }), refused)
})

const opa = await findOpa(process.env)
const skip = opa === null ? 'opa is not on this machine (npm run policy obtains it)' : false

/** Says what it sees: a denial's text is the one thing that comes back. */
const telling = `package portcullis.tenant.acme.tell

deny contains {"rule": "seen", "message": json.marshal(input.provenance)} if {
	input.action.kind == "tool.call"
	input.action.phase == "request"
	input.args.tell == true
}
`

const tellingWorld = async (t: TestContext): Promise<World> => {
  const folder = scratchFolder(t, 'tell')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules/tell.rego'), telling)
  return startWorld(t, { ...asking('web__echo', { tell: true }), folder, config: { policy: { rego: ['./rules'] } }, mcpServers: { web: { ...fakeMcpCommand(), era: 'legacy', labels: ['crm'], sensitivity: 'internal' } } })
}

test('policy sees the model, and what it had read when it asked', { skip }, async t => {
  const world = await tellingWorld(t)
  const told = async (): Promise<string> => (await byHand(world, 'web__echo', { tell: true })).replaceAll('\\', '')
  assert.match(await told(), /\{"labels":\[\],"model":null,"model_requested":false,"sensitivity":"public"\}/)
  const ask = async (): Promise<void> => {
    const response = await world.post('/v1/messages', message('go', { model: 'cloud-only', tools: [{ name: 'web__echo', input_schema: { type: 'object' } }] }))
    assert.equal(response.status, 200, await response.text())
  }
  await ask()
  assert.match(await told(), /\{"labels":\[\],"model":"cloud-anthropic\/small","model_requested":true,"sensitivity":"public"\}/)
  await byHand(world, 'web__echo', { read: 'something' })
  await ask()
  assert.match(await told(), /\{"labels":\["crm"\],"model":"cloud-anthropic\/small","model_requested":true,"sensitivity":"internal"\}/)
})
