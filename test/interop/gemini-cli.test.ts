// The real Gemini CLI and Google's own SDK through the gateway, to providers of every dialect. What 0.61.0 asks of a gateway, seen here:
// - POST /v1beta/models/<name>:streamGenerateContent?alt=sse, about 48 KB for a one-line prompt, x-goog-api-key; topK is always set.
// - it keeps calls with their thoughtSignature, and results with the id of their call.
// What SDK 3.3.0 asks: the same under /v1beta or /v1; a chat keeps each event of a stream as a content of its own, and forgets an answer that has an
// event without parts.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { hashKey } from '../../registry/key.ts'
import { startChild } from '../support/child.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway, type SpawnedGateway } from '../support/spawn-gateway.ts'
import { installGemini, type InstalledGemini } from './install-gemini-cli.ts'

const gatewayKey = 'gateway-key-0123456789abcdef0123456789abcdef'
const filesystemServer = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')
const secretWord = 'plum'

let installed: InstalledGemini
before(async () => { installed = await installGemini() })

const programs = (t: TestContext): Extract<InstalledGemini, { kind: 'ready' }> | null => {
  if (installed.kind === 'ready') return installed
  t.skip(installed.reason)
  return null
}

const dialects = ['gemini', 'openai', 'anthropic'] as const
const endpoints = { gemini: 'generateContent', openai: 'chat.completions', anthropic: 'messages' } as const

const gatewayConfig = (providerUrl: string, documents: string, dialect: string): string => `
listen: {host: 127.0.0.1, port: 0}
admin: {port: 0}
data: ./data
keys:
  - {name: alice, hash: "${hashKey(gatewayKey)}", subject: {id: alice, tenant: acme, groups: [engineering]}, agent: {id: gemini-cli}}
providers:
  - {id: fake, dialect: ${dialect}, base_url: "${providerUrl}", credential: {env: PROVIDER_KEY}, trust: restricted}
models:
  - {id: fake/gemini-3-flash, context: 1000000, max_output_tokens: 64000, capabilities: [tools, thinking], price: {usd_per_mtok_in: 1, usd_per_mtok_out: 4}}
aliases:
  - {name: smart, candidates: [fake/gemini-3-flash]}
mcp_servers:
  files: {command: ${JSON.stringify(process.execPath)}, args: ${JSON.stringify([filesystemServer, documents])}, environment: development}
policy:
  settings:
    access: [{groups: [engineering], tools: ["*"]}]
    models: [{groups: [engineering], models: ["*"]}]
`

interface World { readonly folder: string; readonly file: string; readonly gateway: SpawnedGateway; readonly seen: () => readonly string[] }

const startWorld = async (t: TestContext, dialect: typeof dialects[number]): Promise<World> => {
  const folder = scratchFolder(t)
  const documents = join(folder, 'documents')
  const file = join(documents, 'word.txt')
  for (const name of [documents, join(folder, 'gateway'), join(folder, 'project'), join(folder, 'home', '.gemini')]) mkdirSync(name, { recursive: true })
  writeFileSync(file, `the secret word is ${secretWord}`)
  const provider = await startFakeProvider({ apiKey: 'provider-key' })
  t.after(provider.close)
  const gateway = await spawnGateway({ folder: join(folder, 'gateway'), config: gatewayConfig(provider.url, documents, dialect), env: { PROVIDER_KEY: 'provider-key' } })
  t.after(gateway.close)
  return { folder, file, gateway, seen: () => provider.requests.map(request => `${request.endpoint} ${request.status}`) }
}

const run = async (world: World, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const child = await startChild({ command: process.execPath, args, cwd: join(world.folder, 'project'), env: { PATH: process.env['PATH'] ?? '', HOME: join(world.folder, 'home'), NO_COLOR: '1', ...env } })
  const timer = setTimeout(() => { void child.stop() }, 90_000)
  const { code } = await child.exit
  clearTimeout(timer)
  assert.equal(code, 0, child.stdout() + child.stderr())
  return child.stdout()
}

for (const dialect of dialects) {
  test(`Gemini CLI completes a prompt on a provider that speaks ${dialect}, with a tool at the gateway's MCP endpoint`, async t => {
    const found = programs(t)
    if (found === null) return
    const world = await startWorld(t, dialect)
    writeFileSync(join(world.folder, 'home', '.gemini', 'settings.json'), JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } }, telemetry: { enabled: false }, general: { enableAutoUpdate: false },
      mcpServers: { gate: { httpUrl: `${world.gateway.url}/mcp`, headers: { Authorization: `Bearer ${gatewayKey}` }, trust: true } },
    }))
    const out = await run(world, [found.cli, '-m', 'smart', '--yolo', '-p', `use read_text_file with ${JSON.stringify({ path: world.file })}`], {
      GOOGLE_GEMINI_BASE_URL: world.gateway.url, GEMINI_API_KEY: gatewayKey, GEMINI_CLI_TRUST_WORKSPACE: 'true',
    })
    // The folder can be reached through the gateway only: its content in the answer is the proof of the call.
    assert.match(out, new RegExp(`answered: [^]*${secretWord}`), out)
    assert.ok(world.seen().length >= 2)
    assert.deepEqual([...new Set(world.seen())], [`${endpoints[dialect]} 200`])
  })

  test(`Google's SDK streams a loop of parallel tools on a provider that speaks ${dialect}`, async t => {
    const found = programs(t)
    if (found === null) return
    const world = await startWorld(t, dialect)
    const script = join(world.folder, 'loop.mjs')
    writeFileSync(script, `
      import { GoogleGenAI } from ${JSON.stringify(found.sdk)}
      const ai = new GoogleGenAI({ apiKey: ${JSON.stringify(gatewayKey)}, httpOptions: { baseUrl: ${JSON.stringify(world.gateway.url)} } })
      const tools = [{ functionDeclarations: [{ name: 'weather', description: 'Tells the weather.', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } }] }]
      const chat = ai.chats.create({ model: 'smart', config: { tools, maxOutputTokens: 4000, thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } } })
      const calls = []
      for await (const chunk of await chat.sendMessageStream({ message: 'use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}' })) calls.push(...chunk.functionCalls ?? [])
      let text = ''
      const message = calls.map((call, at) => ({ functionResponse: { id: call.id, name: call.name, response: { output: \`\${call.args.city} \${at}\` } } }))
      for await (const chunk of await chat.sendMessageStream({ message })) text += chunk.text ?? ''
      const { totalTokens } = await ai.models.countTokens({ model: 'smart', contents: 'How many?' })
      console.log(JSON.stringify({ text, totalTokens }))
    `)
    const { text, totalTokens } = JSON.parse(await run(world, [script])) as { text: string; totalTokens: number }
    assert.equal(text, 'weather answered: Oslo 0\nweather answered: Rome 1')
    assert.ok(totalTokens > 0)
    assert.ok(world.seen().every(one => one.endsWith(' 200')))
  })
}
