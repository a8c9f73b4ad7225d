// Checks that what the policy answered is a decision in the sense of the contract. Anything else must fail closed.
import { z } from 'zod'
import { redactActions, sensitivities, type Verdict } from './contract.ts'
import { PolicyError } from './policy-error.ts'

const dutiesSchema = z.strictObject({
  redact: z.array(z.strictObject({ kinds: z.array(z.string()), action: z.enum(redactActions), unless_local: z.boolean() })),
  restore: z.array(z.strictObject({ kinds: z.array(z.string()), sinks: z.array(z.string()) })),
  route: z.strictObject({
    local: z.boolean().exactOptional(), trust: z.enum(sensitivities).exactOptional(), providers: z.array(z.string()).exactOptional(),
    models: z.array(z.string()).exactOptional(), max_usd: z.number().exactOptional(), prefer: z.enum(['cost', 'latency']).exactOptional(),
  }),
  limit: z.record(z.string(), z.number()),
  label: z.array(z.string()),
  notify: z.array(z.string()),
})

const verdictShape = {
  result: z.enum(['allow', 'deny', 'approve', 'none']),
  reasons: z.array(z.strictObject({ rule: z.string(), message: z.string() })),
  duties: dutiesSchema,
  approval: z.strictObject({ class: z.string(), approvers: z.array(z.string()), ttl_s: z.number(), quorum: z.number() }).nullable(),
}

const decisionSchema = z.strictObject({ ...verdictShape, observed: z.strictObject(verdictShape).nullable() })

export interface RawDecision extends Verdict { readonly observed: Verdict | null }

/** @throws PolicyError "contract" naming the first field that does not fit */
export const readDecision = (value: unknown): RawDecision => {
  const parsed = decisionSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new PolicyError('contract', `the policy answered something outside the contract at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}
