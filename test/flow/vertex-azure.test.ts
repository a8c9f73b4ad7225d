// Models on Google Vertex AI and Azure OpenAI. The fakes verify who calls: a JWT with the public key, client secrets, tokens, keys.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeAzure, type FakeAzureOptions } from '../support/fake-azure.ts'
import type { FakeCloud } from '../support/fake-cloud/cloud.ts'
import { startFakeGoogle, type FakeGoogle, type FakeGoogleOptions } from '../support/fake-google.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'
import { anthropicClient, assertNoSecrets, chatLoop, messageLoop, startCloudWorld } from './cloud-world.ts'
import { chat, message, type World } from './setup.ts'

const place = { project: 'my-project', location: 'europe-west1' }
const claude = 'vertex/claude-sonnet-4-5@20250929'

const startVertex = async (t: CleansUp, options: Partial<FakeGoogleOptions> = {}, credential: object | null = null): Promise<{ world: World; google: FakeGoogle }> => {
  const google = await startFakeGoogle({ ...place, betas: ['context-1m-2025-08-07'], ...options })
  t.after(google.close)
  const file = join(scratchFolder(t), 'key.json')
  writeFileSync(file, google.serviceAccountKey)
  const world = await startCloudWorld(t, {
    environment: { GCE_METADATA_HOST: google.url.slice('http://'.length) },
    providers: [{ id: 'vertex', dialect: 'anthropic', base_url: google.url, hosting: { kind: 'vertex', ...place }, credential: credential ?? { google_service_account: { file } } }],
    models: [{ id: claude, capabilities: ['tools', 'vision', 'thinking'] }],
  })
  return { world, google }
}

for (const stream of [false, true]) {
  const how = stream ? 'as a stream' : 'in one piece'
  test(`clients of both dialects run tool loops on Claude at Vertex, ${how}, with one token`, async t => {
    const { google, world } = await startVertex(t)
    assert.match(await messageLoop(world, claude, stream, { thinking: { type: 'enabled', budget_tokens: 1024 } }), /weather answered: 20 degrees/)
    assert.match(await chatLoop(world, claude, stream), /weather answered: 20 degrees/)
    assert.equal(google.tokens.length, 1)
    const asked = google.requests.filter(request => request.path !== '/token').map(({ path, status }) => [path, status])
    const operation = stream ? 'streamRawPredict' : 'rawPredict'
    assert.deepEqual(asked, Array(4).fill([`/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929:${operation}`, 200]))
    assertNoSecrets(world, [...google.tokens, (JSON.parse(google.serviceAccountKey) as { private_key: string }).private_key.slice(100, 160)])
  })
}

test('tokens of a request are counted by Vertex itself', async t => {
  const { google, world } = await startVertex(t)
  const count = await anthropicClient(world).messages.countTokens({ model: claude, messages: [{ role: 'user', content: 'How many tokens are these words?' }] })
  assert.ok(count.input_tokens > 5)
  assert.equal(google.requests.at(-1)?.path, '/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/count-tokens:rawPredict')
  assert.equal(google.requests.at(-1)?.json['model'], 'claude-sonnet-4-5@20250929')
})

test('calls that come together share one question for a token', async t => {
  const { google, world } = await startVertex(t)
  const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await world.post('/v1/messages', message('Hello', { model: claude }))).status))
  assert.deepEqual(new Set(statuses), new Set([200]))
  assert.equal(google.tokens.length, 1)
})

test('the metadata server of a Google machine hands tokens out, and a short-lived one is not used to its end', async t => {
  const { google, world } = await startVertex(t, { expiresInS: 5 }, { google: 'metadata' })
  for (let at = 0; at < 2; at += 1) assert.equal((await world.post('/v1/messages', message('Hello', { model: claude }))).status, 200)
  assert.equal(google.tokens.length, 2)
})

test('a token that nobody hands out is a failure that names the provider and no secret', async t => {
  const { google, world } = await startVertex(t)
  google.refuseTokens()
  const response = await world.post('/v1/messages', message('Hello', { model: claude }))
  const text = await response.text()
  assert.equal(response.status, 502)
  assert.match(text, /No credential for the provider vertex: .*HTTP status 400, invalid_grant/)
  assert.equal(google.requests.filter(request => request.path !== '/token').length, 0)
  const assertion = new URLSearchParams(google.requests[0]?.body.toString()).get('assertion') ?? ''
  assertNoSecrets(world, [assertion], [text])
  assert.equal(world.outcomes()[0]?.['failure'], 'upstream.refused')
})

