// Gemini on Google Vertex AI: callers of every dialect, as it is said there. The fake refuses what Vertex refuses: unknown tokens, addresses and
// names, ids of calls among them.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeGoogle, type FakeGoogle } from '../support/fake-google.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'
import { anthropicClient, assertNoSecrets, chatLoop, messageLoop, startCloudWorld } from './cloud-world.ts'
import { ask, call, callsOf, forms, geminiTools, say, textOf, twice, user, type Answer } from './gemini-world.ts'
import { chat, message, type World } from './setup.ts'

const place = { project: 'my-project', location: 'europe-west1' }
const flash = 'vertex/flash'
const at = (method: string): string => `/v1/projects/my-project/locations/europe-west1/publishers/google/models/gemini-3-flash:${method}`

const startVertex = async (t: CleansUp, config: Readonly<Record<string, unknown>> = {}): Promise<{ world: World; google: FakeGoogle }> => {
  const google = await startFakeGoogle(place)
  t.after(google.close)
  const file = join(scratchFolder(t), 'key.json')
  writeFileSync(file, google.serviceAccountKey)
  const world = await startCloudWorld(t, {
    providers: [{ id: 'vertex', dialect: 'gemini', base_url: google.url, hosting: { kind: 'vertex', ...place }, credential: { google_service_account: { file } } }],
    models: [{ id: flash, name: 'gemini-3-flash', capabilities: ['tools', 'vision', 'thinking', 'json_schema', 'embeddings'] }],
  }, { config })
  return { world, google }
}

const askedOf = ({ requests }: FakeGoogle): readonly FakeGoogle['requests'][number][] => requests.filter(({ path }) => path !== '/token')

for (const form of forms) {
  test(`a Gemini caller runs a loop of parallel tools on Vertex, ${form}, with ids of calls that were begun elsewhere`, async t => {
    const { google, world } = await startVertex(t)
    const first = await ask(world, flash, form, say(twice, { tools: geminiTools }))
    const calls = callsOf(first)
    assert.deepEqual(calls.map(part => [part.functionCall?.name, part.functionCall?.args, part.functionCall?.id]), [['weather', { city: 'Oslo' }, undefined], ['weather', { city: 'Rome' }, undefined]])
    assert.equal(first.at(-1)?.modelVersion, flash)
    // Another provider's model, or a client, has numbered them.
    const numbered = calls.map((part, index) => ({ ...part, functionCall: { id: `call_${index}`, ...part.functionCall } }))
    const results = calls.map((part, index) => ({ function_response: { id: `call_${index}`, name: part.functionCall?.name, response: { output: `${index + 20} degrees`, id: 'kept' } } }))
    const second = await ask(world, flash, form, { tools: geminiTools, contents: [user(twice), { role: 'model', parts: numbered }, { role: 'user', parts: results }] })
    assert.match(textOf(second), /weather answered: .*20 degrees.*\n?.*21 degrees/)
    const method = form === 'whole' ? 'generateContent' : 'streamGenerateContent?alt=sse'
    assert.deepEqual(askedOf(google).map(({ path, status }) => [path, status]), [[at(method), 200], [at(method), 200]])
    assert.match(google.requests.at(-1)?.body.toString() ?? '', /"function_response":\{"name":"weather","response":\{"output":"20 degrees","id":"kept"\}\}/)
    assertNoSecrets(world, google.tokens)
    assert.ok(world.outcomes().every(outcome => Number(outcome['cost_usd']) > 0 && outcome['failure'] === null))
  })
}

test('what Vertex takes as it is, it gets byte for byte, with a token and without the caller\'s key', async t => {
  const { google, world } = await startVertex(t)
  const body = '{ "contents":[{"role":"user","parts":[{"text":"Caf\\u00e9 \\/ tab\\t"}]}],\n "generationConfig" : {"temperature":1.50},\t"safetySettings":[ ]  }'
  for (const method of ['generateContent', 'streamGenerateContent?alt=sse']) {
    const response = await call(world, flash, method, body, { 'x-goog-api-client': 'google-genai-sdk/3', 'cookie': 'session=1', 'x-goog-user-project': 'p' })
    assert.equal(response.status, 200, await response.text())
    const request = google.requests.at(-1)
    assert.equal(request?.body.toString(), body)
    assert.equal(request.path, at(method))
    assert.deepEqual([request.headers.authorization, request.headers['x-goog-api-key'], request.headers.cookie, request.headers['x-goog-user-project'], request.headers['x-goog-api-client']], [`Bearer ${google.tokens[0]}`, undefined, undefined, undefined, 'google-genai-sdk/3'])
  }
})

for (const stream of [false, true]) {
  test(`clients of OpenAI's and Anthropic's dialects run tool loops on Gemini at Vertex, ${stream ? 'as a stream' : 'in one piece'}, with one token`, async t => {
    const { google, world } = await startVertex(t)
    assert.match(await chatLoop(world, flash, stream), /weather answered: 20 degrees\nweather answered: 21 degrees/)
    assert.match(await messageLoop(world, flash, stream, { thinking: { type: 'enabled', budget_tokens: 1024 } }), /weather answered: 20 degrees\nweather answered: Error: 21 degrees/)
    assert.deepEqual(askedOf(google).map(({ path, status }) => [path, status]), Array(4).fill([at(stream ? 'streamGenerateContent?alt=sse' : 'generateContent'), 200]))
    assert.equal(google.tokens.length, 1)
    assertNoSecrets(world, google.tokens)
  })
}

