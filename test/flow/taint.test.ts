// Labels: who puts them on, where they follow text and sub-agents, and how they come off again.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findOpa } from '../../policies/toolchain/find-opa.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { auditRecordSchema } from '../../gateway/audit/record.ts'
import { openSession, rpc } from './mcp-client.ts'
import { chat, keys, message, startWorld, type World } from './setup.ts'
import { lastLabels, note, page, startTaintWorld, table, takeOff, use } from './taint-world.ts'

const chatPath = '/v1/chat/completions'
const quoted = `Summarise this:\n> ${note.slice(9).toUpperCase().replaceAll(' ', '\n> ')}`

/** One model call in a session of alice's; its status. */
const say = async (world: World, session: string, text: string, headers: Readonly<Record<string, string>> = {}, model = 'auto'): Promise<number> => {
  const response = await world.post(chatPath, chat(text, { model }), { 'x-portcullis-session': session, ...headers })
  await response.text()
  return response.status
}

/** After it nothing but text remembers what was read: neither the agent nor new sessions hold anything. */
const forgotten = async (world: World): Promise<void> => { assert.equal((await takeOff(world, 'unrelated', ['crm', 'untrusted', 'hr', 'pii', 'secret'])).status, 200) }

test('server, tool, resource and the hints of a server put labels on what comes of them', async t => {
  const world = await startTaintWorld(t)
  const seen = async (session: string, work: () => Promise<unknown>): Promise<string> => {
    await work()
    await say(world, session, 'and now?')
    const labels = lastLabels(world)
    await takeOff(world, session, ['crm', 'untrusted', 'hr'])
    return labels
  }
  assert.equal(await seen('a', () => use(world, 'a', 'crm__find')), 'confidential crm')
  assert.equal(await seen('b', () => use(world, 'b', 'crm__mail')), 'confidential crm untrusted')
  assert.equal(await seen('c', () => use(world, 'c', 'web__fetch')), 'public untrusted')
  assert.equal(await seen('d', () => use(world, 'd', 'web__look')), 'public')
  const read = async (session: string, uri: string): Promise<unknown> =>
    rpc(world, { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } }, await openSession(world, { authorization: `Bearer ${keys.alice}`, 'x-portcullis-session': session }))
  assert.equal(await seen('e', () => read('e', 'file:///hr/pay')), 'restricted crm hr')
  assert.equal(await seen('f', () => read('f', 'file:///pub/menu')), 'confidential crm')
})

test('what a source returned is known again in another session, quoted, in both model dialects, in arguments and in results', async t => {
  const world = await startTaintWorld(t)
  assert.equal(await use(world, 'one', 'crm__find'), note)
  await forgotten(world)
  await say(world, 'two', 'What is the weather like at the harbour of the second week of April?')
  assert.equal(lastLabels(world), 'public')
  await say(world, 'two', quoted)
  assert.equal(lastLabels(world), 'confidential crm')
  await say(world, 'two', 'What do you think?')
  assert.equal(lastLabels(world), 'confidential crm', 'and then it sticks to that session, too')
  await forgotten(world)
  const response = await world.post('/v1/messages', message(JSON.stringify({ quoted })), { 'x-portcullis-session': 'three' })
  assert.equal(response.status, 200, await response.text())
  assert.equal(lastLabels(world), 'confidential crm')
  await forgotten(world)
  assert.match(await use(world, 'four', 'post__send', { text: quoted }), /^sent/)
  assert.equal(lastLabels(world), 'confidential crm')
  await forgotten(world)
  const account = (JSON.parse(await use(world, 'five', 'crm__count')) as { account: string }).account
  await forgotten(world)
  await use(world, 'six', 'post__send', { to: account.toUpperCase() })
  assert.equal(lastLabels(world), 'confidential crm', 'a single value of an object')
})

test('what a source says on the way to its answer is known again, too', async t => {
  const world = await startTaintWorld(t)
  const session = await openSession(world, { authorization: `Bearer ${keys.alice}`, 'x-portcullis-session': 'one' })
  const { text } = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'crm__report', arguments: {}, _meta: { progressToken: 'p' } } }, session)
  assert.ok(text.includes(note), text)
  await forgotten(world)
  await say(world, 'two', quoted)
  assert.equal(lastLabels(world), 'confidential crm')
})

