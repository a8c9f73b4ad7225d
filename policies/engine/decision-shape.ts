// Checks that what the policy answered is a decision in the sense of the contract. Anything else must fail closed.
import { z } from 'zod'
import { inspectActions, redactActions, sensitivities, type Verdict } from './contract.ts'
import { PolicyError } from './policy-error.ts'

const texts = z.array(z.string())

const dutiesSchema = z.strictObject({
  redact: z.array(z.strictObject({
    kinds: texts, action: z.enum(redactActions), unless_local: z.boolean(), form: z.enum(['placeholder', 'surrogate']).exactOptional(),
    min_confidence: z.number().exactOptional(), unless_providers: texts.exactOptional(), unless_trust: z.enum(sensitivities).exactOptional(),
  })),
  restore: z.array(z.strictObject({ kinds: texts, sinks: texts, paths: texts.exactOptional() })),
  inspect: z.array(z.strictObject({ kinds: texts, action: z.enum(inspectActions) })).default([]),
  route: z.strictObject({
    local: z.boolean().exactOptional(), trust: z.enum(sensitivities).exactOptional(), providers: texts.exactOptional(),
    models: texts.exactOptional(), max_usd: z.number().exactOptional(), prefer: z.enum(['cost', 'latency']).exactOptional(),
  }),
  limit: z.record(z.string(), z.number()),
  label: z.array(z.union([z.string(), z.strictObject({ label: z.string(), outlasts_s: z.number().positive(), of: z.enum(['agent', 'subject']) })])),
  notify: texts,
})

const verdictShape = {
  result: z.enum(['allow', 'deny', 'approve', 'none']),
  reasons: z.array(z.strictObject({ rule: z.string(), message: z.string() })),
  duties: dutiesSchema,
  approval: z.strictObject({ class: z.string(), approvers: z.array(z.string()), ttl_s: z.number(), quorum: z.number() }).nullable(),
}

const decisionSchema = z.strictObject({ ...verdictShape, observed: z.strictObject(verdictShape).nullable() })

export interface RawDecision extends Verdict { readonly observed: Verdict | null }

/** Decisions are shared by all exchanges that get the same answer. */
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member)
    Object.freeze(value)
  }
  return value
}

// The parser's own message would quote the answer, and that may quote the facts.
const parsedAnswer = (answer: string): unknown => {
  try {
    return JSON.parse(answer)
  } catch {
    throw new PolicyError('contract', 'the policy answered something that is not JSON')
  }
}

/** The rule's value in OPA's result set; a rule that is undefined has an empty one. */
const resultOf = (answer: string): unknown => {
  const results = parsedAnswer(answer)
  const first: unknown = Array.isArray(results) ? results[0] : undefined
  if (typeof first === 'object' && first !== null && 'result' in first) return first.result
  throw new PolicyError('contract', 'the policy gave no decision: its entrypoint is undefined for these facts, or a duty has a form that the contract does not know')
}

/**
 * Reads the text that an evaluation answered.
 * @throws PolicyError "contract" naming the first field that does not fit
 */
export const readAnswer = (answer: string): RawDecision => {
  const parsed = decisionSchema.safeParse(resultOf(answer))
  if (parsed.success) return frozen(parsed.data)
  const issue = parsed.error.issues[0]
  throw new PolicyError('contract', `the policy answered something outside the contract at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}
