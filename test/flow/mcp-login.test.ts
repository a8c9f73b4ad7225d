// The gateway as an OAuth client of its MCP servers: the real gateway, a server behind a login, and an operator with a browser (fetch).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startProtectedMcp, type ProtectedMcp } from '../support/protected-mcp.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'
import { startChild } from '../support/child.ts'
import { call, legacyClient, openSession, rpc, textOf, type RpcAnswer } from './mcp-client.ts'
import { keys, startWorld, type World, type WorldOptions } from './setup.ts'

interface Started { readonly status: number; readonly url: string; readonly text: string }
interface State { readonly state: string; readonly scope: string | null; readonly since: string | null; readonly issuer: string | null }

const protectedMcp = async (t: CleansUp): Promise<ProtectedMcp> => {
  const server = await startProtectedMcp({ era: 'legacy' })
  t.after(() => server.close())
  return server
}

const worldWith = (t: CleansUp, server: ProtectedMcp, oauth?: object, more: WorldOptions = {}): Promise<World> =>
  startWorld(t, { ...more, mcpServers: { home: { url: server.url, ...oauth === undefined ? {} : { oauth } } } })

const begin = async (world: World, name = 'home'): Promise<Started> => {
  const answer = await world.admin(`/servers/${name}/login`, { method: 'POST' })
  const text = await answer.text()
  return { status: answer.status, text, url: (JSON.parse(text) as { authorization_url?: string }).authorization_url ?? '' }
}

const stateOf = async (world: World): Promise<State> => await (await world.admin('/servers/home/login')).json() as State

/** What the operator's browser does: the authorization server sends it back to the gateway. */
const login = async (world: World): Promise<Response> => {
  const started = await begin(world)
  assert.equal(started.status, 200, started.text)
  return fetch(started.url)
}

/** Each in a session of its own, so that nothing is remembered of an earlier failure. */
const echo = async (world: World, headers: Readonly<Record<string, string>> = {}): Promise<RpcAnswer> => rpc(world, call('home__echo', { a: 1 }), await openSession(world, headers))

const worked = (answer: RpcAnswer): boolean => answer.message.result !== undefined && answer.text.includes('\\"a\\":1')

const everythingWritten = (world: World): string => {
  const audit = join(world.folder, 'data', 'audit')
  return world.log.join('\n') + readdirSync(audit).map(file => readFileSync(join(audit, file), 'utf8')).join('\n')
}

const assertSecretFree = (server: ProtectedMcp, ...texts: readonly string[]): void => {
  assert.ok(server.secrets.length > 0, 'there were secrets')
  for (const secret of server.secrets) for (const text of texts) assert.ok(!text.includes(secret), `${secret.split('-')[0] ?? ''} leaked in ${text.slice(0, 200)}`)
}

const tokenRequests = (server: ProtectedMcp, grant: string): number => server.seen.filter(({ path, form }) => path === '/token' && form.get('grant_type') === grant).length

test('a server that wants a login says so with the command to run, and works once an operator has logged in', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  const before = await echo(world)
  assert.match(before.message.error?.message ?? '', /"home" needs a login.*portcullis servers login home/)
  assert.equal(before.message.error?.data?.['code'], 'upstream.refused')
  assert.equal((await stateOf(world)).state, 'needed')
  const stranger = await echo(world, { authorization: `Bearer ${keys.bob}` })
  assert.match(stranger.text, /Unknown tool/, 'who may not use the server hears nothing of it')
  const page = await login(world)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /Connected/)
  const client = await legacyClient(t, world)
  assert.match(textOf(await client.callTool({ name: 'home__echo', arguments: { a: 1 } })), /"a":1/)
  assert.equal((await stateOf(world)).state, 'connected')
  const authorization = server.seen.find(({ path }) => path === '/token')
  assert.equal(authorization?.form.get('resource'), server.url)
  assert.ok(authorization.form.has('code_verifier'))
})

test('an agent\'s own Authorization never reaches the server, with a login or without', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  await echo(world)
  await login(world)
  assert.ok(worked(await echo(world, { 'x-api-key': keys.alice, authorization: `Bearer ${keys.alice}`, 'proxy-authorization': `Bearer ${keys.alice}` })))
  for (const { authorization, body } of server.seen) {
    assert.ok(!`${authorization ?? ''} ${body}`.includes(keys.alice))
    if (authorization !== null) assert.ok(server.secrets.includes(authorization.replace('Bearer ', '')), authorization)
  }
})

