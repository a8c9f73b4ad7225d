// The Gemini dialect through the real gateway: callers of it on models of every dialect, and clients of the others on Gemini models.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { adjustEntry, chat, keys, message, startWorld, type World, type WorldOptions } from './setup.ts'

type Json = Readonly<Record<string, unknown>>

const price = { usd_per_mtok_in: 1, usd_per_mtok_out: 4, cache_read: 0.1 }

/** The standard world with a Gemini provider in the cloud. */
const withGemini = (config: Json): Record<string, unknown> => {
  const [, anthropic] = config['providers'] as { base_url: string }[]
  const provider = adjustEntry('providers', 'google', { dialect: 'gemini', base_url: anthropic?.base_url, credential: { env: 'CLOUD_KEY' } })(config)
  const flash = adjustEntry('models', 'google/flash', { name: 'gemini-3-flash', capabilities: ['tools', 'vision', 'thinking', 'json_schema', 'embeddings'], price })(provider)
  return adjustEntry('models', 'google/old', { name: 'gemini-2.5-flash', capabilities: ['tools', 'thinking'], price })(flash)
}

const geminiWorld = (t: Parameters<typeof startWorld>[0], options: WorldOptions = {}): Promise<World> => startWorld(t, { adjust: withGemini, ...options })

const toGemini = 'google/flash'
const toClaude = 'cloud-anthropic/small'
const toChat = 'cloud/small'

interface Part { readonly text?: string; readonly thought?: boolean; readonly thoughtSignature?: string; readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: Json } }
interface Content { readonly role: string; readonly parts: readonly Part[] }
interface Answer {
  readonly candidates: readonly { readonly content: Content; readonly finishReason?: string }[]
  readonly usageMetadata?: { readonly promptTokenCount: number; readonly candidatesTokenCount: number; readonly thoughtsTokenCount?: number }
  readonly modelVersion: string
  readonly error?: { readonly code: number; readonly message: string; readonly status: string; readonly details: readonly Json[] }
}

const key = { 'authorization': '', 'x-goog-api-key': keys.alice }
const user = (text: string): Content => ({ role: 'user', parts: [{ text }] })
const say = (text: string, more: Json = {}): Json => ({ contents: [user(text)], ...more })

const call = (world: World, model: string, method: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> => world.post(`/v1beta/models/${model}:${method}`, body, { ...key, ...headers })

/** The three ways in which a caller can be answered. */
const forms = ['whole', 'events', 'array'] as const
type Form = (typeof forms)[number]

const chunksOf = async (response: Response, form: Form): Promise<Answer[]> => {
  const text = await response.text()
  if (form === 'events') return text.split(/\r?\n\r?\n/).filter(event => event.startsWith('data: ')).map(event => JSON.parse(event.slice('data: '.length)) as Answer)
  return [JSON.parse(text) as Answer | Answer[]].flat()
}

const ask = async (world: World, model: string, form: Form, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer[]> => {
  const response = await call(world, model, form === 'whole' ? 'generateContent' : form === 'array' ? 'streamGenerateContent' : 'streamGenerateContent?alt=sse', body, headers)
  assert.equal(response.status, 200, await response.clone().text())
  assert.match(response.headers.get('content-type') ?? '', form === 'events' ? /^text\/event-stream/ : /^application\/json/)
  return chunksOf(response, form)
}

const partsOf = (chunks: readonly Answer[]): Part[] => chunks.flatMap(chunk => chunk.candidates[0]?.content.parts ?? [])
const textOf = (chunks: readonly Answer[]): string => partsOf(chunks).map(part => part.thought === true ? '' : part.text ?? '').join('')
const callsOf = (chunks: readonly Answer[]): Part[] => partsOf(chunks).filter(part => part.functionCall !== undefined)

const weather = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
const geminiTools = [{ functionDeclarations: [{ name: 'weather', description: 'Tells the weather.', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] } }] }]
const chatTools = [{ type: 'function' as const, function: { name: 'weather', description: 'Tells the weather.', parameters: weather } }]
const messageTools = [{ name: 'weather', description: 'Tells the weather.', input_schema: weather }]
const twice = 'Please use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}'

