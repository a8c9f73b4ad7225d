// The real Claude Code, first against the fake provider alone (so that a change of its habits is told apart from a fault of ours), then
// through the gateway. What 2.1.330 asks of a provider, seen here:
// - one endpoint: POST /v1/messages?beta=true, always streaming. No count_tokens, no GET /v1/models, no HEAD, no second small model, as long as
//   CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC is set.
// - headers: x-api-key (ANTHROPIC_API_KEY) or Authorization: Bearer (ANTHROPIC_AUTH_TOKEN), anthropic-version, a list of seven betas in one
//   anthropic-beta header, x-app: cli, x-claude-code-session-id; the same session id again in metadata.user_id, which is JSON in a string.
// - body: about 90 KB for a one-line prompt; model, messages, system, tools (35), metadata, max_tokens (128000), thinking {adaptive, display: omitted}, context_management,
//   output_config, stream. A message with role "system" follows the first user message (content: blocks, later the same as a string).
// - it answers roots/list with its working directory, and server-filesystem then forgets the folders of its own command line: a server's limits
//   are not safe in the server's hands when the client may move them.
// - 529, 429 (retry-after is kept) and a stream that is cut: the same request once more, as a stream. An error event within a stream: once more
//   with stream false. The retry shows in no header (x-stainless-retry-count stays 0). 403: no retry, and the user reads "Failed to authenticate.
//   API Error: 403 <message>": the message is shown as it is, under a title that a policy denial does not deserve.
// What it asks of an MCP endpoint over HTTP:
// - POST server/discover in the 2026-07-28 era first (id is a string); any JSON-RPC error makes it fall back to initialize with 2025-11-25 (id 0, a
//   number), notifications/initialized, a GET for the stream (405 is fine), tools/list. It declares roots and elicitation (form, url).
// - tools/call carries _meta {"claudecode/toolUseId": id of the model's tool_use, progressToken}. A result with isError reaches the model as
//   tool_result with is_error and the text as it is. No session header joins MCP to the model traffic: the tool_use id does.
// And of a provider again:
// - thinking blocks come back with their signature, and with empty text where the display was omitted.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { hashKey } from '../../registry/key.ts'
import { startFakeProvider, type RecordedRequest } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { installClaudeCode, type Installed } from './install-claude-code.ts'
import { runClaudeCode } from './run-claude-code.ts'

const model = 'claude-opus-5-5'
const providerKey = 'provider-key'
const gatewayKey = 'gateway-key-0123456789abcdef0123456789abcdef'
const filesystemServer = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')
const secretWord = 'plum'

let installed: Installed
before(async () => { installed = await installClaudeCode() })

/** The binary, or null after the test was told to skip. */
const binaryFor = (t: TestContext): string | null => {
  if (installed.kind === 'ready') return installed.binary
  t.skip(installed.reason)
  return null
}

const documents = (folder: string): { documents: string; file: string } => {
  const path = join(folder, 'documents')
  mkdirSync(path)
  writeFileSync(join(path, 'word.txt'), `the secret word is ${secretWord}`)
  return { documents: path, file: join(path, 'word.txt') }
}

const isRefused = (request: RecordedRequest): boolean => request.status >= 400

for (const kind of ['api-key', 'auth-token'] as const) {
  test(`directly: a prompt completes, and a stdio tool is called (${kind})`, async t => {
    const binary = binaryFor(t)
    if (binary === null) return
    const folder = scratchFolder(t)
    const { documents: root, file } = documents(folder)
    await using provider = await startFakeProvider({ apiKey: providerKey })
    const result = await runClaudeCode({
      binary, folder, project: root, model, providerUrl: provider.url, credential: { kind, value: providerKey },
      prompt: `use files__read_text_file with ${JSON.stringify({ path: file })}`,
      mcpServers: { files: { command: process.execPath, args: [filesystemServer, root] } },
      allowedTools: ['mcp__files__read_text_file'],
    })
    assert.deepEqual([result.code, result.isError], [0, false], result.text + result.stderr)
    assert.match(result.text, new RegExp(`mcp__files__read_text_file answered: .*${secretWord}`))
    assert.deepEqual(provider.requests.filter(isRefused), [])
    assert.deepEqual([...new Set(provider.requests.map(request => `${request.method} ${request.path}`))], ['POST /v1/messages?beta=true'])
    assert.ok(provider.requests.every(request => request.headers['x-claude-code-session-id'] !== undefined && request.asked?.stream === true))
  })
}

