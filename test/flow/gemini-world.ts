// A world with a Gemini provider in it, and how a Gemini caller asks and reads, in each of the three forms of an answer.
import assert from 'node:assert/strict'
import { adjustEntry, keys, startWorld, type World, type WorldOptions } from './setup.ts'

export type Json = Readonly<Record<string, unknown>>

export const price = { usd_per_mtok_in: 1, usd_per_mtok_out: 4, cache_read: 0.1 }

/** The standard world with a Gemini provider in the cloud. */
export const withGemini = (config: Json): Record<string, unknown> => {
  const [, anthropic] = config['providers'] as { base_url: string }[]
  const provider = adjustEntry('providers', 'google', { dialect: 'gemini', base_url: anthropic?.base_url, credential: { env: 'CLOUD_KEY' } })(config)
  const flash = adjustEntry('models', 'google/flash', { name: 'gemini-3-flash', capabilities: ['tools', 'vision', 'thinking', 'json_schema', 'embeddings'], price })(provider)
  return adjustEntry('models', 'google/old', { name: 'gemini-2.5-flash', capabilities: ['tools', 'thinking'], price })(flash)
}

export const geminiWorld = (t: Parameters<typeof startWorld>[0], options: WorldOptions = {}): Promise<World> => startWorld(t, { adjust: withGemini, ...options })

export const toGemini = 'google/flash'
export const toClaude = 'cloud-anthropic/small'
export const toChat = 'cloud/small'

export interface Part { readonly text?: string; readonly thought?: boolean; readonly thoughtSignature?: string; readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: Json } }
export interface Content { readonly role: string; readonly parts: readonly Part[] }
export interface Answer {
  readonly candidates: readonly { readonly content: Content; readonly finishReason?: string }[]
  readonly usageMetadata?: { readonly promptTokenCount: number; readonly candidatesTokenCount: number; readonly thoughtsTokenCount?: number }
  readonly modelVersion: string
  readonly error?: { readonly code: number; readonly message: string; readonly status: string; readonly details: readonly Json[] }
}

export const key = { 'authorization': '', 'x-goog-api-key': keys.alice }
export const user = (text: string): Content => ({ role: 'user', parts: [{ text }] })
export const say = (text: string, more: Json = {}): Json => ({ contents: [user(text)], ...more })

export const call = (world: World, model: string, method: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> => world.post(`/v1beta/models/${model}:${method}`, body, { ...key, ...headers })

/** The three ways in which a caller can be answered. */
export const forms = ['whole', 'events', 'array'] as const
export type Form = (typeof forms)[number]

export const chunksOf = async (response: Response, form: Form): Promise<Answer[]> => {
  const text = await response.text()
  if (form === 'events') return text.split(/\r?\n\r?\n/).filter(event => event.startsWith('data: ')).map(event => JSON.parse(event.slice('data: '.length)) as Answer)
  return [JSON.parse(text) as Answer | Answer[]].flat()
}

export const ask = async (world: World, model: string, form: Form, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer[]> => {
  const response = await call(world, model, form === 'whole' ? 'generateContent' : form === 'array' ? 'streamGenerateContent' : 'streamGenerateContent?alt=sse', body, headers)
  assert.equal(response.status, 200, await response.clone().text())
  assert.match(response.headers.get('content-type') ?? '', form === 'events' ? /^text\/event-stream/ : /^application\/json/)
  return chunksOf(response, form)
}

export const partsOf = (chunks: readonly Answer[]): Part[] => chunks.flatMap(chunk => chunk.candidates[0]?.content.parts ?? [])
export const textOf = (chunks: readonly Answer[]): string => partsOf(chunks).map(part => part.thought === true ? '' : part.text ?? '').join('')
export const callsOf = (chunks: readonly Answer[]): Part[] => partsOf(chunks).filter(part => part.functionCall !== undefined)

export const weather = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
export const geminiTools = [{ functionDeclarations: [{ name: 'weather', description: 'Tells the weather.', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] } }] }]
export const chatTools = [{ type: 'function' as const, function: { name: 'weather', description: 'Tells the weather.', parameters: weather } }]
export const messageTools = [{ name: 'weather', description: 'Tells the weather.', input_schema: weather }]
export const twice = 'Please use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}'
