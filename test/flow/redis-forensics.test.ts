// Whoever gets hold of the Redis, or reads what is sent to it: no value, no word and no id of what passed is in it, in no form that software gives
// to a text; and of a session that was forgotten nothing is left but what says that it was there.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { startFakeMcpHttp, textResult, type FakeTool } from '../support/fake-mcp-server.ts'
import { noRedis, startRedis, type RedisServer } from '../support/redis-server.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { answered, carried, foundIn, named, said } from './canaries.ts'
import { maximalRequests } from './maximal-requests.ts'
import { openSession, rpc } from './mcp-client.ts'
import { adjustEntry, chat, keys, startWorld, type World } from './setup.ts'

/** How a value of each type is read as a whole. */
const readers: Readonly<Record<string, readonly string[]>> = {
  string: ['GET'], hash: ['HGETALL'], list: ['LRANGE', '0', '-1'], set: ['SMEMBERS'], zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
}

const dump = async (redis: RedisServer): Promise<ReadonlyMap<string, readonly string[]>> => {
  const all = new Map<string, readonly string[]>()
  for (const name of (await redis.ask('KEYS', '*') as string[]).sort()) {
    const type = String(await redis.ask('TYPE', name))
    if (type === 'none') continue
    const [command, ...more] = readers[type] ?? assert.fail(`nobody reads a ${type}`)
    const value = await redis.ask(command ?? '', name, ...more)
    all.set(name, Array.isArray(value) ? value.flat().map(String) : [String(value)])
  }
  return all
}

/** Everything that is sent to the server from now on. */
const overheard = async (t: TestContext, { url }: RedisServer): Promise<string[]> => {
  const client = new Redis(url)
  t.after(() => { client.disconnect() })
  const monitor = await client.monitor()
  t.after(() => { monitor.disconnect() })
  const lines: string[] = []
  monitor.on('monitor', (_time: string, args: readonly string[]) => { lines.push(args.join('\n')) })
  return lines
}

assert.equal(foundIn(said.text).length > 0, true, 'what is looked for would be found')

const clean = (where: string, text: string): void => { assert.deepEqual(foundIn(text), [], where) }

const telling: FakeTool = {
  definition: JSON.stringify({ name: 'find', description: 'Finds.', inputSchema: { type: 'object' } }),
  run: ({ args }) => textResult(`${answered.text} wrote to ${JSON.stringify(args)} that the delivery of the new pumps be moved to the second week of April because of the strike at the harbour.`),
}

const startStand = async (t: TestContext): Promise<{ world: World; redis: RedisServer; sent: string[] }> => {
  const redis = await startRedis({ folder: scratchFolder(t) })
  t.after(() => redis.close())
  const sent = await overheard(t, redis)
  const crm = await startFakeMcpHttp({ era: 'legacy', tools: new Map([['find', telling]]), resources: [JSON.stringify({ uri: `note://${named.values[0] ?? ''}`, name: 'note' })] })
  t.after(() => crm.close())
  const folder = scratchFolder(t, 'forensics')
  writeFileSync(join(folder, 'vault'), Buffer.alloc(32, 9).toString('base64'), { mode: 0o600 })
  const trusted = (config: Readonly<Record<string, unknown>>): Record<string, unknown> => ['cloud', 'cloud-anthropic'].reduce((sofar: Record<string, unknown>, id) => adjustEntry('providers', id, { trust: 'restricted' })(sofar), { ...config })
  const world = await startWorld(t, {
    folder, adjust: trusted, mcpServers: { crm: { url: crm.url, labels: ['crm'], sensitivity: 'confidential', trust: 'restricted' } },
    config: {
      state: { vault_key: { file: './vault' }, redis: { url: redis.url, timeout_ms: 2000 } },
      policy: { settings: { data: { secrets: 'allow', hash: ['phone'], unless_local: false } } },
      budgets: [{ name: 'all', limit_usd: 100, window: 'day' }],
    },
    cloud: { reply: ({ asked }) => ({ kind: 'answer', text: `${answered.text} ${asked?.userText ?? ''}`, toolCalls: asked?.tools.length === 0 ? [] : [{ name: 'crm__find', args: { to: answered.text } }], deltaChars: 7 }) },
  })
  return { world, redis, sent }
}