type Spoken = 'anthropic' | 'openai' | 'responses' | 'gemini'

const gatewayConfig = (providerUrl: string, documentsFolder: string, spoken: Spoken): string => `
listen: {host: 127.0.0.1, port: 0}
admin: {port: 0}
data: ./data
keys:
  - {name: alice, hash: "${hashKey(gatewayKey)}", subject: {id: alice, tenant: acme, groups: [engineering]}, agent: {id: claude-code}}
providers:
  - {id: fake, dialect: ${spoken === 'responses' ? 'openai, apis: [responses]' : spoken}, base_url: "${providerUrl}", credential: {env: PROVIDER_KEY}, trust: restricted}
models:
  - {id: fake/${model}, context: 1000000, max_output_tokens: 128000, capabilities: [tools], price: {usd_per_mtok_in: 5, usd_per_mtok_out: 25}}
aliases:
  - {name: ${model}, candidates: [fake/${model}]}
mcp_servers:
  files: {command: ${JSON.stringify(process.execPath)}, args: ${JSON.stringify([filesystemServer, documentsFolder])}, environment: development}
policy:
  settings:
    access: [{groups: [engineering], tools: ["*"]}]
    models: [{groups: [engineering], models: ["*"]}]
`

const endpoints: Readonly<Record<Spoken, string>> = { anthropic: 'messages', openai: 'chat.completions', responses: 'responses', gemini: 'generateContent' }

const credentialOf = (spoken: Spoken, { headers }: RecordedRequest): unknown =>
  spoken === 'openai' || spoken === 'responses' ? headers.authorization?.slice('Bearer '.length) : headers[spoken === 'gemini' ? 'x-goog-api-key' : 'x-api-key']

for (const spoken of ['anthropic', 'openai', 'responses', 'gemini'] as const) test(`through the gateway: a prompt completes on a provider that speaks ${spoken}, and a tool is called at the gateway's MCP endpoint`, async t => {
  const binary = binaryFor(t)
  if (binary === null) return
  const folder = scratchFolder(t)
  const { documents: root, file } = documents(folder)
  const gatewayFolder = join(folder, 'gateway')
  mkdirSync(gatewayFolder)
  const project = join(folder, 'project')
  mkdirSync(project)
  await using provider = await startFakeProvider({ apiKey: providerKey })
  await using gateway = await spawnGateway({ folder: gatewayFolder, config: gatewayConfig(provider.url, root, spoken), env: { PROVIDER_KEY: providerKey } })
  const result = await runClaudeCode({
    binary, folder, project, model, providerUrl: gateway.url, credential: { kind: 'api-key', value: gatewayKey },
    prompt: `use files__read_text_file with ${JSON.stringify({ path: file })}`,
    mcpServers: { gate: { type: 'http', url: `${gateway.url}/mcp`, headers: { Authorization: `Bearer ${gatewayKey}` } } },
    allowedTools: ['mcp__gate__files__read_text_file'],
  })
  assert.deepEqual([result.code, result.isError], [0, false], result.text + result.stderr)
  // The folder can be reached through the gateway only: its content in the answer is the proof of the call.
  assert.match(result.text, new RegExp(`mcp__gate__files__read_text_file answered: .*${secretWord}`))
  assert.ok(provider.requests.length >= 2)
  assert.deepEqual(provider.requests.filter(isRefused), [])
  assert.ok(provider.requests.every(request => credentialOf(spoken, request) === providerKey && request.endpoint === endpoints[spoken]), 'the gateway\'s key must not reach the provider')
})
