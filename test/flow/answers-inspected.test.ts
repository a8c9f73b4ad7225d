// What a model says by itself is looked at while it passes, in every dialect, whole and streamed: hidden, refused or only labelled, as policy
// says. What was restored for the caller is no business of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chat, message, startWorld, type World } from './setup.ts'
import { textOf as saidIn } from './text-of.ts'
import { scriptedProvider, type ScriptedProvider } from './scripted-provider.ts'
import type { CleansUp } from '../support/scratch-folder.ts'

const email = 'anna.muster@example.com'
// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
const told = `The key is ${secret}, as ${'I was told in a long and tiresome letter of which nothing else is known, '.repeat(2)}and [EMAIL_1] knows.`
const cuts = [1, 2, 3, 4, 5, 6, 7]

const answering = (action: string, kinds: readonly string[] = ['cloud_key', 'api_key', 'private_key', 'email']): Record<string, unknown> => ({ policy: { settings: { data: { answers: { kinds, action } } } } })

const dialects = [
  { name: 'OpenAI', path: '/v1/chat/completions', ask: chat, tools: (parameters: unknown) => [{ type: 'function', function: { name: 'send', parameters } }] },
  { name: 'Anthropic', path: '/v1/messages', ask: message, tools: (parameters: unknown) => [{ name: 'send', input_schema: parameters }] },
] as const

/** A call begins with empty arguments, which the deltas of a stream then replace. */
const textOf = (body: string): string => saidIn(body).replace(/\{\}(?=\{)/, '')

const labelsOf = (world: World): unknown => (world.outcomes().at(-1)?.['response_labels'] as { labels: unknown } | null)?.labels

for (const { name, path, ask, tools } of dialects) {
  for (const stream of [false, true]) {
    const how = `${name}, ${stream ? 'stream' : 'whole answer'}`

    test(`${how}: a secret that the model says is masked, and what was restored is not`, async t => {
      const world = await startWorld(t, { config: answering('mask'), cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 3, chunkBytes: cuts }) } })
      const response = await world.post(path, ask(`I am ${email}.`, { model: 'cloud-only', stream }))
      const body = await response.text()
      assert.equal(response.status, 200, body)
      assert.equal(textOf(body), told.replace(secret, '[CLOUD_KEY]').replace('[EMAIL_1]', email))
      assert.deepEqual(labelsOf(world), ['secret'])
      assert.deepEqual(world.outcomes().at(-1)?.['redactions'], { email: 1, cloud_key: 1 })
    })

    test(`${how}: the session is marked, so that its next call keeps to local models`, async t => {
      const world = await startWorld(t, { config: answering('label'), cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 3 }) } })
      const headers = { 'x-portcullis-session': 'marked' }
      const first = await (await world.post(path, ask('Hello', { model: 'cloud-only', stream }), headers)).text()
      assert.equal(textOf(first), told, 'a label changes nothing')
      assert.equal((await world.post(path, ask('And now?', { model: 'cloud-only' }), headers)).status, 404)
    })

    test(`${how}: the arguments of tool calls are looked at, and stay JSON`, async t => {
      const args = { to: '[EMAIL_1]', note: `key "${secret}"\n`, last: 'x'.repeat(100) }
      const world = await startWorld(t, { config: answering('drop'), cloud: { reply: () => ({ kind: 'answer', toolCalls: [{ name: 'send', args }], deltaChars: 2, chunkBytes: cuts }) } })
      const response = await world.post(path, ask(`I am ${email}.`, { model: 'cloud-only', stream, tools: tools({ type: 'object' }) }))
      const body = await response.text()
      assert.equal(response.status, 200, body)
      assert.deepEqual(JSON.parse(textOf(body)), { ...args, to: email, note: 'key ""\n' })
    })

    test(`${how}: what is blocked ends the answer in its dialect's own words`, async t => {
      const world = await startWorld(t, { config: answering('block'), cloud: { reply: () => ({ kind: 'answer', text: told, deltaChars: 3, chunkBytes: cuts }) } })
      const response = await world.post(path, ask('Hello', { model: 'cloud-only', stream }))
      const body = await response.text()
      assert.equal(response.status, stream ? 200 : 403, body)
      assert.match(body, /content\.blocked/)
      assert.match(body, /cloud_key/)
      assert.doesNotMatch(body + world.log.join('\n'), new RegExp(secret))
      assert.equal(world.outcomes().at(-1)?.['failure'], 'content.blocked')
      assert.deepEqual(labelsOf(world), ['secret'])
    })

    test(`${how}: what the caller has said itself it may read again`, async t => {
      const world = await startWorld(t, { config: answering('mask') })
      const response = await world.post(path, ask(`I am ${email}.`, { model: path.endsWith('messages') ? 'home-anthropic/llama' : 'home/llama', stream }))
      assert.match(textOf(await response.text()), new RegExp(email))
    })
  }

  test(`${name}: errors that quote a secret are looked at, too`, async t => {
    const world = await startWorld(t, { config: { ...answering('mask'), resilience: { attempts: 1 } }, cloud: { reply: () => ({ kind: 'error', error: { status: 400, message: `cannot read ${secret}` } }) } })
    const response = await world.post(path, ask('Hello', { model: 'cloud-only' }))
    const body = await response.text()
    assert.equal(response.status, 400)
    assert.match(body, /cannot read \[CLOUD_KEY\]/)
  })
}

