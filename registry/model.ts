// One model at one provider: the unit that the router ranks and the policy sees as a candidate.
import { z } from 'zod'

export const capabilities = ['tools', 'vision', 'json_schema', 'thinking', 'embeddings'] as const
export type Capability = (typeof capabilities)[number]

const usd = z.number().min(0)

export const priceSchema = z.strictObject({
  usd_per_mtok_in: usd.describe('USD per million input tokens.').meta({ examples: [3] }),
  usd_per_mtok_out: usd.describe('USD per million output tokens.').meta({ examples: [15] }),
  cache_read: usd.nullable().default(null).describe('USD per million tokens read from the provider\'s cache. Default: the input price.').meta({ examples: [0.3] }),
  cache_write: usd.nullable().default(null).describe('USD per million tokens written to the provider\'s cache. Default: the input price.').meta({ examples: [3.75] }),
})

export const modelSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}\/[^\s/][^\s]{0,127}$/, 'must be `provider/model`').describe('Candidate id `provider/model`.').meta({ examples: ['openai/gpt-5-mini'] }),
  name: z.string().min(1).nullable().default(null).describe('Name that the provider knows it by. Default: the part after the slash.').meta({ examples: ['gpt-5-mini'] }),
  context: z.number().int().min(1).default(128_000).describe('Context window in tokens.').meta({ examples: [128000] }),
  max_output_tokens: z.number().int().min(1).default(16_384).describe('Most tokens that it answers with; bounds reservations.').meta({ examples: [16384] }),
  capabilities: z.array(z.enum(capabilities)).default(['tools']).describe('What it can do besides text.').meta({ examples: [['tools', 'vision']] }),
  priced_as: z.string().min(1).nullable().default(null).describe('Name in the bundled price table, where the provider\'s own name tells nobody what it is: Azure deployments, profiles of Bedrock. Default: the name.').meta({ examples: ['gpt-5-mini'] }),
  price: priceSchema.nullable().default(null).describe('Prices; they override the bundled table. A model without any price is refused.'),
})

export type Model = z.infer<typeof modelSchema>
export type PriceOverride = z.infer<typeof priceSchema>
