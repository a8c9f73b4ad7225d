// Models on Amazon Bedrock, for callers of both dialects: Claude by InvokeModel, all others by Converse. The fake verifies every signature.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { startFakeBedrock, type FakeBedrockOptions } from '../support/fake-bedrock.ts'
import type { FakeCloud } from '../support/fake-cloud/cloud.ts'
import type { CleansUp } from '../support/scratch-folder.ts'
import { anthropicClient, assertNoSecrets, chatLoop, messageLoop, openaiClient, startCloudWorld } from './cloud-world.ts'
import { chat, message, type World, type WorldOptions } from './setup.ts'

const account = { accessKeyId: 'AKIAFLOWTEST00000001', secretAccessKey: 'wJalr/flow+secret/KEY', sessionToken: 'session-token-of-the-flow-test', region: 'eu-central-1' }
const secrets = [account.secretAccessKey, account.sessionToken]
const environment = { AWS_ACCESS_KEY_ID: account.accessKeyId, AWS_SECRET_ACCESS_KEY: account.secretAccessKey, AWS_SESSION_TOKEN: account.sessionToken }
const hosting = { kind: 'bedrock', region: account.region }
const claude = 'claude/anthropic.claude-sonnet-4-5-20250929-v1:0'
const nova = 'aws/amazon.nova-lite-v1:0'

interface Bedrock { readonly world: World; readonly bedrock: FakeCloud }

