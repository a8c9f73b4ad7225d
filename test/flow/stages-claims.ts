// What the flow suite claims of each verb, as short probes that throw where the claim does not hold.
import assert from 'node:assert/strict'
import { startFakeMcpHttp, fakeMcpCommand } from '../support/fake-mcp-server.ts'
import type { CleansUp } from '../support/scratch-folder.ts'
import type { Stages } from '../../gateway/assemble.ts'
import { call, initialize, openSession, rpc } from './mcp-client.ts'
import { chat, keys, startWorld, type World } from './setup.ts'

export interface Probed { readonly world: World; readonly web: Awaited<ReturnType<typeof startFakeMcpHttp>> }
export type Claim = (probed: Probed) => Promise<void>

const fakeSecret = ['AKIA', 'IOSFODNN7EXAMPLE'].join('')
const cloudOnly = { model: 'cloud-only' }
const sentToCloud = ({ world }: Probed): string => world.cloud.requests.map(one => one.body.toString()).join('\n')
const callsOf = ({ web }: Probed): readonly unknown[] => web.fake.received.filter(one => one.method === 'tools/call').map(one => one.params)

/** A world with a web server that hides one tool from everybody, and a server whose data is confidential. */
export const startProbed = async (test: CleansUp, alterStages?: (stages: Stages) => Stages): Promise<Probed> => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  test.after(() => web.close())
  const world = await startWorld(test, {
    mcpServers: { web: { url: web.url }, vault: { ...fakeMcpCommand(), era: 'legacy', sensitivity: 'confidential', labels: ['customer-data'] } },
    config: { policy: { settings: { access: [{ groups: ['engineering'], tools: ['*'], except: ['web/big'] }] } } },
    ...alterStages === undefined ? {} : { alterStages },
  })
  return { world, web }
}

export const claims = {
  'an unknown key is refused': async ({ world }) => {
    assert.equal((await world.post('/v1/chat/completions', chat('hello'), { authorization: 'Bearer pk_nobody' })).status, 401)
  },
  'a foreign web origin is refused': async ({ world }) => {
    assert.equal((await world.post('/v1/chat/completions', chat('hello'), { origin: 'https://evil.example' })).status, 403)
  },
  'each request is read by itself': async probed => {
    for (const word of ['first', 'second']) await probed.world.post('/v1/chat/completions', chat(word, cloudOnly))
    assert.match(sentToCloud(probed), /second/)
  },
  'an e-mail address is hidden from the cloud and restored in the answer': async probed => {
    const response = await probed.world.post('/v1/chat/completions', chat('say anna.berg@example.com', cloudOnly))
    const text = await response.text()
    assert.doesNotMatch(sentToCloud(probed), /anna\.berg/)
    assert.match(text, /anna\.berg@example\.com/)
  },
  'who may use no model reaches none': async ({ world }) => {
    assert.equal((await world.post('/v1/chat/completions', chat('hello'), { authorization: `Bearer ${keys.bob}` })).status, 403)
  },
  'the cheapest model answers': async ({ world }) => {
    assert.equal((await world.post('/v1/chat/completions', chat('hello', cloudOnly))).headers.get('x-portcullis-model'), 'cloud/small')
  },
  'the provider is asked': async probed => {
    await probed.world.post('/v1/chat/completions', chat('are you there?', cloudOnly))
    assert.match(sentToCloud(probed), /are you there/)
  },
  'the next model answers when the first one fails': async ({ world }) => {
    world.cloud.script.push({ kind: 'raw', status: 500, body: '{}', headers: { 'content-type': 'application/json' } })
    assert.equal((await world.post('/v1/chat/completions', chat('hello', cloudOnly))).status, 200)
  },
  'a call that is sent again is not executed again': async probed => {
    for (let sent = 0; sent < 2; sent += 1) await (await probed.world.post('/v1/chat/completions', chat('hello', cloudOnly), { 'idempotency-key': 'one' })).text()
    assert.equal(probed.world.cloud.requests.length, 1)
  },
  'a call that is sent again is answered as before': async ({ world }) => {
    const ask = async (): Promise<string> => (await world.post('/v1/chat/completions', chat('hello', cloudOnly), { 'idempotency-key': 'one' })).text()
    assert.equal(await ask(), await ask())
  },
  'an answered call has its outcome on record': async ({ world }) => {
    await (await world.post('/v1/chat/completions', chat('hello', cloudOnly))).text()
    assert.deepEqual(world.outcomes().map(one => one['failure']), [null])
  },
  'each message is read by itself': async probed => {
    const session = await openSession(probed.world)
    for (const word of ['first', 'second']) await rpc(probed.world, call('web__echo', { word }), session)
    assert.match(JSON.stringify(callsOf(probed)), /second/)
  },
  'initialize opens a session': async ({ world }) => {
    assert.ok((await rpc(world, initialize)).headers.get('mcp-session-id'))
  },
  'a secret goes to no server that is not trusted with it': async probed => {
    await rpc(probed.world, call('web__echo', { note: `key ${fakeSecret}` }), await openSession(probed.world))
    assert.deepEqual(callsOf(probed), [])
  },
  'a hidden tool is never called': async probed => {
    await rpc(probed.world, call('web__big', {}), await openSession(probed.world))
    assert.deepEqual(callsOf(probed), [])
  },
  'a call reaches the server that the name stands for, by its own name': async probed => {
    await rpc(probed.world, call('web__echo', {}), await openSession(probed.world))
    assert.deepEqual(callsOf(probed).map(params => (params as { name: string }).name), ['echo'])
  },
  'what a confidential server says marks the session': async ({ world }) => {
    await rpc(world, call('vault__echo', {}), await openSession(world))
    assert.equal((await world.post('/v1/chat/completions', chat('hello', cloudOnly))).status, 404)
  },
  'an answered tool call has its outcome on record': async ({ world }) => {
    await rpc(world, call('web__echo', {}), await openSession(world))
    assert.ok(world.outcomes().some(one => one['action'] === 'tool.call' && one['failure'] === null))
  },
  'a hidden tool is not listed': async ({ world }) => {
    const { text } = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, await openSession(world))
    assert.match(text, /web__echo/)
    assert.doesNotMatch(text, /web__big/)
  },
} as const satisfies Record<string, Claim>

export type ClaimName = keyof typeof claims