test('betas pass to Vertex in their header if it knows them, and its errors are told in the caller\'s dialect', async t => {
  const { google, world } = await startVertex(t)
  const passed = await world.post('/v1/messages', message('Hello', { model: claude }), { 'anthropic-beta': 'context-1m-2025-08-07, claude-code-20250219' })
  assert.equal(passed.status, 200, await passed.text())
  assert.equal(passed.headers.get('x-portcullis-lost'), 'anthropic_beta.claude-code-20250219')
  assert.equal(google.requests.at(-1)?.headers['anthropic-beta'], 'context-1m-2025-08-07')
  const exhausted = { kind: 'error', status: 429, name: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded for the project.' } as const
  google.push(exhausted, exhausted, exhausted)
  const refused = await world.post('/v1/messages', message('Hello', { model: claude }))
  assert.deepEqual([refused.status, await refused.json()], [429, { type: 'error', error: { type: 'rate_limit_error', message: 'Quota exceeded for the project.' } }])
})

const azureOptions: FakeAzureOptions = { apiKey: 'azure-key-of-the-flow-test', deployments: ['team-chat'], apiVersion: '2024-10-21', client: { tenant: 'contoso', id: 'client-1', secret: 'entra-client-secret-x' } }

const startAzure = async (t: CleansUp, provider: Readonly<Record<string, unknown>>, byEntra = false): Promise<{ world: World; azure: FakeCloud & { readonly tokens: readonly string[] } }> => {
  const azure = await startFakeAzure(azureOptions)
  t.after(azure.close)
  const { id, tenant } = azureOptions.client
  const credential = byEntra ? { entra_client: { tenant, client_id: id, client_secret: { env: 'AZURE_CLIENT_SECRET' }, authority: azure.url } } : { env: 'AZURE_KEY' }
  const world = await startCloudWorld(t, {
    environment: { AZURE_KEY: azureOptions.apiKey, AZURE_CLIENT_SECRET: azureOptions.client.secret },
    providers: [{ id: 'azure', dialect: 'openai', base_url: azure.url, hosting: { kind: 'azure' }, credential, ...provider }],
    models: [{ id: 'azure/gpt', name: 'team-chat', priced_as: 'gpt-5-mini', price: null }],
  })
  return { world, azure }
}

for (const [name, provider, path] of [
  ['the v1 API', {}, '/openai/v1/chat/completions'],
  ['a dated version', { hosting: { kind: 'azure', api_version: '2024-10-21' } }, '/openai/deployments/team-chat/chat/completions?api-version=2024-10-21'],
] as const) {
  for (const byEntra of [false, true]) {
    test(`clients of both dialects run tool loops on a deployment at Azure by ${name}, ${byEntra ? 'with a token of Entra ID' : 'with its key'}`, async t => {
      const { azure, world } = await startAzure(t, provider, byEntra)
      for (const stream of [false, true]) {
        assert.match(await chatLoop(world, 'azure/gpt', stream), /weather answered: 20 degrees/)
        assert.match(await messageLoop(world, 'azure/gpt', stream), /weather answered: 20 degrees/)
      }
      const asked = azure.requests.filter(request => !request.path.includes('oauth2'))
      assert.deepEqual(asked.map(request => [request.path, request.status]), Array(8).fill([path, 200]))
      assert.ok(asked.every(request => (request.json['max_completion_tokens'] as number) > 0 && request.json['max_tokens'] === undefined))
      assert.equal(azure.tokens.length, byEntra ? 1 : 0)
      assert.ok(world.outcomes().every(outcome => Number(outcome['cost_usd']) > 0 && String(outcome['price_version']).startsWith('genai-prices')), JSON.stringify(world.outcomes()[0]))
      assertNoSecrets(world, [azureOptions.apiKey, azureOptions.client.secret, ...azure.tokens])
    })
  }
}

test('a client of Entra ID that is refused is named, and its secret is in no answer', async t => {
  const { world } = await startAzure(t, { credential: { entra_client: { tenant: 'contoso', client_id: 'client-1', client_secret: { env: 'AZURE_KEY' }, authority: 'http://127.0.0.1:1' } } })
  const response = await world.post('/v1/chat/completions', chat('Hello', { model: 'azure/gpt' }))
  const text = await response.text()
  assert.equal(response.status, 502, text)
  assert.match(text, /No credential for the provider azure/)
  assertNoSecrets(world, [azureOptions.apiKey], [text])
})
