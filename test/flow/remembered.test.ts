// What data protection remembers holds after a restart and at another gateway: labels that travel with text, with user requests and their sub-agents,
// and calls that a model asked for.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp, textResult, type FakeTool } from '../support/fake-mcp-server.ts'
import { noRedis, startRedis, type RedisServer } from '../support/redis-server.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { openSession, rpc } from './mcp-client.ts'
import { chat, keys, startWorld, type World, type WorldOptions } from './setup.ts'
import { lastLabels, note, startTaintWorld, takeOff, use } from './taint-world.ts'

const chatPath = '/v1/chat/completions'
const quoted = `Summarise this:\n> ${note.slice(9).toUpperCase().replaceAll(' ', '\n> ')}`
const args = { text: 'three pumps', deep: { b: [1, 2.5, null], a: true } }
const refused = /model_requested\.no_model_request/

const say = async (world: World, session: string, text: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const response = await world.post(chatPath, chat(text), { 'x-portcullis-session': session, ...more })
  await response.text()
  return response.status === 200 ? lastLabels(world) : String(response.status)
}

/** After it nothing but texts and roots remembers what was read. */
const forgotten = async (world: World): Promise<void> => { assert.equal((await takeOff(world, 'unrelated', ['crm', 'pii', 'untrusted'])).status, 200) }

const asking: WorldOptions = {
  mcpServers: { web: { ...fakeMcpCommand(), era: 'legacy' } }, config: { policy: { settings: { tools: { require_model_request: ['web/*'] }, access: [{ groups: ['engineering'], tools: ['*'] }] } } },
  cloud: { reply: () => ({ kind: 'answer', toolCalls: [{ name: 'web__echo', args: { ...args, to: '[EMAIL_1]' } }] }) },
}
const toolsOfEcho = [{ type: 'function', function: { name: 'web__echo', parameters: { type: 'object' } } }]

const byHand = async (world: World, given: unknown): Promise<string> => {
  const session = await openSession(world, { authorization: `Bearer ${keys.alice}` })
  return (await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__echo', arguments: given } }, session)).text
}

const wants = async (world: World): Promise<void> => {
  const response = await world.post(chatPath, chat('Write to anna.muster@example.com.', { model: 'cloud-only', tools: toolsOfEcho }), { 'x-portcullis-session': 'asked-here' })
  assert.equal(response.status, 200, await response.text())
}

const restored = { ...args, to: 'anna.muster@example.com' }

test('after a restart texts, requests and what was taken off are what they were', async t => {
  const folder = scratchFolder(t, 'remembered')
  const before = await startTaintWorld(t, { folder })
  await use(before, 'one', 'crm__find', {}, { 'x-portcullis-root': 'job-1' })
  await takeOff(before, 'spared', ['crm'])
  await forgotten(before)
  await before.close()
  const world = await startTaintWorld(t, { folder })
  assert.equal(await say(world, 'two', 'What is the weather like at the harbour?'), 'public')
  assert.equal(await say(world, 'spared', quoted), 'public', 'an operator took it off this session')
  assert.equal(await say(world, 'two', quoted), 'confidential crm')
  await forgotten(world)
  assert.equal(await say(world, 'child', 'begin', { 'x-portcullis-root': 'job-1' }), 'confidential crm')
})

const filler = 'The minutes of the meeting say at some length what everybody knew before, and nothing that anyone would have to keep from anybody else. '.repeat(20)
const request = 'Would you please write to anna.muster@example.com that the inspection of the north hall was put off until the first week of May because the crane is away'
/** Labels of this one were found by a detector, and follow it to where nothing is found any more. */
const partOfRequest = request.slice(request.indexOf('that the'))

/** Long enough that its messages are known again when it is sent again. */
const conversation = (...texts: readonly string[]): Record<string, unknown> =>
  chat('', { messages: [...texts, ...Array.from({ length: 7 }, (_, at) => `${at}. ${filler}`)].map((content, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content })) })

const converse = async (world: World, session: string, ...texts: readonly string[]): Promise<string> => {
  const body = conversation(...texts)
  assert.ok(JSON.stringify(body).length > 16 * 1024)
  const response = await world.post(chatPath, body, { 'x-portcullis-session': session })
  assert.equal(response.status, 200, await response.text())
  return lastLabels(world)
}

const forgetVault = async (world: World, session: string): Promise<void> => {
  const gone = await world.admin('/vault/forget', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session: `acme/alice/${session}`, by: 'olga', reason: 'a test' }) })
  assert.equal(gone.status, 200, await gone.text())
}

test('a conversation that is sent again carries after a restart what it carried, until each session that sent it is forgotten', async t => {
  const folder = scratchFolder(t, 'resent')
  const before = await startTaintWorld(t, { folder })
  assert.equal(await converse(before, 'plain', partOfRequest), 'public')
  await use(before, 'one', 'crm__find')
  for (const session of ['two', 'two', 'three']) await converse(before, session, request, quoted)
  await forgotten(before)
  await before.close()
  const world = await startTaintWorld(t, { folder })
  assert.equal(await converse(world, 'plain-2', 'Nothing at all.'), 'public')
  for (const session of ['four', 'five']) {
    assert.equal(await converse(world, session, 'Nothing.', quoted), 'confidential crm')
    await forgotten(world)
  }
  for (const [session, expected] of [[null, 'internal pii'], ['two', 'internal pii'], ['three', 'public']] as const) {
    if (session !== null) await forgetVault(world, session)
    await forgotten(world)
    assert.equal(await converse(world, `after-${session}`, partOfRequest), expected)
  }
})