const events = (...data: readonly unknown[]): string => data.map(one => `${typeof one === 'object' && one !== null && 'type' in one ? `event: ${String(one.type)}\n` : ''}data: ${JSON.stringify(one)}\n\n`).join('')
const pieces = (text: string, size = 5): string[] => Array.from({ length: Math.ceil(text.length / size) }, (_piece, at) => text.slice(at * size, (at + 1) * size))

/** A gateway that masks, before a provider that says what a test wrote down. `again` starts one that has not heard any secret yet. */
const scripted = async (t: CleansUp, provider: string, more: Readonly<Record<string, unknown>> = {}): Promise<{ readonly script: ScriptedProvider; readonly world: World; readonly again: () => Promise<World> }> => {
  const script = await scriptedProvider(t)
  const again = (): Promise<World> => startWorld(t, { config: answering('mask'), adjust: script.serves(provider, more) })
  return { script, world: await again(), again }
}

test('thinking of which something was hidden loses its signature, and is taken out when it comes back', async t => {
  const { script, world, again } = await scripted(t, 'cloud-anthropic')
  script.answers({ type: 'text/event-stream', body: events(
    { type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'small', content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    ...pieces(`I remember ${secret}.`).map(thinking => ({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking } })),
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2lnbmVk' } }, { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } }, { type: 'message_stop' },
  ) })
  const body = await (await world.post('/v1/messages', message('Hello', { model: 'cloud-anthropic/small', stream: true }))).text()
  assert.doesNotMatch(body, /c2lnbmVk|Q3EGRIJ/)
  assert.match(body, /\[CLOUD_KEY\]/)
  script.answers({ type: 'application/json', body: JSON.stringify({
    id: 'msg_2', type: 'message', role: 'assistant', model: 'small', stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 },
    content: [{ type: 'thinking', thinking: `I remember ${secret}.`, signature: 'c2lnbmVk' }, { type: 'thinking', thinking: 'Nothing.', signature: 'b3RoZXI=' }, { type: 'text', text: 'Hi' }],
  }) })
  const whole = await (await (await again()).post('/v1/messages', message('Hello', { model: 'cloud-anthropic/small' }))).json() as { content: { type: string; signature?: string }[] }
  assert.deepEqual(whole.content.map(({ signature }) => signature), ['portcullis.unsigned', 'b3RoZXI=', undefined])
  assert.doesNotMatch(JSON.stringify(whole), /Q3EGRIJ/)
})

