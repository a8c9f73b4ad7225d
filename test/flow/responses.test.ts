// Callers that speak Responses: the official client through the real gateway, to providers that speak it and to those that do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { secretOf } from '../support/fake-provider/responses-secret.ts'
import { signatureOf } from '../support/fake-provider/anthropic-signature.ts'
import { adjustEntry, keys, startWorld, type World, type WorldOptions } from './setup.ts'

type Json = Readonly<Record<string, unknown>>

/** A model whose provider speaks Responses, beside those of the standard world that do not. */
const withNative = (more: WorldOptions = {}): WorldOptions => ({
  ...more,
  adjust: config => (more.adjust ?? (same => same))(adjustEntry('models', 'native/small', {
    context: 128_000, capabilities: ['tools', 'thinking'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2, cache_read: 0.1 },
  })(adjustEntry('providers', 'native', {
    dialect: 'openai', apis: ['responses'], base_url: (config['providers'] as Json[])[0]?.['base_url'], credential: { env: 'CLOUD_KEY' },
  })(config))),
})

const client = (world: World, key: keyof typeof keys = 'alice'): OpenAI => new OpenAI({ baseURL: `${world.url}/v1`, apiKey: keys[key], maxRetries: 0 })

const weather = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
const tools: OpenAI.Responses.Tool[] = [{ type: 'function', name: 'weather', description: 'Tells the weather.', parameters: weather, strict: false }]
const twice = 'Please use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}'

const models = { native: 'native/small', messages: 'cloud-anthropic/small', chat: 'cloud/small' } as const
const endpoints = { native: 'responses', messages: 'messages', chat: 'chat.completions' } as const

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming
const asker = (world: World, stream: boolean) => async (body: Body): Promise<OpenAI.Responses.Response> =>
  stream ? client(world).responses.stream(body as unknown as OpenAI.Responses.ResponseCreateParamsStreaming).finalResponse() : client(world).responses.create(body)

for (const kind of ['native', 'messages', 'chat'] as const) {
  for (const stream of [false, true]) {
    const how = stream ? 'as a stream' : 'in one piece'

    test(`the official client runs a loop of parallel tools (${kind}), ${how}`, async t => {
      const world = await startWorld(t, withNative())
      const ask = asker(world, stream)
      const model = models[kind]
      const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: twice }]
      const first = await ask({ model, instructions: 'Be brief.', input, tools })
      assert.equal(first.status, 'completed')
      assert.equal(first.model, model)
      const calls = first.output.filter(item => item.type === 'function_call')
      assert.deepEqual(calls.map(call => [call.name, JSON.parse(call.arguments) as Json]), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
      assert.ok((first.usage?.input_tokens ?? 0) > 0 && (first.usage?.output_tokens ?? 0) > 0)
      const results = calls.map((call, at): OpenAI.Responses.ResponseInputItem => ({ type: 'function_call_output', call_id: call.call_id, output: `${at + 20} degrees` }))
      const second = await ask({ model, input: [...input, ...first.output as OpenAI.Responses.ResponseInputItem[], ...results], tools })
      assert.match(second.output_text, /weather answered: 20 degrees\nweather answered: 21 degrees/)
      assert.deepEqual(world.cloud.requests.map(request => request.endpoint), [endpoints[kind], endpoints[kind]])
      assert.ok(world.outcomes().every(outcome => Number(outcome['cost_usd']) > 0 && (outcome['usage'] as { output: number }).output > 0))
    })

    test(`a request goes on from a response by its id (${kind}), ${how}`, async t => {
      const world = await startWorld(t, withNative())
      const ask = asker(world, stream)
      const model = models[kind]
      const first = await ask({ model, input: twice, tools })
      const results = first.output.filter(item => item.type === 'function_call').map((call): OpenAI.Responses.ResponseInputItem => ({ type: 'function_call_output', call_id: call.call_id, output: 'fine' }))
      const second = await ask({ model, previous_response_id: first.id, input: results, tools })
      assert.match(second.output_text, /weather answered: fine/)
      const third = await ask({ model, previous_response_id: second.id, input: 'And now?', tools })
      assert.match(third.output_text, /You said: And now\?/)
      if (kind !== 'native') assert.equal(third.previous_response_id, second.id)
      const sent = world.cloud.requests.at(-1)
      assert.equal(sent?.endpoint, endpoints[kind])
      // Whoever answers has the whole conversation: it was sent, or the provider keeps it.
      assert.match(sent.asked?.inputText ?? '', /Oslo.*Rome.*fine.*And now\?/s)
      assert.equal(sent.body.toString().includes('previous_response_id'), kind === 'native')
    })

    test(`personal data is hidden from the model and comes back in every place that repeats it (${kind}), ${how}`, async t => {
      const world = await startWorld(t, withNative())
      const said = 'Write to jane.doe@example.org, then use weather with {"city":"jane.doe@example.org"}'
      const body = { model: models[kind], input: said, tools, stream, instructions: 'You work for boss@example.org.' }
      const text = await (await world.post('/v1/responses', body)).text()
      assert.equal(world.cloud.requests.length, 1)
      assert.doesNotMatch(world.cloud.requests[0]?.body.toString() ?? '', /jane\.doe|boss@/)
      assert.doesNotMatch(text, /\[EMAIL/)
      if (!stream) {
        const whole = JSON.parse(text) as OpenAI.Responses.Response
        assert.deepEqual(whole.output.filter(item => item.type === 'function_call').map(call => JSON.parse(call.arguments) as Json), [{ city: 'jane.doe@example.org' }])
        return
      }
      const quoted = await (await world.post('/v1/responses', { ...body, tools: [], input: 'Write to jane.doe@example.org' })).text()
      const events = quoted.split('\n').filter(line => line.startsWith('data: ')).map(line => JSON.parse(line.slice(6)) as Json & { type: string; sequence_number: number })
      const deltas = events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta).join('')
      assert.match(deltas, /You said: Write to jane\.doe@example\.org/)
      const repeated = ['response.output_text.done', 'response.content_part.done', 'response.output_item.done', 'response.completed']
      for (const type of repeated) assert.match(JSON.stringify(events.find(event => event.type === type)), /Write to jane\.doe@example\.org/, type)
      assert.deepEqual(events.map(event => event.sequence_number), events.map((_event, at) => at), 'numbers count on, whatever was added')
      assert.doesNotMatch(quoted, /\[EMAIL/)
    })
  }
}