test('tokens, codes and refresh tokens are in no log, no audit record, no error, no status and no readable file', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  await login(world)
  await echo(world)
  server.knobs.refusesRefresh = true
  server.forgetTokens()
  const refused = await echo(world)
  const status = await (await world.admin('/status')).text()
  await world.close()
  const sealed = readdirSync(join(world.folder, 'data', 'logins')).map(file => readFileSync(join(world.folder, 'data', 'logins', file), 'latin1')).join('')
  assertSecretFree(server, everythingWritten(world), refused.text, status, sealed)
})

test('a login survives a restart, and is of no use to another server under the same name', async t => {
  const server = await protectedMcp(t)
  const folder = scratchFolder(t, 'login')
  const first = await worldWith(t, server, undefined, { folder })
  await login(first)
  assert.ok(worked(await echo(first)))
  await first.close()
  const second = await worldWith(t, server, undefined, { folder })
  assert.ok(worked(await echo(second)))
  await second.close()
  const other = await protectedMcp(t)
  const third = await worldWith(t, other, undefined, { folder })
  assert.match((await echo(third)).text, /needs a login/)
  assert.deepEqual(other.seen.filter(({ authorization }) => authorization !== null), [])
})

test('a token that ended is renewed behind the caller\'s back, once for all who wait', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  await login(world)
  const session = await openSession(world)
  assert.ok(worked(await rpc(world, call('home__echo', { a: 1 }), session)))
  server.forgetTokens()
  const answers = await Promise.all([1, 2, 3, 4].map(id => rpc(world, call('home__echo', { a: 1 }, id), session)))
  assert.ok(answers.every(worked), answers.map(({ text }) => text).join('\n'))
  assert.equal(tokenRequests(server, 'refresh_token'), 1)
})

test('a refused renewal ends the login; the next call says what to do', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  await login(world)
  assert.ok(worked(await echo(world)))
  server.forgetTokens()
  server.knobs.refusesRefresh = true
  assert.match((await echo(world)).text, /servers login home/)
  await echo(world)
  assert.equal(tokenRequests(server, 'refresh_token'), 1, 'what was refused is not tried again')
  assert.equal((await login(world)).status, 200)
  assert.ok(worked(await echo(world)))
})

test('a state is good once, for a while, and nobody can make one up', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  const started = await begin(world)
  const callback = (await fetch(started.url, { redirect: 'manual' })).headers.get('location') ?? ''
  assert.equal((await fetch(callback)).status, 200)
  const again = await fetch(callback)
  assert.equal(again.status, 400)
  assert.match(await again.text(), /used already/)
  assert.equal(tokenRequests(server, 'authorization_code'), 1)
  const invented = await fetch(`${world.gateway.adminUrl}/oauth/callback?state=guess&code=x`)
  assert.equal(invented.status, 400)
  const older = await begin(world)
  const newer = await begin(world)
  assert.equal((await fetch(older.url)).status, 400, 'a newer login replaces an older one')
  assert.equal((await fetch(newer.url)).status, 200)
})

test('nothing but the callback works without the admin key', async t => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  for (const method of ['GET', 'POST']) {
    const answer = await fetch(`${world.gateway.adminUrl}/servers/home/login`, { method, headers: { authorization: `Bearer ${keys.alice}` } })
    assert.equal(answer.status, 401, method)
  }
  assert.equal((await begin(world, 'nobody')).status, 404)
})

test('a step up asks for what was held and what is missing, and stops when that does not help', async t => {
  const server = await protectedMcp(t)
  Object.assign(server.knobs, { scope: 'mcp:read', callScope: 'mcp:write' })
  const world = await worldWith(t, server)
  await login(world)
  assert.match((await echo(world)).text, /with more rights.*servers login home/)
  const started = await begin(world)
  assert.deepEqual(new URL(started.url).searchParams.get('scope')?.split(' ').sort(), ['mcp:read', 'mcp:write'])
  assert.equal((await fetch(started.url)).status, 200)
  assert.ok(worked(await echo(world)))
  // The authorization server now grants less than is asked for.
  server.knobs.callScope = 'mcp:write mcp:never'
  assert.match((await echo(world)).text, /with more rights/)
  await login(world)
  const stuck = await echo(world)
  assert.match(stuck.text, /asked for already/)
  assert.doesNotMatch(stuck.text, /servers login/)
  assert.equal((await stateOf(world)).state, 'insufficient')
})

