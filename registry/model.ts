// One model at one provider: the unit that the router ranks and the policy sees as a candidate.
import { z } from 'zod'
import { upstreamLimitsSchema } from './upstream-limits.ts'
import { apisSchema } from './provider.ts'

export const capabilities = ['tools', 'vision', 'json_schema', 'thinking', 'embeddings'] as const
export type Capability = (typeof capabilities)[number]

const usd = z.number().min(0)

const ratesShape = {
  usd_per_mtok_in: usd.describe('USD per million input tokens.').meta({ examples: [3] }),
  usd_per_mtok_out: usd.describe('USD per million output tokens.').meta({ examples: [15] }),
  cache_read: usd.nullable().default(null).describe('USD per million tokens read from the provider\'s cache. Default: the input price.').meta({ examples: [0.3] }),
  cache_write: usd.nullable().default(null).describe('USD per million tokens written to the provider\'s cache. Default: the input price.').meta({ examples: [3.75] }),
  cache_write_1h: usd.nullable().default(null).describe('USD per million tokens written to a cache that keeps them for an hour. Default: twice the input price where cache_write is set, else the input price.').meta({ examples: [6] }),
  reasoning: usd.nullable().default(null).describe('USD per million reasoning tokens. Default: the output price.').meta({ examples: [15] }),
  audio_in: usd.nullable().default(null).describe('USD per million audio tokens of the input. Default: the input price.').meta({ examples: [40] }),
  audio_out: usd.nullable().default(null).describe('USD per million audio tokens of the output. Default: the output price.').meta({ examples: [80] }),
  image_in: usd.nullable().default(null).describe('USD per million image tokens of the input. Default: the input price.').meta({ examples: [5] }),
  image_out: usd.nullable().default(null).describe('USD per million image tokens of the output. Default: the output price.').meta({ examples: [40] }),
}

const tierSchema = z.strictObject({
  above_input_tokens: z.number().int().min(1).describe('A call with more input tokens than this is charged at these prices, all of it.').meta({ examples: [200000] }),
  ...ratesShape,
})

export const priceSchema = z.strictObject({
  ...ratesShape,
  tiers: z.array(tierSchema).default([]).describe('Prices of calls with a long input.'),
  service_tiers: z.record(z.string().min(1).max(64), usd).default({}).describe('Factors on these prices by the service tier that the answer names: `batch`, `flex`, `priority`, `fast`. Default: 1, 1, 2.5, 6; a tier that is not named here is charged like the dearest.').meta({ examples: [{ batch: 0.5, flex: 0.5, priority: 2 }] }),
})

/** What is done about models that neither the operator nor the table has a price for. */
export const pricesSchema = z.strictObject({
  unknown: z.enum(['refuse', 'ceiling']).default('refuse').describe('A model without a price is refused, or charged at `ceiling`.').meta({ examples: ['refuse'] }),
  ceiling: priceSchema.nullable().default(null).describe('Price of what has none. Set it as high as the dearest model that callers may reach: budgets are only as true as this is.').meta({ examples: [{ usd_per_mtok_in: 30, usd_per_mtok_out: 180 }] }),
}).refine(prices => prices.unknown !== 'ceiling' || prices.ceiling !== null, { path: ['ceiling'], params: { example: 'ceiling: {"usd_per_mtok_in":30,"usd_per_mtok_out":180}' }, error: 'must be set, because models without a price are charged at it' })

export const modelSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}\/[^\s/][^\s]{0,127}$/, 'must be `provider/model`').describe('Candidate id `provider/model`.').meta({ examples: ['openai/gpt-5-mini'] }),
  name: z.string().min(1).nullable().default(null).describe('Name that the provider knows it by. Default: the part after the slash.').meta({ examples: ['gpt-5-mini'] }),
  context: z.number().int().min(1).default(128_000).describe('Context window in tokens.').meta({ examples: [128000] }),
  max_output_tokens: z.number().int().min(1).default(16_384).describe('Most tokens that it answers with; bounds reservations. No more than its context.').meta({ examples: [16384] }),
  capabilities: z.array(z.enum(capabilities)).default(['tools']).describe('What it can do besides text.').meta({ examples: [['tools', 'vision']] }),
  apis: apisSchema.describe('Which APIs of the `openai` dialect this model is asked through, where it differs from its provider: some models are offered through Responses only.').meta({ examples: [['responses']] }),
  quality: z.number().gt(0).lt(1).nullable().default(null).describe('How able it is, for aliases with `strategy: learned`: share of right answers over mixed questions, such as a published average of benchmarks. What counts is how it compares with the other candidates. Default: by the order of the alias.').meta({ examples: [0.7] }),
  profile: z.string().nullable().default(null).describe('Name of a model that the difficulty model was trained on and that this one is; its own strengths are then known, and `quality` is not asked.').meta({ examples: ['mixtral-8x7b-instruct-v0.1'] }),
  priced_as: z.string().min(1).nullable().default(null).describe('Name in the bundled price table, where the provider\'s own name tells nobody what it is: Azure deployments, profiles of Bedrock. Default: the name.').meta({ examples: ['gpt-5-mini'] }),
  price: priceSchema.nullable().default(null).describe('Prices; they override the bundled table. A model without any price is refused, or charged at `prices.ceiling`.'),
  limits: upstreamLimitsSchema.nullable().default(null).describe('How many calls it is given at once, besides the limits of its provider. Null: no limit.'),
})

export type Model = z.infer<typeof modelSchema>
export type PriceOverride = z.infer<typeof priceSchema>
