// Policies of one's own: Rego folders that the gateway compiles with real OPA, and bundles that were built elsewhere. A broken one never
// takes away what works.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { shippedBundle } from '../../policies/engine/load-policy.ts'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { chat, startWorld, type World } from './setup.ts'

const skip = await findOpa(process.env) === null ? 'opa is not on this machine (npm run policy obtains it)' : false

/** An own layer of tenant acme: the argument `amount` may not be above a limit. */
const limitTo = (limit: number): string => `package portcullis.tenant.acme.limits

deny contains {"rule": "amount", "message": "amounts above ${limit} are not for agents"} if {
	input.action.kind == "tool.call"
	input.args.amount > ${limit}
}
`

const withRego = async (t: Parameters<typeof startWorld>[0], rego: string): Promise<{ world: World; write: (text: string) => void }> => {
  const folder = scratchFolder(t, 'rego')
  const rules = join(folder, 'rules')
  mkdirSync(rules)
  const write = (text: string): void => { writeFileSync(join(rules, 'limits.rego'), text) }
  write(rego)
  return { write, world: await startWorld(t, { folder, mcpServers: { bank: { ...fakeMcpCommand(), era: 'legacy' } }, config: { policy: { rego: ['./rules'] } } }) }
}

const pay = async (world: World, amount: number): Promise<string> => (await rpc(world, call('bank__echo', { amount }), await openSession(world))).text

test('a layer of one\'s own decides by arguments, and a changed file is taken without a restart', { skip }, async t => {
  const { world, write } = await withRego(t, limitTo(100))
  assert.match(await pay(world, 100), /\\"amount\\":100/)
  assert.match(await pay(world, 101), /tenant\.limits\.amount.*amounts above 100|amounts above 100.*tenant\.limits\.amount/)
  write(limitTo(5))
  await eventually(async () => (await pay(world, 6)).includes('amounts above 5') || undefined, { withinMs: 20_000 })
  assert.match(await pay(world, 5), /\\"amount\\":5/)
})

test('a broken file is refused with OPA\'s own words while the last good policy stays, and the repaired one is taken', { skip }, async t => {
  const { world, write } = await withRego(t, limitTo(100))
  for (const [broken, says] of [
    ['package portcullis.tenant.acme.limits\n\ndeny contains if {', /rego_parse_error/],
    [limitTo(100).replace('input.args.amount', 'input.args_of.amount'), /rego_type_error|undefined ref/],
    [limitTo(100).replace('input.args.amount >', 'unknown_function(input.args.amount) >'), /rego_type_error: undefined function unknown_function/],
    [limitTo(100).replace('input.args.amount >', 'time.now_ns() + input.args.amount >'), /time\.now_ns/],
  ] as const) {
    write(broken)
    const response = await world.admin('/reload', { method: 'POST' })
    assert.equal(response.status, 422, broken)
    assert.match(((await response.json()) as { error: { message: string } }).error.message, says)
    assert.match(await pay(world, 101), /amounts above 100/)
    assert.match(await pay(world, 7), /\\"amount\\":7/)
  }
  write(limitTo(50))
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  assert.match(await pay(world, 51), /amounts above 50/)
})

test('the gateway does not start with Rego that does not compile', { skip }, async t => {
  await assert.rejects(withRego(t, 'package nothing\n\nallow if {'), /rego_parse_error/)
})

test('a bundle that was built elsewhere is used, and one that was damaged is refused', async t => {
  const folder = scratchFolder(t, 'bundle')
  const bundle = join(folder, 'mine')
  cpSync(shippedBundle, bundle, { recursive: true })
  const world = await startWorld(t, { folder, config: { policy: { bundle: './mine' } } })
  assert.equal((await world.post('/v1/chat/completions', chat('hello'))).status, 200)
  const wasm = readdirSync(bundle).map(name => join(bundle, name)).find(file => file.endsWith('.wasm')) ?? ''
  assert.ok(statSync(wasm).size > 0)
  writeFileSync(wasm, 'no WebAssembly')
  const response = await world.admin('/reload', { method: 'POST' })
  assert.equal(response.status, 422)
  assert.match(await response.text(), /policy/)
  assert.equal((await world.post('/v1/chat/completions', chat('hello'))).status, 200, 'the last good one stays')
})
