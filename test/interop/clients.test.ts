// Every client, unchanged but for its base URL, in a streamed tool loop against providers of every dialect that the fake provider speaks. The
// prompt and the tool's answer hold an address, so that each loop also shows pseudonyms going out and values coming back.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { endpointOf } from '../../gateway/surfaces/endpoints.ts'
import { echoAgent } from '../support/fake-provider/echo-agent.ts'
import { startFakeProvider, type FakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { clients, type Client } from './clients.ts'
import { gatewayConfig, gatewayEnv, gatewayKey, providerKey, spokenDialects } from './gateway-config.ts'
import { install, type ClientSet } from './install-clients.ts'
import { runClient, type ClientReport } from './run-client.ts'
import { noteResult, printResults } from './results.ts'

const mail = 'anna.berg@example.com'
const toolAnswer = 'a-blue-harbour'
const eventDelayMs = 30

interface Task { readonly prompt: string; readonly calls: readonly Readonly<Record<string, string>>[] }

const orders = (tool: string, calls: readonly Readonly<Record<string, string>>[]): string => calls.map(args => `use ${tool} with ${JSON.stringify(args)}`).join(' and ')

/** Two calls at once; a client with a tool of its own reads two files. */
const taskFor = ({ reads }: Client, folder: string): Task => {
  const words = ['plum', 'pear']
  if (reads === undefined) {
    const calls = words.map(word => ({ word, mail }))
    return { prompt: orders('lookup', calls), calls }
  }
  const calls = words.map(word => {
    const file = join(folder, `${word}.txt`)
    writeFileSync(file, `${word} for ${mail} is ${toolAnswer}`)
    return reads.args(file)
  })
  return { prompt: orders(reads.tool, calls), calls }
}

type Paths = Partial<Record<ClientSet, string>>

/** Where the client is, or why it cannot be had. */
const installedPaths = async (client: Client): Promise<Paths | string> => {
  const paths: Paths = {}
  for (const set of client.needs) {
    const installed = await install(set)
    if (installed.kind === 'unavailable') return installed.reason
    paths[set] = installed.path
  }
  return paths
}

const checkStreaming = (report: ClientReport, provider: FakeProvider, { wholeTexts = false }: Client): void => {
  const last = provider.requests.at(-1)
  assert.ok(last !== undefined && provider.requests.length >= 2, 'a question and its results are two requests')
  assert.ok(provider.requests.every(request => request.asked?.stream === true), 'every request is streamed')
  if (wholeTexts) return
  const final = report.deltas.filter(delta => delta.atMs >= last.receivedAtMs)
  assert.ok(final.length > 1 && (final[0]?.atMs ?? Infinity) < last.finishedAtMs, `the final text came in pieces, the first before the provider had said the last: ${JSON.stringify(final)}`)
}

const checkProvider = (provider: FakeProvider, spoken: string): void => {
  for (const request of provider.requests) {
    const said = JSON.stringify(request.headers) + request.body.toString()
    assert.equal(request.status, 200, said)
    assert.equal(request.dialect, spoken)
    assert.equal(request.asked?.model, 'the-model')
    assert.ok(said.includes(providerKey) && !said.includes(gatewayKey), 'the provider gets its own key and never the caller\'s')
    assert.ok(!said.includes(mail), 'the provider sees pseudonyms only')
  }
}

const checkAudit = (folder: string, requests: number, { leavesEarly = false }: Client): void => {
  const audit = join(folder, 'data', 'audit')
  const text = readdirSync(audit).filter(name => name.endsWith('.jsonl')).map(name => readFileSync(join(audit, name), 'utf8')).join('')
  const outcomes = text.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Record<string, unknown>).filter(({ phase, usage }) => phase === 'outcome' && usage !== null)
  assert.equal(outcomes.length, requests)
  for (const outcome of outcomes) {
    if (!leavesEarly || outcome['failure'] !== 'client.gone') assert.deepEqual([outcome['status'], outcome['failure']], [200, null])
    const { input, output } = outcome['usage'] as { input: number; output: number }
    assert.ok(input > 0 && output > 0 && Number(outcome['cost_usd']) > 0, JSON.stringify(outcome))
  }
  for (const secret of [gatewayKey, providerKey, mail, toolAnswer]) assert.ok(!text.includes(secret), 'the audit names no secret and no text')
}

const loop = async (t: TestContext, client: Client, spoken: string, paths: Paths): Promise<void> => {
  const folder = scratchFolder(t, 'interop')
  const home = join(folder, 'client')
  const gatewayFolder = join(folder, 'gateway')
  for (const path of [home, gatewayFolder]) mkdirSync(path)
  const { calls, prompt } = taskFor(client, home)
  await using provider = await startFakeProvider({ apiKey: providerKey, reply: ({ asked }) => asked === null ? null : { ...echoAgent(asked), eventDelayMs } })
  await using gateway = await spawnGateway({ folder: gatewayFolder, config: gatewayConfig(provider.url, spoken), env: gatewayEnv, withinMs: 60_000 })
  const report = await runClient({ client, paths, folder: home, gatewayUrl: gateway.url, key: gatewayKey, prompt, toolAnswer })
  assert.deepEqual(report.calls, calls, report.output)
  for (const word of ['plum', 'pear']) assert.ok(report.text.includes(`${word} for ${mail} is ${toolAnswer}`), report.text)
  assert.ok(!report.output.includes(providerKey))
  checkProvider(provider, spoken)
  checkStreaming(report, provider, client)
  checkAudit(gatewayFolder, provider.requests.length, client)
  assert.ok(![gatewayKey, providerKey, mail].some(secret => gateway.child.stderr().includes(secret)), 'the log names no secret')
}

const isServed = (client: Client): boolean => endpointOf('POST', client.endpoint).kind === 'model'

for (const client of clients) {
  for (const spoken of spokenDialects) {
    test(`${client.name}: a streamed tool loop on a provider that speaks ${spoken}`, async t => {
      noteResult(client.name, spoken, 'failed')
      const paths = isServed(client) ? await installedPaths(client) : `the gateway does not serve ${client.endpoint}`
      if (typeof paths === 'string') {
        t.skip(paths)
        noteResult(client.name, spoken, isServed(client) ? 'skipped' : 'not served')
        return
      }
      await loop(t, client, spoken, paths)
      noteResult(client.name, spoken, 'passed')
    })
  }
}

after(() => { printResults(spokenDialects) })
