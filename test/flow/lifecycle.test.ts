// Reload, drain and stop of the gateway, and its admin plane: a change never breaks what runs, and a mistake never takes what works away.
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../support/wait.ts'
import { gatedConfig, StreamReader, startGatedProvider } from './gated-provider.ts'
import { chat, keys, message, startWorld, type World } from './setup.ts'

const nobodyMay = { policy: { settings: { models: [] } } }
const generationOf = async (world: World): Promise<number> => (await (await world.admin('/status')).json() as { generation: number }).generation

for (const how of ['a change of the file', 'the admin plane'] as const) {
  test(`a reload by ${how} decides new calls anew and leaves a running stream alone`, async t => {
    const gated = await startGatedProvider(t)
    const world = await startWorld(t, { config: gatedConfig(gated) })
    const running = new StreamReader(await world.post('/v1/chat/completions', chat('Hi', { stream: true })))
    await running.until('first')
    world.rewriteConfig(nobodyMay)
    if (how === 'the admin plane') assert.deepEqual(await (await world.admin('/reload', { method: 'POST' })).json(), { status: 'reloaded' })
    const refused = await eventually(async () => {
      const response = await world.get('/v1/models')
      return (await response.json() as { data: unknown[] }).data.length === 0 && world.post('/v1/chat/completions', chat('Hi'))
    })
    assert.equal(refused.status, 403)
    assert.match(await refused.text(), /policy\.denied/)
    gated.release()
    assert.match(await running.rest(), / last[^]*\[DONE\]/)
    const outcome = world.outcomes().find(({ action, status }) => action === 'model.call' && status === 200)
    assert.equal(outcome?.['failure'], null)
  })
}

for (const [what, text, says] of [
  ['is no YAML', 'listen: [', /flow|YAML|sequence/i],
  ['has a wrong field', 'lisen: {}', /lisen/],
  ['names a model without a provider', 'models: [{ id: nowhere/model }]', /models\[0\]\.id: there is no provider "nowhere"/],
  ['names a secret that is not there', 'providers: [{ id: x, dialect: openai, base_url: "http://127.0.0.1:9", credential: { env: NOT_SET } }]', /NOT_SET/],
] as const) {
  test(`a configuration that ${what} is refused on reload, and the last good one stays`, async t => {
    const world = await startWorld(t)
    const before = await generationOf(world)
    writeFileSync(world.configFile, text)
    const response = await world.admin('/reload', { method: 'POST' })
    assert.equal(response.status, 422)
    const { error } = await response.json() as { error: { message: string; remedy: string } }
    assert.match(error.message, says)
    assert.match(error.remedy, /stays in force/)
    assert.equal(await generationOf(world), before)
    assert.equal((await world.post('/v1/chat/completions', chat('Hi'))).status, 200)
    assert.ok(world.log.some(line => line.startsWith('error reload refused')))
  })
}

test('a reload after a refused one takes the repaired file', async t => {
  const world = await startWorld(t)
  writeFileSync(world.configFile, 'lisen: {}')
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 422)
  world.rewriteConfig(nobodyMay)
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  assert.equal((await world.post('/v1/chat/completions', chat('Hi'))).status, 403)
})

/** Sends a request over a connection that was open before the gateway began to stop. */
const overSocket = (url: string): { send: (path: string, body: unknown) => Promise<string>; opened: Promise<void> } => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let got = ''
  socket.setEncoding('utf8').on('data', (text: string) => { got += text })
  const closed = new Promise<void>((resolve, reject) => { socket.once('close', () => { resolve() }).once('error', reject) })
  return {
    opened: new Promise(resolve => { socket.once('connect', resolve) }),
    send: async (path, body) => {
      const text = JSON.stringify(body)
      socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${keys.alice}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
      await closed
      return got
    },
  }
}

