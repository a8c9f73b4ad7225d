// Server processes and their ends, through the gateway as a process of its own: nothing that it started outlives it for long.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway, type SpawnedGateway } from '../support/spawn-gateway.ts'
import { eventually } from '../support/wait.ts'
import { initialize, isAlive, openSession } from './mcp-client.ts'
import { keys, standardConfig, startWorld } from './setup.ts'

/** Ends neither with its input nor with SIGTERM, and neither does what it started. */
const stubborn = { ...fakeMcpCommand('--ignore-term', '--child'), era: 'legacy' }

const prepare = async (t: TestContext): Promise<{ folder: string; start: () => Promise<SpawnedGateway> }> => {
  const folder = scratchFolder(t, 'children')
  const provider = await startFakeProvider()
  t.after(provider.close)
  const config = stringify({ ...standardConfig(provider.url, provider.url), mcp_servers: { home: stubborn } })
  return {
    folder,
    start: async () => {
      const gateway = await spawnGateway({ folder, config, env: { CLOUD_KEY: 'cloud-secret' } })
      t.after(gateway.close)
      return gateway
    },
  }
}

const greet = (url: string): Promise<Response> => fetch(`${url}/mcp`, {
  method: 'POST', body: JSON.stringify(initialize),
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${keys.alice}` },
})

/** The server's process and what it started, from the gateway's log. */
const family = async (gateway: SpawnedGateway, folder: string): Promise<readonly number[]> => {
  assert.equal((await greet(gateway.url)).status, 200)
  const grandchild = await eventually(() => Number(/grandchild (\d+)/.exec(gateway.child.stderr())?.[1] ?? 0) || undefined)
  assert.equal(readdirSync(join(folder, 'data', 'children')).length, 1)
  return [grandchild]
}

test('servers that a killed gateway left behind are ended by its next start, grandchildren included', async t => {
  const { folder, start } = await prepare(t)
  const first = await start()
  const [grandchild = 0] = await family(first, folder)
  assert.equal((await first.child.stop('SIGKILL')).signal, 'SIGKILL')
  assert.ok(isAlive(grandchild), 'it survived the gateway')
  const second = await start()
  assert.match(second.child.stderr(), /an earlier gateway left behind/)
  await eventually(() => !isAlive(grandchild))
  assert.deepEqual(readdirSync(join(folder, 'data', 'children')), [])
})

test('a gateway that is stopped ends the whole group of each server, and notes nothing', async t => {
  const { folder, start } = await prepare(t)
  const gateway = await start()
  const [grandchild = 0] = await family(gateway, folder)
  assert.deepEqual(await gateway.child.stop(), { code: 0, signal: null })
  assert.ok(!isAlive(grandchild))
  assert.deepEqual(readdirSync(join(folder, 'data', 'children')), [])
})

test('a server is started at its first use, and stopped when it was idle for its time', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', idle_stop_ms: 1000 } } })
  const noted = (): number => readdirSync(join(world.folder, 'data', 'children')).length
  assert.equal(noted(), 0, 'nobody has used it')
  await openSession(world)
  assert.equal(noted(), 1)
  await eventually(() => noted() === 0, { withinMs: 12_000 })
  const status = await (await world.admin('/status')).json() as { mcp: { state: string; connections: number }[] }
  assert.deepEqual(status.mcp.map(({ state, connections }) => [state, connections]), [['idle', 0]])
  await openSession(world)
  assert.equal(noted(), 1, 'the next use starts it again')
})