test('tokens that repeat a text are taken out where something may be hidden in it, and reasoning is looked at', async t => {
  const { script, world, again } = await scripted(t, 'cloud')
  const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: `It is ${secret}.`, reasoning_content: `Let me say ${secret}` }, logprobs: { content: [{ token: secret.slice(0, 9), logprob: 0 }, { token: secret.slice(9), logprob: 0 }] } }
  script.answers({ type: 'application/json', body: JSON.stringify({ id: 'c', object: 'chat.completion', model: 'large', choices: [choice], usage: { prompt_tokens: 1, completion_tokens: 1 } }) })
  const whole = await (await world.post('/v1/chat/completions', chat('Hello', { model: 'cloud/large', logprobs: true }))).text()
  assert.doesNotMatch(whole, /Q3EGR|TBWLX/)
  const chunk = (delta: unknown, more: object = {}): unknown => ({ id: 'c', object: 'chat.completion.chunk', model: 'large', choices: [{ index: 0, delta, finish_reason: null, ...more }] })
  script.answers({ type: 'text/event-stream', body: `${events(
    ...pieces(`Let me say ${secret}`).map(reasoning => chunk({ reasoning_content: reasoning })),
    ...pieces(`It is ${secret}.`).map(content => chunk({ content }, { logprobs: { content: [{ token: content, logprob: 0 }] } })),
    chunk({}, { finish_reason: 'stop' }),
  )}data: [DONE]\n\n` })
  const streamed = await (await (await again()).post('/v1/chat/completions', chat('Hello', { model: 'cloud/large', stream: true }))).text()
  assert.doesNotMatch(streamed, /Q3EGR|TBWLX|token/)
  assert.equal(streamed.split('[CLOUD_KEY]').length, 3)
})

test('Responses: every place that says a text says it alike', async t => {
  const { script, world } = await scripted(t, 'cloud', { apis: ['responses'] })
  const text = `It is ${secret}, they say.`
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const item = { id: 'm', type: 'message', status: 'completed', role: 'assistant', content: [part] }
  const response = { id: 'resp_1', object: 'response', model: 'large', status: 'completed', output: [item], usage: { input_tokens: 1, output_tokens: 1 } }
  const place = { item_id: 'm', output_index: 0, content_index: 0 }
  const list: readonly Record<string, unknown>[] = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } }, { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    ...pieces(text).map(delta => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...place, text, logprobs: [] }, { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: 0, item }, { type: 'response.completed', response },
  ]
  script.answers({ type: 'text/event-stream', body: events(...list.map((one, at) => ({ ...one, sequence_number: at }))) })
  const body = await (await world.post('/v1/responses', { model: 'cloud/large', input: 'Hello', stream: true })).text()
  assert.doesNotMatch(body, /Q3EGR|TBWLX/)
  assert.equal(body.split('[CLOUD_KEY]').length, 6, body)
})

test('Gemini: texts, thoughts and calls', async t => {
  const { script, world, again } = await scripted(t, 'cloud', { dialect: 'gemini' })
  const answer = (parts: readonly unknown[], more: object = {}): unknown => ({ candidates: [{ index: 0, content: { role: 'model', parts }, ...more }], modelVersion: 'flash', responseId: 'r' })
  const body = events(
    ...pieces(`Let me say ${secret}`).map(text => answer([{ text, thought: true }])), ...pieces(`It is ${secret}.`).map(text => answer([{ text }])),
    answer([{ functionCall: { name: 'send', args: { note: `key ${secret}` } } }], { finishReason: 'STOP' }),
  )
  script.answers({ type: 'text/event-stream', body })
  const asked = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }
  const streamed = await (await world.post('/v1beta/models/cloud/large:streamGenerateContent?alt=sse', asked)).text()
  assert.doesNotMatch(streamed, /Q3EGR|TBWLX/, streamed)
  assert.equal(streamed.split('[CLOUD_KEY]').length, 4, streamed)
  script.answers({ type: 'application/json', body: JSON.stringify(answer([{ text: `Let me say ${secret}`, thought: true }, { text: `It is ${secret}.` }, { functionCall: { name: 'send', args: { note: secret } } }], { finishReason: 'STOP' })) })
  const whole = await (await (await again()).post('/v1beta/models/cloud/large:generateContent', asked)).text()
  assert.equal(whole.split('[CLOUD_KEY]').length, 4, whole)
})

