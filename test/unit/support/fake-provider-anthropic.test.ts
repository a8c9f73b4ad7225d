import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { startFakeProvider, troubles, type FakeProvider } from '../../support/fake-provider.ts'

let provider: FakeProvider
let client: Anthropic

before(async () => {
  provider = await startFakeProvider({ apiKey: 'right' })
  client = new Anthropic({ apiKey: 'right', baseURL: provider.url, maxRetries: 0 })
})
beforeEach(() => { provider.requests.length = 0 })
after(() => provider.close())

const base = { model: 'claude-opus-5-5', max_tokens: 4096 }
const tools: Anthropic.Tool[] = ['read', 'mcp__gateway__files__write'].map(name => ({ name, input_schema: { type: 'object', properties: {} } }))
const question = (content: string | Anthropic.ContentBlockParam[]): Anthropic.MessageParam[] => [{ role: 'user', content }]
const errorOf = async (call: Promise<unknown>): Promise<APIError> => {
  const error = await call.then(() => assert.fail('the call succeeded'), (caught: unknown) => caught)
  assert.ok(error instanceof APIError, String(error))
  return error
}

test('the SDK reads a whole answer that quotes the question', async () => {
  const answer = await client.messages.create({ ...base, messages: question('Mail <PERSON_1>, please') })
  assert.deepEqual(answer.content.map(block => block.type === 'text' ? block.text : block.type), ['You said: Mail <PERSON_1>, please'])
  assert.equal(answer.stop_reason, 'end_turn')
  assert.equal(answer.usage.output_tokens, 9)
  assert.match(answer._request_id ?? '', /^req_fake/)
})

test('the SDK reads a stream with signed thinking, text, a ping and tool calls', async () => {
  const stream = client.messages.stream({ ...base, thinking: { type: 'enabled', budget_tokens: 1024 }, tools, messages: question('use read with {"path": "/some/long/path"} then use files__write with {"n": 1}') })
  const fragments: string[] = []
  stream.on('inputJson', fragment => fragments.push(fragment))
  const message = await stream.finalMessage()
  assert.deepEqual(message.content.map(block => block.type), ['thinking', 'text', 'tool_use', 'tool_use'])
  const uses = message.content.filter(block => block.type === 'tool_use')
  assert.deepEqual(uses.map(use => [use.name, use.input]), [['read', { path: '/some/long/path' }], ['mcp__gateway__files__write', { n: 1 }]])
  assert.ok(fragments.length >= 4)
  assert.equal(message.stop_reason, 'tool_use')

  const next = await client.messages.create({
    ...base, tools,
    messages: [
      ...question('go'), { role: 'assistant', content: message.content },
      { role: 'user', content: uses.map(use => ({ type: 'tool_result' as const, tool_use_id: use.id, content: [{ type: 'text' as const, text: `ok ${use.name}` }] })) },
    ],
  })
  assert.deepEqual(next.content.map(block => block.type === 'text' ? block.text : block.type), ['read answered: ok read\nmcp__gateway__files__write answered: ok mcp__gateway__files__write'])
})

test('thinking whose display is omitted comes as a signature only, and is taken back so', async () => {
  const thinking = { type: 'adaptive', display: 'omitted' } as const
  const message = await client.messages.stream({ ...base, thinking, messages: question('think') }).finalMessage()
  const [first] = message.content
  assert.ok(first?.type === 'thinking' && first.thinking === '' && first.signature.startsWith('fake'))
  await client.messages.create({ ...base, thinking, messages: [...question('think'), { role: 'assistant', content: message.content }, ...question('again')] })
})

