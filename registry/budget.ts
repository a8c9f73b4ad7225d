// Budgets and rates: what may be spent and how fast, by whom and on which models.
import { z } from 'zod'

const name = z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 of letters, digits, ".", "_" and "-"').refine(given => given !== 'key', { error: 'is what the limits at keys are called' })
const globs = z.array(z.string().min(1)).min(1).nullable().default(null)

export const eachOf = ['tenant', 'group', 'subject', 'key', 'agent', 'session', 'model'] as const

const scope = {
  of: z.strictObject({
    tenants: globs.describe('Globs over tenants.').meta({ examples: [['acme']] }),
    groups: globs.describe('Globs over groups of the subject; one that fits is enough.').meta({ examples: [['engineering']] }),
    subjects: globs.describe('Globs over subject ids.').meta({ examples: [['alice']] }),
    keys: globs.describe('Globs over names of keys.').meta({ examples: [['ci-*']] }),
    agents: globs.describe('Globs over agent ids.').meta({ examples: [['claude-code']] }),
    models: globs.describe('Globs over candidate ids `provider/model`: of the model that answers, not of the name that was asked for.').meta({ examples: [['openai/gpt-5*']] }),
  }).prefault({}).describe('Which calls count. All that is named must fit; nothing named: every call.'),
  each: z.enum(eachOf).nullable().default(null).describe('One limit of its own for each tenant, group, subject, key, agent (id within a tenant), session or model. Null: one that all of them share, across tenants too.').meta({ examples: ['key'] }),
}

const percents = z.array(z.number().int().min(1).max(100)).max(10).default([50, 80, 100]).describe('Percent at which it is said, once per window: in the log, in a metric. 100 is also said when the first call is refused.').meta({ examples: [[50, 80, 100]] })

export const budgetSchema = z.strictObject({
  name: name.describe('Name of the budget, for errors, metrics and policies.').meta({ examples: ['engineering'] }),
  ...scope,
  window: z.enum(['hour', 'day', 'month', 'total']).default('month').describe('Window in UTC; `total` never resets.').meta({ examples: ['month'] }),
  limit_usd: z.number().min(0).max(1e6).nullable().default(null).describe('USD that may be spent per window; reserved before a call, settled after it.').meta({ examples: [1000] }),
  limit_tokens: z.number().int().min(0).max(1e15).nullable().default(null).describe('Tokens, input and output, that may be used per window; reserved and settled likewise.').meta({ examples: [50000000] }),
  warn_at: percents,
}).refine(budget => budget.limit_usd !== null || budget.limit_tokens !== null, { path: ['limit_usd'], error: 'limit_usd or limit_tokens must say how much' })

export const rateSchema = z.strictObject({
  name: name.describe('Name of the rate, for errors.').meta({ examples: ['per-agent'] }),
  ...scope,
  requests_per_minute: z.number().int().min(1).nullable().default(null).describe('Model and MCP calls a minute, in bursts of up to one minute\'s worth. With `models` or `each: model`: attempts at these models.').meta({ examples: [600] }),
  tokens_per_minute: z.number().int().min(1).nullable().default(null).describe('Tokens a minute. The input is estimated before the call; the true number, output included, is charged after it.').meta({ examples: [200000] }),
}).refine(rate => rate.requests_per_minute !== null || rate.tokens_per_minute !== null, { path: ['requests_per_minute'], error: 'requests_per_minute or tokens_per_minute must say how many' })

const unique = (what: string) => (entries: readonly { readonly name: string }[], context: z.core.$RefinementCtx): void => {
  entries.forEach(({ name: one }, index) => {
    if (entries.findIndex(other => other.name === one) < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: `there is another ${what} of this name` })
  })
}

export const budgetsSchema = z.array(budgetSchema).superRefine(unique('budget'))
export const ratesSchema = z.array(rateSchema).superRefine(unique('rate'))

export type BudgetConfig = z.infer<typeof budgetSchema>
export type RateConfig = z.infer<typeof rateSchema>