test('nothing that passed is in Redis, nor in anything that was ever sent to it', { skip: noRedis }, async t => {
  const { redis, sent, world } = await startStand(t)
  const [email = ''] = carried.values
  const headers = { 'x-portcullis-session': email, 'x-portcullis-root': email, 'user-agent': carried.text, 'x-portcullis-parent-session': carried.values[1] ?? '' }
  for (const { body, path } of maximalRequests(said.text)) {
    const response = await world.post(path, body, headers)
    assert.equal(response.status, 200, `${path}: ${await response.text()}`)
  }
  const session = await openSession(world, headers)
  for (const method of ['crm__find', named.text]) await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: method, arguments: { to: said.text, [said.text]: said.text }, _meta: { 'claudecode/toolUseId': named.text } } }, session)
  await rpc(world, { jsonrpc: '2.0', id: 2, method: 'resources/read', params: { uri: `note://${named.values[0] ?? ''}` } }, session)
  // A history that is sent again, and a quote of what the labelled server said.
  for (let turn = 0; turn < 3; turn += 1) await (await world.post('/v1/chat/completions', chat(`${answered.text} wrote that the delivery of the new pumps be moved to the second week of April. ${said.text}`), headers)).text()
  await eventually(async () => [...(await dump(redis)).keys()].some(name => name.endsWith(':n:u:call')))
  await world.close()
  const all = await dump(redis)
  const kinds = new Set([...all.keys()].map(name => name.replace(/^portcullis:\{[^}]*\}:/, '').replace(/:.*$/, '')))
  for (const kind of ['s', 'v', 'l', 'n', 'key', 'keys', 'a']) assert.ok(kinds.has(kind), `there is something of each kind: ${[...kinds].join(' ')}`)
  for (const kind of ['text', 'call', 'root']) assert.ok(all.has(`portcullis:{acme/alice}:n:u:${kind}`), kind)
  for (const [name, values] of all) clean(name, [name, ...values].join('\n'))
  assert.ok(sent.length > 100 && sent.some(line => line.includes('EMAIL_1')), `${sent.length}`)
  for (const line of sent) clean('on its way', line)
  // What is long enough to be something of a text is sealed: it differs although the same was kept.
  const sealed = [...all].filter(([name]) => /:v:|:n:r$/.test(name)).flatMap(([, values]) => values.flatMap(value => value.split(' ').slice(-1))).filter(word => word.length > 40)
  assert.ok(sealed.length > 10, `${sealed.length}`)
  assert.equal(new Set(sealed).size, sealed.length)
})

/** What of a session's own hash stays, and why: it is how long it lives, what it is charged, and what it has read. */
const staysOfSession = /^(s|u|c|m|g|n|l:[a-z-]+)$/

test('after vault forget nothing is left of a session but its times, counters and labels, and a keyed mark for other gateways', { skip: noRedis }, async t => {
  const { redis, world } = await startStand(t)
  const headers = { 'x-portcullis-session': 'forensic', authorization: `Bearer ${keys.root}` }
  for (const { body, path } of maximalRequests(said.text)) await (await world.post(path, body, headers)).text()
  await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'crm__find', arguments: { to: said.text } } }, await openSession(world, headers))
  const own = (all: ReadonlyMap<string, readonly string[]>): string[] => [...all.keys()].filter(name => name.startsWith('portcullis:{acme/root}:'))
  const at = 'portcullis:{acme/root}:'
  const before = await eventually(async () => {
    const all = await dump(redis)
    return all.has(`${at}n:u:call`) && all.has(`${at}n:u:root`) ? all : undefined
  })
  assert.ok(before.has(`${at}v:acme/root/forensic`) && before.has(`${at}n:u:text`))
  // What is written behind has arrived by then.
  await new Promise(resolve => { setTimeout(resolve, 500) })
  const answer = await world.admin('/vault/forget', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session: 'acme/root/forensic', by: 'olga', reason: 'a test' }) })
  assert.deepEqual(await answer.json(), { session: 'acme/root/forensic', forgotten: true })
  await new Promise(resolve => { setTimeout(resolve, 500) })
  const after = await dump(redis)
  // Session (times, counters, labels), labels of the agent, and of the notes: their number, and the one that says that a session was forgotten.
  assert.deepEqual(own(after), [`${at}l:acme/root/~root-agent`, `${at}n`, `${at}n:r`, `${at}n:s`, `${at}n:u:gone`, `${at}n:w`, `${at}s:acme/root/forensic`])
  const fields = (after.get(`${at}s:acme/root/forensic`) ?? []).filter((_, index) => index % 2 === 0)
  for (const field of fields) assert.match(field, staysOfSession)
  for (const name of ['n:r', 'n:s', 'n:u:gone', 'n:w']) {
    const entries = after.get(`${at}${name}`) ?? []
    assert.equal(entries.length, 2, `${name}: ${entries.join(' ')}`)
    assert.match(entries[0] ?? '', /^gone:[\w-]{11}$/)
  }
  assert.deepEqual(own(after).flatMap(name => after.get(name) ?? []).filter(value => value.length > 40), [], 'nothing is left that could hold a text')
  const elsewhere = [...after].filter(([name, values]) => !name.startsWith(at) && `${name} ${values.join(' ')}`.includes('forensic'))
  assert.deepEqual(elsewhere, [])
})
