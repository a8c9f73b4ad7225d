// Limits of the gateway, of providers and of models, whose turn it is where there is no room, and which of a provider's keys is used.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { troubles, type RecordedRequest, type Reply } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { adjustEntry, chat, keys, startWorld, type World, type WorldOptions } from './setup.ts'

const path = '/v1/chat/completions'
const cloudOnly = { model: 'cloud-only' }
const modelOf = ({ json }: RecordedRequest): string => (json as { model: string }).model
const keyOf = ({ headers }: RecordedRequest): string => String(headers.authorization).replace('Bearer ', '')
const raw = (status: number, body: string): Reply => ({ kind: 'raw', status, body, headers: { 'content-type': 'application/json' } })
type Adjust = NonNullable<WorldOptions['adjust']>
const both = (...changes: readonly Adjust[]): Adjust => config => changes.reduce((given, change) => change(given), config)
const chain = (...candidates: readonly string[]): Record<string, unknown> => ({ aliases: [{ name: 'chain', strategy: 'listed', candidates }] })

// Limits, and whose turn it is.

const held = (): { readonly reply: (request: RecordedRequest) => Promise<null>; readonly release: () => void } => {
  const waiting: (() => void)[] = []
  return {
    reply: () => new Promise(resolve => { waiting.push(() => { resolve(null) }) }),
    release: () => { waiting.shift()?.() },
  }
}

const as = (key: keyof typeof keys): Record<string, string> => ({ authorization: `Bearer ${keys[key]}` })
const bobMay = adjustEntry('keys', 'bob', { subject: { groups: ['engineering'] } })

for (const [name, config, limit] of [
  ['the gateway', { limits: { exchanges: 1 } }, null],
  ['a provider', {}, adjustEntry('providers', 'cloud', { limits: { concurrency: 1, queue_ms: 60_000 } })],
  ['a model', {}, adjustEntry('models', 'cloud/small', { limits: { concurrency: 1, queue_ms: 60_000 } })],
] as const) {
  test(`at the limit of ${name} one greedy key does not keep another out`, async t => {
    const gate = held()
    const world = await startWorld(t, { config, adjust: both(bobMay, limit ?? (given => ({ ...given }))), cloud: { reply: gate.reply } })
    const ask = async (key: keyof typeof keys): Promise<number> => (await world.post(path, chat(`I am ${key}`, { model: 'cloud/small' }), as(key))).status
    const first = ask('alice')
    await eventually(() => world.cloud.requests.length === 1)
    const waiting = async (): Promise<number> => Number(/gateway_queue_length\{[^}]*\} ([1-9]\d*)/.exec(await world.metrics())?.[1] ?? 0)
    const greedy = [1, 2, 3, 4].map(() => ask('alice'))
    await eventually(async () => await waiting() === 4)
    const modest = ask('bob')
    await eventually(async () => await waiting() === 5)
    for (let served = 1; served <= 6; served += 1) {
      gate.release()
      if (served < 6) await eventually(() => world.cloud.requests.length === served + 1)
    }
    assert.deepEqual(await Promise.all([first, ...greedy, modest]), [200, 200, 200, 200, 200, 200])
    const order = world.cloud.requests.map(({ body }) => body.includes('I am bob') ? 'bob' : 'alice')
    assert.ok(order.indexOf('bob') <= 2, `bob came second of all turns: ${order.join(' ')}`)
    assert.match(await world.metrics(), /gateway_queue_wait_seconds_count\{[^}]*\} 5/)
  })
}

test('a provider without room in time is passed over; without another the caller is told to come back', async t => {
  const gate = held()
  const world = await startWorld(t, {
    adjust: adjustEntry('models', 'cloud/small', { limits: { concurrency: 1, queue_ms: 10 } }), cloud: { reply: request => modelOf(request) === 'small' ? gate.reply(request) : null },
  })
  const first = world.post(path, chat('Hi', { model: 'cloud/small' }))
  await eventually(() => world.cloud.requests.length === 1)
  assert.equal((await world.post(path, chat('Hi', cloudOnly))).headers.get('x-portcullis-model'), 'cloud/large')
  const refused = await world.post(path, chat('Hi', { model: 'cloud/small' }))
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  assert.match(await refused.text(), /gateway\.overloaded/)
  gate.release()
  assert.equal((await first).status, 200)
})

