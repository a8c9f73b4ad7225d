// Data protection as an agent meets it: the real Claude Code reads a file through the gateway's MCP endpoint and sends what it holds on with
// another tool. The model sees pseudonyms only, in prompts, results and its own arguments, which come in pieces that cut them anywhere.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { definitionOf, startFakeMcpHttp, textResult, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { startFakeProvider, type Asked, type FakeProvider, type Reply } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway, type SpawnedGateway } from '../support/spawn-gateway.ts'
import { gatewayConfig, gatewayEnv, gatewayKey, providerKey, spokenDialects } from './gateway-config.ts'
import { installClaudeCode, type Installed } from './install-claude-code.ts'
import { runClaudeCode, type ClaudeCodeResult } from './run-claude-code.ts'

const model = 'claude-opus-5-5'
const filesystemServer = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')
const mail = 'ines.holm@example.com'
const phone = '+44 20 7946 0958'
const card = '4929 7183 0264 9154'
const values = [mail, phone, card]
/** In other spellings, too; the local part is what an e-mail address is recognised by. */
const traces = [...values, 'ines.holm', '2079460958', '4929718302649154']
/** Hidden from models, and from nobody else. */
const words = 'the berth is kept'

interface SentOn { readonly to: string; readonly phone: string; readonly card: string; readonly note: string }
const sentOn = (to: string, number: string, paidBy: string): SentOn => ({ to, phone: number, card: paidBy, note: `"${to}"\n\tpays with ${paidBy}` })

