// The audit record `audit/v1`: one flat JSON line per event. Kinds, counts, names and digests only: never prompt text, arguments or
// values of sensitive data. The schema is the documentation and what readers of the log parse with; the writer is record-text.ts.
import { z } from 'zod'
import { actionKinds, sensitivities } from '../../policies/engine/contract.ts'
import { preferences, strategies } from '../../router/plan.ts'
import { vaultActs } from '../exchange/record.ts'

export const recordVersion = 'audit/v1'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const results = z.enum(['allow', 'deny', 'approve', 'none'])
const counts = z.record(z.string(), z.number().int().nonnegative())

const header = {
  v: z.literal(recordVersion).describe('Schema of this record.'),
  chain: z.string().describe('Id of the hash chain; made with its first record, kept over restarts.'),
  instance: z.string().describe('Process that wrote the record; new with each start.'),
  seq: z.number().int().nonnegative().describe('Position in the chain, from 0, without gaps.'),
  id: z.string().describe('Unique id of the record: `<chain>-<seq>`.'),
  prev: sha256.describe('SHA-256 of the exact bytes of the previous line without its newline, hex; 64 zeros in the first record.'),
  time: z.iso.datetime().describe('When the record was made, UTC, milliseconds.'),
}

const reasons = z.array(z.strictObject({
  rule: z.string().describe('Rule that spoke, as `layer.policy.rule`.'),
  message: z.string().describe('Why, in the words of the policy.'),
}))

const labels = z.strictObject({
  labels: z.array(z.string()).describe('Labels of the content, sorted.'),
  sensitivity: z.enum(sensitivities).describe('Highest sensitivity of the content.'),
})

const decision = z.strictObject({
  result: results.describe('What the enforced layers said.'),
  enforced: z.enum(['allow', 'deny', 'approve']).describe('What was done. A layer that only observes stops nothing.'),
  reasons: reasons.describe('Rules behind the result.'),
  revision: z.string().describe('Digest of the policy bundle and its data.'),
  phase: z.enum(['request', 'response']).describe('Whether the request or the answer was decided.'),
  observed: z.strictObject({ result: results, reasons }).nullable().describe('What all layers together would have said, where some only observe.'),
  approval_class: z.string().nullable().describe('Class of the human approval that is needed.'),
  duties: z.record(z.string(), z.unknown()).nullable().describe('Duties that came with the result: redact, restore, route, limit, label, notify.'),
})

const subject = z.strictObject({
  id: z.string().describe('Person or service on whose behalf the agent acts.'),
  tenant: z.string().describe('Tenant of the subject.'),
  groups: z.array(z.string()).describe('Groups of the subject.'),
  method: z.enum(['key', 'none']).describe('How the subject was authenticated.'),
})

const agent = z.strictObject({
  id: z.string().describe('Program that sent the request.'),
  framework: z.string().nullable().describe('What the program is built with, as configured.'),
  enforced_egress: z.boolean().describe('Operator-declared: the program can reach nothing but the gateway.'),
  depth: z.number().int().describe('Length of the delegation chain.'),
  chain: z.array(z.string()).describe('Delegating agents, outermost first.'),
})

const exchange = {
  exchange: z.string().describe('Id of the exchange, shown to the caller. Joins intent and outcome.'),
  trace: z.string().describe('Trace id.'),
  sampled: z.boolean().describe('Whether the trace was recorded. Audit never is sampled.'),
  surface: z.string().describe('Protocol surface that was called.'),
  action: z.enum(actionKinds).nullable().describe('Kind of action; null when refused before it was known.'),
  method: z.string().describe('HTTP route or JSON-RPC method.'),
  target: z.strictObject({
    name: z.string().nullable().describe('Requested model, or exposed tool, prompt or resource.'),
    server: z.string().nullable().describe('Provider or MCP server.'),
  }).describe('What was to be reached.'),
  subject: subject.nullable().describe('For whom; null when not authenticated.'),
  agent: agent.nullable().describe('Through which agent; null when not authenticated.'),
  key: z.string().nullable().describe('Name of the gateway key, never the key.'),
  session: z.string().nullable().describe('Session of the exchange.'),
  client: z.string().nullable().describe('Network address of the caller.'),
  decision: decision.nullable().describe('What policy decided; null when refused before.'),
}

const origin = {
  host: z.string().describe('Name of the machine.'),
  version: z.string().describe('Version of the gateway.'),
  config_digest: z.string().describe('SHA-256 of the configuration text.'),
  policy_revision: z.string().describe('Digest of the policy at start.'),
  input_key: z.string().regex(/^[0-9a-f]{16}$/).optional().describe('Which key `input_digest` is made with from here on: the start of HMAC-SHA-256 of "key id" with it. Digests under different ids cannot be compared. Absent in records of earlier versions.'),
}

