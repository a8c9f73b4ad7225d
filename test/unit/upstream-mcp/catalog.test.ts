// The merged catalog: names, order, collisions, freshness, and servers that are not there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMcpCatalog, type McpCatalogOptions } from '../../../gateway/upstream/mcp-catalog.ts'
import type { McpServerSpec } from '../../../gateway/upstream/mcp-server.ts'
import { definitionOf, textResult, type FakeTool } from '../../support/fake-mcp-server.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'
import { alice, bob, callTool, httpSpec, startFake, startPool } from './setup.ts'

const toolsNamed = (...names: string[]): Map<string, FakeTool> =>
  new Map(names.map((name, index) => [`${index}`, { definition: definitionOf(name), run: () => textResult(name) }]))

const startCatalog = (t: CleansUp, servers: readonly McpServerSpec[], options: Partial<McpCatalogOptions> = {}) => {
  const { pool, logged } = startPool(t, servers)
  const catalog = createMcpCatalog({ pool, log: (server, event, text) => { logged.push({ server, event, text }) }, ...options })
  t.after(() => { catalog.close() })
  return { pool, catalog, logged }
}

const requestsFor = (fake: { fake: { received: readonly { method: string }[] } }, method: string): number => fake.fake.received.filter(one => one.method === method).length

test('tools of all servers are merged in configured order, with nothing but the name changed in their text', async t => {
  const [one, two] = [await startFake(t, { tools: toolsNamed('b', 'a') }), await startFake(t, { tools: toolsNamed('a') })]
  const { catalog } = startCatalog(t, [httpSpec(one.url, { name: 'zeta' }), httpSpec(two.url, { name: 'alpha' })])
  const view = await catalog.view(alice, ['zeta', 'alpha'], true)
  assert.deepEqual(view.tools.map(tool => [tool.exposedName, tool.server, tool.originalName]), [['zeta__b', 'zeta', 'b'], ['zeta__a', 'zeta', 'a'], ['alpha__a', 'alpha', 'a']])
  assert.equal(view.tools[0]!.rawText, definitionOf('b').replace('"name":"b"', '"name":"zeta__b"'))
  assert.equal(view.tools[0]!.originalText, definitionOf('b'))
  assert.deepEqual(view.tools[0]!.annotations, { readOnlyHint: true, 'x-unknown': null })
  assert.equal(view.tool('alpha__a')!.server, 'alpha')
  assert.equal(view.tool('a'), undefined)
})

test('a single server is served under its own names, untouched', async t => {
  const fake = await startFake(t, { tools: toolsNamed('odd.name/with:signs') })
  const { catalog } = startCatalog(t, [httpSpec(fake.url)])
  const view = await catalog.view(alice, ['web'], false)
  assert.equal(view.tool('odd.name/with:signs')!.rawText, definitionOf('odd.name/with:signs'))
})

test('a name that one server lists twice is refused and reported', async t => {
  const fake = await startFake(t, { tools: toolsNamed('twice', 'once', 'twice') })
  const { catalog } = startCatalog(t, [httpSpec(fake.url)])
  const view = await catalog.view(alice, ['web'], true)
  assert.deepEqual(view.tools.map(tool => tool.exposedName), ['web__once'])
  assert.equal(view.tool('web__twice'), undefined)
  assert.deepEqual(view.problems, [{ server: 'web', text: 'tool "web__twice" is listed 2 times (web) and is refused' }])
})

test('lists are drained over all pages', async t => {
  const names = Array.from({ length: 23 }, (_, n) => `t${n}`)
  const fake = await startFake(t, { tools: toolsNamed(...names), pageSize: 5 })
  const { catalog } = startCatalog(t, [httpSpec(fake.url)])
  assert.deepEqual((await catalog.view(alice, ['web'], false)).tools.map(tool => tool.originalName), names)
  assert.equal(requestsFor(fake, 'tools/list'), 5)
})

test('a warm view is returned without a promise and without asking the server', async t => {
  const fake = await startFake(t, { tools: toolsNamed('a') })
  const { catalog } = startCatalog(t, [httpSpec(fake.url)])
  const servers = ['web']
  const views = await Promise.all([catalog.view(alice, servers, true), catalog.view(alice, servers, true)])
  const warm = catalog.view(alice, servers, true)
  assert.ok(!(warm instanceof Promise))
  assert.equal(warm.tool('web__a')!.server, 'web')
  assert.deepEqual(views.map(view => view.tools.length), [1, 1])
  assert.equal(requestsFor(fake, 'tools/list'), 1)
  assert.equal((await catalog.view(bob, servers, true)).tools.length, 1)
  assert.equal(requestsFor(fake, 'tools/list'), 2, 'another owner may be offered something else')
})