/** Reads, sends on what it read, and says so: it knows nothing but what it was shown. */
const agentModel = (asked: Asked): Reply => {
  const offered = (name: string): string => asked.tools.find(tool => tool.endsWith(name)) ?? name
  const cut = { kind: 'answer', deltaChars: 3, chunkBytes: [7, 1, 19] } as const
  const result = asked.toolResults.at(-1)
  if (result === undefined) return { ...cut, toolCalls: [{ name: offered('read_text_file'), args: /\{"path":"[^"]+"\}/.exec(asked.userText)?.[0] ?? '' }] }
  const [to = '', number = '', paidBy = ''] = ['EMAIL', 'PHONE', 'CARD'].map(kind => new RegExp(`\\[${kind}_\\d+\\]`).exec(result.text)?.[0] ?? 'unknown')
  if (result.tool.endsWith('read_text_file')) return { ...cut, toolCalls: [{ name: offered('desk__send'), args: { ...sentOn(to, number, paidBy) } }] }
  return { ...cut, text: `Told ${to} and called ${number}: paid with ${paidBy}.` }
}

let installed: Installed
before(async () => { installed = await installClaudeCode() })

interface World { readonly folder: string; readonly file: string; readonly provider: FakeProvider; readonly gateway: SpawnedGateway; readonly desk: FakeMcpHttp }

const startWorld = async (t: TestContext, spoken: string, data: Readonly<Record<string, unknown>>): Promise<World> => {
  const folder = scratchFolder(t, 'protection')
  const documents = join(folder, 'documents')
  for (const path of [documents, join(folder, 'gateway'), join(folder, 'project')]) mkdirSync(path)
  const file = join(documents, 'guest.txt')
  writeFileSync(file, `Guest: Ines Holm\nE-mail: ${mail}\nPhone: ${phone}\nCard: ${card}\n${words}\n`)
  const provider = await startFakeProvider({ apiKey: providerKey, reply: ({ asked }) => asked === null ? null : agentModel(asked) })
  t.after(provider.close)
  const desk = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => desk.close())
  desk.fake.tools.set('send', { definition: definitionOf('send'), run: ({ args }) => textResult(`sent ${JSON.stringify(args)}`) })
  const config = stringify({
    ...parse(gatewayConfig(provider.url, spoken)) as object,
    mcp_servers: { files: { command: process.execPath, args: [filesystemServer, documents], environment: 'development' }, desk: { url: desk.url, environment: 'development' } },
    policy: {
      settings: {
        access: [{ groups: ['engineering'], tools: ['*'] }], models: [{ groups: ['engineering'], models: ['*'] }],
        tools: { require_model_request: ['files/*', 'desk/*'] }, data,
      },
    },
  })
  const gateway = await spawnGateway({ folder: join(folder, 'gateway'), config, env: gatewayEnv, withinMs: 60_000 })
  t.after(gateway.close)
  return { folder, file, provider, gateway, desk }
}

const play = async ({ folder, file, gateway }: World, binary: string): Promise<ClaudeCodeResult> => {
  const result = await runClaudeCode({
    binary, folder, project: join(folder, 'project'), model, providerUrl: gateway.url, credential: { kind: 'api-key', value: gatewayKey },
    prompt: `Read ${JSON.stringify({ path: file })} and tell the desk what ${mail} wants.`,
    mcpServers: { gate: { type: 'http', url: `${gateway.url}/mcp`, headers: { Authorization: `Bearer ${gatewayKey}` } } },
    allowedTools: ['mcp__gate__files__read_text_file', 'mcp__gate__desk__send'],
  })
  assert.deepEqual([result.code, result.isError], [0, false], result.text + result.stderr)
  return result
}

const holds = (text: string): readonly string[] => traces.filter(trace => text.includes(trace) || text.replaceAll(/[\s-]/g, '').includes(trace))

const checkProvider = ({ requests }: FakeProvider): void => {
  assert.equal(requests.length, 3, 'the question, what was read, what was sent')
  for (const { asked, body, headers, status } of requests) {
    assert.deepEqual([status, asked?.stream], [200, true])
    assert.deepEqual(holds(body.toString() + JSON.stringify(headers)), [])
  }
  const [question, read, sent] = requests.map(({ body }) => body.toString())
  // Claude Code's own instructions name an address, too, which has a number of its own.
  const to = /tell the desk what (\[EMAIL_\d\]) wants/.exec(question ?? '')?.[1]
  const shown = new RegExp(`E-mail: (\\[EMAIL_\\d\\])[^]*Phone: \\[PHONE_1\\][^]*Card: \\[CARD_1\\][^]*${words}`).exec(read ?? '')?.[1]
  assert.ok(to !== undefined && to === shown, `the same address has the same pseudonym, and what is no personal data is there: ${read}`)
  // The arguments that the client was given come back hidden, as the result that repeats them does.
  assert.equal((sent ?? '').replaceAll('\\', '').split(`"to":"${to}","phone":"[PHONE_1]","card":"[CARD_1]"`).length, 3, sent)
}

const writtenBy = ({ folder }: World): readonly { readonly file: string; readonly text: string }[] => {
  const data = join(folder, 'gateway', 'data')
  return readdirSync(data, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name)).map(file => ({ file, text: readFileSync(file, 'latin1') }))
}

const outcome = z.looseObject({ phase: z.string().optional(), action: z.string().nullish(), target: z.looseObject({ name: z.string().nullable() }).optional(), status: z.number().nullish(), failure: z.string().nullish(), restored: z.number().optional() })

const checkRecords = (world: World, restored: number): void => {
  const files = writtenBy(world)
  for (const { file, text } of files) assert.deepEqual(holds(text), [], file)
  assert.deepEqual(holds(world.gateway.child.stdout() + world.gateway.child.stderr()), [])
  const audit = files.filter(({ file }) => file.endsWith('.jsonl'))
  const records = audit.flatMap(({ text }) => text.split('\n').filter(line => line !== '')).map(line => outcome.parse(JSON.parse(line)))
  const calls = records.filter(({ action, phase }) => phase === 'outcome' && action === 'tool.call')
  assert.deepEqual(calls.map(({ failure, restored: count, target }) => [target?.name, failure, count ?? 0]), [['files__read_text_file', null, 0], ['desk__send', null, restored]])
  assert.match(audit.map(({ text }) => text).join(''), /"card":1/, 'kinds are counted')
}

const received = ({ desk }: Pick<World, 'desk'>): readonly unknown[] => desk.fake.received.filter(({ method }) => method === 'tools/call').map(({ params }) => (params as { arguments: unknown }).arguments)

/** Nearly the same calls, which no model asked for like that. */
const checkProvenance = async ({ desk, file, gateway }: World): Promise<void> => {
  const client = new Client({ name: 'by-hand', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${gatewayKey}` } } }))
  try {
    for (const request of [{ name: 'desk__send', arguments: { ...sentOn(mail, phone, card), note: 'another' } }, { name: 'files__read_text_file', arguments: { path: file, head: 1 } }]) {
      assert.match(JSON.stringify(await client.callTool(request)), /model_requested\.no_model_request/)
    }
  } finally {
    await client.close()
  }
  assert.equal(received({ desk }).length, 1)
}

const cases = {
  'everything comes back to the agent': { data: {}, told: [mail, phone, card], restored: 0, sent: sentOn(mail, phone, card) },
  'the card comes back in one argument of one tool': {
    data: { restore_client: ['email', 'phone'], restore: [{ kinds: ['card'], sinks: ['tool:desk/send'], paths: ['/card'] }] },
    told: [mail, phone, '[CARD_1]'], restored: 1, sent: { ...sentOn(mail, phone, '[CARD_1]'), card },
  },
} as const

for (const spoken of spokenDialects) {
  for (const [name, { data, restored, sent, told: [to, number, paidBy] }] of Object.entries(cases)) {
    test(`Claude Code on a provider that speaks ${spoken}: the model sees pseudonyms only, and ${name}`, async t => {
      if (installed.kind !== 'ready') {
        t.skip(installed.reason)
        return
      }
      const world = await startWorld(t, spoken, data)
      const { text } = await play(world, installed.binary)
      assert.equal(text, `Told ${to} and called ${number}: paid with ${paidBy}.`)
      assert.deepEqual(received(world), [sent])
      checkProvider(world.provider)
      checkRecords(world, restored)
      await checkProvenance(world)
    })
  }
}
