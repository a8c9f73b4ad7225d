// Inspects a model's answer on its way out. What was restored, used and paid is known only when it ends.
import type { ServerResponse } from 'node:http'
import type { Duties } from '../../policies/engine/contract.ts'
import { speaks, spokenTo } from '../../registry/provider.ts'
import type { ModelAnswerFacts, Restorer } from '../exchange/answer.ts'
import type { BudgetState } from '../exchange/limits.ts'
import type { SaidCall } from '../exchange/model-call.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Pseudonyms, SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Noted } from '../pipeline/idempotency-book.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { VerbatimCodec } from '../surfaces/answer/json-codec.ts'
import type { AnswerCodec, AnswerRestorers } from '../surfaces/model-surface.ts'
import { translatingCodec } from '../surfaces/translate/answer-codec.ts'
import { lostHeader } from '../surfaces/translate/losses.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import { namesIn } from '../redaction/own-names.ts'
import { createRestorer } from '../redaction/restore.ts'
import { writtenName } from '../redaction/written-name.ts'
import { attributes } from '../telemetry/names.ts'
import { AnswerLookedAhead } from './answer-looked-ahead.ts'
import type { AttemptedModel } from './attempt-model.ts'
import { budgetHeaders } from './budget-header.ts'
import { InspectedBody, inspectingRestorers } from './inspect-model.ts'
import { CallNotingCodec } from './note-calls.ts'
import { rateHeaders } from './rate-headers.ts'
import { client, hasRedaction, mayRestore } from './redaction-plan.ts'
import { RememberingCodec, type Remembering } from './remember-response.ts'
import { respond, type FailureRenderer } from './respond.ts'
import { settleModel } from './settle-model.ts'
import { destinationOf } from './transform-model.ts'

export interface AnswerParts {
  readonly sessions: SessionStore
  readonly keys: SessionKeys
  readonly pseudonyms: Pseudonyms
  readonly classifier: Classifier
  readonly duties: Duties
  readonly budgets: readonly BudgetState[]
  readonly operation: ModelOperation
  /** Where the answer is noted as one that can be gone on from, or null. */
  readonly remembering: Omit<Remembering, 'provider' | 'stream'> | null
  readonly noted: Noted | null
  /** Told of each tool call in the answer before the client has it. */
  readonly onCall: (call: SaidCall, model: string) => void
  readonly headersToForward: (headers: Readonly<Record<string, string>>) => Record<string, string>
  readonly surface: FailureRenderer & {
    stripsUsage(operation: ModelOperation): boolean
    streamType?(operation: ModelOperation): string | null
    answerCodec(options: {
      readonly operation: ModelOperation; readonly status: number; readonly contentType: string | null; readonly upstreamModel: string
      readonly restorers: AnswerRestorers | null; readonly stripUsage: boolean; readonly errorName?: string | null
    }): AnswerCodec
  }
}

const restorersFor = ({ config }: Runtime, attempted: AttemptedModel, parts: AnswerParts): { text: Restorer; json: Restorer } | null => {
  const { choice, counts } = attempted.sendable
  // Nothing was hidden from this destination, so whatever looks like a placeholder in its answer is its own text.
  if ((parts.pseudonyms.size === 0 && counts.literal === undefined) || !hasRedaction(parts.duties, destinationOf(choice))) return null
  let names: ReadonlySet<string> | null = null
  const inAddresses: 'restore' | 'leave' = config.policy.settings.data.restore_in_addresses ? 'restore' : 'leave'
  const shared = { mayRestore: mayRestore(parts.duties, client), inAddresses, ownNames: () => names ??= namesIn(parts.operation.document.strings.map(({ value }) => value)) }
  return { text: createRestorer(parts.pseudonyms, { ...shared, escape: 'none' }), json: createRestorer(parts.pseudonyms, { ...shared, escape: 'json' }) }
}

/** Ways to end that say that nothing more is wanted. What other dialects say for it they also say when tools are wanted. */
const conclusive: ReadonlySet<string> = new Set(['stop', 'length', 'content_filter', 'end_turn', 'max_tokens', 'stop_sequence', 'refusal', 'end', 'stop-sequence', 'filtered', 'context'])

/** Does the answer ask for tools, or could it? */
const wantsTools = ({ needs }: ModelOperation, { finishReasons }: ModelAnswerFacts): boolean =>
  finishReasons.some(reason => /tool|function/i.test(reason)) || (needs.tools && !finishReasons.some(reason => conclusive.has(reason)))

/** Another dialect than the caller's; or Anthropic's behind a cloud, whose errors are not the dialect's. Gemini's are Google's own at Vertex, too. */
const isSaidDifferently = ({ answer, sendable: { choice: { candidate: { provider } } } }: AttemptedModel, operation: ModelOperation): boolean =>
  !speaks(provider, operation.dialect) || (answer.status >= 400 && (provider.hosting.kind === 'bedrock' || (provider.hosting.kind === 'vertex' && provider.dialect !== 'gemini')))

type CodecOptions = Parameters<AnswerParts['surface']['answerCodec']>[0]

/** What reads the answer: in the caller's dialect, out of another one, or as a whole where that is the only way to look at it. @param spoken null where it is the caller's */
const saidBy = (options: CodecOptions, spoken: ReturnType<typeof spokenTo> | null, surface: AnswerParts['surface']): AnswerCodec => {
  const inDialect = spoken === null ? surface.answerCodec(options) : translatingCodec(options, spoken, given => surface.answerCodec(given))
  return options.restorers?.reasoning !== undefined && (options.status >= 400 || inDialect instanceof VerbatimCodec) ? new InspectedBody(inDialect, options.restorers) : inDialect
}

interface Kept { readonly attempted: AttemptedModel; readonly isForeign: boolean; readonly parts: AnswerParts; readonly stream: boolean }

