// Callers of one dialect, models of the other: real clients through the real gateway, to providers that take nothing but their own dialect.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import OpenAI from 'openai'
import { chat, keys, message, startWorld, type World } from './setup.ts'

const openaiClient = (world: World): OpenAI => new OpenAI({ baseURL: `${world.url}/v1`, apiKey: keys.alice, maxRetries: 0 })
const anthropicClient = (world: World): Anthropic => new Anthropic({ baseURL: world.url, apiKey: keys.alice, maxRetries: 0 })

const weather = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] }
const chatTools = [{ type: 'function' as const, function: { name: 'weather', description: 'Tells the weather.', parameters: weather } }]
const messageTools = [{ name: 'weather', description: 'Tells the weather.', input_schema: weather }]
const twice = 'Please use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}'

const toClaude = 'cloud-anthropic/small'
const toChat = 'cloud/small'

for (const stream of [false, true]) {
  const how = stream ? 'as a stream' : 'in one piece'

  test(`an OpenAI client runs a loop of parallel tools on an Anthropic model, ${how}`, async t => {
    const world = await startWorld(t)
    const client = openaiClient(world)
    const ask = async (messages: OpenAI.ChatCompletionMessageParam[]): Promise<OpenAI.ChatCompletion> => {
      const body = { model: toClaude, messages, tools: chatTools, max_tokens: 300 }
      return stream ? client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion() : client.chat.completions.create(body)
    }
    const asked: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: twice }]
    const first = await ask(asked)
    const [choice] = first.choices
    assert.equal(choice?.finish_reason, 'tool_calls')
    const calls = choice.message.tool_calls ?? []
    assert.deepEqual(calls.map(call => call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : null), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
    assert.ok((first.usage?.prompt_tokens ?? 0) > 0 && (first.usage?.completion_tokens ?? 0) > 0)
    const second = await ask([...asked, { role: 'assistant', content: choice.message.content, tool_calls: calls }, ...calls.map((call, at) => ({ role: 'tool' as const, tool_call_id: call.id, content: `${at + 20} degrees` }))])
    assert.match(second.choices[0]?.message.content ?? '', /weather answered: 20 degrees\nweather answered: 21 degrees/)
    assert.equal(second.model, toClaude)
    assert.equal(second.choices[0]?.finish_reason, 'stop')
    const sent = world.cloud.requests.map(request => [request.endpoint, (request.json as { max_tokens?: number }).max_tokens])
    assert.deepEqual(sent, [['messages', 300], ['messages', 300]])
    assert.ok(world.outcomes().every(outcome => Number(outcome['cost_usd']) > 0 && (outcome['usage'] as { output: number }).output > 0))
  })

  test(`an Anthropic client runs a loop of parallel tools on a model behind chat completions, ${how}`, async t => {
    const world = await startWorld(t)
    const client = anthropicClient(world)
    const ask = (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
      const body = { model: toChat, max_tokens: 300, system: 'Be brief.', messages, tools: messageTools }
      return stream ? client.messages.stream(body).finalMessage() : client.messages.create(body)
    }
    const asked: Anthropic.MessageParam[] = [{ role: 'user', content: twice }]
    const first = await ask(asked)
    assert.equal(first.stop_reason, 'tool_use')
    const calls = first.content.filter(block => block.type === 'tool_use')
    assert.deepEqual(calls.map(call => [call.name, call.input]), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
    assert.ok(first.usage.input_tokens > 0 && first.usage.output_tokens > 0)
    const results = calls.map((call, at) => ({ type: 'tool_result' as const, tool_use_id: call.id, content: `${at + 20} degrees`, is_error: at === 1 }))
    const second = await ask([...asked, { role: 'assistant', content: first.content }, { role: 'user', content: results }])
    assert.match(second.content.map(block => block.type === 'text' ? block.text : '').join(''), /weather answered: 20 degrees\nweather answered: Error: 21 degrees/)
    assert.equal(second.model, toChat)
    assert.equal(second.stop_reason, 'end_turn')
    assert.ok(world.cloud.requests.every(request => request.endpoint === 'chat.completions'))
  })
}

test('a stream for an Anthropic client never begins with a count of zero', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/messages', message('Hello there', { model: toChat, stream: true }))
  const text = await response.text()
  const start = JSON.parse(/data: (.*message_start.*)/.exec(text)?.[1] ?? '{}') as { message: { usage: { input_tokens: number } } }
  assert.ok(start.message.usage.input_tokens > 0)
  assert.match(text, /event: message_stop\n/)
})

