// Two real processes with one Redis, and operators that change its keys at the same moment: whoever loses is told so, and nothing is lost.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { startFakeProvider } from '../support/fake-provider.ts'
import { noRedis, startRedis } from '../support/redis-server.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { spawnGateway, type SpawnedGateway } from '../support/spawn-gateway.ts'
import { chat, keys, merge, standardConfig } from './setup.ts'

const newKey = (): string => randomBytes(32).toString('base64')
const email = 'anna.muster@example.com'

interface Process { readonly gateway: SpawnedGateway; readonly folder: string }

interface Stand { readonly url: string; readonly provider: string; readonly folder: string }

const start = async (t: CleansUp, { folder, provider, url }: Stand, name: string, state: { readonly key: string; readonly previous?: string; readonly policy?: object }): Promise<Process> => {
  const own = join(folder, name)
  mkdirSync(own)
  const config = merge(standardConfig(provider, provider), {
    state: { vault_key: { env: 'VAULT_KEY' }, previous_vault_keys: state.previous === undefined ? [] : [{ env: 'OLD_KEY' }], redis: { url, timeout_ms: 1000 } },
    policy: { settings: state.policy ?? {} },
  })
  const gateway = await spawnGateway({ folder: own, config: stringify(config), env: { VAULT_KEY: state.key, OLD_KEY: state.previous ?? '', CLOUD_KEY: 'cloud-secret' }, withinMs: 60_000 })
  t.after(() => gateway.close())
  return { gateway, folder: own }
}

const stand = async (t: CleansUp): Promise<Stand & { readonly sent: () => string[] }> => {
  const folder = scratchFolder(t, 'keys')
  const redis = await startRedis({ folder })
  t.after(() => redis.close())
  const provider = await startFakeProvider({ apiKey: 'cloud-secret' })
  t.after(provider.close)
  return { folder, url: redis.url, provider: provider.url, sent: () => provider.requests.map(({ body }) => body.toString()) }
}

const said = async ({ gateway }: Process, text: string): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}`, 'x-portcullis-session': 'kept' }, body: JSON.stringify(chat(text, { model: 'cloud-only' })),
  })
  return { status: response.status, text: await response.text() }
}

const asked = async ({ folder, gateway }: Process, path: string): Promise<{ readonly status: number; readonly text: string }> => {
  const key = readFileSync(join(folder, 'data', 'admin.key'), 'utf8').trim()
  const response = await fetch(gateway.admin + path, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` }, body: JSON.stringify({ by: 'olga', reason: 'a test' }) })
  return { status: response.status, text: await response.text() }
}

test('two processes that bring different new vault keys at once: one is refused with the remedy, and no value is lost', { skip: noRedis }, async t => {
  const world = await stand(t)
  const old = newKey()
  const before = await start(t, world, 'before', { key: old })
  assert.match((await said(before, `I am ${email}.`)).text, new RegExp(email))
  await before.gateway.close()
  const rings = [newKey(), newKey()]
  const processes = await Promise.all(rings.map((key, at) => start(t, world, `process-${at}`, { key, previous: old })))
  const ended = await Promise.all(processes.map(one => asked(one, '/vault/reseal')))
  assert.deepEqual(ended.map(({ status }) => status).sort(), [200, 503], JSON.stringify(ended))
  assert.match(ended.find(({ status }) => status === 503)?.text ?? '', /previous_vault_keys/)
  const winner = ended.findIndex(({ status }) => status === 200)
  const [wins, loses] = [processes[winner] ?? assert.fail(), processes[1 - winner] ?? assert.fail()]
  assert.match((await said(wins, 'Who am I? [EMAIL_1]')).text, /EMAIL_1/)
  assert.equal((await said(loses, 'Who am I?')).status, 503, 'it refuses, because it could not read what is sealed now')
  await loses.gateway.close()
  // The new key is enough, and finds what the old one sealed.
  const last = await start(t, world, 'last', { key: rings[winner] ?? '' })
  await said(last, `And again ${email}.`)
  assert.match(world.sent().at(-1) ?? '', /And again \[EMAIL_1\]/)
})

test('hash tokens are the same in every process and after a change of the vault key, until an operator changes them', { skip: noRedis }, async t => {
  const world = await stand(t)
  const policy = { data: { hash: ['email'] } }
  const [old, next] = [newKey(), newKey()]
  const token = async (one: Process): Promise<string> => {
    await said(one, `I am ${email}.`)
    return /\[EMAIL#[a-z2-7]{8}\]/.exec(world.sent().at(-1) ?? '')?.[0] ?? assert.fail(world.sent().at(-1))
  }
  const [one, other] = [await start(t, world, 'one', { key: old, policy }), await start(t, world, 'other', { key: next, previous: old, policy })]
  const first = await token(one)
  assert.equal(await token(other), first)
  await one.gateway.close()
  assert.equal((await asked(other, '/vault/reseal')).status, 200)
  assert.equal(await token(other), first)
  const last = await start(t, world, 'last', { key: next, policy })
  assert.equal(await token(last), first)
  assert.equal((await asked(last, '/vault/rotate-hashes')).status, 200)
  const changed = await token(last)
  assert.notEqual(changed, first)
  await eventually(async () => await token(other) === changed, { withinMs: 20_000 })
  const audit = readFileSync(join(last.folder, 'data', 'audit', 'audit-000001.jsonl'), 'utf8')
  assert.equal(audit.match(/"act":"rotate-hashes"/g)?.length, 2)
})
