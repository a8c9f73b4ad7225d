// Each verb is there for something that the suite would miss: with the verb neutralised, the claim about it no longer holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stages } from '../../gateway/assemble.ts'
import { nothingFound } from '../../gateway/exchange/finding.ts'
import { noLabels } from '../../gateway/exchange/labels.ts'
import { respondList } from '../../gateway/stages/respond-mcp.ts'
import { readJson } from '../../gateway/surfaces/json/read-json.ts'
import { noLimits } from '../../gateway/exchange/limits.ts'
import { noDuties, type PolicyEngine } from '../../policies/engine/contract.ts'
import type { Pseudonyms } from '../../gateway/exchange/session.ts'
import { startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import type { CleansUp } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { call, legacyClient, openSession, rpc } from './mcp-client.ts'
import { claims, startProbed, type ClaimName } from './stages-claims.ts'
import { adjustEntry, chat, keys, startWorld, type World, type WorldOptions } from './setup.ts'

type Front = Stages['front']
type Model = Stages['model']
type Mcp = Stages['mcp']

const front = (verbs: (front: Front) => Partial<Front>) => (stages: Stages): Stages => ({ ...stages, front: { ...stages.front, ...verbs(stages.front) } })
const model = (verbs: (model: Model) => Partial<Model>) => (stages: Stages): Stages => ({ ...stages, model: { ...stages.model, ...verbs(stages.model) } })
const mcp = (verbs: (mcp: Mcp) => Partial<Mcp>) => (stages: Stages): Stages => ({ ...stages, mcp: { ...stages.mcp, ...verbs(stages.mcp) } })

/** The same object with some members replaced: what a defect could hand on, and no type allows. */
const altered = <T extends object>(value: T, changes: object): T =>
  Object.create(value, Object.fromEntries(Object.entries(changes).map(([name, changed]) => [name, { value: changed as unknown }]))) as T

const allowing: PolicyEngine = {
  revision: 'allow-all',
  decide: () => ({ result: 'allow', reasons: [], duties: noDuties, approval: null, observed: null, revision: 'allow-all', remembered: false }),
}

/** Answers without asking anybody. */
const madeUp: Awaited<ReturnType<Model['forward']>> = {
  status: 200, headers: { 'content-type': 'application/json' }, resume: () => undefined, abort: () => undefined,
  attach: sink => { sink.data(Buffer.from('{}')); sink.end() },
}

const table: readonly { readonly verb: string; readonly claim: ClaimName; readonly alter: (stages: Stages) => Stages }[] = [
  { verb: 'front.authenticate', claim: 'an unknown key is refused', alter: front(() => ({ authenticate: x => { const alice = x.runtime.keyring.find(keys.alice); assert.ok(alice); return x.ledger.principal = alice } })) },
  { verb: 'front.admit', claim: 'a foreign web origin is refused', alter: front(() => ({ admit: () => undefined })) },
  { verb: 'model.receive', claim: 'each request is read by itself', alter: model(({ receive }) => { let first: ReturnType<Model['receive']> | undefined; return { receive: (...given) => first ??= receive(...given) } }) },
  { verb: 'model.classify', claim: 'an e-mail address is hidden from the cloud and restored in the answer', alter: model(() => ({ classify: (_x, received) => ({ ...received, classification: nothingFound, labels: noLabels, lasting: noLabels }) })) },
  { verb: 'model.decide', claim: 'who may use no model reaches none', alter: model(({ decide }) => ({ decide: (x, ...given) => decide(Object.assign(x, { runtime: { ...x.runtime, policy: allowing } }), ...given) })) },
  { verb: 'model.route', claim: 'the cheapest model answers', alter: model(({ route }) => ({ route: (x, decided) => [...route(x, decided)].reverse() })) },
  { verb: 'model.transform', claim: 'an e-mail address is hidden from the cloud and restored in the answer', alter: model(({ transform }) => ({ transform: (x, decided) => transform(x, { ...decided, permit: altered(decided.permit, { decision: { ...decided.permit.decision, duties: noDuties } }) }) })) },
  { verb: 'model.forward', claim: 'the provider is asked', alter: model(() => ({ forward: () => Promise.resolve(madeUp) })) },
  { verb: 'model.attempt', claim: 'the next model answers when the first one fails', alter: model(() => ({
    attempt: async (_x, _decided, [choice], run) => {
      assert.ok(choice)
      const sendable = run.transform(choice)
      return { answer: await run.forward(sendable, { credential: { kind: 'headers', headers: { authorization: 'Bearer cloud-secret' } }, signal: new AbortController().signal }), sendable, reservation: { rates: [], settle: () => undefined, release: () => undefined }, isRefusal: false, retryAfterMs: null }
    },
  })) },
  { verb: 'model.recall', claim: 'a call that is sent again is not executed again', alter: model(() => ({ recall: () => Promise.resolve({ earlier: null, noted: null }) })) },
  { verb: 'model.replay', claim: 'a call that is sent again is answered as before', alter: model(() => ({ replay: x => { x.record(200, null, () => x.response.end()) } })) },
  { verb: 'model.respond', claim: 'an answered call has its outcome on record', alter: model(() => ({
    respond: (x, _decided, { answer }) => { answer.attach({ data: chunk => { x.response.write(chunk); return true }, end: () => x.response.end(), fail: () => x.response.destroy() }) },
  })) },
  { verb: 'mcp.receive', claim: 'each message is read by itself', alter: mcp(({ receive }) => {
    let first: Awaited<ReturnType<Mcp['receive']>> | undefined
    return { receive: async (...given) => {
      const received = await receive(...given)
      if (received.kind !== 'operation') return received
      return first?.kind === 'operation' ? { ...received, operation: first.operation, message: first.message } : first = received
    } }
  }) },
  { verb: 'mcp.answer', claim: 'initialize opens a session', alter: mcp(() => ({ answer: x => { x.response.writeHead(202, {}); x.response.end(); return Promise.resolve() } })) },
  { verb: 'mcp.classify', claim: 'a secret goes to no server that is not trusted with it', alter: mcp(() => ({ classify: (_x, received) => ({ ...received, classification: nothingFound, labels: noLabels, lasting: noLabels }) })) },
  { verb: 'mcp.decide', claim: 'a hidden tool is never called', alter: mcp(({ decide }) => ({ decide: (x, ...given) => decide(Object.assign(x, { runtime: { ...x.runtime, policy: allowing } }), ...given) })) },
  { verb: 'mcp.route', claim: 'a call reaches the server that the name stands for, by its own name', alter: mcp(({ route }) => ({
    route: (x, decided) => {
      const entry = decided.received.view.tools.find(tool => tool.server === 'vault') ?? null
      return route(x, { ...decided, received: { ...decided.received, entry } })
    },
  })) },
  { verb: 'mcp.transform', claim: 'a call reaches the server that the name stands for, by its own name', alter: mcp(({ transform }) => ({
    transform: (x, decided, route) => transform(x, { ...decided, permit: altered(decided.permit, { operation: { ...decided.permit.operation, originalName: decided.permit.operation.target } }) }, route),
  })) },
  { verb: 'mcp.forward', claim: 'a call reaches the server that the name stands for, by its own name', alter: mcp(() => ({
    forward: () => {
      const document = readJson('{"jsonrpc":"2.0","id":1,"result":{}}', { maxDepth: 8 })
      return Promise.resolve({ kind: 'result', document, payload: document.locate(['result']) ?? { start: 0, end: 0 } })
    },
  })) },
  { verb: 'mcp.inspect', claim: 'what a confidential server says marks the session', alter: mcp(() => ({ inspect: (_x, _decided, _route, { kind, document, payload }) => ({ kind, payload: document.text.slice(payload.start, payload.end) }) })) },
  { verb: 'mcp.respond', claim: 'an answered tool call has its outcome on record', alter: mcp(() => ({ respond: (_x, { received }, _route, { payload }) => { received.writer.result(payload) } })) },
  { verb: 'mcp.list', claim: 'a hidden tool is not listed', alter: mcp(() => ({ list: (x, { received }) => { respondList(x, received, () => true) } })) },
]

for (const [name, holds] of Object.entries(claims)) test(`with every verb in its place: ${name}`, async t => { await holds(await startProbed(t)) })

for (const { verb, claim, alter } of table) {
  test(`without ${verb} it is no longer so that ${claim}`, async t => {
    const probed = await startProbed(t, alter)
    await assert.rejects(claims[claim](probed), { name: 'AssertionError' })
  })
}

test('every verb has a row', async t => {
  let verbs: string[] = []
  await startProbed(t, stages => {
    verbs = Object.entries(stages).flatMap(([group, members]) => Object.keys(members as object).map(verb => `${group}.${verb}`))
    return stages
  })
  assert.deepEqual(table.map(row => row.verb).sort(), verbs.sort())
})

// One claim per verb shows that its absence is noticed; these are further things that a verb does, each taken away by itself.

/** No value is known: whatever looks like a placeholder stays as it is. */
const noPseudonyms: Pseudonyms = { size: 0, entries: [], placeholder: kind => `[${kind}]`, surrogate: kind => `[${kind}]`, hasSurrogates: false, hash: kind => `[${kind}#]`, lookup: () => undefined }

const fakeSecret = ['AKIA', 'IOSFODNN7EXAMPLE'].join('')
const cloudOnly = { model: 'cloud-only' }
const askAs = (world: World, key: string, content = 'hello'): Promise<Response> =>
  world.post('/v1/chat/completions', chat(content, cloudOnly), { authorization: `Bearer ${key}` })
const limitBob = (limits: Readonly<Record<string, number>>): WorldOptions => ({ adjust: config => adjustEntry('keys', 'bob', { limits, subject: { groups: ['engineering'] } })(config) })

interface Part {
  readonly verb: string
  readonly claim: string
  readonly with?: WorldOptions
  readonly holds: (world: World, web: FakeMcpHttp, t: CleansUp) => Promise<void>
  readonly alter: (stages: Stages) => Stages
}

const parts: readonly Part[] = [
  {
    verb: 'front.admit', claim: 'a key asks no more often than it may', with: limitBob({ requests_per_minute: 2 }), alter: front(() => ({ admit: () => undefined })),
    holds: async world => {
      const statuses: number[] = []
      for (let asked = 0; asked < 3; asked += 1) statuses.push((await askAs(world, keys.bob)).status)
      assert.deepEqual(statuses, [200, 200, 429])
    },
  },
  {
    verb: 'front.admit', claim: 'a key has no more calls in flight than it may', alter: front(() => ({ admit: () => undefined })),
    with: { ...limitBob({ concurrency: 1 }), cloud: { reply: request => request.body.includes('wait') ? { kind: 'answer', text: 'at last', headDelayMs: 300 } : null } },
    holds: async world => {
      const first = askAs(world, keys.bob, 'wait')
      await eventually(() => world.cloud.requests.length === 1)
      const second = await askAs(world, keys.bob)
      assert.equal((await first).status, 200)
      assert.equal(second.status, 429)
    },
  },
  {
    verb: 'model.decide', claim: 'a denied call reaches no provider', alter: model(({ decide }) => ({ decide: (x, ...given) => decide(Object.assign(x, { runtime: { ...x.runtime, policy: allowing } }), ...given) })),
    holds: async world => {
      await (await askAs(world, keys.bob)).text()
      assert.equal(world.cloud.requests.length + world.local.requests.length, 0)
    },
  },
  {
    verb: 'model.route', claim: 'a secret goes to no model in the cloud',
    alter: model(({ route }) => ({ route: (x, decided) => route(x, { ...decided, permit: altered(decided.permit, { decision: { ...decided.permit.decision, duties: noDuties } }) }) })),
    holds: async world => {
      await (await askAs(world, keys.alice, `my key is ${fakeSecret}`)).text()
      assert.deepEqual(world.cloud.requests.map(one => one.body.toString()), [])
    },
  },
  {
    verb: 'model.attempt', claim: 'a budget is not exceeded', with: { adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.000001, window: 'day' } }) },
    alter: model(({ attempt }) => ({ attempt: (x, decided, choices, run) => attempt(Object.assign(x, { runtime: { ...x.runtime, limitsOf: () => noLimits } }), decided, choices, run) })),
    holds: async world => { assert.equal((await askAs(world, keys.alice)).status, 429) },
  },
  {
    verb: 'model.respond', claim: 'an e-mail address is restored in the answer',
    alter: model(({ respond }) => ({ respond: (x, decided, attempted) => { respond(x, { ...decided, session: { ...decided.session, pseudonyms: noPseudonyms } }, attempted) } })),
    holds: async world => { assert.match(await (await askAs(world, keys.alice, 'say anna.berg@example.com')).text(), /anna\.berg@example\.com/) },
  },
  {
    verb: 'mcp.transform', claim: 'a pseudonym is the real value again for a server that is trusted with it', with: { config: { policy: { settings: { data: { restore_servers: ['web'] } } } } },
    alter: mcp(({ transform }) => ({ transform: (x, decided, route) => transform(x, { ...decided, session: { ...decided.session, pseudonyms: noPseudonyms } }, route) })),
    holds: async (world, web) => {
      const together = { 'x-portcullis-session': 'one' }
      await (await world.post('/v1/chat/completions', chat('write to anna.berg@example.com', cloudOnly), together)).text()
      await rpc(world, call('web__echo', { to: '[EMAIL_1]' }), await openSession(world, together))
      assert.deepEqual(web.fake.received.findLast(one => one.method === 'tools/call')?.params, { name: 'echo', arguments: { to: 'anna.berg@example.com' } })
    },
  },
  {
    verb: 'mcp.forward', claim: 'progress arrives',
    alter: mcp(({ forward }) => ({ forward: (x, decided, route, sendable) => forward(x, decided, {
      ...route, connection: altered(route.connection, { request: (asked: Parameters<typeof route.connection.request>[0]) => route.connection.request({ ...asked, onNotification: () => undefined }) }),
    }, sendable) })),
    holds: async (world, _web, t) => {
      const seen: number[] = []
      await (await legacyClient(t, world)).callTool({ name: 'web__progress', arguments: { steps: 3 } }, undefined, { onprogress: ({ progress }) => { seen.push(progress) } })
      assert.deepEqual(seen, [1, 2, 3])
    },
  },
]

const startPart = async (t: CleansUp, options: WorldOptions): Promise<[World, FakeMcpHttp]> => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  return [await startWorld(t, { mcpServers: { web: { url: web.url } }, ...options }), web]
}

for (const { verb, claim, with: options = {}, holds, alter } of parts) {
  test(`with every verb in its place: ${claim}`, async t => { await holds(...await startPart(t, options), t) })
  test(`with that part of ${verb} taken away it is no longer so that ${claim}`, async t => {
    const started = await startPart(t, { ...options, alterStages: alter })
    await assert.rejects(holds(...started, t), { name: 'AssertionError' })
  })
}
