// The Gemini dialect translated: callers of it on models of every dialect, and clients of the others on Gemini models.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { type Answer, ask, call, callsOf, chatTools, type Content, forms, geminiTools, geminiWorld, type Json, key, messageTools, partsOf, say, textOf, toChat, toClaude, toGemini, twice, user } from './gemini-world.ts'
import { chat, keys, message } from './setup.ts'

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
      const second = await ask(world, model, form, { ...body, contents: [user(twice), ...said, { role: 'user', parts: results }] })
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

test('what the other dialect cannot say is told, and refused where the caller needs it', async t => {
  const world = await geminiWorld(t)
  const body = say('Hello', { safety_settings: [], cachedContent: 'cachedContents/x', generationConfig: { maxOutputTokens: 50, topK: 4 } })
  const response = await call(world, toChat, 'generateContent', body)
  assert.equal(response.status, 200, await response.clone().text())
  assert.equal(response.headers.get('x-portcullis-lost'), 'cachedContent, generationConfig.topK, safetySettings')
  const refused = await call(world, toChat, 'generateContent', body, { 'x-portcullis-require': 'generationConfig.topK' })
  assert.equal(refused.status, 400)
  const { error } = await refused.json() as Answer
  assert.deepEqual([error?.status, error?.details[0]?.['reason']], ['INVALID_ARGUMENT', 'ROUTE_LOSSY'])
  const toOther = await world.post('/v1/chat/completions', chat('Hello', { model: toGemini, logprobs: true, parallel_tool_calls: false, tools: chatTools }))
  assert.equal(toOther.headers.get('x-portcullis-lost'), 'logprobs, parallel_tool_calls')
})

test('errors of a provider keep their status and text, for a Gemini caller and from a Gemini model', async t => {
  const world = await geminiWorld(t, { cloud: { reply: () => ({ kind: 'error', error: { status: 400, message: 'too large for this model' } }) } })
  for (const [path, body, headers] of [
    ['/v1beta/models/cloud/small:generateContent', say('Hi'), key], ['/v1beta/models/cloud-anthropic/small:streamGenerateContent', say('Hi'), key],
    ['/v1/chat/completions', chat('Hi', { model: toGemini }), {}], ['/v1/messages', message('Hi', { model: toGemini }), {}],
  ] as const) {
    const response = await world.post(path, body, headers)
    assert.equal(response.status, 400)
    assert.equal((await response.json() as { error: { message: string } }).error.message, 'too large for this model', path)
  }
})

test('a prompt that the provider blocks is no answer in any dialect', async t => {
  const blocked = JSON.stringify({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 }, modelVersion: 'm', responseId: 'r' })
  const world = await geminiWorld(t, { cloud: { reply: ({ asked }) => ({ kind: 'raw', body: asked?.stream === true ? `data: ${blocked}\n\n` : blocked }) } })
  assert.match(await (await world.post('/v1/messages', message('Hi', { model: toGemini }))).text(), /"stop_reason":"refusal"/)
  assert.match(await (await world.post('/v1/chat/completions', chat('Hi', { model: toGemini, stream: true }))).text(), /"finish_reason":"content_filter"/)
  for (const form of forms) assert.ok((await ask(world, toGemini, form, say('Hi'))).length > 0)
  assert.ok(world.outcomes().every(outcome => outcome['failure'] === null))
})

test('a stream that is cut, or fails half way, ends in an error that the caller can read, in either form', async t => {
  const table = [
    [{ cutAfterEvents: 3 }, /upstream\.connect|upstream\.protocol|broke off/],
    [{ errorAfterEvents: { events: 3, error: { status: 503, message: 'Overloaded now' } } }, /Overloaded now/],
  ] as const
  for (const [delivery, expected] of table) {
    const world = await geminiWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'one two three four five six seven eight', ...delivery }) } })
    for (const model of [toGemini, toChat, toClaude]) {
      for (const form of ['events', 'array'] as const) {
        const chunks = await ask(world, model, form, say('Hello', { generationConfig: { maxOutputTokens: 50 } }))
        assert.match(chunks.at(-1)?.error?.message ?? '', expected, `${model} ${form}`)
        assert.ok(chunks.every(chunk => chunk.error !== undefined || (chunk.candidates[0]?.finishReason ?? null) === null))
      }
    }
    for (const [path, body] of [['/v1/chat/completions', chat('Hi', { model: toGemini, stream: true })], ['/v1/messages', message('Hi', { model: toGemini, stream: true })]] as const) {
      const text = await (await world.post(path, body)).text()
      assert.match(text, expected)
      assert.doesNotMatch(text, /message_stop|\[DONE\]/)
    }
    assert.ok(world.outcomes().every(outcome => outcome['failure'] !== null), JSON.stringify(world.outcomes().map(outcome => outcome['failure'])))
  }
})

test('thoughts are shown to Gemini callers who ask for them', async t => {
  const world = await geminiWorld(t)
  for (const includeThoughts of [true, false]) {
    const chunks = await ask(world, toClaude, 'events', say('Hello', { generationConfig: { maxOutputTokens: 4000, thinkingConfig: { includeThoughts, thinkingBudget: 1024 } } }))
    assert.equal(partsOf(chunks).some(part => part.thought === true), includeThoughts)
    assert.ok((chunks.at(-1)?.usageMetadata?.promptTokenCount ?? 0) > 0)
  }
})

test('a fallback crosses dialects, and spends what each one says that it used', async t => {
  const world = await geminiWorld(t, {
    config: { aliases: [{ name: 'any', candidates: ['google/flash', 'cloud/small'] }] },
    cloud: { reply: ({ dialect }) => dialect === 'openai' ? { kind: 'error', error: { status: 503, message: 'down' } } : { kind: 'answer', text: 'from the other', usage: { input: 1000, output: 100, cacheRead: 400 } } },
  })
  const response = await world.post('/v1/chat/completions', chat('Hello', { model: 'any', max_tokens: 50 }))
  assert.equal(response.headers.get('x-portcullis-model'), toGemini)
  // 600 fresh, 400 cached, 100 out.
  assert.equal(Number(response.headers.get('x-portcullis-cost-usd')), (600 * 1 + 400 * 0.1 + 100 * 4) / 1e6)
  const answer = await (await call(world, 'any', 'generateContent', say('Hello'))).json() as Answer
  assert.equal(answer.modelVersion, 'any')
})
