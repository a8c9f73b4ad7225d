// The Gemini dialect between those who speak it: what the gateway does not know it must not touch. Keys, names, lists, counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, call, geminiWorld, key, say, toChat, toGemini, withGemini } from './gemini-world.ts'
import { adjustEntry, keys } from './setup.ts'

// Odd spacing, escapes, number spellings, spellings of fields and order: what a parser and a printer would lose.
const odd = '{ "x_future" : {"a":1.50},\n "contents":[{"role":"user","parts":[{"text":"Caf\\u00e9 \\/ tab\\t"},{"inline_data":{"mime_type":"image/png","data":"AAAA"}}]},'
  + '{"role":"model","parts":[{"text":"hm \\u2013","thought":true},{"function_call":{"name":"f","args":{"n":1e2}},"thoughtSignature":"c2ln+bmF0dXJl/w=="}]}],\t"safetySettings":[ ]  }'

test('a Gemini provider gets the request byte for byte, with its own credential, and only the model of the path replaced', async t => {
  const world = await geminiWorld(t)
  for (const [method, sent] of [['generateContent?prettyPrint=false', 'generateContent?prettyPrint=false'], ['streamGenerateContent?alt=sse', 'streamGenerateContent?alt=sse'], ['streamGenerateContent', 'streamGenerateContent?alt=sse']]) {
    // The fake provider refuses what it does not know, as the real one does: that is its to say.
    const response = await call(world, toGemini, method ?? '', odd, { 'x-goog-api-client': 'google-genai-sdk/3', 'cookie': 'session=1', 'x-goog-user-project': 'p' })
    assert.match(await response.text(), /Unknown name .*: Cannot find field/)
    const request = world.cloud.requests.at(-1)
    assert.equal(request?.body.toString(), odd)
    assert.equal(request.path, `/v1beta/models/gemini-3-flash:${sent ?? ''}`)
    assert.deepEqual([request.headers['x-goog-api-key'], request.headers.authorization, request.headers.cookie, request.headers['x-goog-user-project'], request.headers['x-goog-api-client']], ['cloud-secret', undefined, undefined, undefined, 'google-genai-sdk/3'])
    assert.doesNotMatch(JSON.stringify(request.headers), /pk_alice/)
  }
  await world.post('/v1/models/google/flash:generateContent', say('Hi'), key)
  assert.equal(world.cloud.requests.at(-1)?.path, '/v1/models/gemini-3-flash:generateContent')
})

test('a base URL may have the version in it', async t => {
  const world = await geminiWorld(t, { adjust: config => {
    const given = withGemini(config)
    const { base_url: base } = (given['providers'] as { id: string; base_url: string }[]).find(({ id }) => id === 'google') ?? { base_url: '' }
    return adjustEntry('providers', 'google', { base_url: `${base}/v1beta/` })(given)
  } })
  for (const version of ['v1', 'v1beta']) {
    assert.equal((await world.post(`/${version}/models/google/flash:generateContent`, say('Hi'), key)).status, 200)
    assert.equal(world.cloud.requests.at(-1)?.path, '/v1beta/models/gemini-3-flash:generateContent')
  }
})

for (const status of [400, 429, 503]) {
  test(`a Gemini provider's ${status} passes with its body as it was written`, async t => {
    const world = await geminiWorld(t, { config: { resilience: { attempts: 1 } } })
    const body = `{\n  "error": {"code": ${status}, "message": "No \\u2013 really", "status": "ODD", "details": [ ]}}`
    for (const method of ['generateContent', 'streamGenerateContent?alt=sse', 'streamGenerateContent']) {
      world.cloud.script.push({ kind: 'raw', status, body, headers: { 'content-type': 'application/json' } })
      const response = await call(world, toGemini, method, say('Hi'))
      assert.deepEqual([response.status, await response.text()], [status, body])
    }
  })
}