test('where both sides speak Responses the request and the answer pass byte for byte', async t => {
  const world = await startWorld(t, withNative())
  const text = '{ "model":"small", "input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi \\u00e9"}]}],  "tools":[{"type":"web_search"}], "metadata":{"a":"1"},"stream":true,"store":false }'
  const answered = await world.post('/v1/responses', text.replace('"small"', '"native/small"'))
  assert.equal(answered.status, 200)
  assert.equal(answered.headers.get('x-portcullis-lost'), null)
  const [sent] = world.cloud.requests
  assert.equal(sent?.path, '/v1/responses')
  assert.equal(sent.body.toString(), text)
  await answered.text()
  const error = { kind: 'error' as const, error: { status: 400, message: 'Invalid schema', code: 'invalid_function_parameters', param: 'tools[0]' } }
  world.cloud.script.push(error)
  const refused = await world.post('/v1/responses', text.replace('"small"', '"native/small"'))
  assert.equal(refused.status, 400)
  assert.deepEqual(await refused.json(), { error: { message: 'Invalid schema', type: 'invalid_request_error', param: 'tools[0]', code: 'invalid_function_parameters' } })
})

test('the conversation that a request goes on from is scanned, decided and redacted as if it had been sent', async t => {
  const world = await startWorld(t, withNative())
  const first = await asker(world, false)({ model: models.chat, input: 'I am jane.doe@example.org' })
  assert.match(first.output_text, /jane\.doe@example\.org/)
  const second = await asker(world, true)({ model: models.messages, previous_response_id: first.id, input: 'Who am I?' })
  assert.equal(second.status, 'completed')
  const sent = world.cloud.requests.at(-1)
  assert.equal(sent?.endpoint, 'messages')
  assert.match(sent.body.toString(), /I am \[EMAIL_1\].*You said: I am \[EMAIL_1\].*Who am I\?/s)
  assert.doesNotMatch(sent.body.toString(), /jane/)
  const sessions = new Set(world.outcomes().map(outcome => outcome['session']))
  assert.equal(sessions.size, 1)
  const { entities } = world.audit().findLast(record => record.phase === 'intent') as unknown as { entities: { email: number } }
  assert.ok(entities.email >= 2, 'what was said before counts as said')
})