const start = async (t: CleansUp, more: WorldOptions = {}, options: Partial<FakeBedrockOptions> = {}, provider: Readonly<Record<string, unknown>> = {}): Promise<Bedrock> => {
  const bedrock = await startFakeBedrock({ account, betas: ['context-1m-2025-08-07', 'interleaved-thinking-2025-05-14'], ...options })
  t.after(bedrock.close)
  const common = { base_url: bedrock.url, hosting, credential: { aws: 'environment' }, ...provider }
  const world = await startCloudWorld(t, {
    environment,
    providers: [{ id: 'claude', dialect: 'anthropic', ...common }, { id: 'aws', dialect: 'bedrock', ...common }],
    models: [{ id: claude }, { id: nova, capabilities: ['tools', 'vision'] }, { id: 'aws/eu.anthropic.claude-haiku-4-5-20251001-v1:0' }, { id: 'aws/arn', name: 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc', capabilities: ['tools'] }],
  }, more)
  return { world, bedrock }
}

for (const stream of [false, true]) {
  const how = stream ? 'as a stream' : 'in one piece'
  for (const [kind, model, path] of [['Claude by InvokeModel', claude, stream ? 'invoke-with-response-stream' : 'invoke'], ['another model by Converse', nova, stream ? 'converse-stream' : 'converse']] as const) {
    test(`an OpenAI client runs a loop of parallel tools on ${kind}, ${how}`, async t => {
      const { bedrock, world } = await start(t)
      assert.match(await chatLoop(world, model, stream), /weather answered: 20 degrees\nweather answered: 21 degrees/)
      assert.deepEqual(bedrock.requests.map(request => [request.path, request.status]), Array(2).fill([`/model/${encodeURIComponent(model.slice(model.indexOf('/') + 1))}/${path}`, 200]))
      assert.ok(world.outcomes().every(outcome => Number(outcome['cost_usd']) > 0 && outcome['failure'] === null))
      assertNoSecrets(world, secrets)
    })

    test(`an Anthropic client runs a loop of parallel tools on ${kind}, ${how}`, async t => {
      const { bedrock, world } = await start(t)
      const expected = kind.startsWith('Claude') ? /weather answered: 20 degrees\nweather answered: 21 degrees/ : /weather answered: 20 degrees\nweather answered: Error: 21 degrees/
      assert.match(await messageLoop(world, model, stream), expected)
      assert.ok(bedrock.requests.every(request => request.status === 200 && request.path.endsWith(`/${path}`)))
      assert.ok(world.outcomes().every(outcome => (outcome['usage'] as { output: number }).output > 0))
      assertNoSecrets(world, secrets)
    })
  }
}

test('an Anthropic client gets Claude\'s own events, byte for byte, out of the binary stream', async t => {
  const { world } = await start(t)
  const text = await (await world.post('/v1/messages', message('Hello', { model: claude, stream: true }), { 'accept': 'text/event-stream' })).text()
  const names = [...text.matchAll(/^event: (\w+)\ndata: \{"type":"(\w+)"/gm)].map(([, name, type]) => [name, type])
  assert.ok(names.length > 5 && names.every(([name, type]) => name === type), text)
  assert.deepEqual([names[0]?.[0], names.at(-1)?.[0]], ['message_start', 'message_stop'])
})

test('thinking goes through a tool loop with its signature, by both operations of Bedrock', async t => {
  for (const model of [claude, 'aws/eu.anthropic.claude-haiku-4-5-20251001-v1:0']) {
    const { bedrock, world } = await start(t)
    assert.match(await messageLoop(world, model, true, { thinking: { type: 'enabled', budget_tokens: 1024 } }), /weather answered/)
    assert.match(JSON.stringify(bedrock.requests[1]?.json), /"signature":"fake/)
  }
})

test('caches are marked where the caller marked them, and what they saved is counted', async t => {
  const { bedrock, world } = await start(t)
  const body = (model: string): Record<string, unknown> => message('Hello', { model, system: [{ type: 'text', text: 'Long instructions. '.repeat(50), cache_control: { type: 'ephemeral' } }] })
  for (const model of [claude, nova]) assert.equal((await world.post('/v1/messages', body(model))).status, 200)
  assert.deepEqual(bedrock.requests.map(({ json }) => (json['system'] as object[]).map(block => Object.keys(block))), [[['type', 'text', 'cache_control']], [['text'], ['cachePoint']]])
  assert.ok(world.outcomes().every(outcome => (outcome['usage'] as { cache_write: number }).cache_write > 100), JSON.stringify(world.outcomes()[0]?.['usage']))
})

test('betas that the cloud does not know are held back and reported, and so is what depends on them', async t => {
  const { bedrock, world } = await start(t)
  const headers = { 'anthropic-beta': 'context-1m-2025-08-07,claude-code-20250219,context-management-2025-06-27,fast-mode-2026-02-01' }
  const body = { ...message('Hello', { model: claude }), speed: 'fast', service_tier: 'auto' }
  const restricted = await start(t, {}, {}, { hosting: { ...hosting, betas: ['context-1m-2025-08-07'] } })
  const response = await restricted.world.post('/v1/messages', { ...body, context_management: { edits: [] } }, headers)
  assert.equal(response.status, 200, await response.text())
  assert.deepEqual(response.headers.get('x-portcullis-lost')?.split(', ').sort(), ['anthropic_beta.claude-code-20250219', 'anthropic_beta.context-management-2025-06-27', 'anthropic_beta.fast-mode-2026-02-01', 'context_management', 'service_tier', 'speed'])
  assert.deepEqual(restricted.bedrock.requests[0]?.json['anthropic_beta'], ['context-1m-2025-08-07'])
  const needed = await world.post('/v1/messages', body, { ...headers, 'x-portcullis-require': 'speed' })
  assert.equal(needed.status, 400)
  assert.match(await needed.text(), /route\.lossy/)
  assert.equal(bedrock.requests.length, 0)
})

test('what clients send in the belief that they speak to Anthropic does not make Bedrock refuse the request', async t => {
  const { bedrock, world } = await start(t)
  const body = {
    ...message('My address is jane.doe@example.org', { model: claude }), system: [{ type: 'text', text: 'Long instructions', cache_control: { type: 'ephemeral', scope: 'global' } }],
    tools: [{ name: 'f', eager_input_streaming: true, input_examples: [{ to: 'joe.doe@example.org' }], input_schema: { type: 'object' } }], metadata: { user_id: 'user_1' }, context_management: { edits: [] },
  }
  const response = await world.post('/v1/messages?beta=true', body, { 'anthropic-beta': 'claude-code-20250219,prompt-caching-scope-2026-01-05,interleaved-thinking-2025-05-14' })
  assert.equal(response.status, 200, await response.text())
  assert.deepEqual(bedrock.requests[0]?.json['tools'], [{ name: 'f', input_schema: { type: 'object' } }])
  assert.deepEqual((bedrock.requests[0].json['system'] as object[])[0], { type: 'text', text: 'Long instructions', cache_control: { type: 'ephemeral' } })
  assert.doesNotMatch(bedrock.requests[0].body.toString(), /doe@/)
  assert.match(response.headers.get('x-portcullis-lost') ?? '', /cache_control\.scope/)
})

test('personal data is hidden from a model on Bedrock and comes back, wherever the binary stream is cut', async t => {
  const said = 'Write to jane.doe@example.org, please.'
  for (const model of [claude, nova]) {
    const { bedrock, world } = await start(t)
    for (const chunkBytes of [[1], [7, 3], [100]]) {
      bedrock.deliverBy({ chunkBytes })
      const text = await (await world.post('/v1/messages', message(said, { model, stream: true }))).text()
      const answered = [...text.matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g)].map(([, piece]) => JSON.parse(piece ?? '""') as string).join('')
      assert.equal(answered, `You said: ${said}`)
      assert.doesNotMatch(JSON.stringify(bedrock.requests.at(-1)?.json), /jane\.doe/)
    }
  }
})

test('being throttled is tried again, and told as 429 in the caller\'s dialect when it does not help', async t => {
  const { bedrock, world } = await start(t)
  const throttled = { kind: 'error', status: 429, name: 'ThrottlingException', message: 'Too many tokens, please wait before trying again.' } as const
  bedrock.push(throttled)
  assert.equal((await world.post('/v1/messages', message('Hello', { model: claude }))).status, 200)
  assert.deepEqual(bedrock.requests.map(request => request.status), [429, 200])
  for (const model of [claude, nova]) {
    bedrock.push(throttled, throttled, throttled)
    await assert.rejects(anthropicClient(world).messages.create({ model, max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] }), thrown => thrown instanceof Anthropic.RateLimitError && /Too many tokens/.test(thrown.message))
    bedrock.push(throttled, throttled, throttled)
    await assert.rejects(openaiClient(world).chat.completions.create({ model, max_completion_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] }), thrown => thrown instanceof OpenAI.RateLimitError && thrown.code === 'ThrottlingException')
  }
})

test('a request that Bedrock refuses is not tried again, and the operator\'s names are not in what it said', async t => {
  const { bedrock, world } = await start(t)
  for (const model of [claude, nova]) {
    bedrock.push({ kind: 'error', status: 400, name: 'ValidationException', message: 'User: arn:aws:iam::123456789012:role/gateway may not use more than 5 images' })
    const response = await world.post('/v1/chat/completions', chat('Hello', { model, max_tokens: 10 }))
    assert.equal(response.status, 400)
    const { error } = await response.json() as { error: { message: string; code: string; type: string } }
    assert.deepEqual(error, { message: 'User: arn:… may not use more than 5 images', type: 'invalid_request_error', param: null, code: 'ValidationException' })
  }
  assert.equal(bedrock.requests.length, 2)
})

test('a stream that is cut, or fails half way, ends in the caller\'s own error event', async t => {
  const { bedrock, world } = await start(t)
  for (const model of [claude, nova]) {
    for (const path of ['/v1/messages', '/v1/chat/completions']) {
      for (const delivery of [{ cutAfterEvents: 4 }, { cutAfterBytes: 700 }]) {
        bedrock.push({ kind: 'answer', text: 'one two three four five six seven eight nine ten', ...delivery })
        const text = await (await world.post(path, path === '/v1/messages' ? message('Hello', { model, stream: true }) : chat('Hello', { model, max_tokens: 50, stream: true }))).text()
        assert.match(text, path === '/v1/messages' ? /event: error/ : /"error":/)
        assert.doesNotMatch(text, /message_stop|\[DONE\]/)
      }
    }
  }
  assert.ok(world.outcomes().every(outcome => outcome['failure'] !== null))
})

test('what a guardrail stopped is told as a refusal or a filter, in the caller\'s words', async t => {
  const { bedrock, world } = await start(t, {}, {}, { hosting: { ...hosting, guardrail: { id: 'gr1a2b3c4d5e', version: '1' } } })
  for (const stream of [false, true]) {
    bedrock.push({ kind: 'answer', text: 'I cannot say that.', stop: 'refusal' }, { kind: 'answer', text: 'I cannot say that.', stop: 'refusal' })
    const ask = { model: nova, max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] }
    const asMessage = stream ? await anthropicClient(world).messages.stream(ask).finalMessage() : await anthropicClient(world).messages.create(ask)
    assert.equal(asMessage.stop_reason, 'refusal')
    const asChat = stream ? await openaiClient(world).chat.completions.stream(ask).finalChatCompletion() : await openaiClient(world).chat.completions.create({ ...ask, stream: false })
    assert.equal(asChat.choices[0]?.finish_reason, 'content_filter')
  }
  assert.deepEqual(bedrock.requests[0]?.json['guardrailConfig'], { guardrailIdentifier: 'gr1a2b3c4d5e', guardrailVersion: '1' })
  await world.post('/v1/messages', message('Hello', { model: claude }))
  assert.equal(bedrock.requests.at(-1)?.headers['x-amzn-bedrock-guardrailidentifier'], 'gr1a2b3c4d5e')
})