const option = z.strictObject({
  id: z.string().describe('Candidate.'),
  success: z.number().nullable().describe('Predicted share of right answers.'), slack: z.number().describe('How far below the best it may be.'), quality: z.number().nullable().describe('Quality that it was predicted from; null with a profile.'),
  usd: z.number().describe('Expected cost.'), cold_usd: z.number().describe('Part of it that a warm prompt cache would save.'),
  p50_ms: z.number().nullable(), p95_ms: z.number().nullable(), foreign: z.boolean().describe('The request has to be translated for it.'),
})

const plan = z.strictObject({
  strategy: z.enum(strategies).describe('How it was chosen.'), prefer: z.enum(preferences), max_switch_share: z.number(),
  planned: z.string().describe('What the router put first; something else may have answered when that failed.'),
  best: z.number().nullable().describe('Best predicted success; null where it was not asked for.'),
  locked: z.enum(['tool-loop', 'thinking', 'switch-cost']).nullable().describe('Why the conversation had to stay with its model.'),
  difficulty: z.number().nullable().describe('0 to 1; null where the prompt was not looked at.'),
  score: z.strictObject({ weights: z.string(), level: z.number(), slope: z.number() }).nullable().describe('What the difficulty model said, and its version.'),
  rule: z.number().int().nullable().describe('Position of the operator\'s rule that held.'),
  options: z.array(option).describe('What could have answered, as the router saw it.'),
  passed_over: z.array(z.strictObject({ id: z.string(), why: z.string() })).describe('Candidates that were not chosen, and why.'),
  session: z.strictObject({
    last: z.string().nullable(), lock: z.enum(['tool-loop', 'thinking']).nullable(), escalation: z.number(), stay_usd: z.number(), switch_usd: z.number(),
  }).describe('What the conversation\'s past said.'),
  shadow: z.strictObject({ strategy: z.enum(strategies), prefer: z.enum(preferences), chosen: z.string(), usd: z.number(), actual_usd: z.number() }).nullable().describe('What another strategy would have chosen, with the expected costs of both.'),
}).describe('How it was chosen among several: `portcullis routes explain` chooses again from it.')
export type RecordedPlan = z.infer<typeof plan>

/** `cut`, `changed`, `forged`, `no_head` and `bad_head` mean that somebody removed, altered or added records; `torn` and `unsealed` are what a crash leaves. */
export const repairReasons = ['torn', 'unsealed', 'cut', 'changed', 'forged', 'no_head', 'bad_head'] as const
export type RepairReason = (typeof repairReasons)[number]