test('a response of another key is unknown, to go on from, to get and to delete', async t => {
  const world = await startWorld(t, withNative())
  for (const model of [models.chat, models.native]) {
    const first = await asker(world, false)({ model, input: 'A secret of alice' })
    const body = { model, previous_response_id: first.id, input: 'What did I say?' }
    const before = world.cloud.requests.length
    const refused = await world.post('/v1/responses', body, { authorization: `Bearer ${keys.root}` })
    assert.equal(refused.status, 400)
    const { error } = await refused.json() as { error: Json }
    assert.deepEqual([error['code'], error['param'], error['type']], ['previous_response_not_found', 'previous_response_id', 'invalid_request_error'])
    assert.equal(world.cloud.requests.length, before)
    for (const method of ['GET', 'DELETE']) {
      const asked = await fetch(`${world.url}/v1/responses/${first.id}`, { method, headers: { authorization: `Bearer ${keys.root}` } })
      assert.equal(asked.status, 404)
    }
    assert.equal((await asker(world, false)(body)).status, 'completed')
  }
})

test('what the gateway keeps can be fetched and deleted; what a provider keeps, or nobody, cannot', async t => {
  const world = await startWorld(t, withNative())
  const openai = client(world)
  const kept = await openai.responses.create({ model: models.chat, input: 'Hello' })
  const fetched = await openai.responses.retrieve(kept.id)
  assert.deepEqual([fetched.id, fetched.output_text], [kept.id, kept.output_text])
  await assert.rejects(openai.responses.retrieve(kept.id, { stream: true }), OpenAI.BadRequestError)
  await openai.responses.delete(kept.id)
  await assert.rejects(openai.responses.retrieve(kept.id), OpenAI.NotFoundError)
  await assert.rejects(openai.responses.create({ model: models.chat, input: 'Go on', previous_response_id: kept.id }), /not found/)
  const private_ = await openai.responses.create({ model: models.chat, input: 'Hello', store: false })
  await assert.rejects(openai.responses.retrieve(private_.id), OpenAI.NotFoundError)
  const native = await openai.responses.create({ model: models.native, input: 'Hello' })
  await assert.rejects(openai.responses.retrieve(native.id), OpenAI.NotFoundError)
  for (const path of [`/v1/responses/${kept.id}/input_items`, `/v1/responses/${kept.id}/cancel`]) assert.equal((await world.get(path)).status, 404)
  assert.ok(world.outcomes().some(outcome => outcome['method'] === '/v1/responses/{id}'))
})

test('an answer comes from the provider that keeps the conversation; an id that nobody gave out goes to the only one that could know it', async t => {
  const world = await startWorld(t, withNative({
    adjust: config => ({ ...config, aliases: [{ name: 'any', candidates: ['home/llama', 'cloud/small', 'native/small'] }] }),
  }))
  const first = await asker(world, false)({ model: models.native, input: 'Remember 42' })
  const second = await asker(world, false)({ model: 'any', previous_response_id: first.id, input: 'What was it?' })
  assert.equal(world.cloud.requests.at(-1)?.endpoint, 'responses')
  assert.match(world.cloud.requests.at(-1)?.asked?.inputText ?? '', /Remember 42/)
  assert.equal(world.local.requests.length, 0)
  assert.ok(second.id.startsWith('resp_fake'))
  // Not known here: the provider says so in its own words.
  const passed = await world.post('/v1/responses', { model: 'any', previous_response_id: 'resp_unknown', input: 'Go on' })
  assert.equal(passed.status, 400)
  assert.deepEqual((await passed.json() as { error: Json }).error, { message: 'Previous response with id \'resp_unknown\' not found.', type: 'invalid_request_error', param: 'previous_response_id', code: 'previous_response_not_found' })
  assert.equal(world.cloud.requests.length, 3)
  const refused = await world.post('/v1/responses', { model: models.chat, previous_response_id: first.id, input: 'Go on' })
  assert.equal(refused.status, 400)
  assert.match((await refused.json() as { error: { message: string } }).error.message, /kept by the provider "native"/)
  for (const [field, value] of [['conversation', 'conv_1'], ['prompt', { id: 'pmpt_1' }]] as const) {
    const asked = await world.post('/v1/responses', { model: models.chat, input: 'Hi', [field]: value })
    assert.equal(asked.status, 400)
    assert.equal((await asked.json() as { error: Json }).error['param'], field)
  }
  assert.equal(world.cloud.requests.length, 3)
})

