// The gateway as a process: what its exit says, what a kill -9 leaves behind, and who may have its data folder.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { startChild, type Exit } from '../support/child.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway, type SpawnedGateway } from '../support/spawn-gateway.ts'
import { eventually } from '../support/wait.ts'
import { chat, keys, standardConfig } from './setup.ts'

const entry = join(import.meta.dirname, '../../gateway/main.ts')
const env = { CLOUD_KEY: 'cloud-secret' }

const runCommand = async (folder: string, ...args: string[]): Promise<Exit & { stdout: string; stderr: string }> => {
  const child = await startChild({ command: process.execPath, args: [entry, ...args], cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env } })
  const exit = await child.exit
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() }
}

const auditLines = (folder: string): Record<string, unknown>[] => readdirSync(join(folder, 'data', 'audit')).filter(name => name.endsWith('.jsonl')).sort()
  .flatMap(name => readFileSync(join(folder, 'data', 'audit', name), 'utf8').split('\n').filter(line => line.startsWith('{') && line.endsWith('}')))
  .map(line => JSON.parse(line) as Record<string, unknown>)

interface Running { readonly folder: string; readonly start: () => Promise<SpawnedGateway> }

const prepare = async (t: TestContext): Promise<Running> => {
  const folder = scratchFolder(t, 'process')
  const provider = await startFakeProvider()
  t.after(provider.close)
  const config = stringify(standardConfig(provider.url, provider.url))
  return {
    folder,
    start: async () => {
      const gateway = await spawnGateway({ folder, config, env })
      t.after(gateway.close)
      return gateway
    },
  }
}

const ask = (url: string): Promise<Response> => fetch(`${url}/v1/chat/completions`, {
  method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` }, body: JSON.stringify(chat('Hi', { model: 'cloud-only' })),
})

test('a killed gateway has the record of every answered call, and the next start repairs what was torn', async t => {
  const { folder, start } = await prepare(t)
  const first = await start()
  const answered: string[] = []
  const callers = Array.from({ length: 8 }, async () => {
    for (;;) {
      const response = await ask(first.url)
      await response.text()
      assert.equal(response.status, 200)
      answered.push(response.headers.get('x-portcullis-exchange') ?? '')
    }
  })
  const ended = Promise.allSettled(callers)
  await eventually(() => answered.length >= 60)
  assert.equal((await first.child.stop('SIGKILL')).signal, 'SIGKILL')
  await ended
  const outcomes = new Set(auditLines(folder).filter(({ phase }) => phase === 'outcome').map(({ exchange }) => exchange))
  assert.deepEqual(answered.filter(exchange => !outcomes.has(exchange)), [])
  const second = await start()
  assert.equal((await ask(second.url)).status, 200)
  assert.equal((await second.child.stop()).code, 0)
  const verified = await runCommand(folder, 'audit', 'verify', '--config', join(folder, 'portcullis.yaml'))
  assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  assert.match(verified.stdout, /intact/)
  const lines = auditLines(folder)
  assert.deepEqual(lines.map(({ seq }) => seq), lines.map((_line, at) => at), 'one chain, without gaps')
})

test('a changed record is found by audit verify, which then exits 1 and names the record', async t => {
  const { folder, start } = await prepare(t)
  const gateway = await start()
  await (await ask(gateway.url)).text()
  await gateway.close()
  const file = join(folder, 'data', 'audit', readdirSync(join(folder, 'data', 'audit')).find(name => name.endsWith('.jsonl')) ?? '')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"status":200', '"status":403'))
  const verified = await runCommand(folder, 'audit', 'verify', '--config', join(folder, 'portcullis.yaml'))
  assert.equal(verified.code, 1)
  assert.match(verified.stdout, /ALTERED[^]*record \d+/)
})

test('SIGTERM and SIGINT end the process with 0, and SIGHUP reloads it', async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { start } = await prepare(t)
    const gateway = await start()
    process.kill(gateway.child.pid, 'SIGHUP')
    await eventually(() => gateway.child.stderr().includes('"reason":"SIGHUP"'))
    assert.equal((await ask(gateway.url)).status, 200)
    assert.deepEqual(await gateway.child.stop(signal), { code: 0, signal: null })
    assert.doesNotMatch(gateway.child.stderr(), /cloud-secret|pk_|pa_/)
    assert.equal(gateway.child.stdout().split('\n').length, 1, 'standard output has one line')
  }
})

test('a second process cannot have the same data folder, and leaves the first one alone', async t => {
  const { folder, start } = await prepare(t)
  const gateway = await start()
  const second = await runCommand(folder, 'start', '--config', join(folder, 'portcullis.yaml'))
  assert.equal(second.code, 1)
  assert.match(second.stderr, /in use by another gateway; stop it, or name another folder with --data/)
  assert.equal((await ask(gateway.url)).status, 200)
})

for (const [what, text, says] of [
  ['a misspelled field', 'listn:\n  port: 1\n', /portcullis\.yaml: .*\n {2}listn: [^\n]*listen/],
  ['a wrong type', 'listen:\n  port: many\n', / {2}listen\.port: .*\n {6}example: /],
  ['an unknown provider', 'models:\n  - id: nowhere/model\n', / {2}models\[0\]\.id: there is no provider "nowhere"/],
  ['a secret that is not set', 'providers:\n  - { id: x, dialect: openai, base_url: "http://127.0.0.1:9", credential: { env: NOT_SET } }\n', / {2}providers\[0\]\.credential.*NOT_SET/],
  ['an address for everybody without keys', 'listen:\n  host: 0.0.0.0\n', /keys/],
] as const) {
  test(`a configuration with ${what} ends start and check with 2, and says where and how to repair it`, async t => {
    const folder = scratchFolder(t, 'broken')
    const file = join(folder, 'portcullis.yaml')
    writeFileSync(file, text)
    for (const command of ['start', 'check']) {
      const ended = await runCommand(folder, command, '--config', file)
      assert.equal(ended.code, 2, ended.stderr)
      assert.match(ended.stderr, says)
      assert.equal(ended.stdout, '')
    }
  })
}
