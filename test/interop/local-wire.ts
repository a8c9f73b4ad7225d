// How genuine local servers speak, in each of their APIs. Seen of them:
// - llama.cpp (xllamacpp 2026.10.11549): the first delta has content null; input tokens of Messages are those outside of its prompt cache, which
//   stand beside; errors have a number for a code; any name of a model will do.
// - Ollama 0.17.4: a stream of Messages begins with one input token and tells the true number at its end; every delta says the role again; the
//   type of an error is api_error whatever its status; there is no count_tokens.
// - transformers 5.19.0: no [DONE] and no type of content in the first delta; usage comes with the finish; errors are {"detail":…};
//   prompts longer than its context are taken. Its Responses stream unless told not to, so they are not asked.
// - vLLM 0.32.0: a call that is asked for by name ends with "stop"; reasoning is called `reasoning`; limits above its context are refused.
import assert from 'node:assert/strict'
import { chat, message, type World } from '../flow/setup.ts'
import { asked, forEachServer, recorded, tokens, toldBy } from './local-world.ts'

const question = 'What is a harbour?'
/** Any of its words ends an answer soon. */
const soon = ['harbour', 'the', 'river']

for (const stream of [false, true]) {
  forEachServer(`its Messages and Responses are asked as they are, ${stream ? 'streamed' : 'whole'}, and its tokens are on record`, async (world, local) => {
    const direct = await asked(local, question)
    const calls = [
      ['/v1/messages', `home-anthropic/${local.model}`, message(question, { max_tokens: tokens, stream }), /"text":"[^"]*[a-z]/],
      ['/v1/responses', `home-responses/${local.model}`, { input: question, max_output_tokens: tokens, store: false, stream }, /"output_text"/],
    ] as const
    for (const [path, model, body, text] of calls) {
      const response = await world.post(path, { ...body, model })
      const said = await response.text()
      assert.equal(response.headers.get('x-portcullis-model'), model, `${path}: ${said}`)
      assert.equal(response.headers.get('x-portcullis-lost'), null)
      assert.match(said, text)
      assert.deepEqual(recorded(world), [direct.prompt, tokens, 0], `${path}: ${said}`)
    }
  }, ({ hasOtherApis }) => hasOtherApis)
}

forEachServer('tokens are counted by the server itself', async (world, local) => {
  const direct = await asked(local, question)
  const response = await world.post('/v1/messages/count_tokens', { model: `home-anthropic/${local.model}`, messages: [{ role: 'user', content: question }] })
  assert.equal((await response.json() as { readonly input_tokens: number }).input_tokens, direct.prompt)
}, ({ countsTokens }) => countsTokens)

const schema = { type: 'object', properties: { city: { enum: ['Oslo'] } }, required: ['city'], additionalProperties: false }
const isOslo = (text: string): void => { assert.deepEqual(JSON.parse(text), { city: 'Oslo' }) }

forEachServer('an answer keeps to the schema that callers of several dialects ask for', async (world, { model }) => {
  const format = { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } }
  isOslo(toldBy(await (await world.post('/v1/chat/completions', chat(question, { model: `home/${model}`, max_tokens: 200, response_format: format }))).text()).text)
  const translated = await world.post('/v1/responses', { model: `home/${model}`, input: question, max_output_tokens: 200, store: false, text: { format: { type: 'json_schema', name: 'place', schema, strict: true } } })
  const { output } = await translated.json() as { readonly output: readonly { readonly content?: readonly { readonly text: string }[] }[] }
  isOslo(output.flatMap(item => item.content ?? []).map(part => part.text).join(''))
}, ({ keepsToSchemas }) => keepsToSchemas)

/** What a caller of Messages reads of a call, whole or in pieces. */
const callIn = (body: string): readonly string[] => {
  const values = body.startsWith('{') ? (JSON.parse(body) as { readonly content: readonly object[] }).content : body.split('\n').filter(line => line.startsWith('data: ')).map(line => JSON.parse(line.slice(6)) as object)
  const text = JSON.stringify(values)
  const pieces = [...text.matchAll(/"partial_json":"((?:[^"\\]|\\.)*)"/g)].map(([, piece = '']) => JSON.parse(`"${piece}"`) as string).join('')
  const [, name = ''] = /"name":"(\w+)"/.exec(text) ?? []
  const [, whole = ''] = /"input":(\{"city[^}]*\})/.exec(text) ?? []
  return [name, pieces === '' ? whole : pieces]
}

for (const stream of [false, true]) {
  forEachServer(`a tool that a caller of another dialect asks for is called, ${stream ? 'streamed' : 'whole'}`, async (world, { model }) => {
    const tools = [{ name: 'weather', input_schema: schema, strict: true }]
    const response = await world.post('/v1/messages', message(question, { model: `home/${model}`, max_tokens: 400, stream, tools, tool_choice: { type: 'tool', name: 'weather' } }))
    const body = await response.text()
    const [name, input = ''] = callIn(body)
    assert.equal(name, 'weather', body)
    isOslo(input)
    assert.match(body, /"stop_reason":"tool_use"/)
    assert.deepEqual(world.outcomes().at(-1)?.['failure'], null)
  }, ({ forcesCalls }) => forcesCalls)
}

forEachServer('a caller who asks for more than fits is answered', async (world, { model }) => {
  const response = await world.post('/v1/messages', message(question, { model: `home/${model}`, max_tokens: 64_000, stop_sequences: soon }))
  const body = await response.text()
  assert.equal(response.status, 200, body)
  assert.match(body, /"stop_reason":"(?:end_turn|stop_sequence)"/)
})

forEachServer('a history with a turn of thinking alone is understood', async (world, { model }) => {
  const messages = [{ role: 'user', content: 'Well?' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature: 's' }] }, { role: 'user', content: 'Go on.' }]
  const response = await world.post('/v1/messages', { ...message(''), model: `home/${model}`, max_tokens: 4, messages })
  assert.equal(response.status, 200, await response.text())
})

const errorOf = async (world: World, path: string, body: object): Promise<readonly [number, string]> => {
  const response = await world.post(path, body)
  return [response.status, await response.text()]
}

forEachServer('a model that it does not have is its error, in the dialect of the caller', async (world, _local, { unknownModel }) => {
  const [expected, words] = unknownModel ?? [0, /^$/]
  const [status, own] = await errorOf(world, '/v1/chat/completions', chat(question, { model: 'home/nobody', max_tokens: 4 }))
  assert.deepEqual([status, words.test(own)], [expected, true], own)
  const [translated, said] = await errorOf(world, '/v1/messages', message(question, { model: 'home/nobody', max_tokens: 4 }))
  assert.deepEqual([translated, words.test(said)], [expected, true], said)
  assert.match(said, expected === 404 ? /^\{"type":"error","error":\{"type":"not_found_error","message":/ : /^\{"type":"error","error":\{"type":"invalid_request_error","message":/)
}, ({ unknownModel }) => unknownModel !== null)

forEachServer('embeddings come from it', async (world, { model }) => {
  const response = await world.post('/v1/embeddings', { model: `home/${model}`, input: ['a river', 'a lamp'] })
  const { data } = await response.json() as { readonly data: readonly { readonly embedding: readonly number[] }[] }
  assert.deepEqual(data.map(({ embedding }) => embedding.length), [64, 64])
  assert.equal(recorded(world)[2], 0)
}, ({ embeds }) => embeds)
