// Virtual servers through the real gateway: chosen tools at an address of their own, decided and recorded under their real names.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { autoClient, call, initialize, isError, legacyClient, openSession, rpc, stateless, textOf } from './mcp-client.ts'
import { keys, startWorld, type World } from './setup.ts'

const desk = {
  groups: ['engineering'], tools: ['web/echo', { tool: 'home/echo', as: 'say', description: 'Says it at home.' }, 'home/log', 'home/progress'],
  resources: ['web/note://public/*'],
}

const startDesk = async (t: TestContext, virtual: Readonly<Record<string, unknown>> = { desk }, more: Readonly<Record<string, unknown>> = {}): Promise<{ world: World; web: FakeMcpHttp }> => {
  const web = await startFakeMcpHttp({ era: 'modern', resources: ['{"uri":"note://public/one","name":"one"}', '{"uri":"note://private/two","name":"two"}'], templates: ['{"uriTemplate":"note://{+rest}","name":"any"}'] })
  t.after(() => web.close())
  return { web, world: await startWorld(t, { mcpServers: { web: { url: web.url }, home: { ...fakeMcpCommand(), era: 'legacy' } }, config: { virtual_servers: virtual, ...more } }) }
}

for (const [era, connect] of [['session', legacyClient], ['stateless', autoClient]] as const) {
  test(`a ${era} client sees the chosen tools under their names in the bundle, and calls them`, async t => {
    const { world } = await startDesk(t)
    const client = await connect(t, world, '/mcp/desk')
    const { tools } = await client.listTools()
    assert.deepEqual(tools.map(({ name }) => name).sort(), ['echo', 'log', 'progress', 'say'])
    assert.equal(tools.find(({ name }) => name === 'say')?.description, 'Says it at home.')
    assert.match(textOf(await client.callTool({ name: 'say', arguments: { a: 1 } })), /"a":1/)
    assert.match(textOf(await client.callTool({ name: 'echo', arguments: { a: 2 } })), /"a":2/)
    const targets = world.outcomes().filter(outcome => outcome['action'] === 'tool.call').map(outcome => (outcome['target'] as { server: string }).server)
    assert.deepEqual(targets, ['home', 'web'])
    await assert.rejects(client.callTool({ name: 'slow', arguments: {} }), /Unknown tool/)
    await assert.rejects(client.callTool({ name: 'home__echo', arguments: {} }), /Unknown tool/, 'names of the merged endpoint mean nothing here')
  })
}

test('the rules for a tool are those of its real name, wherever it is called', async t => {
  const access = [{ groups: ['engineering'], tools: ['home/*'], except: ['home/echo'] }]
  const { world } = await startDesk(t, { desk }, { policy: { settings: { access } } })
  const client = await legacyClient(t, world, '/mcp/desk')
  assert.deepEqual((await client.listTools()).tools.map(({ name }) => name).sort(), ['log', 'progress'])
  await assert.rejects(client.callTool({ name: 'say', arguments: {} }), /Unknown tool/)
  assert.equal(isError(await client.callTool({ name: 'log', arguments: {} })), false)
})

test('who is in none of its groups finds nothing there, by any method, as if it did not exist', async t => {
  const { world } = await startDesk(t)
  const asBob = { authorization: `Bearer ${keys.bob}` }
  const open = await openSession(world, {}, '/mcp/desk')
  const attempts = async (path: string): Promise<string[]> => Promise.all([
    rpc(world, initialize, asBob, path), rpc(world, call('say', {}), { ...open, ...asBob }, path),
    rpc(world, stateless('tools/list', {}).body, { ...stateless('tools/list', {}).headers, ...asBob }, path),
    ...['GET', 'DELETE'].map(async method => {
      const response = await fetch(world.url + path, { method, headers: { ...asBob, ...open, ...asBob, accept: 'text/event-stream' } })
      return { status: response.status, text: await response.text() }
    }),
  ]).then(answers => answers.map(({ status, text }) => `${status} ${text.replaceAll(/[0-9a-f-]{36}/g, '').replaceAll(path.slice(5), 'X')}`))
  const [there, nowhere] = [await attempts('/mcp/desk'), await attempts('/mcp/none')]
  assert.deepEqual(there, nowhere)
  assert.match(there[0] ?? '', /^404 .*request\.unsupported/)
})

test('an empty virtual server offers nothing', async t => {
  const { world } = await startDesk(t, { desk: { groups: ['*'] } })
  const client = await legacyClient(t, world, '/mcp/desk')
  assert.deepEqual((await client.listTools()).tools, [])
  await assert.rejects(client.callTool({ name: 'echo', arguments: {} }), /Unknown tool/)
})

test('resources are read through it only where they were chosen, also by template', async t => {
  const { world } = await startDesk(t)
  const client = await legacyClient(t, world, '/mcp/desk')
  assert.deepEqual((await client.listResources()).resources.map(({ uri }) => uri), ['note://public/one'])
  assert.equal((await client.readResource({ uri: 'note://public/one' })).contents.length, 1)
  for (const uri of ['note://private/two', 'note://elsewhere/three']) await assert.rejects(client.readResource({ uri }), /not found/i)
})

test('its own instructions stand in place of its servers\', and only its servers are started', async t => {
  const { world } = await startDesk(t, { desk: { groups: ['*'], tools: ['web/echo'], instructions: 'Orders of the shop.' } })
  const client = await legacyClient(t, world, '/mcp/desk')
  assert.equal(client.getInstructions(), '## desk\nOrders of the shop.')
  const status = await (await world.admin('/status')).json() as { mcp: { server: string; state: string }[] }
  assert.ok(!status.mcp.some(({ server, state }) => server === 'home' && state === 'ready'))
})

test('a change of the bundle is announced and holds at once', async t => {
  const { world } = await startDesk(t)
  const client = await legacyClient(t, world, '/mcp/desk')
  assert.equal((await client.listTools()).tools.length, 4)
  world.rewriteConfig({ virtual_servers: { desk: { ...desk, tools: ['home/log'] } } })
  await eventually(async () => (await client.listTools()).tools.map(({ name }) => name).join() === 'log')
  await assert.rejects(client.callTool({ name: 'say', arguments: {} }), /Unknown tool/)
})