for (const { name, path, ask } of dialects) {
  for (const stream of [false, true]) {
    test(`${name}, ${stream ? 'stream' : 'whole answer'}: a surrogate of the session is the caller's value, and another address is the model's`, async t => {
      const world = await startWorld(t, {
        config: { policy: { settings: { data: { surrogates: ['email'], answers: { kinds: ['email'], action: 'mask' } } } } },
        cloud: { reply: () => ({ kind: 'answer', text: `Dear user1@redacted.example, ask carl@example.org. ${'So it is said. '.repeat(12)}Yours, user1@redacted.example.`, deltaChars: 3, chunkBytes: cuts }) },
      })
      const body = await (await world.post(path, ask(`I am ${email}.`, { model: 'cloud-only', stream }))).text()
      assert.doesNotMatch(world.cloud.requests.at(-1)?.body.toString() ?? email, /anna\.muster/)
      assert.equal(textOf(body), `Dear ${email}, ask [EMAIL]. ${'So it is said. '.repeat(12)}Yours, ${email}.`)
    })
  }
}
const refusedStreams: readonly (readonly [what: string, provider: string, path: string, ask: typeof chat, frame: string])[] = [
  ['OpenAI: an event with a member that stands there twice', 'cloud', '/v1/chat/completions', chat, `data: {"id":"c","choices":[],"choices":[{"index":0,"delta":{"content":"It is ${secret}."},"finish_reason":null}]}\n\n`],
  ['OpenAI: an event that is no JSON', 'cloud', '/v1/chat/completions', chat, `data: {"id":"c","choices":[{"index":0,"delta":{"content":'It is ${secret}.'}}]}\n\n`],
  ['Anthropic: an event with a member that stands there twice', 'cloud-anthropic', '/v1/messages', message, `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{},"delta":{"type":"text_delta","text":"It is ${secret}."}}\n\n`],
]
for (const [what, provider, path, ask, frame] of refusedStreams) {
  test(`${what}: not passed on where something is to be hidden`, async t => {
    const { script, world } = await scripted(t, provider)
    script.answers({ type: 'text/event-stream', body: frame })
    const body = await (await world.post(path, ask('Hello', { model: provider === 'cloud' ? 'cloud/large' : 'cloud-anthropic/small', stream: true }))).text()
    assert.doesNotMatch(body + world.log.join('\n'), /Q3EGR/)
    assert.match(body, /upstream\.protocol|strict JSON/)
  })
}

test('an error in the middle of a stream is looked at like what came before it', async t => {
  const openai = await scripted(t, 'cloud')
  openai.script.answers({ type: 'text/event-stream', body: `data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hm"},"finish_reason":null}]}\n\ndata: {"error":{"message":"cannot say ${secret}","type":"server_error"}}\n\n` })
  const said = await (await openai.world.post('/v1/chat/completions', chat('Hello', { model: 'cloud/large', stream: true }))).text()
  assert.match(said, /cannot say \[CLOUD_KEY\]/)
  const anthropic = await scripted(t, 'cloud-anthropic')
  anthropic.script.answers({ type: 'text/event-stream', body: `event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"small","content":[{"type":"text","text":"${secret}"}],"usage":{"input_tokens":1,"output_tokens":1}}}\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"cannot say ${secret}"}}\n\n` })
  const told = await (await anthropic.world.post('/v1/messages', message('Hello', { model: 'cloud-anthropic/small', stream: true }))).text()
  assert.match(told, /cannot say \[CLOUD_KEY\]/)
  const gemini = await scripted(t, 'cloud', { dialect: 'gemini' })
  gemini.script.answers({ type: 'text/event-stream', body: `data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hm"}]},"finishReason":"OTHER","finishMessage":"cannot say ${secret}","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://example.com","title":"About ${secret}"}}]}}]}\n\ndata: {"error":{"code":500,"message":"cannot say ${secret}"}}\n\n` })
  const spoken = await (await gemini.world.post('/v1beta/models/cloud/large:streamGenerateContent?alt=sse', { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] })).text()
  assert.equal(spoken.split('[CLOUD_KEY]').length, 4, spoken)
  assert.doesNotMatch(said + told + spoken, /Q3EGR/)
})