test('another key and another tenant share nothing, and unlabelled servers leave nothing', async t => {
  const world = await startTaintWorld(t)
  await use(world, 'one', 'crm__find')
  await use(world, 'one', 'web__look')
  await forgotten(world)
  await say(world, 'two', quoted, { authorization: `Bearer ${keys.root}` })
  assert.equal(lastLabels(world), 'public')
  await say(world, 'two', `We read that ${table}`)
  assert.equal(lastLabels(world), 'public')
})

test('a sub-agent in a session of its own begins with the labels of its parent, by root or by name', async t => {
  const world = await startTaintWorld(t)
  const root = { 'x-portcullis-root': 'job-7' }
  await use(world, 'parent', 'crm__find', {}, root)
  await forgotten(world)
  await say(world, 'stranger', 'begin')
  assert.equal(lastLabels(world), 'public')
  await say(world, 'child', 'begin', root)
  assert.equal(lastLabels(world), 'confidential crm')
  await forgotten(world)
  await say(world, 'child', 'go on')
  assert.equal(lastLabels(world), 'confidential crm', 'without the header, too')
  await forgotten(world)
  await say(world, 'named', 'begin', { 'x-portcullis-parent-session': 'parent' })
  assert.equal(lastLabels(world), 'confidential crm')
  await forgotten(world)
  await say(world, 'other', 'begin', { 'x-portcullis-parent-session': 'parent', authorization: `Bearer ${keys.root}` })
  assert.equal(lastLabels(world), 'public', 'the session of another key is nobody\'s parent')
})

test('what a sub-agent reads later is its own: its siblings began with what was known then', async t => {
  const world = await startTaintWorld(t)
  const root = { 'x-portcullis-root': 'job-8' }
  await say(world, 'first', 'begin', root)
  await say(world, 'second', 'begin', root)
  await use(world, 'first', 'crm__find', {}, root)
  await forgotten(world)
  await say(world, 'second', 'go on', root)
  assert.equal(lastLabels(world), 'public')
  await say(world, 'third', 'begin', root)
  assert.equal(lastLabels(world), 'confidential crm')
})

test('labels of a key are in each of its sessions', async t => {
  const world = await startTaintWorld(t, { adjust: config => ({ ...config, keys: (config['keys'] as { name: string }[]).map(key => key.name === 'alice' ? { ...key, labels: ['contractor'], sensitivity: 'internal' } : key) }) })
  await say(world, 'one', 'hello')
  assert.equal(lastLabels(world), 'internal contractor')
  await forgotten(world)
  await say(world, 'one', 'hello')
  assert.equal(lastLabels(world), 'internal contractor')
  await say(world, 'one', 'hello', { authorization: `Bearer ${keys.root}` })
  assert.equal(lastLabels(world), 'public')
})

test('an operator takes a label off with a reason on record; the history that is sent again does not put it back', async t => {
  const world = await startTaintWorld(t)
  await use(world, 'one', 'crm__find')
  const held = await (await world.admin('/labels?session=acme/alice/one')).json() as { session: { labels: string[] }; agent: { labels: string[] } }
  assert.deepEqual([held.session.labels, held.agent.labels], [['crm'], ['crm']])
  const removed = await takeOff(world, 'one', ['crm'])
  assert.deepEqual((await removed.json() as { session: unknown }).session, { labels: [], sensitivity: 'public' })
  await say(world, 'one', quoted)
  assert.equal(lastLabels(world), 'public')
  await say(world, 'two', quoted)
  assert.equal(lastLabels(world), 'confidential crm', 'in another session it is what it was')
  await forgotten(world)
  await use(world, 'one', 'crm__find')
  await say(world, 'one', quoted)
  assert.equal(lastLabels(world), 'confidential crm', 'what is read afterwards counts')
  const record = world.audit().map(line => auditRecordSchema.parse(line)).find(one => one.phase === 'declassified') ?? assert.fail()
  const { before, by, labels, lower_to: lowerTo, reason, session } = record
  assert.deepEqual({ before, by, labels, lowerTo, reason, session }, {
    session: 'acme/alice/one', labels: ['crm'], lowerTo: 'public', by: 'olga', reason: 'a test of what is left', before: { labels: ['crm'], sensitivity: 'confidential' },
  })
})