test('what goes on from a response means the same by its placeholders, whatever session the client names it with', async t => {
  const world = await startWorld(t, withNative())
  for (const model of [models.native, models.chat]) {
    const first = await asker(world, false)({ model, input: 'I am jane.doe@example.org', prompt_cache_key: `${model} one` })
    world.cloud.script.push({ kind: 'answer', text: 'You are [EMAIL_1].' })
    const second = await asker(world, true)({ model, previous_response_id: first.id, input: 'Who am I?', prompt_cache_key: `${model} two` })
    assert.equal(second.output_text, 'You are jane.doe@example.org.')
    const [before, after] = world.outcomes().slice(-2).map(outcome => outcome['session'])
    assert.equal(after, before)
  }
  const explicit = await asker(world, false)({ model: models.chat, input: 'Hello' })
  await world.post('/v1/responses', { model: models.chat, previous_response_id: explicit.id, input: 'Hi' }, { 'x-portcullis-session': 'mine' })
  assert.equal(world.outcomes().at(-1)?.['session'], 'acme/alice/mine')
})

test('unknown ids can be refused altogether', async t => {
  const world = await startWorld(t, withNative({ config: { responses: { unknown_ids: 'refuse' } } }))
  const refused = await world.post('/v1/responses', { model: models.native, previous_response_id: 'resp_unknown', input: 'Go on' })
  assert.equal(refused.status, 400)
  assert.equal(world.cloud.requests.length, 0)
})

test('what was only named is said: items of kept responses', async t => {
  const world = await startWorld(t, withNative())
  const openai = client(world)
  const first = await openai.responses.create({ model: models.chat, input: 'My number is 42' })
  const [item] = first.output
  assert.ok(item?.id !== undefined)
  const second = await openai.responses.create({ model: models.chat, input: [{ role: 'user', content: 'My number is 42' }, { type: 'item_reference', id: item.id }, { role: 'user', content: 'So?' }] })
  assert.equal(second.status, 'completed')
  assert.match(world.cloud.requests.at(-1)?.asked?.inputText ?? '', /You said: My number is 42/)
  const unknown = await world.post('/v1/responses', { model: models.chat, input: [{ type: 'item_reference', id: 'msg_other' }] })
  assert.equal(unknown.status, 400)
  assert.equal((await unknown.json() as { error: Json }).error['param'], 'input.0')
})

test('thinking is carried through callers of the other dialect, signed and whole, and left out where it means nothing', async t => {
  const world = await startWorld(t, withNative())
  for (const stream of [false, true]) {
    const ask = asker(world, stream)
    const body = { model: models.messages, reasoning: { effort: 'low' as const, summary: 'auto' as const }, max_output_tokens: 8000, tools }
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'Please use weather with {"city":"Oslo"}' }]
    const first = await ask({ ...body, input })
    const [thought, ...others] = first.output
    assert.equal(thought?.type, 'reasoning')
    const shown = thought.summary.map(part => part.text).join('')
    assert.match(shown, /characters/)
    const call = others.find(item => item.type === 'function_call')
    assert.ok(call !== undefined)
    const history = [...input, ...first.output as OpenAI.Responses.ResponseInputItem[], { type: 'function_call_output' as const, call_id: call.call_id, output: 'rain' }]
    const second = await ask({ ...body, input: history })
    assert.match(second.output_text, /weather answered: rain/)
    const sent = world.cloud.requests.at(-1)?.json as { messages: { content: { type: string; signature?: string }[] }[]; thinking?: unknown }
    assert.deepEqual(sent.messages[1]?.content.find(block => block.type === 'thinking')?.signature, signatureOf(shown))
    assert.ok(sent.thinking !== undefined)
    // Another provider could not read it: natively it is taken out.
    const native = await ask({ model: models.native, input: history, tools })
    assert.match(native.output_text, /weather answered: rain/)
    assert.doesNotMatch(world.cloud.requests.at(-1)?.body.toString() ?? '', /"reasoning"/)
  }
})

