// The real Claude Code, unchanged but for its base URL, on Amazon Bedrock: Claude by InvokeModel with every beta and member that it sends in the
// belief that it speaks to Anthropic, and another model by Converse. The fake refuses what Bedrock refuses and verifies every signature.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { hashKey } from '../../registry/key.ts'
import { bedrockBetas } from '../../registry/hosting.ts'
import { startFakeBedrock } from '../support/fake-bedrock.ts'
import { scratchFolder } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { installClaudeCode, type Installed } from './install-claude-code.ts'
import { runClaudeCode } from './run-claude-code.ts'

const model = 'claude-opus-5-5'
const gatewayKey = 'gateway-key-0123456789abcdef0123456789abcdef'
const filesystemServer = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')
const secretWord = 'damson'
const account = { accessKeyId: 'AKIAINTEROP000000001', secretAccessKey: 'interop/secret+key', region: 'eu-west-1' }

let installed: Installed
before(async () => { installed = await installClaudeCode() })

const config = (url: string, documents: string, dialect: string): string => `
listen: {host: 127.0.0.1, port: 0}
admin: {port: 0}
data: ./data
keys:
  - {name: alice, hash: "${hashKey(gatewayKey)}", subject: {id: alice, tenant: acme, groups: [engineering]}, agent: {id: claude-code}}
providers:
  - {id: aws, dialect: ${dialect}, base_url: "${url}", hosting: {kind: bedrock, region: ${account.region}}, credential: {aws: environment}, trust: restricted}
models:
  - {id: "aws/eu.anthropic.${model}", context: 1000000, max_output_tokens: 128000, capabilities: [tools, thinking], price: {usd_per_mtok_in: 5, usd_per_mtok_out: 25}}
aliases:
  - {name: ${model}, candidates: ["aws/eu.anthropic.${model}"]}
mcp_servers:
  files: {command: ${JSON.stringify(process.execPath)}, args: ${JSON.stringify([filesystemServer, documents])}, environment: development}
policy:
  settings:
    access: [{groups: [engineering], tools: ["*"]}]
    models: [{groups: [engineering], models: ["*"]}]
`

for (const dialect of ['anthropic', 'bedrock']) {
  test(`a prompt completes on Bedrock by ${dialect === 'anthropic' ? 'InvokeModel' : 'Converse'}, and a tool is called at the gateway's MCP endpoint`, async t => {
    if (installed.kind !== 'ready') {
      t.skip(installed.reason)
      return
    }
    const folder = scratchFolder(t)
    const [documents, gatewayFolder, project] = ['documents', 'gateway', 'project'].map(name => join(folder, name)) as [string, string, string]
    for (const path of [documents, gatewayFolder, project]) mkdirSync(path)
    writeFileSync(join(documents, 'word.txt'), `the secret word is ${secretWord}`)
    const bedrock = await startFakeBedrock({ account, betas: bedrockBetas })
    t.after(bedrock.close)
    await using gateway = await spawnGateway({
      folder: gatewayFolder, config: config(bedrock.url, documents, dialect), env: { AWS_ACCESS_KEY_ID: account.accessKeyId, AWS_SECRET_ACCESS_KEY: account.secretAccessKey },
    })
    const result = await runClaudeCode({
      binary: installed.binary, folder, project, model, providerUrl: gateway.url, credential: { kind: 'api-key', value: gatewayKey },
      prompt: `use files__read_text_file with ${JSON.stringify({ path: join(documents, 'word.txt') })}`,
      mcpServers: { gate: { type: 'http', url: `${gateway.url}/mcp`, headers: { Authorization: `Bearer ${gatewayKey}` } } },
      allowedTools: ['mcp__gate__files__read_text_file'],
    })
    assert.deepEqual([result.code, result.isError], [0, false], result.text + result.stderr)
    assert.match(result.text, new RegExp(`mcp__gate__files__read_text_file answered: .*${secretWord}`))
    const operation = dialect === 'anthropic' ? 'invoke-with-response-stream' : 'converse-stream'
    assert.ok(bedrock.requests.length >= 2)
    assert.deepEqual([...new Set(bedrock.requests.map(({ path, status }) => `${path} ${status}`))], [`/model/eu.anthropic.${model}/${operation} 200`])
  })
}
