// Every row of the failure table can be had, is counted under its code, and stands on record. A code without a row here fails the test.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { failureTable, type FailureCode } from '../../gateway/exchange/failure.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { adjustEntry, chat, keys, startWorld, type World, type WorldOptions } from './setup.ts'

interface Provoked {
  readonly with?: WorldOptions
  /** Makes it happen and returns the HTTP status that the caller saw; null where there is nobody to see one. */
  readonly by: (world: World) => Promise<number | null>
}

const path = '/v1/chat/completions'
const cloudOnly = { model: 'cloud-only' }
const ask = async (world: World, body: unknown = chat('hello', cloudOnly), headers: Readonly<Record<string, string>> = {}): Promise<number> => (await world.post(path, body, headers)).status
const oneServer = (more: Readonly<Record<string, unknown>> = {}): WorldOptions => ({ mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', ...more } } })
const useTool = async (world: World, tool: string): Promise<number> => (await rpc(world, call(tool, {}), await openSession(world))).status
const failsOnce = { attempts: 1, breaker_failures: 1, breaker_cooldown_ms: 60_000 }
const defect = (): never => { throw new Error('a defect') }

const rows: Readonly<Partial<Record<FailureCode, Provoked>>> = {
  'request.malformed': { by: world => ask(world, '{"model": "auto", "model": "auto"}') },
  'request.unsupported': { by: async world => (await world.post('/v1/nothing', {})).status },
  'request.method': { by: async world => (await fetch(`${world.url}/v1/chat/completions`, { method: 'PUT', headers: { authorization: `Bearer ${keys.alice}` } })).status },
  'request.unknown_tool': { with: oneServer(), by: world => useTool(world, 'home__nothing') },
  'request.too_large': { with: { config: { limits: { body_bytes: 1024 } } }, by: world => ask(world, chat('x'.repeat(1100))) },
  'request.session': { with: oneServer(), by: async world => (await rpc(world, call('home__echo', {}), { 'mcp-session-id': 'nobody', 'mcp-protocol-version': '2025-11-25' })).status },
  'auth.missing': { by: world => ask(world, chat('hello'), { authorization: '' }) },
  'auth.invalid': { by: world => ask(world, chat('hello'), { authorization: 'Bearer pk_nobody' }) },
  'auth.origin': { by: world => ask(world, chat('hello'), { origin: 'https://evil.example' }) },
  'policy.denied': { by: world => ask(world, chat('hello'), { authorization: `Bearer ${keys.bob}` }) },
  'policy.approval_required': { with: oneServer({ environment: 'production' }), by: world => useTool(world, 'home__echo') },
  'policy.unavailable': {
    with: { alterStages: stages => ({ ...stages, model: { ...stages.model, decide: (x, ...given) => stages.model.decide(Object.assign(x, { runtime: { ...x.runtime, policy: { revision: '', decide: defect } } }), ...given) } }) },
    by: world => ask(world),
  },
  'quota.exceeded': { with: { adjust: adjustEntry('keys', 'alice', { limits: { requests_per_minute: 1 } }) }, by: async world => { await ask(world); return ask(world) } },
  'budget.exhausted': { with: { adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.000001, window: 'day' } }) }, by: world => ask(world) },
  'gateway.overloaded': {
    with: { config: { limits: { exchanges: 1 } }, cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => {
      const leave = new AbortController()
      const running = fetch(world.url + path, { method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` }, body: JSON.stringify(chat('hello', cloudOnly)) }).catch(() => null)
      await eventually(() => world.cloud.requests.length === 1)
      const status = await ask(world)
      leave.abort()
      await running
      return status
    },
  },
  'route.none': { by: world => ask(world, chat('hello', { model: 'no-such-model' })) },
  'route.unhealthy': {
    with: { config: { resilience: failsOnce }, cloud: { reply: () => ({ kind: 'reset' }) } },
    by: async world => { for (const model of ['cloud/small', 'cloud/large']) await ask(world, chat('hello', { model })); return ask(world, chat('hello', { model: 'cloud/small' })) },
  },
  'upstream.connect': { with: { config: { resilience: { attempts: 1 } }, adjust: adjustEntry('providers', 'cloud', { base_url: 'http://127.0.0.1:9/v1' }) }, by: world => ask(world, chat('hello', { model: 'cloud/small' })) },
  'upstream.timeout': { with: { config: { resilience: { attempts: 1 } }, adjust: adjustEntry('providers', 'cloud', { timeouts: { first_byte_ms: 40 } }), cloud: { reply: () => ({ kind: 'silence' }) } }, by: world => ask(world, chat('hello', { model: 'cloud/small' })) },
  'upstream.protocol': {
    with: { config: { resilience: { attempts: 1 } }, cloud: { reply: () => ({ kind: 'raw', status: 200, body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'br' } }) } },
    by: world => ask(world, chat('hello', { model: 'cloud/small' })),
  },
  // An upstream's own error passes as it was written, with its status or inside JSON-RPC; ours is only the name on record.
  'upstream.refused': { with: oneServer(), by: async world => { await useTool(world, 'home__rpc_error'); return null } },
  'content.blocked': { with: { config: { policy: { settings: { data: { block: ['email'] } } } } }, by: world => ask(world, chat('anna.berg@example.com', cloudOnly)) },
  'client.gone': {
    with: { cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => {
      const leave = new AbortController()
      const running = fetch(world.url + path, { method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` }, body: JSON.stringify(chat('hello', cloudOnly)) }).catch(() => null)
      await eventually(() => world.cloud.requests.length === 1)
      leave.abort()
      await running
      return null
    },
  },
  'gateway.bug': { with: { alterStages: stages => ({ ...stages, model: { ...stages.model, route: defect } }) }, by: world => ask(world) },
}

/** Needs a process that stops, or a disk that is full: tests of their own provoke them. */
const elsewhere: Readonly<Partial<Record<FailureCode, string>>> = { 'gateway.draining': 'lifecycle.test.ts', 'audit.unavailable': 'failures.test.ts' }

const counted = (metrics: string, code: string): number => Number(new RegExp(`^gateway_failures_total\\{gateway_failure_code="${code.replace('.', '\\.')}"\\} (\\d+)$`, 'm').exec(metrics)?.[1])

const httpOf = (code: FailureCode): number => {
  // Over MCP a refusal of one call is an answer, not a failed transport (architecture: what the caller sees).
  if (code === 'request.unknown_tool' || code === 'policy.approval_required') return 200
  return failureTable[code].http
}

for (const code of Object.keys(failureTable) as FailureCode[]) {
  const row = rows[code]
  if (row === undefined) {
    test(`${code} is provoked by a test of its own`, () => {
      const file = elsewhere[code]
      assert.ok(file !== undefined, 'a code of the table needs a row in this test')
      assert.ok(readFileSync(join(import.meta.dirname, file), 'utf8').includes(code.replace('.', '\\.')), `${file} names it`)
    })
    continue
  }
  test(`${code} happens, is counted and stands on record`, async t => {
    const world = await startWorld(t, row.with)
    assert.equal(counted(await world.metrics(), code), 0, 'a code that has not happened is there as zero')
    const status = await row.by(world)
    if (status !== null) assert.equal(status, httpOf(code))
    await eventually(() => world.outcomes().some(outcome => outcome['failure'] === code))
    assert.ok(counted(await world.metrics(), code) > 0)
  })
}