test('an API key of Bedrock goes as a bearer token, and models may be named by their ARN', async t => {
  const apiKey = 'bedrock-api-key-of-the-flow-test'
  const { bedrock, world } = await start(t, { environment: { BEDROCK_KEY: apiKey } }, { apiKey }, { credential: { env: 'BEDROCK_KEY' } })
  assert.equal((await world.post('/v1/messages', message('Hello', { model: 'aws/arn' }))).status, 200)
  assert.equal(bedrock.requests[0]?.path, '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fabc/converse')
  assert.equal(bedrock.requests[0].headers.authorization, `Bearer ${apiKey}`)
  assertNoSecrets(world, [apiKey])
})

test('wrong keys are refused by the cloud, told as an error, and in no log', async t => {
  const wrong = { aws_keys: { access_key_id: { env: 'AWS_ACCESS_KEY_ID' }, secret_access_key: { env: 'CLOUD_KEY' } } }
  const { world } = await start(t, {}, {}, { credential: wrong })
  const response = await world.post('/v1/messages', message('Hello', { model: claude }))
  const text = await response.text()
  assert.equal(response.status, 403, text)
  assertNoSecrets(world, [...secrets, 'cloud-secret'], [text])
})

test('tokens of a request for Claude on Bedrock are counted here, and nobody is asked', async t => {
  const { bedrock, world } = await start(t)
  const count = await anthropicClient(world).messages.countTokens({ model: claude, messages: [{ role: 'user', content: 'How many tokens are these words?' }] })
  assert.ok(count.input_tokens > 5)
  assert.equal(bedrock.requests.length, 0)
})
