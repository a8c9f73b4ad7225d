import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import OpenAI, { APIError } from 'openai'
import { startFakeProvider, troubles, type FakeProvider } from '../../support/fake-provider.ts'

let provider: FakeProvider
let client: OpenAI

before(async () => {
  provider = await startFakeProvider({ apiKey: 'right', models: ['gpt-5-mini', 'text-embedding-3-small'] })
  client = new OpenAI({ apiKey: 'right', baseURL: `${provider.url}/v1`, maxRetries: 0 })
})
beforeEach(() => { provider.requests.length = 0 })
after(() => provider.close())

const model = 'gpt-5-mini'
const tools = ['read', 'write'].map(name => ({ type: 'function' as const, function: { name, parameters: { type: 'object', properties: {} } } }))
const question = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }]
const statusOf = async (call: Promise<unknown>): Promise<APIError> => {
  const error = await call.then(() => assert.fail('the call succeeded'), (caught: unknown) => caught)
  assert.ok(error instanceof APIError, String(error))
  return error
}

test('the SDK reads a whole answer that quotes the question', async () => {
  const answer = await client.chat.completions.create({ model, messages: question('Mail <PERSON_1>, please') })
  assert.equal(answer.choices[0]?.message.content, 'You said: Mail <PERSON_1>, please')
  assert.equal(answer.choices[0].finish_reason, 'stop')
  assert.equal(answer.usage?.completion_tokens, 9)
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + 9)
})

test('the SDK reads a stream, and usage comes only when asked for', async () => {
  for (const [include_usage, usages] of [[true, 1], [false, 0]] as const) {
    const stream = await client.chat.completions.create({ model, messages: question('Grüße 🎉 from the stream'), stream: true, stream_options: { include_usage } })
    let text = ''
    let seen = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (chunk.usage != null) seen += 1
    }
    assert.equal(text, 'You said: Grüße 🎉 from the stream')
    assert.equal(seen, usages)
  }
})

test('orders become parallel tool calls, and results are summed up', async () => {
  const messages = question('use read with {"path": "/a{b"} and use write with {"text": "x"}')
  const first = await client.chat.completions.create({ model, messages, tools })
  const message = first.choices[0]!.message
  const calls = (message.tool_calls ?? []).filter(call => call.type === 'function')
  assert.equal(first.choices[0]?.finish_reason, 'tool_calls')
  assert.deepEqual(calls.map(call => [call.function.name, JSON.parse(call.function.arguments) as unknown]), [['read', { path: '/a{b' }], ['write', { text: 'x' }]])
  const second = await client.chat.completions.create({
    model, tools, messages: [...messages, message, ...calls.map(call => ({ role: 'tool' as const, tool_call_id: call.id, content: `done ${call.function.name}` }))],
  })
  assert.equal(second.choices[0]?.message.content, 'read answered: done read\nwrite answered: done write')
})

test('streamed tool calls come in fragments that the SDK puts together', async () => {
  const runner = client.chat.completions.stream({ model, messages: question('use read with {"path": "/a/rather/long/path"} and use write with {"n": 1}'), tools })
  const fragments: string[] = []
  runner.on('tool_calls.function.arguments.delta', event => fragments.push(event.arguments_delta))
  const message = await runner.finalMessage()
  assert.deepEqual(message.tool_calls?.map(call => call.type === 'function' ? call.function.arguments : ''), ['{"path":"/a/rather/long/path"}', '{"n":1}'])
  assert.ok(fragments.length >= 4)
})

test('embeddings are equal for equal texts, in the encoding the SDK asks for', async () => {
  const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two', 'one'] })
  assert.deepEqual(answer.data[0]?.embedding, answer.data[2]?.embedding)
  assert.notDeepEqual(answer.data[0]?.embedding, answer.data[1]?.embedding)
  assert.equal(answer.data[0]?.embedding.length, 8)
})

test('models are listed', async () => {
  assert.deepEqual((await client.models.list()).data.map(item => item.id), [model, 'text-embedding-3-small'])
})

test('a wrong key and an unknown model get the dialect\'s errors', async () => {
  const stranger = new OpenAI({ apiKey: 'wrong', baseURL: `${provider.url}/v1`, maxRetries: 0 })
  assert.equal((await statusOf(stranger.chat.completions.create({ model, messages: question('hi') }))).status, 401)
  const missing = await statusOf(client.chat.completions.create({ model: 'gpt-1', messages: question('hi') }))
  assert.deepEqual([missing.status, missing.code], [404, 'model_not_found'])
})

test('scripted troubles are told as the real API tells them, with retry-after', async () => {
  provider.script.push(troubles.rateLimited(7), troubles.serverError())
  const limited = await statusOf(client.chat.completions.create({ model, messages: question('hi') }))
  assert.deepEqual([limited.status, limited.code, limited.headers?.get('retry-after')], [429, 'rate_limit_exceeded', '7'])
  assert.equal((await statusOf(client.chat.completions.create({ model, messages: question('hi') }))).status, 500)
})

const call = { id: 'c1', type: 'function', function: { name: 'read', arguments: '{}' } }
const refusals: readonly (readonly [string, object, RegExp])[] = [
  ['an unknown argument', { max_tokens: 5, thinking: {} }, /Unrecognized request argument supplied: thinking/],
  ['an unknown role', { messages: [{ role: 'human', content: 'hi' }] }, /messages\.0\.role/],
  ['usage options without a stream', { stream_options: { include_usage: true } }, /only allowed when 'stream' is enabled/],
  ['a tool call without its result', { messages: [...question('hi'), { role: 'assistant', content: null, tool_calls: [call] }, ...question('and?')] }, /must be followed by tool messages.*c1/],
  ['a result without its call', { messages: [...question('hi'), { role: 'tool', tool_call_id: 'c9', content: 'x' }] }, /must be a response to a preceeding message/],
  ['no messages', { messages: [] }, /messages/],
  ['an image URL that is no string', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 1 } }] }] }, /messages\.0/],
]
for (const [what, change, complaint] of refusals) {
  test(`${what} is refused`, async () => {
    const response = await fetch(`${provider.url}/v1/chat/completions`, {
      method: 'POST', headers: { authorization: 'Bearer right', 'content-type': 'application/json' }, body: JSON.stringify({ model, messages: question('hi'), ...change }),
    })
    const body = await response.json() as { error: { message: string; type: string } }
    assert.equal(response.status, 400)
    assert.match(body.error.message, complaint)
    assert.equal(body.error.type, 'invalid_request_error')
  })
}
