// Policies of one's own: Rego folders that the gateway compiles with real OPA, and bundles that were built elsewhere. A broken one never
// takes away what works.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { shippedBundle } from '../../policies/engine/load-policy.ts'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { chat, startWorld, type World } from './setup.ts'

const opa = await findOpa(process.env)
const skip = opa === null ? 'opa is not on this machine (npm run policy obtains it)' : false

/** An own layer of tenant acme: the argument `amount` may not be above a limit. */
const limitTo = (limit: number): string => `package portcullis.tenant.acme.limits

deny contains {"rule": "amount", "message": "amounts above ${limit} are not for agents"} if {
	input.action.kind == "tool.call"
	input.args.amount > ${limit}
}
`

const bank = { bank: { ...fakeMcpCommand(), era: 'legacy' } }

const withRego = async (t: Parameters<typeof startWorld>[0], rego: string): Promise<{ world: World; write: (text: string) => void }> => {
  const folder = scratchFolder(t, 'rego')
  const rules = join(folder, 'rules')
  mkdirSync(rules)
  const write = (text: string): void => { writeFileSync(join(rules, 'limits.rego'), text) }
  write(rego)
  return { write, world: await startWorld(t, { folder, mcpServers: bank, config: { policy: { rego: ['./rules'] } } }) }
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

test('the file watch refuses a broken file in the log, with OPA\'s own words, and takes the repaired one by itself', { skip }, async t => {
  const { world, write } = await withRego(t, limitTo(100))
  for (const [broken, says] of [
    ['package portcullis.tenant.acme.limits\n\ndeny contains if {', /rego_parse_error/],
    [limitTo(100).replace('input.args.amount >', 'time.now_ns() + input.args.amount >'), /undefined function time\.now_ns/],
  ] as const) {
    write(broken)
    await eventually(() => world.log.some(line => line.startsWith('error reload refused') && line.includes('"reason":"file change"') && says.test(line)), { withinMs: 20_000 })
    assert.match(await pay(world, 101), /amounts above 100/)
    assert.match(await pay(world, 100), /\\"amount\\":100/)
  }
  write(limitTo(50))
  await eventually(async () => (await pay(world, 51)).includes('amounts above 50'), { withinMs: 20_000 })
})

test('a layer of another tenant says nothing here, and one of the agent does', { skip }, async t => {
  const { world, write } = await withRego(t, limitTo(100).replace('.acme.', '.elsewhere.'))
  assert.match(await pay(world, 101), /\\"amount\\":101/)
  // Bracketed, because the id of the agent is no Rego name.
  write(limitTo(100).replace('portcullis.tenant.acme.limits', 'portcullis.application["alice-agent"].limits'))
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  assert.match(await pay(world, 101), /application\.limits\.amount/)
})

/** Changes the manifest of a bundle. */
const rewriteManifest = (bundle: string, changes: Readonly<Record<string, unknown>>): void => {
  const file = join(bundle, 'manifest.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')) as object, ...changes }))
}

const damages: readonly { readonly what: string; readonly damage: (bundle: string) => void; readonly says: RegExp }[] = [
  { what: 'cut off', damage: bundle => { truncateSync(join(bundle, 'policy.wasm'), 5000) }, says: /WebAssembly cannot be loaded/ },
  { what: 'changed in the middle', damage: bundle => {
    const bytes = readFileSync(join(bundle, 'policy.wasm'))
    writeFileSync(join(bundle, 'policy.wasm'), bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64))
  }, says: /WebAssembly cannot be loaded/ },
  { what: 'without its WebAssembly', damage: bundle => { rmSync(join(bundle, 'policy.wasm')) }, says: /cannot be read.*policy\.wasm/ },
  { what: 'with a broken manifest', damage: bundle => { writeFileSync(join(bundle, 'manifest.json'), '{') }, says: /manifest is not one of ours/ },
  { what: 'with another entrypoint', damage: bundle => { rewriteManifest(bundle, { entrypoint: 'somebody/else' }) }, says: /has no entrypoint somebody\/else; it has portcullis\/main\/decision/ },
]