test('reasoning that a provider cannot read is taken out, whatever else is hidden in it', async t => {
  const world = await startWorld(t, withNative())
  const input = [{ type: 'message', role: 'user', content: 'I am jane.doe@example.org' }, { type: 'reasoning', id: 'rs_portcullis_1', summary: [{ type: 'summary_text', text: 'It is jane.doe@example.org' }] }, { type: 'message', role: 'assistant', content: 'Hi' }, { role: 'user', content: 'Go on' }]
  const answered = await world.post('/v1/responses', { model: models.native, input })
  assert.equal(answered.status, 200, await answered.clone().text())
  const sent = world.cloud.requests[0]?.json as { input: Json[] }
  assert.deepEqual(sent.input.map(item => item['content']), ['I am [EMAIL_1]', 'Hi', 'Go on'])
})

test('a model is asked through the API that it is offered by, whatever its provider takes otherwise', async t => {
  const world = await startWorld(t, { adjust: adjustEntry('models', 'cloud/newest', { apis: ['responses'], capabilities: ['tools'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2 } }) })
  const chat = await world.post('/v1/chat/completions', { model: 'cloud/newest', messages: [{ role: 'user', content: 'Hello' }] })
  assert.equal(chat.status, 200, await chat.clone().text())
  assert.match(await chat.text(), /You said: Hello/)
  assert.equal((await world.post('/v1/chat/completions', { model: 'cloud/small', messages: [{ role: 'user', content: 'Hello' }] })).status, 200)
  assert.deepEqual(world.cloud.requests.map(request => request.endpoint), ['responses', 'chat.completions'])
})

test('a conversation that a provider keeps counts as input, although it is not sent', async t => {
  const world = await startWorld(t, withNative({ adjust: adjustEntry('models', 'native/small', { context: 400 }) }))
  const ask = asker(world, false)
  const first = await ask({ model: models.native, input: 'x '.repeat(400) })
  const second = await world.post('/v1/responses', { model: models.native, previous_response_id: first.id, input: 'y '.repeat(200) })
  assert.equal(second.status, 404)
  assert.match((await second.json() as { error: { message: string } }).error.message, /context 400 is too small/)
})

test('reasoning of a provider that speaks Responses reaches callers of the others, and comes back encrypted as it was', async t => {
  const world = await startWorld(t, withNative())
  const ask = { model: models.native, max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 }, tools: [{ name: 'weather', input_schema: weather }] }
  const messages = [{ role: 'user', content: 'Please use weather with {"city":"Oslo"}' }]
  const first = await (await world.post('/v1/messages', { ...ask, messages })).json() as { content: { type: string; thinking?: string; signature?: string; id?: string }[]; stop_reason: string }
  assert.deepEqual(first.content.map(block => block.type), ['thinking', 'text', 'tool_use'])
  assert.equal(first.stop_reason, 'tool_use')
  const more = [...messages, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: first.content[2]?.id, content: 'rain' }] }]
  const second = await (await world.post('/v1/messages', { ...ask, messages: more })).json() as { content: { text?: string }[] }
  assert.match(JSON.stringify(second.content), /weather answered: rain/)
  const sent = world.cloud.requests.at(-1)?.json as { input: { type: string; encrypted_content?: string }[]; store: boolean }
  assert.equal(sent.store, false)
  assert.equal(sent.input.find(item => item.type === 'reasoning')?.encrypted_content, secretOf(first.content[0]?.thinking ?? ''))
  // An Anthropic model has not signed it, and is not shown it.
  const claude = await world.post('/v1/messages', { ...ask, model: models.messages, thinking: undefined, messages: more })
  assert.equal(claude.status, 200, await claude.clone().text())
  assert.doesNotMatch(world.cloud.requests.at(-1)?.body.toString() ?? '', /portcullis\./)
  const chat = await (await world.post('/v1/chat/completions', { model: models.native, stream: true, messages: [{ role: 'user', content: 'Hello there' }] })).text()
  assert.match(chat, /data: \[DONE\]/)
  assert.equal(world.cloud.requests.at(-1)?.endpoint, 'responses')
})

