// The standard world with fake clouds beside it, and what flow tests of clouds have in common.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { CleansUp } from '../support/scratch-folder.ts'
import { keys, startWorld, type World, type WorldOptions } from './setup.ts'

export const openaiClient = (world: World): OpenAI => new OpenAI({ baseURL: `${world.url}/v1`, apiKey: keys.alice, maxRetries: 0 })
export const anthropicClient = (world: World): Anthropic => new Anthropic({ baseURL: world.url, apiKey: keys.alice, maxRetries: 0 })

const weather = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
const chatTools = [{ type: 'function' as const, function: { name: 'weather', description: 'Tells the weather.', parameters: weather } }]
const messageTools = [{ name: 'weather', description: 'Tells the weather.', input_schema: weather }]
const twice = 'Please use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}'

/** An OpenAI SDK caller's loop of two parallel calls; gives the last text. @param tellsUsage the provider does without being asked */
export const chatLoop = async (world: World, model: string, stream: boolean, tellsUsage = true): Promise<string> => {
  const client = openaiClient(world)
  const ask = async (messages: OpenAI.ChatCompletionMessageParam[]): Promise<OpenAI.ChatCompletion> => {
    const body = { model, messages, tools: chatTools, max_tokens: 300 }
    return stream ? client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion() : client.chat.completions.create(body)
  }
  const asked: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: twice }]
  const first = await ask(asked)
  const [choice] = first.choices
  assert.equal(choice?.finish_reason, 'tool_calls')
  const calls = choice.message.tool_calls ?? []
  assert.deepEqual(calls.map(call => call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : null), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
  if (tellsUsage) assert.ok((first.usage?.prompt_tokens ?? 0) > 0 && (first.usage?.completion_tokens ?? 0) > 0)
  const second = await ask([...asked, { role: 'assistant', content: choice.message.content, tool_calls: calls }, ...calls.map((call, at) => ({ role: 'tool' as const, tool_call_id: call.id, content: `${at + 20} degrees` }))])
  assert.equal(second.model, model)
  assert.equal(second.choices[0]?.finish_reason, 'stop')
  return second.choices[0].message.content ?? ''
}

/** The same by the Anthropic SDK; the second result says that it failed. */
export const messageLoop = async (world: World, model: string, stream: boolean, more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}, tellsUsage = true): Promise<string> => {
  const client = anthropicClient(world)
  const ask = (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
    const body = { model, max_tokens: 3000, system: 'Be brief.', messages, tools: messageTools, ...more }
    return stream ? client.messages.stream(body).finalMessage() : client.messages.create(body)
  }
  const asked: Anthropic.MessageParam[] = [{ role: 'user', content: twice }]
  const first = await ask(asked)
  assert.equal(first.stop_reason, 'tool_use')
  const calls = first.content.filter(block => block.type === 'tool_use')
  assert.deepEqual(calls.map(call => [call.name, call.input]), [['weather', { city: 'Oslo' }], ['weather', { city: 'Rome' }]])
  assert.ok(first.usage.input_tokens + (first.usage.cache_creation_input_tokens ?? 0) > 0 && (first.usage.output_tokens > 0 || !tellsUsage))
  const results = calls.map((call, at) => ({ type: 'tool_result' as const, tool_use_id: call.id, content: `${at + 20} degrees`, is_error: at === 1 }))
  const second = await ask([...asked, { role: 'assistant', content: first.content }, { role: 'user', content: results }])
  assert.equal(second.model, model)
  assert.equal(second.stop_reason, 'end_turn')
  return second.content.map(block => block.type === 'text' ? block.text : '').join('')
}

export interface CloudSetup {
  readonly providers: readonly Readonly<Record<string, unknown>>[]
  readonly models: readonly Readonly<Record<string, unknown>>[]
  readonly environment?: Readonly<Record<string, string>>
}

const price = { usd_per_mtok_in: 1, usd_per_mtok_out: 5, cache_read: 0.1, cache_write: 1.25 }

/** A world whose only providers are these. */
export const startCloudWorld = (test: CleansUp, { environment = {}, models, providers }: CloudSetup, more: WorldOptions = {}): Promise<World> => startWorld(test, {
  ...more, environment: { ...environment, ...more.environment },
  config: { providers, models: models.map(model => ({ price, capabilities: ['tools', 'vision', 'thinking', 'json_schema'], context: 200_000, ...model })), aliases: [], ...more.config },
})

const filesIn = (folder: string): string[] => readdirSync(folder).flatMap(name => {
  const path = join(folder, name)
  return statSync(path).isDirectory() ? filesIn(path) : [path]
})

/** No secret is in the log, the audit log or any other file of state, or in what a test has collected of answers. */
export const assertNoSecrets = (world: World, secrets: readonly string[], seen: readonly string[] = []): void => {
  const kept = filesIn(join(world.folder, 'data')).map(file => readFileSync(file, 'latin1'))
  for (const secret of secrets) {
    assert.ok(secret.length > 8)
    for (const text of [...world.log, ...kept, ...seen]) assert.ok(!text.includes(secret), `${secret} is in: ${text.slice(Math.max(0, text.indexOf(secret) - 80), text.indexOf(secret) + 80)}`)
  }
}