test('who leaves while waiting makes room, and is recorded', async t => {
  const gate = held()
  const world = await startWorld(t, { adjust: adjustEntry('providers', 'cloud', { limits: { concurrency: 1, queue_ms: 60_000 } }), cloud: { reply: gate.reply } })
  const first = world.post(path, chat('Hi', { model: 'cloud/small' }))
  await eventually(() => world.cloud.requests.length === 1)
  const leave = new AbortController()
  const left = fetch(world.url + path, { method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', ...as('alice') }, body: JSON.stringify(chat('Hi', { model: 'cloud/small' })) }).catch(() => null)
  await eventually(async () => /gateway_queue_length\{gateway_limit_name="cloud"\} 1/.test(await world.metrics()))
  leave.abort()
  await left
  await eventually(() => world.outcomes().some(outcome => outcome['failure'] === 'client.gone'))
  await eventually(async () => /gateway_queue_length\{gateway_limit_name="cloud"\} 0/.test(await world.metrics()))
  gate.release()
  assert.equal((await first).status, 200)
  await eventually(async () => /gateway_limit_active\{gateway_limit_name="cloud"\} 0/.test(await world.metrics()))
})

// Keys of providers.

const startWithKeys = async (t: Parameters<typeof startWorld>[0], options: WorldOptions = {}): Promise<World> => {
  const folder = scratchFolder(t, 'keys')
  writeFileSync(join(folder, 'key-1'), 'cloud-first\n')
  writeFileSync(join(folder, 'key-2'), 'cloud-second\n')
  const twoKeys = adjustEntry('providers', 'cloud', { credential: null, credentials: [{ file: './key-1' }, { file: './key-2' }] })
  return startWorld(t, { folder, adjust: twoKeys, ...options, cloud: { apiKey: null, ...options.cloud } })
}

test('a provider with several keys is asked with each in turn', async t => {
  const world = await startWithKeys(t)
  for (let asked = 0; asked < 4; asked += 1) await (await world.post(path, chat('Hi', { model: 'cloud/small' }))).text()
  assert.deepEqual(world.cloud.requests.map(keyOf), ['cloud-first', 'cloud-second', 'cloud-first', 'cloud-second'])
})

test('a key that is limited rests, and the other one serves its model meanwhile', async t => {
  const world = await startWithKeys(t, { cloud: { reply: request => keyOf(request) === 'cloud-first' ? troubles.rateLimited(60) : null } })
  for (let asked = 0; asked < 3; asked += 1) assert.equal((await world.post(path, chat('Hi', { model: 'cloud/small' }))).status, 200)
  assert.deepEqual(world.cloud.requests.map(keyOf), ['cloud-first', 'cloud-second', 'cloud-second', 'cloud-second'])
  const status = await (await world.admin('/status')).json() as { credentials: { provider: string; position: number; state: string }[]; resting: string[] }
  assert.deepEqual(status.credentials.filter(({ provider }) => provider === 'cloud').map(({ state }) => state), ['resting', 'in use'])
  assert.deepEqual(status.resting, [], 'the model itself can be had')
})

test('a key that the provider does not take any more is set aside and named, until it is rotated in its file', async t => {
  const taken = new Set(['cloud-second'])
  const world = await startWithKeys(t, { cloud: { reply: request => taken.has(keyOf(request)) ? null : raw(401, '{"error":{"message":"Incorrect API key provided"}}') } })
  for (let asked = 0; asked < 3; asked += 1) assert.equal((await world.post(path, chat('Hi', { model: 'cloud/small' }))).status, 200)
  assert.deepEqual(world.cloud.requests.map(keyOf), ['cloud-first', 'cloud-second', 'cloud-second', 'cloud-second'])
  assert.ok(world.log.some(line => line.startsWith('error') && line.includes('does not take this credential') && line.includes('"credential":1')))
  taken.add('cloud-rotated')
  writeFileSync(join(world.folder, 'key-1'), 'cloud-rotated\n')
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  for (let asked = 0; asked < 2; asked += 1) await (await world.post(path, chat('Hi', { model: 'cloud/small' }))).text()
  assert.ok(world.cloud.requests.map(keyOf).includes('cloud-rotated'))
  const everything = world.log.join('') + JSON.stringify(world.audit()) + await (await world.admin('/status')).text() + await world.metrics()
  assert.doesNotMatch(everything, /cloud-(?:first|second|rotated)/)
})

test('a key that is rotated in its file is used without anybody saying so', async t => {
  const world = await startWithKeys(t)
  writeFileSync(join(world.folder, 'key-1'), 'cloud-rotated\n')
  await eventually(async () => {
    await (await world.post(path, chat('Hi', { model: 'cloud/small' }))).text()
    return world.cloud.requests.map(keyOf).includes('cloud-rotated')
  })
})

test('where no key is taken any more, the provider is passed over without being asked', async t => {
  const world = await startWithKeys(t, { config: chain('cloud/small', 'home/llama'), cloud: { reply: () => raw(401, '{"error":{"message":"no"}}') } })
  for (let asked = 0; asked < 2; asked += 1) assert.equal((await world.post(path, chat('Hi', { model: 'chain' }))).headers.get('x-portcullis-model'), 'home/llama')
  assert.equal(world.cloud.requests.length, 2, 'each key once')
  const refused = await world.post(path, chat('Hi', { model: 'cloud/small' }))
  assert.equal(refused.status, 502)
  assert.match(await refused.text(), /does not take its credential any more/)
})
