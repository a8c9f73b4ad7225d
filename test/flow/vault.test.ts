// What operators do with vaults: forgetting what one session hid, and changing the key, with the commands of the command line.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { auditRecordSchema } from '../../gateway/audit/record.ts'
import { startChild } from '../support/child.ts'
import { chat, startWorld, type World } from './setup.ts'

const entry = join(import.meta.dirname, '../../gateway/main.ts')
const email = 'anna.muster@example.com'
const session = { 'x-portcullis-session': 'kept' }

const run = async (world: World, ...args: string[]): Promise<{ code: number | null; out: string }> => {
  const child = await startChild({
    command: process.execPath, args: [entry, ...args, '--config', world.configFile], cwd: world.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: world.folder, CLOUD_KEY: 'cloud-secret' },
  })
  const { code } = await child.exit
  return { code, out: child.stdout() + child.stderr() }
}

const quoting = { reply: () => ({ kind: 'answer' as const, text: 'You are [EMAIL_1].' }) }

const said = async (world: World, text: string): Promise<string> => (await world.post('/v1/chat/completions', chat(text, { model: 'cloud-only' }), session)).text()

const nameOf = (world: World): string => {
  const name = world.outcomes().at(-1)?.['session']
  assert.ok(typeof name === 'string')
  return name
}

test('vault forget: what one session hid is restored no more, its labels stay, and other sessions keep theirs', async t => {
  const world = await startWorld(t, { cloud: quoting })
  assert.match(await said(world, `I am ${email}.`), new RegExp(`You are ${email}`))
  await world.post('/v1/chat/completions', chat(`I am ${email}.`, { model: 'cloud-only' }), { 'x-portcullis-session': 'other' })
  await said(world, 'Again.')
  const name = nameOf(world)
  const forgotten = await run(world, 'vault', 'forget', '--session', name, '--reason', 'the customer asked for it', '--admin', world.gateway.adminUrl)
  assert.deepEqual([forgotten.code, forgotten.out.includes(`Forgotten: the vault of session ${name}`)], [0, true], forgotten.out)
  assert.match(await said(world, 'Who am I?'), /You are \[EMAIL_1\]/)
  assert.match(JSON.stringify(world.audit().filter(({ phase }) => phase === 'intent').at(-1)), /"labels":\{[^}]*"pii"/)
  const other = await world.post('/v1/chat/completions', chat('Who am I?', { model: 'cloud-only' }), { 'x-portcullis-session': 'other' })
  assert.match(await other.text(), new RegExp(`You are ${email}`))
  const again = await run(world, 'vault', 'forget', '--session', name, '--reason', 'the customer asked for it', '--admin', world.gateway.adminUrl)
  assert.deepEqual([again.code, again.out.includes('There is nothing in a vault')], [1, true])
  const acts = world.audit().map(line => auditRecordSchema.parse(line)).filter(record => record.phase === 'vault')
  assert.deepEqual(acts.map(({ act, done, reason, session: whose }) => [act, whose, done, reason]), [null, 1, null, 0].map(done => ['forget', name, done, 'the customer asked for it']))
  assert.ok(acts.every(({ by }) => by.length > 0))
  for (const command of [['audit', 'verify'], ['policy', 'report'], ['costs'], ['routes', 'report']]) {
    const { code, out } = await run(world, ...command)
    assert.equal(code, 0, `${command.join(' ')}: ${out}`)
  }
})

test('vault forget: an agent cannot, with whatever key it has, and a wrong body is told its remedy', async t => {
  const world = await startWorld(t, { cloud: quoting })
  await said(world, `I am ${email}.`)
  const stranger = await fetch(`${world.gateway.adminUrl}/vault/forget`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer pk_alice-0123456789abcdef' }, body: JSON.stringify({ session: nameOf(world) }) })
  assert.equal(stranger.status, 401)
  assert.match(await said(world, 'Who am I?'), new RegExp(`You are ${email}`))
  const missing = await run(world, 'vault', 'forget')
  assert.equal(missing.code, 2)
  assert.match(missing.out, /--session.*is missing/)
  const groundless = await run(world, 'vault', 'forget', '--session', nameOf(world), '--admin', world.gateway.adminUrl)
  assert.equal(groundless.code, 2)
  assert.match(groundless.out, /--reason.*is missing/)
  assert.equal(world.audit().filter(({ phase }) => phase === 'vault').length, 0)
})

const restarted = (t: TestContext, before: World): Promise<World> => startWorld(t, { folder: before.folder, cloud: quoting })

test('vault rotate: the next start seals everything with the new key, and the old one is gone', async t => {
  const before = await startWorld(t, { cloud: quoting })
  await said(before, `I am ${email}.`)
  const file = join(before.folder, 'data', 'vault.key')
  const old = readFileSync(file, 'utf8').trim()
  const rotated = await run(before, 'vault', 'rotate')
  assert.equal(rotated.code, 0, rotated.out)
  assert.match(await said(before, 'Who am I?'), new RegExp(`You are ${email}`), 'the running gateway goes on')
  await before.close()
  const world = await restarted(t, before)
  assert.match(await said(world, 'Who am I?'), new RegExp(`You are ${email}`))
  const now = readFileSync(file, 'utf8').trim()
  assert.ok(!now.includes(old) && !now.includes('\n'))
  await world.close()
  const last = await restarted(t, world)
  assert.match(await said(last, 'Who am I?'), new RegExp(`You are ${email}`))
  assert.deepEqual(readdirSync(join(last.folder, 'data')).filter(name => name.startsWith('vault')), ['vault.key'])
})

test('vault rotate-hashes: equal values get other tokens, with a reason on record, unless the configuration gives the key', async t => {
  const hashing = { policy: { settings: { data: { hash: ['email'] } } } }
  const world = await startWorld(t, { config: hashing })
  const token = async (of: World): Promise<string> => {
    await said(of, `I am ${email}.`)
    return /\[EMAIL#[a-z2-7]{8}\]/.exec(of.cloud.requests.at(-1)?.body.toString() ?? '')?.[0] ?? assert.fail()
  }
  const before = await token(world)
  const groundless = await run(world, 'vault', 'rotate-hashes', '--admin', world.gateway.adminUrl)
  assert.deepEqual([groundless.code, /--reason.*is missing/.test(groundless.out)], [2, true], groundless.out)
  assert.equal(await token(world), before)
  const rotated = await run(world, 'vault', 'rotate-hashes', '--reason', 'tokens were published', '--admin', world.gateway.adminUrl)
  assert.equal(rotated.code, 0, rotated.out)
  const after = await token(world)
  assert.notEqual(after, before)
  assert.deepEqual(world.audit().filter(({ phase }) => phase === 'vault').map(({ act, done, reason }) => [act, done, reason]), [null, 1].map(done => ['rotate-hashes', done, 'tokens were published']))
  await world.close()
  const options = { environment: { HASH_KEY: Buffer.alloc(32, 5).toString('base64') }, config: { ...hashing, state: { hash_key: { env: 'HASH_KEY' } } } }
  const given = await startWorld(t, { ...options, folder: world.folder })
  const ofGiven = await token(given)
  assert.notEqual(ofGiven, after)
  const refused = await given.admin('/vault/rotate-hashes', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ by: 'olga', reason: 'x' }) })
  assert.deepEqual([refused.status, /state\.hash_key/.test(await refused.text())], [400, true])
  // Another state with the same key has the same tokens: the way for those that do not last.
  assert.equal(await token(await startWorld(t, options)), ofGiven)
})
