// Observe first: what only policy would stop passes and is recorded, what anything else stops is stopped, and the report says what
// enforcing would change.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { adjustEntry, chat, keys, standardConfig, startWorld, type World } from './setup.ts'

const entry = resolve(import.meta.dirname, '../../gateway/main.ts')
const vault = { vault: { ...fakeMcpCommand(), era: 'legacy' } }
const bob = { authorization: `Bearer ${keys.bob}` }

/** The real command on the world's data. */
const report = async (world: World): Promise<string> =>
  (await promisify(execFile)(process.execPath, [entry, 'policy', 'report', '--config', world.configFile], { env: { ...process.env, CLOUD_KEY: 'x' } })).stdout

const rowWith = (text: string, ...words: string[]): string | undefined => text.split('\n').find(line => words.every(word => line.includes(word)))

test('while everything observes, calls pass that policy would stop, and the report says which, by rule, principal and tool', async t => {
  const world = await startWorld(t, { observe: true, mcpServers: vault })
  const model = await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }), bob)
  assert.equal(model.status, 200, await model.text())
  const session = await openSession(world, bob)
  for (const id of [1, 2]) assert.match((await rpc(world, call('vault__echo', { id }, id), session)).text, /"result"/)
  const observed = world.outcomes().filter(one => one.phase === 'outcome' && one['action'] !== null).map(one => one['decision'] as { enforced: string; observed: { result: string } | null })
  assert.ok(observed.length >= 3 && observed.every(decision => decision.enforced === 'allow' && decision.observed?.result === 'deny'), JSON.stringify(observed))
  await world.close()
  const text = await report(world)
  assert.ok(rowWith(text, 'observed', 'deny', 'main.default_deny', 'bob', 'vault vault__echo')?.includes(' 2 '), text)
  assert.ok(rowWith(text, 'observed', 'deny', 'bob', 'cloud-only') !== undefined, text)
  assert.ok(!text.includes('enforced'), text)
})

test('observing excuses nothing that is not policy', async t => {
  const world = await startWorld(t, { observe: true })
  assert.equal((await world.post('/v1/chat/completions', chat('hello'), { authorization: 'Bearer pk_nobody' })).status, 401)
  assert.equal((await world.post('/v1/chat/completions', '{"model": "auto", "model": "auto"}')).status, 400)
  assert.equal((await world.post('/v1/chat/completions', chat('hello', { model: 'no-such-model' }))).status, 404)
})

test('what an observing layer would hide is not hidden either: traffic is as it was before, and the record says what was in it', async t => {
  const world = await startWorld(t, { observe: true })
  await world.post('/v1/chat/completions', chat('write to anna.berg@example.com', { model: 'cloud-only' }))
  assert.match(world.cloud.requests.at(-1)?.body.toString() ?? '', /anna\.berg@example\.com/)
  const intent = world.audit().find(one => one.phase === 'intent')
  assert.deepEqual(intent?.['entities'], { email: 1 })
})

for (const [layer, mode, status, effect] of [
  ['organisation', 'enforce', 403, 'enforced'],
  ['tenant', 'observe', 403, 'enforced'],
  ['organisation', 'observe', 403, 'enforced'],
] as const) {
  test(`${layer} on ${mode}: a call that nobody allows is ${effect}`, async t => {
    const world = await startWorld(t, { config: { policy: { settings: { layers: { [layer]: mode } } } } })
    assert.equal((await world.post('/v1/chat/completions', chat('hello'), bob)).status, status)
    await world.close()
    assert.ok(rowWith(await report(world), effect, 'bob') !== undefined)
  })
}

test('when every layer observes by settings, it is as with --observe', async t => {
  const world = await startWorld(t, { config: { policy: { settings: { layers: { organisation: 'observe', tenant: 'observe', application: 'observe' } } } } })
  assert.equal((await world.post('/v1/chat/completions', chat('hello'), bob)).status, 200)
  assert.equal((world.outcomes().at(-1)?.['decision'] as { observed: { result: string } }).observed.result, 'deny')
})

test('a report without anything to say says so, and a configuration that is not there ends with 2', async t => {
  const world = await startWorld(t)
  await world.post('/v1/chat/completions', chat('hello'))
  await world.close()
  assert.match(await report(world), /Nothing was denied/)
  await assert.rejects(promisify(execFile)(process.execPath, [entry, 'policy', 'report', '--config', join(world.folder, 'nowhere.yaml')]), (error: { code: number; stderr: string }) => error.code === 2 && error.stderr.includes('nowhere.yaml'))
})

const everyLayer = { organisation: 'observe', tenant: 'observe', application: 'observe' }
const settings = (more: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ policy: { settings: more } })

interface Decided { readonly enforced: string; readonly reasons: { rule: string }[]; readonly observed: { result: string; reasons: { rule: string }[] } | null }
const lastDecision = (world: World): Decided => world.outcomes().findLast(one => one['decision'] !== null)?.['decision'] as Decided