test('results that come in another order than their calls are put in order: there is no id to tell them apart', async t => {
  const { google, world } = await startVertex(t)
  const calls = ['Oslo', 'Rome'].map((city, index) => ({ id: `call_${index}`, type: 'function', function: { name: 'weather', arguments: JSON.stringify({ city }) } }))
  const results = [1, 0].map(index => ({ role: 'tool', tool_call_id: `call_${index}`, content: ['cold', 'warm'][index] }))
  const response = await world.post('/v1/chat/completions', { model: flash, messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', content: null, tool_calls: calls }, ...results], tools: [{ type: 'function', function: { name: 'weather' } }] })
  assert.equal(response.status, 200, await response.text())
  const { contents } = google.requests.at(-1)?.json as { contents: { parts: { functionResponse?: { response: { output: string } } }[] }[] }
  assert.deepEqual(contents.at(-1)?.parts.map(part => part.functionResponse?.response.output), ['cold', 'warm'])
})

test('tokens are counted by Vertex; a request wrapped in a request, and callers of other dialects, are answered by the estimate', async t => {
  const { google, world } = await startVertex(t)
  const count = async (body: unknown): Promise<number> => (await (await call(world, flash, 'countTokens', body)).json() as { totalTokens: number }).totalTokens
  const question = say('How many tokens are these words?')
  assert.ok(await count(question) > 5)
  assert.deepEqual(askedOf(google).map(({ path, status }) => [path, status]), [[at('countTokens'), 200]])
  assert.ok(await count({ generateContentRequest: { model: `models/${flash}`, ...question } }) > 5)
  assert.ok((await anthropicClient(world).messages.countTokens({ model: flash, messages: [{ role: 'user', content: 'How many tokens are these words?' }] })).input_tokens > 5)
  assert.equal(askedOf(google).length, 1)
})

test('embedContent is Vertex\'s to answer; batches and other dialects\' embeddings it does not have', async t => {
  const { google, world } = await startVertex(t)
  const content = { parts: [{ text: 'one' }] }
  const one = await call(world, flash, 'embedContent', { model: `models/${flash}`, content })
  assert.ok((await one.json() as { embedding: { values: number[] } }).embedding.values.length > 0)
  assert.equal(google.requests.at(-1)?.path, at('embedContent'))
  const batch = await call(world, flash, 'batchEmbedContents', { requests: [{ model: `models/${flash}`, content }] })
  const openai = await world.post('/v1/embeddings', { model: flash, input: 'one' })
  assert.deepEqual([batch.status, openai.status], [404, 404])
  assert.equal(askedOf(google).length, 1)
})

test('a service tier and a model in the body are held back, in every spelling, and the tier is reported', async t => {
  const { google, world } = await startVertex(t)
  for (const tier of ['serviceTier', 'service_tier']) {
    const response = await call(world, flash, 'generateContent', { model: `models/${flash}`, ...say('Hi'), [tier]: 'priority' })
    assert.deepEqual([response.status, response.headers.get('x-portcullis-lost')], [200, 'serviceTier'])
    assert.deepEqual(Object.keys(google.requests.at(-1)?.json ?? {}), ['contents'])
  }
  const required = await call(world, flash, 'generateContent', { ...say('Hi'), serviceTier: 'flex' }, { 'x-portcullis-require': 'serviceTier' })
  assert.equal(required.status, 400)
  assert.match(await required.text(), /serviceTier cannot be said/)
})

test('errors of Vertex pass as they are to Gemini callers, and in their own dialect to others', async t => {
  const { google, world } = await startVertex(t, { resilience: { attempts: 1 } })
  const exhausted = { kind: 'error', status: 429, name: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded for the project.' } as const
  google.push(exhausted)
  const native = await call(world, flash, 'generateContent', say('Hi'))
  assert.deepEqual([native.status, (await native.json() as Answer).error], [429, { code: 429, message: 'Quota exceeded for the project.', status: 'RESOURCE_EXHAUSTED', details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12s' }] }])
  const invalid = { kind: 'error', status: 400, name: 'INVALID_ARGUMENT', message: 'Please use a valid role: user, model.' } as const
  google.push(invalid, invalid)
  const openai = await world.post('/v1/chat/completions', chat('Hi', { model: flash, stream: true }))
  assert.deepEqual([openai.status, (await openai.json() as { error: { message: string } }).error.message], [400, invalid.message])
  const anthropic = await world.post('/v1/messages', message('Hi', { model: flash }))
  assert.deepEqual([anthropic.status, await anthropic.json()], [400, { type: 'error', error: { type: 'invalid_request_error', message: invalid.message } }])
})

test('a stream that Vertex breaks off is told as a failure in every dialect', async t => {
  const { google, world } = await startVertex(t)
  google.deliverBy({ cutAfterEvents: 2 })
  for (const [path, body] of [['/v1/chat/completions', chat('Hello you', { model: flash, stream: true })], ['/v1/messages', message('Hello you', { model: flash, stream: true })]] as const) {
    const text = await (await world.post(path, body)).text()
    assert.match(text, /"error"/)
  }
  assert.match(await (await call(world, flash, 'streamGenerateContent?alt=sse', say('Hello you'))).text(), /"error"/)
})