test('tools of free text work on models that know none', async t => {
  const world = await startWorld(t, withNative())
  world.cloud.script.push({ kind: 'answer', toolCalls: [{ name: 'apply_patch', args: { input: '*** Begin\n"x"' } }] })
  const custom: OpenAI.Responses.Tool[] = [{ type: 'custom', name: 'apply_patch', description: 'Patches.' }]
  const events: Json[] = []
  for await (const event of await client(world).responses.create({ model: models.messages, input: 'Patch', tools: custom, stream: true })) events.push(event as unknown as Json)
  const done = events.at(-1)?.['response'] as OpenAI.Responses.Response
  const call = done.output.find(item => item.type === 'custom_tool_call')
  assert.deepEqual([call?.name, call?.input], ['apply_patch', '*** Begin\n"x"'])
  assert.equal(events.filter(event => event['type'] === 'response.custom_tool_call_input.delta').map(event => event['delta']).join(''), '*** Begin\n"x"')
  const second = await client(world).responses.create({
    model: models.messages, previous_response_id: done.id, tools: custom, input: [{ type: 'custom_tool_call_output', call_id: call?.call_id ?? '', output: 'Done' }],
  })
  assert.match(second.output_text, /apply_patch answered: Done/)
})

test('what a provider cannot be told is named, and refused where the caller needs it', async t => {
  const world = await startWorld(t, withNative())
  const body = { model: models.messages, input: 'Hi', tools: [{ type: 'web_search' }, ...tools], truncation: 'auto', top_logprobs: 2, text: { verbosity: 'low' }, include: ['message.output_text.logprobs'] }
  const answered = await world.post('/v1/responses', body)
  assert.equal(answered.status, 200)
  assert.equal(answered.headers.get('x-portcullis-lost'), 'include, text.verbosity, tools.*.web_search, top_logprobs, truncation')
  const refused = await world.post('/v1/responses', body, { 'x-portcullis-require': 'tools' })
  assert.equal(refused.status, 400)
  assert.deepEqual([(await refused.json() as { error: Json }).error['code'], world.cloud.requests.length], ['route.lossy', 1])
  const background = await world.post('/v1/responses', { model: models.native, input: 'Hi', background: true })
  assert.equal((await background.json() as { error: Json }).error['param'], 'background')
})

test('errors, refusals and answers that are cut end as Responses end', async t => {
  const world = await startWorld(t, withNative())
  const openai = client(world)
  for (const model of [models.chat, models.messages]) {
    world.cloud.script.push({ kind: 'error', error: { status: 400, message: 'prompt is too long' } })
    await assert.rejects(openai.responses.create({ model, input: 'Hi' }), (thrown: unknown) => thrown instanceof OpenAI.BadRequestError && thrown.message.includes('prompt is too long'))
    world.cloud.script.push({ kind: 'answer', text: 'A long answer that does not get to its end', errorAfterEvents: { events: 4, error: { status: 500, message: 'Out of order' } } })
    const failed = await openai.responses.stream({ model, input: 'Hi' }).finalResponse()
    assert.deepEqual([failed.status, failed.error], ['failed', { code: 'server_error', message: 'Out of order' }])
    world.cloud.script.push({ kind: 'answer', text: 'A long answer that does not get to its end', cutAfterEvents: 4 })
    await assert.rejects(openai.responses.stream({ model, input: 'Hi' }).finalResponse(), OpenAI.APIError)
    world.cloud.script.push({ kind: 'answer', text: 'Only so much', stop: 'length' })
    const short = await openai.responses.stream({ model, input: 'Hi' }).finalResponse()
    assert.deepEqual([short.status, short.incomplete_details?.reason], ['incomplete', 'max_output_tokens'])
  }
  world.cloud.script.push({ kind: 'answer', text: 'I must not.', stop: 'refusal' })
  const refusal = await openai.responses.stream({ model: models.native, input: 'Hi' }).finalResponse()
  assert.deepEqual(refusal.output.flatMap(item => item.type === 'message' ? item.content.map(part => part.type === 'refusal' ? part.refusal : '') : []), ['I must not.'])
  world.cloud.script.push({ kind: 'answer', text: 'A long answer that does not get to its end', cutAfterEvents: 6 })
  await assert.rejects(openai.responses.stream({ model: models.native, input: 'Hi' }).finalResponse(), OpenAI.APIError)
  assert.equal(world.outcomes().at(-1)?.['failure'], 'upstream.protocol')
  assert.doesNotMatch(world.log.join('\n'), /long answer|must not/)
})