export const auditRecordSchema = z.discriminatedUnion('phase', [
  z.strictObject({ ...header, phase: z.literal('genesis').describe('First record of a chain.'), ...origin }),
  z.strictObject({ ...header, phase: z.literal('start').describe('The gateway started again and continues the chain.'), ...origin }),
  z.strictObject({
    ...header, phase: z.literal('intent').describe('After the decision, before anything is forwarded.'), ...exchange,
    labels: labels.describe('Labels of the request.'),
    entities: counts.describe('Sensitive data found in the request, by kind.'),
    unseen: z.array(z.string()).optional().describe('Why some of the request was not looked at, as in data.unseen; absent: all of it was.'),
    input_digest: z.string().describe('HMAC-SHA-256 of the SHA-256 (hex) of the tool arguments or the request body, hex. Its key is HMAC-SHA-256 of "input digest" with the audit key (`input_key` of the start record tells which; the vault\'s keys and the hash key have no part in it): who has that can tell what was sent, nobody else can guess it.'),
  }),
  z.strictObject({
    ...header, phase: z.literal('outcome').describe('At the end, once per exchange.'), ...exchange,
    route: z.strictObject({
      chosen: z.string().describe('Model or server that answered.'), provider: z.string().describe('Its provider.'),
      local: z.boolean().describe('Under our own control.'), reason: z.string().describe('Why it was chosen.'),
      candidates: z.array(z.string()).describe('What could have been chosen.'), attempts: z.number().int().describe('Upstream attempts.'),
      lost: z.array(z.string()).default([]).describe('Fields of the request that the provider\'s dialect cannot say.'),
      plan: plan.optional(),
      baseline: z.strictObject({ model: z.string(), cost_usd: z.number().nullable() }).nullable().optional().describe('What the same usage would have cost there.'),
      saved_usd: z.number().nullable().optional().describe('Baseline less cost; negative where the choice was dearer.'),
    }).nullable().describe('Where the exchange went.'),
    redactions: counts.describe('Values hidden from the destination, by kind.'),
    restored: z.number().int().describe('Pseudonyms turned back into values.'),
    unknown: z.number().int().optional().describe('What looked like a pseudonym of the session and was none, or was altered where only exact ones count. Absent: nothing.'),
    usage: z.strictObject({
      input: z.number(), output: z.number(), cache_read: z.number(), cache_write: z.number(), reasoning: z.number(),
      cache_write_1h: z.number().optional().describe('Of cache_write: kept for an hour.'),
      audio_input: z.number().optional(), audio_output: z.number().optional(), image_input: z.number().optional(), image_output: z.number().optional(),
      service_tier: z.string().optional().describe('Service tier that the provider named, where it is not the usual one.'),
    }).nullable().describe('Tokens as reported by the provider.'),
    cost_usd: z.number().nullable().describe('Cost by the price list.'),
    price_version: z.string().nullable().describe('Price list that was used.'),
    root: z.strictObject({
      request: z.string().describe('The outermost request: the exchange that began it, or the name that the caller gave.'),
      session: z.string().describe('Session in which it began.'),
      depth: z.number().int().describe('0 for the outermost agent, more for sub-agents.'),
      calls: z.number().int().describe('Calls so far, this one and those under way included.'),
      model_calls: z.number().int().describe('Of these to models.'),
      tool_calls: z.number().int().describe('Of these to tools.'),
      models: z.number().int().describe('Different models that answered.'),
      tokens_in: z.number().describe('Input tokens so far.'),
      tokens_out: z.number().describe('Output tokens so far.'),
      cost_usd: z.number().describe('Cost so far.'),
      first_tokens: z.number().nullable().describe('Tokens of the first request and its answer.'),
      amplification: z.number().nullable().describe('All tokens so far / first_tokens.'),
    }).nullable().default(null).describe('The user request that set this off, with running totals at the end of this exchange.'),
    response_labels: labels.nullable().describe('Labels that the answer added.'),
    unseen: z.array(z.string()).optional().describe('Why some of the answer was not looked at, such as `detector:names`; absent: nobody who looks at it failed to.'),
    status: z.number().int().describe('HTTP status that the caller got.'),
    failure: z.string().nullable().describe('Failure code, see the failure table.'),
    duration_ms: z.number().describe('Whole exchange, milliseconds.'),
    bytes_in: z.number().int().describe('Body bytes from the caller.'),
    bytes_out: z.number().int().describe('Body bytes to the caller.'),
    replayed_of: z.string().optional().describe('Exchange whose answer was given again under its Idempotency-Key: nothing was executed or paid.'),
  }),
  z.strictObject({
    ...header, phase: z.literal('declassified').describe('An operator took labels off a session; written before it was done.'),
    session: z.string().describe('Session that they were taken off, and its key and agent.'),
    labels: z.array(z.string()).describe('Labels that were taken off.'),
    lower_to: z.enum(sensitivities).nullable().describe('Sensitivity that was left at the most; null: it was not touched.'),
    lasting: z.boolean().describe('Also what outlasts the session, of its agent and subject.'),
    before: labels.describe('What was held before.'),
    by: z.string().describe('Who approved it, as the command was told; the admin key proves that he may.'),
    reason: z.string().describe('Why, in his words.'),
    client: z.string().nullable().describe('Network address of the caller.'),
  }),
  z.strictObject({
    ...header, phase: z.literal('vault').describe('An operator acted on vaults; written before it was done, and again with what came of it.'),
    act: z.enum(vaultActs).describe('forget: what a session hid; its pseudonyms are restored no more. reseal: everything was sealed with the current key. rotate-hashes: hash tokens are made with a new key.'),
    session: z.string().nullable().describe('Whose vault; null: all.'),
    done: z.number().int().nonnegative().nullable().describe('Null: about to be done. Else vaults that were forgotten, values that were sealed anew, or keys that were changed.'),
    by: z.string().describe('Who did it, as the command was told; the admin key proves that he may.'),
    reason: z.string().nullable().describe('Why, in his words; null where none was given.'),
    client: z.string().nullable().describe('Network address of the caller.'),
  }),
  z.strictObject({
    ...header, phase: z.literal('checkpoint').describe('Signed statement that everything before is as it was.'),
    mac: sha256.describe('HMAC-SHA-256 with the audit key over chain, seq, prev and time.'),
  }),
  z.strictObject({
    ...header, phase: z.literal('link').describe('First record of a further file.'),
    file: z.string().describe('Name of the previous file.'),
  }),
  z.strictObject({
    ...header, phase: z.literal('repair').describe('What was found wrong when the log was opened.'),
    reason: z.enum(repairReasons).describe('torn, unsealed: a crash. cut, changed, forged, no_head, bad_head: somebody altered the log.'),
    file: z.string().describe('File that was repaired.'),
    moved_to: z.string().nullable().describe('Where the bytes of a torn line were moved.'),
    bytes: z.number().int().describe('Bytes that were moved.'),
    expected_seq: z.number().int().nullable().describe('Last record that the head had sealed.'),
    found_seq: z.number().int().nullable().describe('Last record that was found.'),
  }),
])

export type AuditRecord = z.infer<typeof auditRecordSchema>
export type RecordOf<Phase extends AuditRecord['phase']> = Extract<AuditRecord, { phase: Phase }>
/** A record without what the chain adds. */
export type Body<Phase extends AuditRecord['phase']> = Omit<RecordOf<Phase>, keyof typeof header>
