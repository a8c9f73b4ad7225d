// The facts as a schema: `opa check --schema` reads the JSON Schema made from it, so that a typo in a policy is an error and not silence.
import { z } from 'zod'
import { actionKinds, sensitivities, type Facts } from './contract.ts'

const sensitivity = z.enum(sensitivities)
const texts = z.array(z.string())
const record = z.record(z.string(), z.unknown())

const budget = z.object({
  name: z.string().nullable(), scope: z.string(), window: z.enum(['hour', 'day', 'month', 'total']).nullable(),
  limit_usd: z.number().nullable(), spent_usd: z.number(), reserved_usd: z.number(),
  limit_tokens: z.number().nullable(), spent_tokens: z.number(), reserved_tokens: z.number(), used_percent: z.number(),
})

export const factsSchema = z.object({
  subject: z.object({ id: z.string(), tenant: z.string(), groups: texts, method: z.enum(['key', 'none']) }),
  agent: z.object({
    id: z.string(), framework: z.string().nullable(), enforced_egress: z.boolean(), depth: z.number(), chain: texts,
    session: z.object({
      id: z.string(), age_s: z.number(), labels: texts, sensitivity, calls: z.number(), spend_usd: z.number(), approvals: texts,
      repeats: z.number(), repeats_in_root: z.number(), spend_per_min_usd: z.number(), usual_spend_per_min_usd: z.number().nullable(),
      root: z.object({
        id: z.string().nullable(), calls: z.number(), model_calls: z.number(), tool_calls: z.number(), spend_usd: z.number(), age_s: z.number(), depth: z.number(),
        amplification: z.number().nullable(),
      }),
    }),
  }),
  action: z.object({ kind: z.enum(actionKinds), name: z.string(), phase: z.enum(['request', 'response']) }),
  resource: z.object({
    server: z.string().nullable(), env: z.string().nullable(), trust: sensitivity.nullable(), tool: z.string().nullable(),
    original_name: z.string().nullable(), annotations: record.nullable(), pin: z.enum(['new', 'match', 'drift', 'none']).nullable(),
    flags: texts.nullable(),
    requested: z.string().nullable(),
    candidates: z.array(z.object({
      id: z.string(), provider: z.string(), local: z.boolean(), trust: sensitivity, region: z.string().nullable(), usd_in: z.number().nullable(),
      usd_out: z.number().nullable(), context: z.number(), caps: texts, p50_ms: z.number().nullable(),
    })).nullable(),
  }),
  args: record.nullable(),
  sql: z.object({ parsed: z.boolean(), kinds: texts, tables: texts, has_where: z.boolean().nullable(), statements: z.number() }).nullable(),
  data: z.object({ labels: texts, sensitivity, entities: z.record(z.string(), z.number()), unseen: texts, origins: texts, bytes: z.number() }),
  provenance: z.object({ model_requested: z.boolean().nullable(), model: z.string().nullable(), labels: texts, sensitivity }),
  budget: budget.extend({ estimate_usd: z.number().nullable() }),
  budgets: z.array(budget),
  context: z.object({ time: z.string(), environment: z.string(), request_id: z.string() }),
})

/** Text of policies/rego/facts.schema.json. `npm run policy` writes it; a test says when it is stale. */
export const factsJsonSchema = (): string => {
  const { $schema, ...schema } = z.toJSONSchema(factsSchema)
  return `${JSON.stringify({ $schema, title: 'Facts that the policy is asked about (input)', ...schema }, null, 2)}\n`
}

/** Compiles only while schema and contract agree. */
export const agrees = (facts: z.infer<typeof factsSchema>): z.infer<typeof factsSchema> extends Facts ? unknown : Facts => facts
