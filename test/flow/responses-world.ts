// What the flow tests of Responses share: a model whose provider speaks it, and the official client.
import OpenAI from 'openai'
import { adjustEntry, keys, type World, type WorldOptions } from './setup.ts'

export type Json = Readonly<Record<string, unknown>>

/** A model whose provider speaks Responses, beside those of the standard world that do not. */
export const withNative = (more: WorldOptions = {}): WorldOptions => ({
  ...more,
  adjust: config => (more.adjust ?? (same => same))(adjustEntry('models', 'native/small', {
    context: 128_000, capabilities: ['tools', 'thinking'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2, cache_read: 0.1 },
  })(adjustEntry('providers', 'native', {
    dialect: 'openai', apis: ['responses'], base_url: (config['providers'] as Json[])[0]?.['base_url'], credential: { env: 'CLOUD_KEY' },
  })(config))),
})

export const client = (world: World, key: keyof typeof keys = 'alice'): OpenAI => new OpenAI({ baseURL: `${world.url}/v1`, apiKey: keys[key], maxRetries: 0 })

export const weather = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
export const tools: OpenAI.Responses.Tool[] = [{ type: 'function', name: 'weather', description: 'Tells the weather.', parameters: weather, strict: false }]
export const twice = 'Please use weather with {"city":"Oslo"} and use weather with {"city":"Rome"}'

export const models = { native: 'native/small', messages: 'cloud-anthropic/small', chat: 'cloud/small' } as const
export const endpoints = { native: 'responses', messages: 'messages', chat: 'chat.completions' } as const

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming
export const asker = (world: World, stream: boolean) => async (body: Body): Promise<OpenAI.Responses.Response> =>
  stream ? client(world).responses.stream(body as unknown as OpenAI.Responses.ResponseCreateParamsStreaming).finalResponse() : client(world).responses.create(body)