for (const model of [toGemini, toChat, toClaude]) {
  for (const form of forms) {
    test(`a Gemini caller runs a loop of parallel tools on ${model}, ${form}`, async t => {
      const world = await geminiWorld(t)
      const body = { systemInstruction: { parts: [{ text: 'Be brief.' }] }, tools: geminiTools, generationConfig: { maxOutputTokens: 300 } }
      const first = await ask(world, model, form, { ...body, contents: [user(twice)] })
      const calls = callsOf(first)
      assert.deepEqual(calls.map(part => [part.functionCall?.name, part.functionCall?.args]), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
      assert.equal(first.at(-1)?.candidates[0]?.finishReason, 'STOP')
      assert.equal(first.at(-1)?.modelVersion, model)
      const { usageMetadata } = first.at(-1) ?? {}
      assert.ok((usageMetadata?.promptTokenCount ?? 0) > 0 && (usageMetadata?.candidatesTokenCount ?? 0) > 0)
      // Chunks come back one content each, as a client that keeps a stream as it came sends them; results without ids.
      const said = first.map(chunk => chunk.candidates[0]?.content).filter(content => (content?.parts.length ?? 0) > 0)
      const results = calls.map((part, at) => ({ functionResponse: { name: part.functionCall?.name, response: { output: `${at + 20} degrees` } } }))
      const second = await ask(world, model, form, { ...body, contents: [user(twice), ...model === toGemini ? [{ role: 'model', parts: said.flatMap(content => content?.parts ?? []) }] : said, { role: 'user', parts: results }] })
      assert.match(textOf(second), /weather answered: 20 degrees\nweather answered: 21 degrees/)
      assert.ok(world.outcomes().every(outcome => Number(outcome['cost_usd']) > 0 && outcome['failure'] === null))
    })
  }
}

for (const stream of [false, true]) {
  const how = stream ? 'as a stream' : 'in one piece'

  test(`an OpenAI client runs a loop of parallel tools on a Gemini model, ${how}`, async t => {
    const world = await geminiWorld(t)
    const client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: keys.alice, maxRetries: 0 })
    const complete = async (messages: OpenAI.ChatCompletionMessageParam[]): Promise<OpenAI.ChatCompletion> => {
      const body = { model: toGemini, messages, tools: chatTools, max_tokens: 300 }
      return stream ? client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion() : client.chat.completions.create(body)
    }
    const asked: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: twice }]
    const [choice] = (await complete(asked)).choices
    const calls = choice?.message.tool_calls ?? []
    assert.equal(choice?.finish_reason, 'tool_calls')
    assert.deepEqual(calls.map(one => one.type === 'function' ? [one.function.name, JSON.parse(one.function.arguments)] : null), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
    assert.ok('extra_content' in (calls[0] ?? {}), 'the signature is where Google\'s own chat completions have it')
    const second = await complete([...asked, { role: 'assistant', content: choice.message.content, tool_calls: calls }, ...calls.map((one, at) => ({ role: 'tool' as const, tool_call_id: one.id, content: `${at + 20} degrees` }))])
    assert.match(second.choices[0]?.message.content ?? '', /weather answered: 20 degrees\nweather answered: 21 degrees/)
    assert.ok((second.usage?.prompt_tokens ?? 0) > 0)
    const sent = world.cloud.requests.at(-1)?.json as { contents: Content[] }
    assert.match(sent.contents[1]?.parts.find(part => part.functionCall !== undefined)?.thoughtSignature ?? '', /^fake/, 'the model gets its own signature back')
    assert.ok(world.cloud.requests.every(request => request.endpoint === 'generateContent' && request.path.includes('alt=sse') === stream))
  })

  test(`an Anthropic client runs a loop of parallel tools on a Gemini model, ${how}`, async t => {
    const world = await geminiWorld(t)
    const client = new Anthropic({ baseURL: world.url, apiKey: keys.alice, maxRetries: 0 })
    const answer = (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
      const body = { model: toGemini, max_tokens: 3000, system: 'Be brief.', messages, tools: messageTools, thinking: { type: 'enabled' as const, budget_tokens: 1024 } }
      return stream ? client.messages.stream(body).finalMessage() : client.messages.create(body)
    }
    const asked: Anthropic.MessageParam[] = [{ role: 'user', content: twice }]
    const first = await answer(asked)
    assert.equal(first.stop_reason, 'tool_use')
    assert.ok(first.usage.input_tokens > 0 && first.usage.output_tokens > 0)
    assert.match(first.content.map(block => block.type === 'thinking' ? block.thinking : '').join(''), /The user wrote/)
    const calls = first.content.filter(block => block.type === 'tool_use')
    assert.deepEqual(calls.map(one => [one.name, one.input]), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
    const results = calls.map((one, at) => ({ type: 'tool_result' as const, tool_use_id: one.id, content: `${at + 20} degrees`, is_error: at === 1 }))
    const second = await answer([...asked, { role: 'assistant', content: first.content }, { role: 'user', content: results }])
    assert.match(second.content.map(block => block.type === 'text' ? block.text : '').join(''), /weather answered: 20 degrees\nweather answered: Error: 21 degrees/)
    const sent = world.cloud.requests.at(-1)?.json as { contents: Content[]; generationConfig: Json }
    assert.match(sent.contents[1]?.parts.find(part => part.functionCall !== undefined)?.thoughtSignature ?? '', /^fake/, 'the model gets its own signature back')
    assert.deepEqual(sent.generationConfig['thinkingConfig'], { includeThoughts: true, thinkingLevel: 'LOW' })
    assert.equal((await client.messages.countTokens({ model: toGemini, messages: asked })).input_tokens > 5, true)
  })
}