test('stopping lets a running stream finish, refuses new calls in their dialect, and then ends', async t => {
  const gated = await startGatedProvider(t)
  const world = await startWorld(t, { config: { ...gatedConfig(gated), shutdown: { drain_ms: 20_000 } } })
  const running = new StreamReader(await world.post('/v1/messages', message('Hi', { stream: true })))
  await running.until('first')
  const late = [overSocket(world.url), overSocket(world.url)] as const
  await Promise.all(late.map(({ opened }) => opened))
  // Connections that the kernel has are not yet the gateway's: an answered call behind them says that it has accepted them.
  await (await world.get('/v1/models')).text()
  let closed = false
  const closing = world.close().then(() => { closed = true })
  assert.equal((await world.admin('/readyz')).status, 503)
  const openai = await late[0].send('/v1/chat/completions', chat('Hi'))
  assert.match(openai, /^HTTP\/1\.1 503 /)
  assert.match(openai, /"code":"gateway\.draining"/)
  assert.match(openai, /retry-after: 1/i)
  const anthropic = await late[1].send('/v1/messages', message('Hi'))
  assert.match(anthropic, /"type":"overloaded_error"/)
  assert.equal(closed, false, 'a running stream is waited for')
  gated.release()
  assert.match(await running.rest(), / last[^]*message_stop/)
  await closing
  await assert.rejects(fetch(world.url))
  await assert.rejects(fetch(world.gateway.adminUrl))
  const failures = world.outcomes().map(({ failure }) => failure)
  assert.deepEqual(failures.filter(failure => failure === 'gateway.draining'), ['gateway.draining', 'gateway.draining'])
})

test('a stream that outlasts the time to drain is cut, and recorded', async t => {
  const gated = await startGatedProvider(t)
  const world = await startWorld(t, { config: { ...gatedConfig(gated), shutdown: { drain_ms: 50 } } })
  const running = new StreamReader(await world.post('/v1/chat/completions', chat('Hi', { stream: true })))
  await running.until('first')
  await world.close()
  await running.rest().catch(() => undefined)
  assert.doesNotMatch(running.text, /\[DONE\]/)
  assert.ok(world.outcomes().some(({ failure }) => failure !== null), 'a cut exchange has an outcome')
})

test('the admin plane takes the admin key only, and the data plane never does', async t => {
  const world = await startWorld(t)
  const at = (path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Response> => fetch(world.gateway.adminUrl + path, { headers, method })
  for (const [path, method] of [['/metrics', 'GET'], ['/status', 'GET'], ['/reload', 'POST'], ['/nowhere', 'GET']] as const) {
    const presented: Record<string, string>[] = [{}, { authorization: `Bearer ${keys.root}` }, { authorization: 'Bearer cloud-secret' }, { 'x-api-key': keys.root }]
    for (const headers of presented) {
      const response = await at(path, headers, method)
      assert.equal(response.status, 401, `${method} ${path}`)
      assert.match(await response.text(), /Gateway keys are not accepted here.*Bearer <admin key>/)
    }
  }
  const adminKey = readFileSync(join(world.folder, 'data', 'admin.key'), 'utf8').trim()
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    const response = await world.post(path, chat('Hi'), { authorization: `Bearer ${adminKey}` })
    assert.equal(response.status, 401)
    assert.match(await response.text(), /auth\.invalid/)
  }
  assert.equal((await world.admin('/nowhere')).status, 404)
  assert.equal((await world.admin('/status', { headers: { origin: 'https://evil.example' } })).status, 403)
  assert.equal((await world.get('/status')).status, 404, 'nothing of the admin plane is on the data plane')
})

test('health and readiness need no key; status and metrics tell nothing secret', async t => {
  const world = await startWorld(t)
  await world.post('/v1/chat/completions', chat('the prompt', { model: 'cloud-only' }))
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(world.gateway.adminUrl + path)).status, 200)
  const status = await (await world.admin('/status')).json() as { generation: number; active: number; audit: { writable: boolean; written: number } }
  assert.equal(status.generation, 0)
  assert.equal(status.active, 0)
  assert.equal(status.audit.writable, true)
  assert.ok(status.audit.written >= 2)
  const metrics = await world.metrics()
  assert.match(metrics, /^gen_ai_client_inference_duration_seconds_count\{[^}]*gen_ai_request_model="cloud\/small"[^}]*\} 1$/m)
  assert.match(metrics, /^gateway_policy_decisions_total\{[^}]*gateway_policy_result="allow"[^}]*\} 1$/m)
  assert.match(metrics, /^gateway_exchanges_active 0$/m)
  for (const text of [JSON.stringify(status), metrics]) assert.doesNotMatch(text, /cloud-secret|pk_|pa_|the prompt/)
})

test('state is private to its owner', async t => {
  const world = await startWorld(t)
  const modeOf = (path: string): number => statSync(join(world.folder, 'data', path)).mode & 0o777
  assert.equal(modeOf('.'), 0o700)
  assert.equal(modeOf('admin.key'), 0o600)
})