/** Each is refused before or after the browser, with a reason, and never gets a token. */
const refusals: readonly (readonly [string, (server: ProtectedMcp) => void, RegExp])[] = [
  ['metadata of another resource', ({ knobs }) => { knobs.resource = 'https://evil.example/mcp' }, /of another resource/],
  ['an authorization server without PKCE', ({ knobs }) => { knobs.metadata = { code_challenge_methods_supported: undefined } }, /PKCE/],
  ['an issuer that is another one', ({ knobs }) => { knobs.metadata = { issuer: 'https://evil.example' } }, /issuer/],
  ['a token endpoint without TLS', ({ knobs }) => { knobs.metadata = { token_endpoint: 'http://token.example/token' } }, /neither https nor loopback/],
  ['a token endpoint in the network behind', ({ knobs }) => { knobs.metadata = { token_endpoint: 'https://169.254.169.254/token' } }, /169\.254\.169\.254/],
  ['metadata that is elsewhere', ({ knobs }) => { knobs.redirectTo = 'http://127.0.0.1:9/elsewhere' }, /authorization server/],
  ['no registration', ({ knobs }) => { knobs.registers = false }, /oauth\.client_id/],
  ['an answer of another issuer', ({ knobs }) => { knobs.iss = 'https://evil.example' }, /issuer/],
  ['an answer without the issuer that was promised', ({ knobs }) => { knobs.iss = null }, /issuer/],
]
for (const [what, prepare, expected] of refusals) {
  test(`${what} ends the login`, async t => {
    const server = await protectedMcp(t)
    prepare(server)
    const world = await worldWith(t, server)
    const started = await begin(world)
    const text = started.status === 200 ? await (await fetch(started.url)).text() : started.text
    assert.match(text, expected)
    assert.equal((await stateOf(world)).since, null)
    assert.equal(server.secrets.filter(secret => secret.startsWith('access')).length, 0)
  })
}

test('client credentials need no human, and keep their secret out of everything', async t => {
  const server = await protectedMcp(t)
  server.knobs.scope = 'mcp:read'
  const folder = scratchFolder(t, 'client-credentials')
  const world = await worldWith(t, server, { grant: 'client_credentials', client_id: 'gateway', client_secret: { env: 'CLOUD_KEY' } }, { folder })
  assert.ok(worked(await echo(world)))
  const request = server.seen.find(({ path }) => path === '/token')
  assert.deepEqual([request?.form.get('grant_type'), request?.form.get('scope'), request?.form.get('resource')], ['client_credentials', 'mcp:read', server.url])
  assert.equal((await begin(world)).status, 404)
  server.forgetTokens()
  assert.ok(worked(await echo(world)))
  assert.ok(!everythingWritten(world).includes('cloud-secret'))
  assertSecretFree(server, everythingWritten(world))
})

test('a server with a header of the operator\'s own is never asked to log in', async t => {
  const server = await protectedMcp(t)
  const world = await startWorld(t, { mcpServers: { home: { url: server.url, headers: { authorization: { env: 'CLOUD_KEY' } } } } })
  assert.match((await echo(world)).text, /HTTP status 401/)
  assert.equal((await begin(world)).status, 404)
})

test('the command shows the address, waits for the browser and says that it is connected', async (t: TestContext) => {
  const server = await protectedMcp(t)
  const world = await worldWith(t, server)
  const child = await startChild({
    command: process.execPath, args: [join(import.meta.dirname, '../../gateway/main.ts'), 'servers', 'login', 'home', '--config', world.configFile, '--admin', world.gateway.adminUrl],
    cwd: world.folder, env: { PATH: process.env['PATH'] ?? '', HOME: world.folder, CLOUD_KEY: 'cloud-secret' },
  })
  t.after(() => child.stop())
  const address = await child.line(line => line.trim().startsWith(server.origin) ? line.trim() : undefined)
  assert.equal((await fetch(address)).status, 200)
  assert.match(await child.line(line => line.startsWith('Connected') ? line : undefined), /Connected: home/)
  assert.ok(worked(await echo(world)))
})