test('personal data is hidden from the model of the other dialect and comes back in the caller\'s, also where a stream cuts it', async t => {
  const world = await startWorld(t)
  for (const stream of [false, true]) {
    const said = 'Write to jane.doe@example.org, please.'
    const openai = await (await world.post('/v1/chat/completions', chat(said, { model: toClaude, max_tokens: 200, stream }))).text()
    const anthropic = await (await world.post('/v1/messages', message(said, { model: toChat, stream }))).text()
    const words = (text: string): string => text.replaceAll(/"(?:content|text)":"((?:[^"\\]|\\.)*)"/g, '§$1§').split('§').filter((_part, at) => at % 2 === 1).join('')
    assert.match(words(openai), /jane\.doe@example\.org/)
    assert.match(words(anthropic), /jane\.doe@example\.org/)
  }
  assert.ok(world.cloud.requests.length === 4 && world.cloud.requests.every(({ body }) => !body.toString().includes('jane.doe')))
})

test('what the other dialect cannot say is told in a header and in the record, and refused where the caller needs it', async t => {
  const world = await startWorld(t)
  const body = chat('Hello', { model: toClaude, max_tokens: 50, seed: 7, logprobs: true, presence_penalty: 0.5 })
  const response = await world.post('/v1/chat/completions', body)
  assert.equal(response.status, 200, await response.clone().text())
  assert.equal(response.headers.get('x-portcullis-lost'), 'logprobs, presence_penalty, seed')
  assert.deepEqual((world.outcomes().at(-1)?.['route'] as { lost: string[] }).lost, ['logprobs', 'presence_penalty', 'seed'])
  const refused = await world.post('/v1/chat/completions', body, { 'x-portcullis-require': 'seed' })
  assert.equal(refused.status, 400)
  const { error } = await refused.json() as { error: { code: string; param: string; message: string } }
  assert.deepEqual([error.code, error.param], ['route.lossy', 'seed'])
  assert.match(error.message, /name a model whose provider speaks your dialect/)
  assert.equal(world.cloud.requests.length, 1)
  const native = await world.post('/v1/chat/completions', { ...body, model: toChat }, { 'x-portcullis-require': '*' })
  assert.equal(native.status, 200)
  assert.equal(native.headers.get('x-portcullis-lost'), null)
})

test('errors of the provider keep their status and text, in the caller\'s dialect', async t => {
  const error = { status: 400, message: 'max_tokens is too large for this model', type: 'invalid_request_error' }
  const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'error', error }) } })
  const openai = await world.post('/v1/chat/completions', chat('Hello', { model: toClaude, max_tokens: 50 }))
  assert.equal(openai.status, 400)
  const asOpenai = await openai.json() as { error: { message: string; type: string } }
  assert.deepEqual([asOpenai.error.message, asOpenai.error.type], [error.message, 'invalid_request_error'])
  const anthropic = await world.post('/v1/messages', message('Hello', { model: toChat }))
  assert.equal(anthropic.status, 400)
  const asAnthropic = await anthropic.json() as { type: string; error: { message: string; type: string } }
  assert.deepEqual([asAnthropic.type, asAnthropic.error.message, asAnthropic.error.type], ['error', error.message, 'invalid_request_error'])
})

test('a message thread goes on where the provider holds it, and is told anew where no provider can', async t => {
  const world = await startWorld(t)
  for (const [model, turns, refused] of [[toChat, 2, 1], ['cloud-anthropic/small', 2, 0]] as const) {
    const before = { requests: world.cloud.requests.length, outcomes: world.outcomes().length }
    const cities: string[] = []
    const runner = anthropicClient(world).beta.messages.toolRunner({
      model, max_tokens: 300, stream: true, messages: [{ role: 'user', content: twice }],
      tools: [betaTool({ name: 'weather', description: 'Tells the weather.', inputSchema: weather, run: ({ city }) => { cities.push(String(city)); return `${cities.length + 19} degrees` } })],
    })
    const final = await runner.runUntilDone()
    assert.match(final.content.map(block => block.type === 'text' ? block.text : '').join(''), /weather answered: 20 degrees\nweather answered: 21 degrees/)
    assert.deepEqual(cities, ['Oslo', 'Rome'])
    assert.equal(world.cloud.requests.length - before.requests, turns)
    assert.deepEqual(world.outcomes().slice(before.outcomes).filter(outcome => outcome['failure'] === 'request.thread').map(outcome => outcome['status']), Array(refused).fill(404))
  }
})

