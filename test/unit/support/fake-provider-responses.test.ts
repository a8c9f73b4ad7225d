// The fake provider as a Responses server: the official client is its judge, and it refuses what the real API refuses.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { APIError } from 'openai'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { openSecret } from '../../support/fake-provider/responses-secret.ts'

let provider: FakeProvider
let client: OpenAI

before(async () => {
  provider = await startFakeProvider({ apiKey: 'right' })
  client = new OpenAI({ apiKey: 'right', baseURL: `${provider.url}/v1`, maxRetries: 0 })
})
after(() => provider.close())

const model = 'gpt-5-mini'
const tools: OpenAI.Responses.Tool[] = [{ type: 'function', name: 'read', parameters: { type: 'object', properties: {} }, strict: false }]

test('the SDK reads an answer, whole and streamed, with reasoning, text and calls', async () => {
  const body = { model, input: 'use read with {"a":1}', tools, reasoning: { effort: 'low' as const, summary: 'auto' as const }, include: ['reasoning.encrypted_content' as const] }
  const whole = await client.responses.create(body)
  const streamed = await client.responses.stream(body).finalResponse()
  for (const response of [whole, streamed]) {
    assert.deepEqual(response.output.map(item => item.type), ['reasoning', 'message', 'function_call'])
    const [thought] = response.output
    assert.equal(openSecret((thought as OpenAI.Responses.ResponseReasoningItem).encrypted_content ?? ''), 'The user wrote 21 characters.')
    assert.ok((response.usage?.output_tokens ?? 0) > 0)
  }
  provider.script.push({ kind: 'answer', text: 'cut', stop: 'length' }, { kind: 'answer', text: 'no', stop: 'refusal' })
  assert.equal((await client.responses.create({ model, input: 'x' })).status, 'incomplete')
  assert.equal((await client.responses.stream({ model, input: 'x' }).finalResponse()).output_text, '')
})

test('it goes on from what it keeps, and from nothing else', async () => {
  const first = await client.responses.create({ model, input: 'One' })
  await client.responses.create({ model, input: 'Two', previous_response_id: first.id })
  assert.match(provider.requests.at(-1)?.asked?.inputText ?? '', /One.*You said: One.*Two/)
  const unkept = await client.responses.create({ model, input: 'One', store: false })
  for (const id of [unkept.id, 'resp_nobody']) {
    await assert.rejects(client.responses.create({ model, input: 'Two', previous_response_id: id }), (thrown: unknown) => thrown instanceof APIError && thrown.status === 400 && thrown.code === 'previous_response_not_found')
  }
})

test('it refuses what the real API refuses', async () => {
  const table: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ messages: [] }, /Unrecognized request argument supplied: messages/], [{ input: undefined }, /must be provided/], [{ max_output_tokens: 5 }, /max_output_tokens/],
    [{ input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, /input/], [{ tools: [{ type: 'function', function: { name: 'x' } }] }, /tools/], [{ reasoning: { effort: 'max' } }, /effort/],
    [{ input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }] }, /No tool output found for function call c/], [{ input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] }, /No tool call found/],
    [{ input: [{ type: 'reasoning', summary: [], encrypted_content: 'portcullis.x' }] }, /could not be verified/], [{ input: [{ type: 'reasoning', id: 'rs_1', summary: [] }] }, /not found/], [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, /not found/],
    [{ input: [{ type: 'message', role: 'assistant', id: 'x', content: 'y' }] }, /input/],
  ]
  for (const [more, says] of table) {
    const response = await fetch(`${provider.url}/v1/responses`, { method: 'POST', headers: { authorization: 'Bearer right' }, body: JSON.stringify({ model, input: 'x', ...more }) })
    assert.ok(response.status === 400 || response.status === 404, JSON.stringify(more))
    assert.match(await response.text(), says)
  }
})
