// Gateway keys: the configuration holds their hashes, so a leaked configuration file opens nothing.
import { hash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { trustLevels } from './trust.ts'

const name = z.string().regex(/^[\w.@-]{1,64}$/, 'must be 1 to 64 of letters, digits, ".", "_", "@" and "-"')

export const keySchema = z.strictObject({
  name: name.describe('Name of the key, for audit and limits.').meta({ examples: ['alice-laptop'] }),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be `sha256:` and 64 hex digits, as `portcullis key new` prints it').describe('SHA-256 of the key.').meta({ examples: [`sha256:${'0'.repeat(64)}`] }),
  subject: z.strictObject({
    id: name.describe('Who the key acts for.').meta({ examples: ['alice'] }),
    tenant: name.default('default').describe('Tenant; nothing is shared between tenants.').meta({ examples: ['acme'] }),
    groups: z.array(name).default([]).describe('Groups that policies grant rights to.').meta({ examples: [['engineering']] }),
  }).describe('On whose behalf.'),
  agent: z.strictObject({
    id: name.default('agent').describe('Which program uses the key.').meta({ examples: ['claude-code'] }),
    framework: z.string().nullable().default(null).describe('Its framework, for policies.').meta({ examples: ['langgraph'] }),
    enforced_egress: z.boolean().default(false).describe('Declares that the agent can reach nothing but this gateway.').meta({ examples: [false] }),
  }).prefault({}).describe('Through which agent.'),
  labels: z.array(z.string()).default([]).describe('Labels that every session of this key has.').meta({ examples: [['contractor']] }),
  sensitivity: z.enum(trustLevels).nullable().default(null).describe('Least sensitivity of every session of this key.').meta({ examples: ['confidential'] }),
  limits: z.strictObject({
    requests_per_minute: z.number().int().min(1).nullable().default(null).describe('Requests a minute, in bursts of up to one minute\'s worth.').meta({ examples: [600] }),
    tokens_per_minute: z.number().int().min(1).nullable().default(null).describe('Tokens a minute. The input is estimated before a call; the true number, output included, is charged after it.').meta({ examples: [100000] }),
    concurrency: z.number().int().min(1).nullable().default(null).describe('Calls in flight at once.').meta({ examples: [50] }),
    queue: z.number().int().min(0).default(100).describe('Most calls that wait for `concurrency`. Sessions that are named in a header take turns.').meta({ examples: [100] }),
    queue_ms: z.number().int().min(0).default(0).describe('Longest wait for `concurrency` in milliseconds; 0: callers get 429 at once.').meta({ examples: [2000] }),
  }).nullable().default(null).describe('Rates of this key.'),
  budget: z.strictObject({
    limit_usd: z.number().min(0).max(1e6).nullable().default(null).describe('USD that may be spent per window; reserved before a call, settled after it.').meta({ examples: [50] }),
    limit_tokens: z.number().int().min(0).max(1e15).nullable().default(null).describe('Tokens, input and output, that may be used per window.').meta({ examples: [2000000] }),
    window: z.enum(['hour', 'day', 'month', 'total']).default('month').describe('Window in UTC.').meta({ examples: ['day'] }),
  }).refine(budget => budget.limit_usd !== null || budget.limit_tokens !== null, { path: ['limit_usd'], error: 'limit_usd or limit_tokens must say how much' }).nullable().default(null).describe('Budget of this key; more kinds are under `budgets`.'),
  expires: z.iso.datetime({ offset: true }).nullable().default(null).describe('After this time the key is unknown.').meta({ examples: ['2027-01-01T00:00:00Z'] }),
})

export type Key = z.infer<typeof keySchema>

/** `sha256:<hex>` of a key, as the configuration holds it. */
export const hashKey = (key: string): string => `sha256:${hash('sha256', key)}`

/** A new key: 256 random bits behind a prefix that secret scanners can recognise. */
export const newKey = (): string => `pk_${randomBytes(32).toString('base64url')}`