/** What is read in an answer besides: the whole of it, to go on from later, and the calls that it asks for. */
const alsoKept = ({ runtime }: Exchange<Runtime, ServerResponse>, said: AnswerCodec, { attempted, isForeign, parts, stream }: Kept): AnswerCodec => {
  const { answer: { status }, sendable: { choice: { candidate } } } = attempted
  const { operation, remembering } = parts
  if (status >= 400) return said
  const remembered = remembering === null ? said : new RememberingCodec(said, { ...remembering, provider: isForeign ? null : candidate.provider.id, stream })
  // Without servers nobody could carry a call out here.
  return !operation.needs.tools || runtime.mcpServers.length === 0 ? remembered : new CallNotingCodec(remembered, {
    dialect: operation.dialect, events: stream && operation.streamForm !== 'json-array', mostBytes: runtime.config.limits.answer_bytes,
    onCall: call => { parts.onCall(call, candidate.id) },
  })
}

/** Answers the caller with what the model said. */
export const respondModel = (exchange: Exchange<Runtime, ServerResponse>, attempted: AttemptedModel, parts: AnswerParts): void => {
  const { answer, sendable } = attempted
  const { candidate } = sendable.choice
  const { operation, surface } = parts
  exchange.ledger.countRedactions(sendable.counts)
  // Names of types are written in any case (RFC 9110, 8.3.1).
  const contentType = answer.headers['content-type']?.toLowerCase() ?? null
  const inspected = inspectingRestorers(exchange, restorersFor(exchange.runtime, attempted, parts), parts)
  const options = {
    operation, status: answer.status, contentType, upstreamModel: candidate.model,
    restorers: inspected.restorers, stripUsage: surface.stripsUsage(operation),
    // AWS: "ThrottlingException:http://…".
    errorName: answer.headers['x-amzn-errortype']?.split(':', 1)[0] ?? null,
  }
  const isForeign = sendable.answered === null && isSaidDifferently(attempted, operation)
  const spoken = isForeign ? spokenTo(candidate.provider, operation.dialect) : null
  const { ahead } = inspected
  const stream = contentType?.startsWith('text/event-stream') === true
  const codec = alsoKept(exchange, saidBy(options, spoken, surface), { attempted, isForeign, parts, stream })
  respond({
    exchange, codec, kept: inspected.kept, renderer: surface, stream, isRefusal: attempted.isRefusal, noted: parts.noted, maxHeldBytes: exchange.runtime.config.limits.answer_bytes,
    answer: ahead === null ? answer : new AnswerLookedAhead(answer, saidBy({ ...options, restorers: ahead.restorers }, spoken, surface), ahead),
    headers: headersOf(exchange, attempted, { isForeign, stream, ...parts }),
    finished: facts => {
      const cost = settleModel(exchange, attempted, facts, parts)
      exchange.ledger.wantsTools = wantsTools(operation, facts)
      exchange.ledger.routing?.settle({ chosen: candidate.id, usage: facts.usage, costUsd: cost, finishReasons: facts.finishReasons, isAnswer: answer.status < 300 && !facts.cut })
      exchange.ledger.toolCalls = facts.toolCalls ?? []
      describe(exchange, facts)
      return cost === null ? {} : { 'x-portcullis-cost-usd': cost.toFixed(8) }
    },
  })
}

interface Shown extends Pick<AnswerParts, 'budgets' | 'headersToForward' | 'operation' | 'surface'> { readonly isForeign: boolean; readonly stream: boolean }

/** Headers hold no other characters than these, and an operator may give a model any name. */
const headerText = (text: string): string => /^[\x20-\x7e]*$/.test(text) ? text : encodeURI(text.toWellFormed())

/** What the caller is told beside the answer. */
const headersOf = ({ id, ledger }: Exchange<Runtime>, { answer, reservation, retryAfterMs, sendable }: AttemptedModel, shown: Shown): Record<string, string> => ({
  ...shown.headersToForward(answer.headers),
  'x-portcullis-exchange': id, 'x-portcullis-model': headerText(sendable.choice.candidate.id), 'x-portcullis-trace': ledger.trace,
  ...(retryAfterMs === null || answer.headers['retry-after'] !== undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
  ...budgetHeaders(shown.budgets, Date.now()),
  ...rateHeaders(reservation.rates, shown.operation.dialect, Date.now()),
  ...(sendable.lost.length === 0 ? {} : { [lostHeader]: sendable.lost.join(', ') }),
  ...(shown.isForeign && !shown.stream ? { 'content-type': 'application/json' } : {}),
  ...(shown.stream ? { 'cache-control': 'no-cache', 'x-accel-buffering': 'no', ...streamTypeOf(shown.surface, shown.operation) } : {}),
})

const streamTypeOf = (surface: AnswerParts['surface'], operation: ModelOperation): Record<string, string> => {
  const type = surface.streamType?.(operation) ?? null
  return type === null ? {} : { 'content-type': type }
}

/** What the answer told, on the exchange's span; skipped where nobody records it. */
const describe = ({ span, ledger }: Exchange<Runtime>, facts: ModelAnswerFacts): void => {
  if (!span.sampled) return
  if (facts.model !== null) span.set(attributes.responseModel, writtenName(facts.model))
  if (facts.id !== null) span.set(attributes.responseId, writtenName(facts.id))
  if (facts.finishReasons.length > 0) span.set(attributes.finishReasons, facts.finishReasons.map(writtenName))
  if (facts.usage !== null) {
    span.set(attributes.inputTokens, facts.usage.input)
    span.set(attributes.outputTokens, facts.usage.output)
  }
  if (ledger.costUsd !== null) span.set(attributes.costUsd, ledger.costUsd)
}
