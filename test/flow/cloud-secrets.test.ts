// No credential of a cloud is told to anybody but the cloud: log, audit, other state, metrics, traces, answers and errors are searched for it,
// on good days and bad ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeAzure } from '../support/fake-azure.ts'
import { startFakeBedrock } from '../support/fake-bedrock.ts'
import { startFakeGoogle } from '../support/fake-google.ts'
import { startOtlpCollector } from '../support/otlp-collector.ts'
import { assertNoSecrets, startCloudWorld } from './cloud-world.ts'
import { chat, message } from './setup.ts'

const account = { accessKeyId: 'AKIASECRETS000000001', secretAccessKey: 'aws/secret+of-the/test', sessionToken: 'aws-session-token-of-the-test', region: 'eu-west-1' }
const azure = { apiKey: 'azure-key-of-the-test', deployments: ['gpt'], apiVersion: '2024-10-21', client: { tenant: 't', id: 'client', secret: 'entra-secret-of-the-test' } }
const place = { project: 'p', location: 'global' }

for (const isBad of [false, true]) {
  test(`credentials of clouds are told to nobody, ${isBad ? 'when they are refused' : 'when all is well'}`, async t => {
    const collector = await startOtlpCollector(t)
    const bedrock = await startFakeBedrock({ account: isBad ? { ...account, secretAccessKey: 'another' } : account })
    const google = await startFakeGoogle(place)
    const entra = await startFakeAzure(isBad ? { ...azure, apiKey: 'another', client: { ...azure.client, secret: 'another' } } : azure)
    for (const cloud of [bedrock, google, entra]) t.after(cloud.close)
    if (isBad) google.refuseTokens()
    const hosting = { kind: 'bedrock', region: account.region }
    const world = await startCloudWorld(t, {
      environment: { A: account.accessKeyId, B: account.secretAccessKey, C: account.sessionToken, G: google.serviceAccountKey, Z: azure.apiKey, E: azure.client.secret },
      providers: [
        { id: 'claude', dialect: 'anthropic', base_url: bedrock.url, hosting, credential: { aws_keys: { access_key_id: { env: 'A' }, secret_access_key: { env: 'B' }, session_token: { env: 'C' } } } },
        { id: 'nova', dialect: 'bedrock', base_url: bedrock.url, hosting, credential: { command: [process.execPath, '-e', `console.log(JSON.stringify({ Version: 1, AccessKeyId: '${account.accessKeyId}', SecretAccessKey: '${account.secretAccessKey}', SessionToken: '${account.sessionToken}' }))`] } },
        { id: 'vertex', dialect: 'anthropic', base_url: google.url, hosting: { kind: 'vertex', ...place }, credential: { google_service_account: { env: 'G' } } },
        { id: 'key', dialect: 'openai', base_url: entra.url, hosting: { kind: 'azure' }, credential: { env: 'Z' } },
        { id: 'entra', dialect: 'openai', base_url: entra.url, hosting: { kind: 'azure' }, credential: { entra_client: { tenant: 't', client_id: 'client', client_secret: { env: 'E' }, authority: entra.url } } },
      ],
      models: ['claude/anthropic.m', 'nova/amazon.m', 'vertex/m', 'key/gpt', 'entra/gpt'].map(id => ({ id })),
    }, { config: { telemetry: { otlp_endpoint: collector.url } } })
    const seen: string[] = []
    for (const model of ['claude/anthropic.m', 'nova/amazon.m', 'vertex/m', 'key/gpt', 'entra/gpt']) {
      for (const stream of [false, true]) {
        for (const response of [await world.post('/v1/messages', message('Hello', { model, stream })), await world.post('/v1/chat/completions', chat('Hello', { model, max_tokens: 50, stream }))]) {
          const text = await response.text()
          assert.equal(response.status === 200, !isBad, `${model}: ${text}`)
          seen.push(text, JSON.stringify([...response.headers]))
        }
      }
    }
    seen.push(await world.metrics(), await (await world.get('/v1/models')).text())
    await world.close()
    assert.ok(collector.spans.length > 20)
    seen.push(JSON.stringify(collector.spans, (_key, value: unknown) => typeof value === 'bigint' ? String(value) : value))
    const { private_key: pem } = JSON.parse(google.serviceAccountKey) as { private_key: string }
    const signatures = bedrock.requests.map(request => /Signature=(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? '').filter(signature => signature !== '')
    assert.ok(signatures.length > 0)
    assertNoSecrets(world, [account.secretAccessKey, account.sessionToken, azure.apiKey, azure.client.secret, ...google.tokens, ...entra.tokens, pem.slice(60, 120), ...signatures], seen)
  })
}
