// Where models are hosted, who proves what to whom, and what is known of compatible servers: combinations that exist, and clear words for the others.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compatibleServers, pricesOf, quirksOf, serverNames, serverOfHost } from '../../../registry/compatible-servers.ts'
import { modelSchema } from '../../../registry/model.ts'
import { tablePrice } from '../../../registry/prices.ts'
import { providerSchema, type Provider } from '../../../registry/provider.ts'
import { registryOf } from './setup.ts'

const problemsOf = (given: Readonly<Record<string, unknown>>): string[] => (providerSchema.safeParse({ id: 'p', dialect: 'openai', base_url: 'https://x.example/v1', ...given }).error?.issues ?? [])
  .map(issue => `${issue.path.join('.')}: ${issue.message}`)
const provider = (given: Readonly<Record<string, unknown>>): Provider => providerSchema.parse({ id: 'p', dialect: 'openai', base_url: 'https://x.example/v1', ...given })

const bedrock = { kind: 'bedrock', region: 'eu-west-1' }
const vertex = { kind: 'vertex', project: 'p', location: 'global' }
const instance = { aws: 'instance' }
const metadata = { google: 'metadata' }
const entra = { entra_client: { tenant: 't', client_id: 'c', client_secret: { env: 'S' } } }

suite('combinations', () => {
  for (const given of [
    {}, { dialect: 'anthropic' }, { hosting: { kind: 'azure' } }, { hosting: { kind: 'azure', api_version: '2025-04-01-preview' }, credential: entra }, { dialect: 'anthropic', hosting: bedrock, credential: instance },
    { dialect: 'bedrock', hosting: bedrock, credential: { env: 'KEY' } }, { dialect: 'bedrock', hosting: bedrock, credential: { command: ['aws'] } }, { dialect: 'anthropic', hosting: vertex, credential: metadata },
    { dialect: 'anthropic', hosting: vertex, credential: { command: ['gcloud', 'auth', 'print-access-token'] } }, { dialect: 'anthropic', credential: entra }, { server: 'vllm' }, { dialect: 'anthropic', base_url: 'https://api.deepseek.com/anthropic' },
  ]) test(`exists: ${JSON.stringify(given)}`, () => { assert.deepEqual(problemsOf(given), []) })

  const rows: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ dialect: 'bedrock', credential: instance }, /^hosting: the dialect bedrock is not served by hosting direct, but by bedrock/],
    [{ hosting: bedrock, credential: instance }, /^hosting: the dialect openai is not served by hosting bedrock, but by direct or azure/],
    [{ hosting: vertex, credential: metadata }, /^hosting: the dialect openai is not served by hosting vertex/],
    [{ dialect: 'anthropic', hosting: { kind: 'azure' } }, /^hosting: the dialect anthropic is not served by hosting azure/],
    [{ dialect: 'anthropic', hosting: bedrock }, /^credential: is missing: hosting bedrock answers nobody without one/],
    [{ dialect: 'anthropic', hosting: vertex }, /^credential: is missing: hosting vertex/],
    [{ dialect: 'anthropic', hosting: bedrock, credential: metadata }, /^credential: Google credentials are for hosting vertex/],
    [{ dialect: 'anthropic', hosting: vertex, credential: instance }, /^credential: AWS credentials are for hosting bedrock/],
    [{ credential: instance }, /^credential: AWS credentials are for hosting bedrock/],
    [{ dialect: 'anthropic', hosting: bedrock, credential: entra }, /^credential: a client of Entra ID is for hosting azure/],
    [{ dialect: 'anthropic', hosting: bedrock, credential: instance, base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com' }, /^hosting\.region: the base_url is in us-east-1/],
    [{ dialect: 'anthropic', hosting: { kind: 'bedrock', region: 'eu west' }, credential: instance }, /^hosting\.region: must be letters/],
    [{ dialect: 'anthropic', hosting: { ...bedrock, betas: ['A B'] }, credential: instance }, /^hosting\.betas\.0: must be the name of a beta/],
    [{ hosting: { kind: 'azure', api_version: 'latest' } }, /^hosting\.api_version: must be a dated version/],
    [{ hosting: { kind: 'azure', region: 'x' } }, /^hosting: Unrecognized key/],
    [{ hosting: { kind: 'oracle' } }, /^hosting\.kind: /],
    [{ base_url: 'https://api.groq.com/v1' }, /^base_url: groq serves this dialect at another path/],
    [{ base_url: 'https://openrouter.ai/v1' }, /^base_url: openrouter serves this dialect at another path/],
    [{ dialect: 'anthropic', server: 'groq' }, /^server: is for the dialect openai only/],
    [{ server: 'nobody' }, /^server: /],
    [{ credential: { command: [] } }, /^credential/],
    [{ credential: { aws: 'somewhere' } }, /^credential/],
  ]
  for (const [given, expected] of rows) {
    test(`is refused: ${JSON.stringify(given)}`, () => {
      const problems = problemsOf(given)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0]!, expected)
    })
  }
})