test('keys are taken from the header, and never from the address, where they would be logged', async t => {
  const world = await geminiWorld(t)
  const path = '/v1beta/models/google/flash:generateContent'
  const missing = await fetch(`${world.url}${path}?key=${keys.alice}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(say('Hi')) })
  assert.equal(missing.status, 401)
  const { error } = await missing.json() as Answer
  assert.equal(error?.status, 'UNAUTHENTICATED')
  assert.match(error.message, /x-goog-api-key.*in an address none is read/)
  const both = await world.post(`${path}?key=${keys.alice}`, say('Hi'), key)
  assert.equal(both.status, 401)
  assert.match((await both.json() as Answer).error?.message ?? '', /A key in the address is not accepted\. Send the gateway key in a header/)
  const list = await fetch(`${world.url}/v1beta/models?key=${keys.alice}`)
  assert.equal(list.status, 401)
  assert.equal((await world.post(path, say('Hi'), { ...key, 'x-goog-api-key': 'cloud-secret' })).status, 401)
  assert.equal(world.cloud.requests.length, 0)
  assert.doesNotMatch(JSON.stringify([world.log, world.audit()]), /pk_alice/)
  assert.doesNotMatch(await world.metrics(), /pk_alice/)
})

test('metrics and records name the method, never a model that a caller made up', async t => {
  const world = await geminiWorld(t)
  await call(world, 'made-up-by-a-caller', 'generateContent', say('Hi'))
  assert.equal(world.outcomes().at(-1)?.['method'], '/v1beta/models/{model}:generateContent')
  assert.doesNotMatch(await world.metrics(), /made-up-by-a-caller/)
})

test('models are listed in Gemini\'s shape, and one can be asked for in every dialect', async t => {
  const world = await geminiWorld(t)
  for (const path of ['/v1beta/models', '/v1/models']) {
    const { models } = await (await world.get(path, key)).json() as { models: { name: string; inputTokenLimit: number; supportedGenerationMethods: string[] }[] }
    assert.deepEqual(models.map(({ name }) => name), ['cloud/small', 'cloud/large', 'cloud-anthropic/small', 'home/llama', 'home-anthropic/llama', 'google/flash', 'google/old'].map(name => `models/${name}`))
    assert.deepEqual(models.find(({ name }) => name === 'models/cloud/large')?.supportedGenerationMethods, ['generateContent', 'countTokens', 'embedContent', 'batchEmbedContents'])
    assert.equal(models[0]?.inputTokenLimit, 128_000)
  }
  assert.equal((await (await world.get('/v1beta/models/google/flash', key)).json() as { name: string }).name, 'models/google/flash')
  assert.equal((await (await world.get('/v1/models/google/flash')).json() as { object: string }).object, 'model')
  assert.equal((await (await world.get('/v1/models/google%2Fflash', { 'anthropic-version': '2023-06-01' })).json() as { type: string }).type, 'model')
  const denied = await world.get('/v1beta/models/google/flash', { 'authorization': '', 'x-goog-api-key': keys.bob })
  const unknown = await world.get('/v1beta/models/nobody', key)
  assert.deepEqual([denied.status, unknown.status, (await unknown.json() as Answer).error?.status], [404, 404, 'NOT_FOUND'])
  assert.equal((await world.post('/v1beta/models/x:predict', {}, key)).status, 404)
  assert.equal(world.cloud.requests.length, 0)
})

test('tokens are counted by a Gemini provider, or here for others; embeddings go to Gemini models only', async t => {
  const world = await geminiWorld(t)
  const count = async (model: string): Promise<number> => (await (await call(world, model, 'countTokens', say('How many tokens are these words?'))).json() as { totalTokens: number }).totalTokens
  assert.ok(await count(toGemini) > 5)
  assert.deepEqual(world.cloud.requests.map(request => request.endpoint), ['countTokens'])
  assert.ok(await count(toChat) > 5)
  assert.equal(world.cloud.requests.length, 1)
  assert.ok(world.outcomes().every(outcome => outcome['cost_usd'] === null))
  const content = { parts: [{ text: 'one' }] }
  const one = await call(world, toGemini, 'embedContent', { model: `models/${toGemini}`, content, taskType: 'RETRIEVAL_QUERY' })
  assert.ok((await one.json() as { embedding: { values: number[] } }).embedding.values.length > 0)
  const batch = await call(world, toGemini, 'batchEmbedContents', { requests: [content, content].map(given => ({ model: `models/${toGemini}`, content: given })) })
  assert.equal((await batch.json() as { embeddings: unknown[] }).embeddings.length, 2)
  assert.deepEqual((world.cloud.requests.at(-1)?.json as { requests: { model: string }[] }).requests.map(request => request.model), ['models/gemini-3-flash', 'models/gemini-3-flash'])
  assert.equal((await call(world, toChat, 'embedContent', { content })).status, 404)
  assert.ok(Number(world.outcomes().find(outcome => outcome['action'] === 'model.embed')?.['cost_usd']) > 0)
})

test('an array grows as the answer arrives', async t => {
  const world = await geminiWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'one two three four', eventDelayMs: 150 }) } })
  const response = await call(world, toGemini, 'streamGenerateContent', say('Hello'))
  const reader = response.body?.getReader()
  const first = new TextDecoder().decode((await reader?.read())?.value as Uint8Array | undefined)
  assert.match(first, /^\[\{/)
  assert.doesNotMatch(first, /finishReason/)
  await reader?.cancel()
})