test('layers that observe by settings let tools be listed and called, also those that need an approval, and the report tells them apart', async t => {
  const servers = { vault: { ...fakeMcpCommand(), era: 'legacy', environment: 'production' } }
  const world = await startWorld(t, { mcpServers: servers, config: settings({ layers: everyLayer }) })
  const guest = await openSession(world, bob)
  assert.match((await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, guest)).text, /vault__echo/, 'nothing is hidden')
  assert.match((await rpc(world, call('vault__echo', { a: 1 }), guest)).text, /\\"a\\":1/)
  assert.equal(lastDecision(world).observed?.result, 'deny')
  assert.match((await rpc(world, call('vault__echo', { a: 2 }), await openSession(world))).text, /\\"a\\":2/)
  assert.equal(lastDecision(world).observed?.result, 'approve')
  await world.close()
  const text = await report(world)
  assert.ok(rowWith(text, 'observed', 'deny', 'main.default_deny', 'bob', 'vault vault__echo') !== undefined, text)
  assert.ok(rowWith(text, 'observed', 'approve', 'organisation.tool_access.production_write', 'alice', 'vault vault__echo') !== undefined, text)
})

test('observing excuses no caller over MCP whom something else stops', async t => {
  const world = await startWorld(t, { observe: true, mcpServers: vault, adjust: adjustEntry('keys', 'bob', { limits: { requests_per_minute: 1 } }) })
  const session = await openSession(world)
  assert.equal((await rpc(world, call('vault__echo', {}), { ...session, authorization: 'Bearer pk_nobody' })).status, 401)
  assert.equal((await rpc(world, call('vault__nothing', {}), session)).message.error?.code, -32602)
  assert.equal((await rpc(world, call('vault__echo', [1]), session)).message.error?.code, -32600)
  assert.equal((await world.post('/v1/chat/completions', chat('hello'), bob)).status, 200)
  assert.equal((await world.post('/v1/chat/completions', chat('hello'), bob)).status, 429)
})

test('what one layer denies stays denied while another one observes, and the report gives its rule', async t => {
  const world = await startWorld(t, {
    mcpServers: vault,
    config: settings({ layers: { tenant: 'observe', application: 'observe' }, arguments: [{ tools: ['vault/echo'], argument: 'amount', max_number: 100 }] }),
  })
  const session = await openSession(world)
  assert.match((await rpc(world, call('vault__echo', { amount: 101 }), session)).text, /organisation\.argument_rules\.max_number/)
  assert.match((await rpc(world, call('vault__echo', { amount: 100 }), session)).text, /\\"amount\\":100/)
  await world.close()
  const text = await report(world)
  assert.ok(rowWith(text, 'enforced', 'deny', 'organisation.argument_rules.max_number', 'alice', 'vault vault__echo')?.includes(' 1 '), text)
})

const skip = await findOpa(process.env) === null ? 'opa is not on this machine (npm run policy obtains it)' : false

/** Rules of tenant acme: echo is granted to everybody, but not with a large amount. */
const tenantRules = `package portcullis.tenant.acme.limits

allow contains {"rule": "everybody", "message": "echo is for everybody"} if input.resource.original_name == "echo"

deny contains {"rule": "amount", "message": "amounts above 100 are not for agents"} if {
	input.action.kind == "tool.call"
	input.args.amount > 100
}
`

const withTenantRules = (t: TestContext, layers: Readonly<Record<string, string>>): Promise<World> => {
  const folder = scratchFolder(t, 'observe')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'limits.rego'), tenantRules)
  return startWorld(t, { folder, mcpServers: vault, config: { policy: { rego: ['./rules'], settings: { layers } } } })
}

for (const { layers, amount, passes, observed } of [
  { layers: { organisation: 'observe' }, amount: 101, passes: false, observed: 'deny' },
  { layers: { organisation: 'observe' }, amount: 100, passes: true, observed: 'allow' },
  { layers: { tenant: 'observe' }, amount: 101, passes: true, observed: 'deny' },
]) {
  const [observing] = Object.keys(layers)
  test(`while ${observing} observes, a call that the tenant's own rule ${amount > 100 ? 'denies' : 'allows'} ${passes ? 'passes' : 'is denied'}`, { skip }, async t => {
    const world = await withTenantRules(t, layers)
    const { text } = await rpc(world, call('vault__echo', { amount }), await openSession(world))
    assert.match(text, passes ? /\\"amount\\"/ : /tenant\.limits\.amount/)
    const decision = lastDecision(world)
    assert.deepEqual([decision.enforced, decision.observed?.result], [passes ? 'allow' : 'deny', observed])
    if (observed === 'deny') assert.deepEqual(decision.observed?.reasons.map(({ rule }) => rule), ['tenant.limits.amount'])
  })
}

test('the real command starts with --observe and says that it does, and the report can be asked for while it runs', async t => {
  const provider = await startFakeProvider()
  t.after(provider.close)
  const folder = scratchFolder(t, 'observe')
  const gateway = await spawnGateway({ folder, config: stringify(standardConfig(provider.url, provider.url)), env: { CLOUD_KEY: 'cloud-secret' }, args: ['--observe'] })
  t.after(gateway.close)
  assert.match(gateway.child.stderr(), /observing: policy stops nothing/)
  const ask = (key: string): Promise<Response> => fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` }, body: JSON.stringify(chat('hello', { model: 'cloud-only' })),
  })
  assert.equal((await ask(keys.bob)).status, 200)
  assert.equal((await ask('pk_nobody')).status, 401)
  const { stdout } = await promisify(execFile)(process.execPath, [entry, 'policy', 'report', '--config', join(folder, 'portcullis.yaml')], { env: { ...process.env, CLOUD_KEY: 'x' } })
  assert.ok(rowWith(stdout, 'observed', 'deny', 'main.default_deny', 'bob', 'bob-agent', 'cloud-only')?.includes(' 1 '), stdout)
})