test('after a restart a call that a model asked for is one, restored and in the session of its model', async t => {
  const folder = scratchFolder(t, 'asked')
  const before = await startWorld(t, { ...asking, folder })
  await wants(before)
  await before.close()
  const world = await startWorld(t, { ...asking, folder })
  assert.match(await byHand(world, restored), /"result"/, 'it is the first call after the start')
  assert.equal(world.outcomes().at(-1)?.['session'], 'acme/alice/asked-here')
  assert.match(await byHand(world, { ...restored, text: 'four pumps' }), refused)
})

const vault = Buffer.alloc(32, 7).toString('base64')

const onRedis = (t: CleansUp, { url }: RedisServer): WorldOptions => {
  const folder = scratchFolder(t)
  writeFileSync(join(folder, 'vault'), vault, { mode: 0o600 })
  return { folder, config: { state: { vault_key: { file: './vault' }, redis: { url, timeout_ms: 1000 } } } }
}

const ownRedis = async (t: CleansUp): Promise<RedisServer> => {
  const redis = await startRedis({ folder: scratchFolder(t) })
  t.after(() => redis.close())
  return redis
}

test('another gateway of the same Redis knows texts and requests at once, and what was forgotten no more', { skip: noRedis }, async t => {
  const redis = await ownRedis(t)
  const [one, other] = [await startTaintWorld(t, onRedis(t, redis)), await startTaintWorld(t, onRedis(t, redis))]
  assert.equal(await say(other, 'early', quoted), 'public')
  await use(one, 'one', 'crm__find', {}, { 'x-portcullis-root': 'job-2' })
  await forgotten(one)
  assert.equal(await say(other, 'two', quoted), 'confidential crm')
  await forgotten(one)
  assert.equal(await say(other, 'child', 'begin', { 'x-portcullis-root': 'job-2' }), 'confidential crm')
  await forgotten(one)
  const gone = await one.admin('/vault/forget', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session: 'acme/alice/one', by: 'olga', reason: 'a test' }) })
  assert.deepEqual(await gone.json(), { session: 'acme/alice/one', forgotten: true })
  assert.equal(await say(other, 'three', quoted), 'public')
})

test('a conversation that is sent again at another gateway carries what was learnt meanwhile, until it is forgotten', { skip: noRedis }, async t => {
  const redis = await ownRedis(t)
  const [one, other] = [await startTaintWorld(t, onRedis(t, redis)), await startTaintWorld(t, onRedis(t, redis))]
  for (const session of ['early', 'early', 'earlier']) assert.equal(await converse(other, session, partOfRequest, quoted), 'public')
  await use(one, 'one', 'crm__find')
  for (const session of ['two', 'two', 'three']) await converse(one, session, request)
  await forgotten(one)
  assert.equal(await converse(other, 'four', partOfRequest, quoted), 'confidential crm pii')
  await forgotten(one)
  for (const [session, expected] of [['one', 'internal pii'], ['two', 'internal pii'], ['three', 'public']] as const) {
    await forgetVault(one, session)
    await forgotten(one)
    assert.equal(await converse(other, `after-${session}`, partOfRequest, quoted), expected)
  }
})

test('a call that a model asked for at one gateway is carried out through another', { skip: noRedis }, async t => {
  const redis = await ownRedis(t)
  const merged = (): WorldOptions => {
    const { config, folder } = onRedis(t, redis)
    return { ...asking, ...folder === undefined ? {} : { folder }, config: { ...asking.config, ...config } }
  }
  const [one, other] = [await startWorld(t, merged()), await startWorld(t, merged())]
  assert.match(await byHand(other, restored), refused)
  await wants(one)
  await eventually(async () => /"result"/.test(await byHand(other, restored)))
  assert.equal(other.outcomes().at(-1)?.['session'], 'acme/alice/asked-here')
})

test('where a text could not be kept because Redis went away it does not leave, although its session has the label', { skip: noRedis }, async t => {
  const redis = await ownRedis(t)
  let dies = false
  const tool: FakeTool = {
    definition: JSON.stringify({ name: 'find', description: 'find', inputSchema: { type: 'object' } }),
    run: async () => {
      if (!dies) return textResult('Nothing that is long.')
      await redis.kill()
      return textResult(note)
    },
  }
  const crm = await startFakeMcpHttp({ era: 'legacy', tools: new Map([['find', tool]]) })
  t.after(() => crm.close())
  const world = await startWorld(t, { ...onRedis(t, redis), mcpServers: { crm: { url: crm.url, labels: ['crm'], sensitivity: 'confidential', trust: 'confidential' } } })
  assert.match(await use(world, 'one', 'crm__find'), /Nothing/)
  dies = true
  const said = await use(world, 'one', 'crm__find')
  assert.ok(!said.includes('Quill'), said)
  assert.equal(world.outcomes().at(-1)?.['failure'], 'state.unavailable')
})