test('a history that another provider\'s model wrote is taken by a model that checks signatures, and the other way round', async t => {
  const world = await geminiWorld(t)
  const client = new Anthropic({ baseURL: world.url, apiKey: keys.alice, maxRetries: 0 })
  const thinking = { type: 'enabled' as const, budget_tokens: 1024 }
  const turn = async (model: string, messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => client.messages.create({ model, max_tokens: 3000, messages, tools: messageTools, thinking })
  for (const [before, after] of [[toClaude, toGemini], [toGemini, toClaude], [toChat, toGemini]] as const) {
    const first = await turn(before, [{ role: 'user', content: twice }])
    const results = first.content.flatMap(block => block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'sun' }] : [])
    const second = await turn(after, [{ role: 'user', content: twice }, { role: 'assistant', content: first.content }, { role: 'user', content: results }])
    assert.match(second.content.map(block => block.type === 'text' ? block.text : '').join(''), /weather answered: sun/, `${before} → ${after}`)
  }
  // A Gemini caller whose history an Anthropic model wrote, with thoughts that only that one can read.
  const config = { generationConfig: { maxOutputTokens: 3000, thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } }, tools: geminiTools }
  const first = await ask(world, toClaude, 'whole', { ...config, contents: [user(twice)] })
  const history = [user(twice), ...first.map(chunk => chunk.candidates[0]?.content), { role: 'user', parts: callsOf(first).map(part => ({ functionResponse: { id: part.functionCall?.id, name: 'weather', response: { output: 'sun' } } })) }]
  for (const model of [toClaude, toGemini]) assert.match(textOf(await ask(world, model, 'whole', { ...config, contents: history })), /weather answered: sun/, model)
  const claude = world.cloud.requests.findLast(request => request.endpoint === 'messages')?.json as { messages: { content: { type: string; signature?: string }[] }[]; thinking?: unknown }
  assert.match(claude.messages[1]?.content[0]?.signature ?? '', /^fake/, 'thinking comes home with its signature')
  assert.ok(claude.thinking !== undefined, 'and goes on')
})

test('personal data is hidden from the model and comes back in texts and in arguments of calls, also where a stream cuts it', async t => {
  const world = await geminiWorld(t)
  const orders = 'Write to jane.doe@example.org: use weather with {"city":"jane.doe@example.org"}'
  for (const model of [toGemini, toChat, toClaude]) {
    for (const form of forms) {
      assert.match(textOf(await ask(world, model, form, say('My address is jane.doe@example.org.', { generationConfig: { maxOutputTokens: 200 } }))), /jane\.doe@example\.org/, `${model} ${form}`)
      const chunks = await ask(world, model, form, say(orders, { tools: geminiTools, generationConfig: { maxOutputTokens: 200 } }))
      assert.deepEqual(callsOf(chunks).map(part => part.functionCall?.args), [{ city: 'jane.doe@example.org' }], `${model} ${form}`)
    }
  }
  for (const stream of [false, true]) {
    const openai = await (await world.post('/v1/chat/completions', chat(orders, { model: toGemini, tools: chatTools, stream }))).text()
    const anthropic = await (await world.post('/v1/messages', message(orders, { model: toGemini, tools: messageTools, stream }))).text()
    for (const text of [openai, anthropic]) assert.match(text, /jane\.doe@example\.org/)
  }
  assert.ok(world.cloud.requests.length > 20 && world.cloud.requests.every(({ body }) => !body.toString().includes('jane.doe')))
})