test('an answer that is cut, or fails half way, ends in the caller\'s own error event', async t => {
  const table = [
    [{ cutAfterEvents: 3 }, /upstream\.connect|upstream\.protocol|broke off/],
    [{ errorAfterEvents: { events: 3, error: { status: 529, message: 'Overloaded now', type: 'overloaded_error' } } }, /Overloaded now/],
  ] as const
  for (const [delivery, expected] of table) {
    const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'one two three four five six seven eight', ...delivery }) } })
    const openai = await (await world.post('/v1/chat/completions', chat('Hello', { model: toClaude, max_tokens: 50, stream: true }))).text()
    assert.match(openai, expected)
    assert.match(openai, /"error":/)
    assert.doesNotMatch(openai, /\[DONE\]/)
    const anthropic = await (await world.post('/v1/messages', message('Hello', { model: toChat, stream: true }))).text()
    assert.match(anthropic, expected)
    assert.match(anthropic, /event: error/)
    assert.doesNotMatch(anthropic, /message_stop/)
    assert.ok(world.outcomes().every(outcome => outcome['failure'] !== null), JSON.stringify(world.outcomes().map(outcome => outcome['failure'])))
  }
})

test('tokens for a model behind chat completions are counted here, and nobody is asked', async t => {
  const world = await startWorld(t)
  const count = await anthropicClient(world).messages.countTokens({ model: toChat, messages: [{ role: 'user', content: 'How many tokens are these words?' }] })
  assert.ok(count.input_tokens > 5)
  assert.equal(world.cloud.requests.length, 0)
})

test('an alias leads to the cheapest model of any dialect, and falls back across them', async t => {
  const world = await startWorld(t, {
    config: { aliases: [{ name: 'any', candidates: ['cloud/small', 'cloud-anthropic/small'] }] },
    cloud: { reply: ({ dialect }) => dialect === 'openai' ? { kind: 'error', error: { status: 503, message: 'down' } } : { kind: 'answer', text: 'from the other' } },
  })
  const response = await world.post('/v1/chat/completions', chat('Hello', { model: 'any', max_tokens: 50 }))
  assert.equal(response.status, 200, await response.clone().text())
  assert.equal(response.headers.get('x-portcullis-model'), toClaude)
  assert.equal((await response.json() as { choices: { message: { content: string } }[] }).choices[0]?.message.content, 'from the other')
})

test('reasoning of an Anthropic model is shown, and asked for in tokens', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/chat/completions', chat('Hello', { model: toClaude, max_tokens: 8000, reasoning_effort: 'low' }))
  const { choices } = await response.json() as { choices: { message: { content: string; reasoning_content: string } }[] }
  assert.match(choices[0]?.message.reasoning_content ?? '', /The user wrote 5 characters/)
  assert.deepEqual((world.cloud.requests[0]?.json as { thinking: unknown }).thinking, { type: 'enabled', budget_tokens: 2048 })
})

test('a tool whose name is too long for the other dialect is called by its own name', async t => {
  // The model knows the tool by the name that it was told.
  const world = await startWorld(t, { cloud: { reply: ({ asked }) => ({ kind: 'answer', toolCalls: [{ name: asked?.tools[0] ?? '', args: { city: 'Oslo' } }] }) } })
  const name = `mcp__gateway__${'very_'.repeat(15)}long`
  const history: Anthropic.MessageParam[] = [
    { role: 'user', content: 'Weather?' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name, input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'which city?' }] },
  ]
  const body = { model: toChat, max_tokens: 300, messages: history, tools: [{ ...messageTools[0]!, name }], tool_choice: { type: 'tool' as const, name } }
  const client = anthropicClient(world)
  for (const answer of [await client.messages.create(body), await client.messages.stream(body).finalMessage()]) {
    assert.deepEqual(answer.content.map(block => block.type === 'tool_use' ? block.name : block.type), [name])
  }
})

test('embeddings go only to models of the caller\'s own dialect', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/embeddings', { model: toClaude, input: 'text' })
  assert.equal(response.status, 404, await response.text())
  assert.equal(world.cloud.requests.length, 0)
})