suite('compatible servers', () => {
  for (const [host, name] of [
    ['api.groq.com', 'groq'], ['openrouter.ai', 'openrouter'], ['eu.api.x.ai', 'xai'], ['my-res.openai.azure.com', 'azure'], ['openai.azure.com.evil.example', null], ['notapi.groq.com', null], ['127.0.0.1', null],
  ] as const) test(`${host} is ${name ?? 'unknown'}`, () => { assert.equal(serverOfHost(host), name) })

  test('a server is known by its host, by hosting, or by what the operator says', () => {
    assert.equal(quirksOf(provider({ base_url: 'https://api.mistral.ai/v1' })).streamOptions, false)
    assert.equal(quirksOf(provider({ server: 'mistral', base_url: 'http://mistral.internal/v1' })).streamOptions, false)
    assert.equal(quirksOf(provider({ hosting: { kind: 'azure' } })).limit, 'max_completion_tokens')
    assert.equal(quirksOf(provider({})).streamOptions, true)
    assert.equal(quirksOf(provider({ dialect: 'anthropic', base_url: 'https://api.deepseek.com/anthropic' })).echoesReasoning, null)
  })

  test('their price tables exist in the bundled one', () => {
    const known: Readonly<Record<string, string>> = {
      'openai': 'gpt-5-mini', 'azure': 'gpt-4o', 'groq': 'llama-3.3-70b-versatile', 'openrouter': 'anthropic/claude-sonnet-4.5', 'deepseek': 'deepseek-chat', 'mistral': 'mistral-large-latest', 'x-ai': 'grok-4-0709',
      'together': 'meta-llama/Llama-3.3-70B-Instruct-Turbo', 'fireworks': 'accounts/fireworks/models/deepseek-v3p2', 'cerebras': 'llama3.1-8b', 'moonshotai': 'kimi-k2', 'perplexity': 'sonar',
    }
    for (const { prices } of serverNames.map(name => compatibleServers[name])) if (prices !== null) assert.ok(tablePrice(prices, known[prices] ?? '') !== null, prices)
  })

  for (const [given, table] of [
    [{ base_url: 'https://api.groq.com/openai/v1' }, 'groq'], [{ base_url: 'https://api.groq.com/openai/v1', prices_as: 'openai' }, 'openai'], [{ hosting: { kind: 'azure' } }, 'azure'], [{}, 'openai'], [{ dialect: 'anthropic' }, 'anthropic'],
    [{ dialect: 'bedrock', hosting: bedrock, credential: instance }, 'aws'], [{ dialect: 'anthropic', hosting: bedrock, credential: instance }, 'aws'], [{ dialect: 'anthropic', hosting: vertex, credential: metadata }, 'google'],
  ] as const) test(`prices of ${JSON.stringify(given)} are looked for under ${table}`, () => { assert.equal(pricesOf(provider(given)), table) })
})

suite('prices of what clouds call otherwise', () => {
  for (const [table, model, usd] of [
    ['aws', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 3.3], ['aws', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', 3], ['aws', 'us.anthropic.claude-sonnet-4-6', 3.3], ['aws', 'us.amazon.nova-lite-v1:0', 0.06], ['aws', 'amazon.nova-lite-v1:0', 0.06],
    ['google', 'claude-sonnet-4-5@20250929', 3], ['aws', 'anthropic.claude-sonnet-4-5-20250929-v1:0', null], ['aws', 'xx.amazon.nova-lite-v1:0', null], ['aws', 'amazon.nova-lite-new', null], ['google', 'claude-sonnet-4-5@latest', null],
  ] as const) test(`${table}/${model}: ${usd ?? 'none'}`, () => { assert.equal(tablePrice(table, model)?.usdPerMTokIn ?? null, usd) })

  test('a deployment is priced as the model that it is said to be', () => {
    const registry = registryOf({ providers: [{ id: 'az', dialect: 'openai', base_url: 'https://r.openai.azure.com', hosting: { kind: 'azure' } }], models: [{ id: 'az/a', name: 'team-chat', priced_as: 'gpt-4o' }, { id: 'az/b', name: 'team-chat' }] })
    assert.deepEqual(['az/a', 'az/b'].map(id => registry.candidatesFor(id, 'openai')[0]?.price?.usdPerMTokIn ?? null), [2.5, null])
    assert.equal(modelSchema.parse({ id: 'a/b' }).priced_as, null)
  })
})