test('list_changed makes the next view fetch again', async t => {
  const fake = await startFake(t)
  const { catalog, pool } = startCatalog(t, [httpSpec(fake.url)])
  assert.equal((await catalog.view(alice, ['web'], true)).tool('web__fresh'), undefined)
  await eventually(() => fake.streams.size === 1)
  await callTool(await pool.get('web', alice), 'add_tool', { args: { name: 'fresh' } })
  await eventually(async () => (await catalog.view(alice, ['web'], true)).tool('web__fresh'))
})

test('lists are fetched again after their age, or after the time that the server gave', async t => {
  let now = 0
  const [legacy, modern] = [await startFake(t, { tools: toolsNamed('a') }), await startFake(t, { era: 'modern', tools: toolsNamed('a'), ttlMs: 5000 })]
  const { catalog } = startCatalog(t, [httpSpec(legacy.url, { name: 'l' }), httpSpec(modern.url, { name: 'm' })], { nowMs: () => now, maxAgeMs: 60_000 })
  await catalog.view(alice, ['l', 'm'], true)
  now = 4999
  await catalog.view(alice, ['l', 'm'], true)
  assert.deepEqual([requestsFor(legacy, 'tools/list'), requestsFor(modern, 'tools/list')], [1, 1])
  now = 5000
  await catalog.view(alice, ['l', 'm'], true)
  assert.deepEqual([requestsFor(legacy, 'tools/list'), requestsFor(modern, 'tools/list')], [1, 2])
  now = 60_000
  await catalog.view(alice, ['l', 'm'], true)
  assert.deepEqual([requestsFor(legacy, 'tools/list'), requestsFor(modern, 'tools/list')], [2, 3])
})

test('a failing server is left out and reported, the others are served, and it joins when it is back', async t => {
  let down = true
  let now = 0
  const good = await startFake(t, { tools: toolsNamed('a') })
  const bad = await startFake(t, { tools: toolsNamed('b'), status: () => down ? 503 : null })
  const late: string[] = []
  const { catalog } = startCatalog(t, [httpSpec(good.url, { name: 'good' }), httpSpec(bad.url, { name: 'bad' })], { nowMs: () => now, onLateArrival: server => { late.push(server) } })
  const view = await catalog.view(alice, ['good', 'bad'], true)
  assert.deepEqual(view.tools.map(tool => tool.exposedName), ['good__a'])
  assert.deepEqual(view.failed.map(({ server, failure }) => [server, failure.code]), [['bad', 'upstream.refused']])
  down = false
  now = 6000
  await eventually(async () => (await catalog.view(alice, ['good', 'bad'], true)).tool('bad__b'))
  assert.deepEqual(late, ['bad'])
})

test('a server that is slow to list is left out after a while instead of holding everybody up', async t => {
  const good = await startFake(t, { tools: toolsNamed('a') })
  const hanging: McpServerSpec = { ...httpSpec(good.url), name: 'slow', era: 'legacy', transport: { kind: 'stdio', command: process.execPath, args: ['-e', 'setInterval(()=>{},1000)'], env: {}, cwd: null } }
  const { catalog } = startCatalog(t, [httpSpec(good.url), hanging], { patienceMs: 150 })
  const view = await catalog.view(alice, ['slow', 'web'], true)
  assert.deepEqual(view.tools.map(tool => tool.exposedName), ['web__a'])
  assert.deepEqual(view.failed.map(({ failure }) => failure.code), ['upstream.timeout'])
})

const resource = (uri: string): string => `{"uri":"${uri}","name":"r"}`
const template = (uriTemplate: string): string => `{"uriTemplate":"${uriTemplate}","name":"t"}`

test('a resource belongs to the server that lists it, else to the one whose template it fits, else to nobody', async t => {
  const one = await startFake(t, { resources: [resource('test://both'), resource('test://one')], templates: [template('one://{id}/data'), template('{+anything}')] })
  const two = await startFake(t, { resources: [resource('test://both'), resource('one://listed/data')], templates: [template('two://x{?q}'), template('one://{id}/data/{more}')], prompts: ['{"name":"greet"}'] })
  const { catalog } = startCatalog(t, [httpSpec(one.url, { name: 'one' }), httpSpec(two.url, { name: 'two' })])
  const view = await catalog.view(alice, ['one', 'two'], true)
  const owner = (uri: string): unknown => {
    const route = view.resource(uri)
    return route.found === 'one' ? route.server : route.found === 'several' ? route.servers : null
  }
  assert.deepEqual(['test://one', 'one://5/data', 'one://5/6/data', 'one://listed/data', 'two://x?q=/1', 'test://both', 'test://none', 'one://5/data/6'].map(owner),
    ['one', 'one', null, 'two', 'two', ['one', 'two'], null, 'two'])
  assert.deepEqual(view.templates.map(entry => entry.originalName), ['one://{id}/data', 'two://x{?q}', 'one://{id}/data/{more}'])
  assert.ok(view.problems.some(({ text }) => text.includes('{+anything}')))
  assert.equal(view.prompt('two__greet')!.rawText, '{"name":"two__greet"}')
})