test('nothing but the admin key takes labels off, and what is asked wrongly is told with the remedy', async t => {
  const world = await startTaintWorld(t)
  await use(world, 'one', 'crm__find')
  const body = (changes: object): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session: 'acme/alice/one', labels: ['crm'], by: 'x', reason: 'y', ...changes }) })
  const asAgent = await fetch(`${world.gateway.adminUrl}/labels/removal`, { ...body({}), headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` } })
  assert.equal(asAgent.status, 401)
  for (const path of ['/labels/removal', '/labels']) assert.equal((await world.post(path, {})).status, 404, path)
  for (const [changes, status, says] of [
    [{ reason: ' ' }, 400, /reason/], [{ by: '' }, 400, /by/], [{ labels: [] }, 400, /labels or lower_to/], [{ lower_to: 'none' }, 400, /lower_to/], [{ more: 1 }, 400, /more/],
    [{ session: 'acme/nobody/one' }, 404, /no session of a configured key/], [{ session: 'other/alice/one' }, 404, /no session/], [{ session: 'acme/alice' }, 404, /no session/],
  ] as const) {
    const refused = await world.admin('/labels/removal', body(changes))
    assert.equal(refused.status, status, JSON.stringify(changes))
    assert.match(await refused.text(), says)
  }
  assert.equal((await world.admin('/labels')).status, 400)
  await say(world, 'one', 'and now?')
  assert.equal(lastLabels(world), 'confidential crm')
  assert.equal(world.audit().filter(one => one.phase === 'declassified').length, 0)
})

test('the commands show what is held and take it off', async t => {
  const world = await startTaintWorld(t)
  await use(world, 'one', 'crm__find')
  const run = async (...words: string[]): Promise<{ code: number; text: string }> => {
    const entry = resolve(import.meta.dirname, '../../gateway/main.ts')
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [entry, 'labels', ...words, '--config', world.configFile, '--admin', world.gateway.adminUrl], { env: { ...process.env, CLOUD_KEY: 'x' } })
      return { code: 0, text: stdout }
    } catch (thrown) {
      const { code, stderr } = thrown as { code: number; stderr: string }
      return { code, text: stderr }
    }
  }
  const shown = await run('show', '--session', 'acme/alice/one')
  assert.match(shown.text, /^session\s+confidential\s+crm\nagent\s+confidential\s+crm\n$/)
  for (const [words, says] of [
    [['show'], /no session is named/], [['approve-removal', '--session', 'acme/alice/one', '--label', 'crm'], /--reason/], [['approve-removal', '--session', 'acme/alice/one', '--reason', 'x'], /--label/],
    [['approve-removal', '--session', 'acme/alice/one', '--sensitivity', 'none', '--reason', 'x'], /must be one of/],
  ] as const) assert.match((await run(...words)).text, says)
  const unknown = await run('show', '--session', 'acme/nobody/one')
  assert.ok(unknown.code === 1 && /no session of a configured key/.test(unknown.text), unknown.text)
  const removed = await run('approve-removal', '--session', 'acme/alice/one', '--label', 'crm', '--sensitivity', 'public', '--reason', 'the note is public now', '--yes')
  assert.equal(removed.code, 0, removed.text)
  assert.match(removed.text, /session\s+public\s*\nagent\s+public\s*\n$/)
  await say(world, 'one', 'and now?')
  assert.equal(lastLabels(world), 'public')
})

test('neither texts nor values of labelled sources are written down', async t => {
  const world = await startTaintWorld(t)
  await use(world, 'one', 'crm__find')
  await say(world, 'two', quoted)
  const files = readdirSync(join(world.folder, 'data'), { recursive: true, withFileTypes: true }).filter(one => one.isFile()).map(one => readFileSync(join(one.parentPath, one.name), 'latin1'))
  assert.doesNotMatch([...world.log, await world.metrics(), ...files].join('\n'), /Quill|QUILL|second week of April/)
})

const opa = await findOpa(process.env)
const skip = opa === null ? 'opa is not on this machine (npm run policy obtains it)' : false

const ownPolicy = `package portcullis.tenant.acme.watch

deny contains {"rule": "origin", "message": concat(" ", ["it comes from", origin])} if {
	input.action.kind == "model.call"
	some origin in input.data.origins
}

duties contains {"label": [{"label": "leaver", "outlasts_s": 86400, "of": "subject"}]} if {
	input.action.kind == "tool.call"
	input.args.mark == true
}
`

test('policy sees where text comes from, and lets a label stick to the subject over sessions, keys and restarts', { skip }, async t => {
  const folder = scratchFolder(t, 'watch')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules/watch.rego'), ownPolicy)
  const options = {
    folder, config: { policy: { rego: ['./rules'] } },
    adjust: (config: Readonly<Record<string, unknown>>) => ({ ...config, keys: (config['keys'] as { name: string; subject: object }[]).map(key => key.name === 'root' ? { ...key, subject: { ...key.subject, id: 'alice' } } : key) }),
  }
  const world = await startTaintWorld(t, options)
  await use(world, 'one', 'crm__find')
  await forgotten(world)
  const refused = await world.post(chatPath, chat(quoted), { 'x-portcullis-session': 'two' })
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /it comes from crm\/find/)
  await use(world, 'one', 'post__send', { mark: true })
  await say(world, 'three', 'hello', { authorization: `Bearer ${keys.root}` })
  assert.equal(lastLabels(world), 'public leaver')
  await world.close()
  const again = await startTaintWorld(t, options)
  await say(again, 'four', 'hello', { authorization: `Bearer ${keys.root}` })
  assert.equal(lastLabels(again), 'public leaver')
  assert.equal((await takeOff(again, 'four', ['leaver'])).status, 200)
  await say(again, 'five', 'hello', { authorization: `Bearer ${keys.root}` })
  assert.equal(lastLabels(again), 'public')
})

const settings = (more: object): object => ({ policy: { settings: more } })

test('the trifecta: the third leg is refused, the reason names both others, and each two of them pass', async t => {
  const world = await startTaintWorld(t, { config: { ...settings({ trifecta: { mode: 'deny', outward: ['post/*'] } }) } })
  assert.match(await use(world, 'one', 'post__send', { n: 1 }), /^sent/)
  assert.equal(await use(world, 'one', 'crm__find'), note)
  assert.match(await use(world, 'one', 'post__send', { n: 2 }), /^sent/)
  assert.equal(await use(world, 'one', 'web__fetch'), page, 'what has not been seen cannot have asked for anything')
  for (const name of ['post__send', 'web__fetch']) {
    assert.match(await use(world, 'one', name, { n: 3 }), /lethal_trifecta\.third_leg.*private data \(confidential\).*untrusted content \(untrusted\)|private data \(confidential\).*lethal_trifecta\.third_leg/s, name)
  }
  assert.equal(await use(world, 'one', 'web__look'), table, 'what cannot send anything out is free')
  assert.match(await use(world, 'new', 'post__send', { n: 4 }), /third_leg/, 'a new session does not wash it off')
})

test('the trifecta can ask for approval, and keeps the session off foreign models where settings say so', async t => {
  const world = await startTaintWorld(t, { config: { ...settings({ trifecta: { mode: 'approve', outward: ['post/*'], models: true, approvers: ['security'] } }) } })
  await use(world, 'one', 'crm__mail')
  assert.match(await use(world, 'one', 'post__send'), /"lethal-trifecta"/)
  assert.equal(await say(world, 'one', 'hello'), 200)
  assert.deepEqual([world.cloud.requests.length, world.local.requests.length], [0, 1])
})

test('sticky: a labelled session keeps to local models, and where there is none it is told so and nothing leaves', async t => {
  const world = await startTaintWorld(t, { config: { ...settings({ sticky_local: { labels: ['crm'] } }) } })
  assert.equal(await say(world, 'one', 'hello', {}, 'cloud-only'), 200)
  await use(world, 'one', 'crm__find')
  const before = world.cloud.requests.length
  for (let turn = 0; turn < 3; turn += 1) assert.equal(await say(world, 'one', `turn ${turn}`), 200)
  assert.equal(world.local.requests.length, 3)
  const refused = await world.post(chatPath, chat('hello', { model: 'cloud-only' }), { 'x-portcullis-session': 'one' })
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /holds crm and keeps to local models/)
  await forgotten(world)
  assert.equal(await say(world, 'two', quoted, {}, 'cloud-only'), 403, 'a quote is enough')
  assert.equal(world.cloud.requests.length, before)
})

test('a sticky session whose local model is down gets an error, not a cloud', async t => {
  const world = await startWorld(t, { local: { reply: () => ({ kind: 'error', error: { status: 503, message: 'down' } }) }, config: { ...settings({ sticky_local: { labels: ['secret'] } }) } })
  const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
  assert.notEqual(await say(world, 'one', `My key is ${secret}.`), 200)
  assert.notEqual(await say(world, 'one', 'and now?'), 200)
  assert.equal(world.cloud.requests.length, 0)
})
