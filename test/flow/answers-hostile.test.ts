// Answers that are written so that a client reads what the gateway did not: events without their end, data that a comment says first, types in
// another case, numbers in place of texts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CleansUp } from '../support/scratch-folder.ts'
import { adjustEntry, chat, message, startWorld, type World } from './setup.ts'
import { scriptedProvider, type ScriptedProvider } from './scripted-provider.ts'

const email = 'anna.muster@example.com'
// Put together here, so that no scanner takes this file for a leak.
const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
const filler = ' and nothing more'.repeat(12)

const masking = { policy: { settings: { data: { answers: { kinds: ['cloud_key', 'card'], action: 'mask' } } } } }

const scripted = async (t: CleansUp): Promise<{ readonly script: ScriptedProvider; readonly world: World }> => {
  const script = await scriptedProvider(t)
  return { script, world: await startWorld(t, { config: masking, adjust: script.serves('cloud') }) }
}

const chunk = (content: string): string => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'large', choices: [{ index: 0, delta: { content }, finish_reason: null }] })

const ask = async (world: World): Promise<string> => {
  const response = await world.post('/v1/chat/completions', chat(`I am ${email}`, { model: 'cloud/large', stream: true }))
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return body
}

/** What a client says that takes every line of data for an event. */
const readByLines = (body: string): string => body.split('\n').filter(line => line.startsWith('data: {'))
  .map(line => (JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '').join('')

const told = `key ${secret}, says [EMAIL_1]`
const shown = `key [CLOUD_KEY], says ${email}`

for (const [what, end] of [['at all', ''], ['but for one line', '\n'], ['but for half of one', '\r']] as const) {
  test(`the last event of a stream that does not end ${what} is looked at and restored like the others`, async t => {
    const { script, world } = await scripted(t)
    script.answers({ type: 'text/event-stream', body: `data: ${chunk('Hello ')}\n\ndata: ${chunk(told)}${end}` })
    const body = await ask(world)
    assert.equal(readByLines(body.replaceAll('\r', '\n')), `Hello ${shown}`)
    assert.doesNotMatch(body, new RegExp(secret))
  })
}

test('a last event in which nothing is to be changed passes as it came', async t => {
  const { script, world } = await scripted(t)
  script.answers({ type: 'text/event-stream', body: `data: ${chunk('').replace('null}', '"stop"}')}\n\ndata: [DONE]` })
  assert.match(await ask(world), /"stop"\}\]\}\n\ndata: \[DONE\]$/)
})

for (const before of [': ', 'id: ', 'event: ', 'retry: ']) {
  test(`what a line "${before.trim()}" says before the data does not take the place of the data`, async t => {
    const { script, world } = await scripted(t)
    const data = chunk(told + filler)
    script.answers({ type: 'text/event-stream', body: `${before}${data}\ndata: ${data}\n\ndata: [DONE]\n\n` })
    assert.equal(readByLines(await ask(world)), shown + filler)
  })
}

test('a stream is one in whatever case its type is written', async t => {
  const { script, world } = await scripted(t)
  const [first, second] = [secret.slice(0, 7), secret.slice(7)]
  script.answers({ type: 'Text/Event-Stream; Charset=UTF-8', body: `data: ${chunk(first)}\n\ndata: ${chunk(second + filler)}\n\ndata: [DONE]\n\n` })
  assert.equal(readByLines(await ask(world)), `[CLOUD_KEY]${filler}`)
})

const args = { card: 4111111111111111, 'card 4111 1111 1111 1111': 1.5 }
const calls = {
  gemini: { candidates: [{ content: { role: 'model', parts: [{ functionCall: { name: 'pay', args } }] }, finishReason: 'STOP', index: 0 }], modelVersion: 'large', responseId: 'r' },
  anthropic: { id: 'msg_1', type: 'message', role: 'assistant', model: 'small', stop_reason: 'tool_use', usage: { input_tokens: 1, output_tokens: 1 }, content: [{ type: 'tool_use', id: 'toolu_1', name: 'pay', input: args }] },
} as const

for (const [what, path, model, stream] of [
  ['Gemini, whole answer', '/v1beta/models/google/gemini:generateContent', 'gemini', false], ['Gemini, stream', '/v1beta/models/google/gemini:streamGenerateContent?alt=sse', 'gemini', true], ['Anthropic', '/v1/messages', 'anthropic', false],
] as const) {
  test(`${what}: numbers and names of members in the arguments of a call are looked at`, async t => {
    const script = await scriptedProvider(t)
    const serves = model === 'anthropic' ? script.serves('cloud-anthropic') : (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      adjustEntry('models', 'google/gemini', { context: 100_000, capabilities: ['tools'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 1 } })(script.serves('google', { dialect: 'gemini', credential: { env: 'CLOUD_KEY' } })(config))
    const world = await startWorld(t, { config: masking, adjust: serves })
    script.answers(stream ? { type: 'text/event-stream', body: `data: ${JSON.stringify(calls[model])}\n\n` } : { type: 'application/json', body: JSON.stringify(calls[model]) })
    const response = await world.post(path, model === 'gemini' ? { contents: [{ role: 'user', parts: [{ text: 'pay' }] }], tools: [{ functionDeclarations: [{ name: 'pay' }] }] } : message('pay', { model: 'cloud-anthropic/small', tools: [{ name: 'pay', input_schema: { type: 'object' } }] }))
    const body = await response.text()
    assert.equal(response.status, 200, body)
    assert.doesNotMatch(body, /4111/)
    assert.match(body, /"card":"\[CARD\]".*"card \[CARD\]":1.5/)
  })
}
