// The gateway between the clients and the fake provider: one model, asked for in the provider's dialect, under the names that clients know.
import { stringify } from 'yaml'
import { hashKey } from '../../registry/key.ts'
import { providers } from '../contract/matrix/dialects.ts'

export const gatewayKey = 'gateway-key-0123456789abcdef0123456789abcdef'
export const providerKey = 'provider-key-fedcba9876543210'

/** Dialects of providers that this gateway knows and the fake provider speaks. */
export const spokenDialects: readonly string[] = [...providers.keys()].filter(name => name !== 'bedrock')

/** Environment of the gateway: the credential that the rows of providers name. */
export const gatewayEnv = { CLOUD_KEY: providerKey }

export const gatewayConfig = (providerUrl: string, spoken: string): string => stringify({
  listen: { host: '127.0.0.1', port: 0 },
  admin: { port: 0 },
  data: './data',
  keys: [{ name: 'alice', hash: hashKey(gatewayKey), subject: { id: 'alice', tenant: 'acme', groups: ['engineering'] }, agent: { id: 'interop' } }],
  providers: [{ id: 'fake', ...providers.get(spoken)?.config(providerUrl) }],
  models: [{ id: 'fake/the-model', context: 1_000_000, max_output_tokens: 128_000, capabilities: ['tools', 'thinking', 'vision'], price: { usd_per_mtok_in: 5, usd_per_mtok_out: 25 } }],
  aliases: ['claude-opus-5-5', 'gpt-5-mini', 'gemini-3-flash'].map(name => ({ name, candidates: ['fake/the-model'] })),
  policy: { settings: { models: [{ groups: ['engineering'], models: ['*'] }] } },
})