test('the event stream has the order and the names of the real one', async () => {
  const response = await client.messages.create({ ...base, stream: true, messages: question('hi') }).asResponse()
  const names = [...(await response.text()).matchAll(/^event: (.*)$/gm)].map(match => match[1])
  assert.deepEqual(names, ['message_start', 'content_block_start', 'ping', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop'])
})

test('a marked prefix is written to the cache once and read from it afterwards', async () => {
  const system: Anthropic.TextBlockParam[] = [{ type: 'text', text: 'a long system prompt for the cache', cache_control: { type: 'ephemeral' } }]
  const usageFor = async (text: string): Promise<Anthropic.Usage> => (await client.messages.create({ ...base, system, messages: question(text) })).usage
  const [first, second] = [await usageFor('one'), await usageFor('two')]
  assert.ok((first.cache_creation_input_tokens ?? 0) > 0)
  assert.equal(first.cache_read_input_tokens, 0)
  assert.equal(second.cache_read_input_tokens, first.cache_creation_input_tokens)
  assert.equal(second.cache_creation_input_tokens, 0)
  assert.ok(second.input_tokens > 0)
})

test('tokens are counted without an answer', async () => {
  const { input_tokens } = await client.messages.countTokens({ model: base.model, messages: question('how long is this?') })
  const answer = await client.messages.create({ ...base, messages: question('how long is this?') })
  assert.equal(input_tokens, answer.usage.input_tokens)
})

test('models are listed in the dialect', async () => {
  assert.ok((await client.models.list()).data.some(model => model.id === 'claude-opus-5-5' && model.display_name !== ''))
})

test('errors carry the dialect\'s types, before and within a stream', async () => {
  const stranger = new Anthropic({ apiKey: 'wrong', baseURL: provider.url, maxRetries: 0 })
  assert.equal((await errorOf(stranger.messages.create({ ...base, messages: question('hi') }))).type, 'authentication_error')
  provider.script.push(troubles.rateLimited(3), troubles.overloaded(), troubles.contextTooLong())
  const limited = await errorOf(client.messages.create({ ...base, messages: question('hi') }))
  assert.deepEqual([limited.status, limited.type, limited.headers?.get('retry-after')], [429, 'rate_limit_error', '3'])
  const overloaded = await errorOf(client.messages.create({ ...base, messages: question('hi') }))
  assert.deepEqual([overloaded.status, overloaded.type], [529, 'overloaded_error'])
  assert.match((await errorOf(client.messages.create({ ...base, messages: question('hi') }))).message, /prompt is too long/)
  provider.script.push({ kind: 'answer', text: 'never complete', errorAfterEvents: { events: 3, error: { status: 529, message: 'Overloaded' } } })
  const broken = await errorOf(client.messages.stream({ ...base, messages: question('hi') }).finalMessage())
  assert.equal(broken.type, 'overloaded_error')
})

const use = { type: 'tool_use', id: 'toolu_1', name: 'read', input: {} }
const result = (id: string): object => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x' }] })
const refusals: readonly (readonly [string, object, RegExp])[] = [
  ['a missing max_tokens', { max_tokens: undefined }, /^max_tokens: Field required/],
  ['an unknown field', { stream_options: {} }, /^stream_options: Extra inputs are not permitted/],
  ['a system role at the start', { messages: [{ role: 'system', content: 'x' }] }, /first message must use the "user" role/],
  ['an empty text block', { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, /text content blocks must be non-empty/],
  ['a call without its result', { messages: [...question('hi'), { role: 'assistant', content: [use] }, ...question('and?')] }, /without `tool_result` blocks immediately after: toolu_1/],
  ['a result without its call', { messages: [...question('hi'), result('toolu_9')] }, /unexpected `tool_use_id` found in `tool_result` blocks: toolu_9/],
  ['a result for another id', { messages: [...question('hi'), { role: 'assistant', content: [use] }, result('toolu_2')] }, /toolu_1|toolu_2/],
  ['a changed thinking block', { messages: [...question('hi'), { role: 'assistant', content: [{ type: 'thinking', thinking: 'changed', signature: 'fakeAAAA' }] }, ...question('go on')] }, /Invalid `signature` in `thinking` block/],
  ['a thinking budget above max_tokens', { thinking: { type: 'enabled', budget_tokens: 5000 } }, /must be greater than `thinking\.budget_tokens`/],
  ['two tools of one name', { tools: [...tools, ...tools] }, /Tool names must be unique/],
  ['a tool name with a dot', { tools: [{ name: 'a.b', input_schema: { type: 'object' } }] }, /^tools\.0\.name/],
]
const post = (body: object, headers: Record<string, string> = { 'anthropic-version': '2023-06-01' }): Promise<Response> =>
  fetch(`${provider.url}/v1/messages?beta=true`, { method: 'POST', headers: { 'x-api-key': 'right', 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

for (const [what, change, complaint] of refusals) {
  test(`${what} is refused`, async () => {
    const response = await post({ ...base, messages: question('hi'), ...change })
    const body = await response.json() as { type: string; error: { message: string; type: string } }
    assert.equal(response.status, 400)
    assert.match(body.error.message, complaint)
    assert.deepEqual([body.type, body.error.type], ['error', 'invalid_request_error'])
  })
}

test('a missing anthropic-version is refused', async () => {
  const response = await post({ ...base, messages: question('hi') }, {})
  assert.equal(response.status, 400)
  assert.match(await response.text(), /anthropic-version: header is required/)
})
