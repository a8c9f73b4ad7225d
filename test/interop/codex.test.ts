// The real Codex through the gateway, on providers that speak Responses and on those that do not. What 0.171.0 asks of a provider, seen here:
// - one endpoint: POST /v1/responses, always streaming, with store false and include reasoning.encrypted_content. No previous_response_id over
//   HTTP: the whole conversation each time. Items carry ids (msg_…) of its own making.
// - prompt_cache_key is its thread id, the same as x-client-request-id; client_metadata repeats it with more. Nothing else names the session.
// - tools: functions, one namespace (multi_agent_v1), web_search. Servers of MCP come as namespaces, too (mcp__<server>).
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { hashKey } from '../../registry/key.ts'
import { startChild } from '../support/child.ts'
import { startFakeProvider } from '../support/fake-provider.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import type { Installed } from './install-claude-code.ts'
import { installCodex } from './install-codex.ts'

const providerKey = 'provider-key'
const gatewayKey = 'gateway-key-0123456789abcdef0123456789abcdef'
const model = 'works'

let installed: Installed
before(async () => { installed = await installCodex() })

const kinds = { 'Responses': 'dialect: openai, apis: [responses]', 'Messages': 'dialect: anthropic', 'chat completions': 'dialect: openai, apis: [chat.completions]' } as const
const endpoints = { 'Responses': 'responses', 'Messages': 'messages', 'chat completions': 'chat.completions' } as const

const gatewayConfig = (providerUrl: string, kind: keyof typeof kinds): string => `
listen: {host: 127.0.0.1, port: 0}
admin: {port: 0}
data: ./data
keys:
  - {name: alice, hash: "${hashKey(gatewayKey)}", subject: {id: alice, tenant: acme, groups: [engineering]}, agent: {id: codex}}
providers:
  - {id: fake, ${kinds[kind]}, base_url: "${providerUrl}", credential: {env: PROVIDER_KEY}}
models:
  - {id: fake/real-name, context: 400000, max_output_tokens: 128000, capabilities: [tools], price: {usd_per_mtok_in: 5, usd_per_mtok_out: 25}}
aliases:
  - {name: ${model}, candidates: [fake/real-name]}
policy:
  settings:
    models: [{groups: [engineering], models: ["*"]}]
`

const codexConfig = (url: string): string => `
model = "${model}"
model_provider = "portcullis"
[model_providers.portcullis]
name = "Portcullis"
base_url = "${url}/v1"
env_key = "PORTCULLIS_KEY"
wire_api = "responses"
`

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) test(`a prompt completes on a provider that speaks ${kind}, its command runs, and what is personal stays here`, async t => {
  if (installed.kind !== 'ready') {
    t.skip(installed.reason)
    return
  }
  const folder = scratchFolder(t)
  for (const name of ['gateway', 'home', 'project']) mkdirSync(join(folder, name))
  await using provider = await startFakeProvider({ apiKey: providerKey })
  await using gateway = await spawnGateway({ folder: join(folder, 'gateway'), config: gatewayConfig(provider.url, kind), env: { PROVIDER_KEY: providerKey } })
  writeFileSync(join(folder, 'home', 'config.toml'), codexConfig(gateway.url))
  const child = await startChild({
    command: installed.binary, cwd: join(folder, 'project'), env: { PATH: process.env['PATH'] ?? '', HOME: join(folder, 'home'), CODEX_HOME: join(folder, 'home'), PORTCULLIS_KEY: gatewayKey },
    args: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '--json', 'use exec_command with {"cmd":"echo jane.doe@example.org > here.txt; echo done-$((40+2))"}'],
  })
  try {
    const said = await child.line(line => line.includes('exec_command answered') || line.includes('turn.failed') ? line : undefined, 60_000)
    assert.match(said, /done-42/, said + child.stderr())
    assert.ok(existsSync(join(folder, 'project', 'here.txt')), 'the command ran with what the model was not shown')
  } finally {
    await child.stop()
  }
  assert.ok(provider.requests.length >= 2 && provider.requests.every(request => request.endpoint === endpoints[kind] && request.status === 200))
  assert.ok(provider.requests.every(({ body }) => body.includes('[EMAIL_1]') && !body.includes('jane.doe')))
})