for (const { what, damage, says } of damages) {
  test(`a bundle ${what} is refused by the file watch and at the next start, and the repaired one is taken`, async t => {
    const folder = scratchFolder(t, 'bundle')
    const bundle = join(folder, 'mine')
    cpSync(shippedBundle, bundle, { recursive: true })
    const world = await startWorld(t, { folder, config: { policy: { bundle: './mine' } } })
    damage(bundle)
    await eventually(() => world.log.some(line => line.startsWith('error reload refused') && line.includes('"reason":"file change"') && says.test(line)))
    assert.equal((await world.post('/v1/chat/completions', chat('hello'))).status, 200, 'the last good one stays')
    const elsewhere = scratchFolder(t, 'bundle')
    await assert.rejects(startWorld(t, { folder: elsewhere, config: { policy: { bundle } } }), says)
    cpSync(shippedBundle, bundle, { recursive: true })
    await eventually(() => world.log.some(line => line.startsWith('info reloaded')))
    assert.equal((await world.post('/v1/chat/completions', chat('hello'))).status, 200)
  })
}

test('a bundle that was built with a builtin which is not there is refused when it is loaded, not when it is asked', { skip }, async t => {
  const folder = scratchFolder(t, 'bundle')
  const world = await startWorld(t, { folder })
  writeFileSync(join(folder, 'own.rego'), 'package portcullis.main\n\ndecision := {"result": "allow"} if http.send({"method": "get", "url": "http://127.0.0.1:9"}).status_code == 200\n')
  execFileSync(opa ?? '', ['build', '-t', 'wasm', '-e', 'portcullis/main/decision', '-o', join(folder, 'own.tar.gz'), join(folder, 'own.rego')])
  world.rewriteConfig({ policy: { bundle: './own.tar.gz' } })
  const response = await world.admin('/reload', { method: 'POST' })
  assert.equal(response.status, 422)
  assert.match(await response.text(), /does not provide: http\.send/)
  assert.equal((await world.post('/v1/chat/completions', chat('hello'))).status, 200, 'the last good one stays')
})

for (const [what, path, prepare] of [
  ['does not exist', './nowhere', () => undefined],
  ['is empty', './empty', (folder: string) => { mkdirSync(join(folder, 'empty')) }],
  ['holds only tests', './tests', (folder: string) => { mkdirSync(join(folder, 'tests')); writeFileSync(join(folder, 'tests', 'limits_test.rego'), 'package x') }],
] as const) {
  test(`a path of policy.rego that ${what} is refused: rules that are not found are not rules that do not exist`, { skip }, async t => {
    const folder = scratchFolder(t, 'rego')
    prepare(folder)
    await assert.rejects(startWorld(t, { folder, config: { policy: { rego: [path] } } }), new RegExp(`${path.slice(2)}: (cannot be read|there is no \\.rego file)`))
  })
}

test('rules that are gone at a reload do not make the gateway forget them', { skip }, async t => {
  const { world } = await withRego(t, limitTo(100))
  rmSync(join(world.folder, 'rules'), { recursive: true })
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 422)
  assert.match(await pay(world, 101), /amounts above 100/)
})

test('a single file and a folder behind a link are as good as a folder', { skip }, async t => {
  for (const rego of ['./rules/limits.rego', './linked']) {
    const folder = scratchFolder(t, 'rego')
    mkdirSync(join(folder, 'rules'))
    mkdirSync(join(folder, 'linked'))
    writeFileSync(join(folder, 'rules', 'limits.rego'), limitTo(100))
    symlinkSync(join(folder, 'rules'), join(folder, 'linked', 'rules'))
    const world = await startWorld(t, { folder, mcpServers: bank, config: { policy: { rego: [rego] } } })
    assert.match(await pay(world, 101), /amounts above 100/)
  }
})

test('Rego of one\'s own and a bundle cannot be given both', async t => {
  await assert.rejects(startWorld(t, { config: { policy: { rego: ['./rules'], bundle: './mine' } } }), /policy\.bundle: cannot be combined with rego/)
})

test('what is stopped after it was allowed is told with its rule, because the caller knows that it exists', { skip }, async t => {
  const folder = scratchFolder(t, 'rego')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'answers.rego'), 'package portcullis.organisation.answers\n\ndeny contains {"rule": "no_mail", "message": "answers with e-mail addresses stay here"} if {\n\tinput.action.phase == "response"\n\tinput.data.entities.email > 0\n}\n')
  const world = await startWorld(t, { folder, mcpServers: bank, config: { policy: { rego: ['./rules'] } } })
  const { text } = await rpc(world, call('bank__echo', { to: 'anna.berg@example.com' }), await openSession(world))
  assert.match(text, /"isError":true/)
  assert.match(text, /organisation\.answers\.no_mail/)
  assert.doesNotMatch(text, /anna\.berg/)
})
