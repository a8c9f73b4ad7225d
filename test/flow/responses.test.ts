// Callers that speak Responses: the official client through the real gateway, to providers that speak it and to those that do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { secretOf } from '../support/fake-provider/responses-secret.ts'
import { signatureOf } from '../support/fake-provider/anthropic-signature.ts'
import { asker, client, endpoints, models, tools, twice, weather, withNative, type Json } from './responses-world.ts'
import { adjustEntry, startWorld } from './setup.ts'

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
  for (const model of Object.values(models)) {
    world.cloud.script.push({ kind: 'answer', text: 'A long answer that does not get to its end', cutAfterEvents: 4 })
    const text = await (await world.post('/v1/responses', { model, input: 'Hi', stream: true })).text()
    const numbers = [...text.matchAll(/"sequence_number":(\d+)/g)].map(found => Number(found[1]))
    assert.match(text, /event: error\ndata: .*"sequence_number":\d+\}\n\n$/, model)
    assert.deepEqual(numbers, numbers.map((_number, at) => at), model)
  }
  assert.doesNotMatch(world.log.join('\n'), /long answer|must not/)
})
