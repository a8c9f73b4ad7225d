// Inspects a model's answer on its way out and settles what it cost. What was restored, used and paid is known only when it ends.
import type { ServerResponse } from 'node:http'
import type { Duties } from '../../policies/engine/contract.ts'
import { quirksOf } from '../../registry/compatible-servers.ts'
import { speaks, spokenTo } from '../../registry/provider.ts'
import type { ModelAnswerFacts, Restorer, Usage } from '../exchange/answer.ts'
import type { BudgetState } from '../exchange/limits.ts'
import { isCharged, type ModelOperation } from '../exchange/operation.ts'
import type { Pseudonyms, SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Noted } from '../pipeline/idempotency-book.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { AnswerCodec } from '../surfaces/model-surface.ts'
import { translatingCodec } from '../surfaces/translate/answer-codec.ts'
import { lostHeader } from '../surfaces/translate/losses.ts'
import { createRestorer } from '../redaction/restore.ts'
import { attributes } from '../telemetry/names.ts'
import type { AttemptedModel } from './attempt-model.ts'
import { budgetHeaders } from './budget-header.ts'
import { rateHeaders } from './rate-headers.ts'
import { hasRedaction, mayRestore } from './redaction-plan.ts'
import { RememberingCodec, type Remembering } from './remember-response.ts'
import { respond, type FailureRenderer } from './respond.ts'

export interface AnswerParts {
  readonly sessions: SessionStore
  readonly keys: SessionKeys
  readonly pseudonyms: Pseudonyms
  readonly duties: Duties
  readonly budgets: readonly BudgetState[]
  readonly operation: ModelOperation
  /** Where the answer is noted as one that can be gone on from, or null. */
  readonly remembering: Omit<Remembering, 'provider' | 'stream'> | null
  readonly noted: Noted | null
  readonly headersToForward: (headers: Readonly<Record<string, string>>) => Record<string, string>
  readonly surface: FailureRenderer & {
    stripsUsage(operation: ModelOperation): boolean
    streamType?(operation: ModelOperation): string | null
    answerCodec(options: {
      readonly operation: ModelOperation; readonly status: number; readonly contentType: string | null; readonly upstreamModel: string
      readonly restorers: { readonly text: Restorer; readonly json: Restorer } | null; readonly stripUsage: boolean; readonly errorName?: string | null
    }): AnswerCodec
  }
}

const restorersFor = (attempted: AttemptedModel, parts: AnswerParts): { text: Restorer; json: Restorer } | null => {
  const { local } = attempted.sendable.choice.candidate
  // Nothing was hidden from this destination, so whatever looks like a placeholder in its answer is its own text.
  if ((parts.pseudonyms.size === 0 && attempted.sendable.counts.literal === undefined) || !hasRedaction(parts.duties, local)) return null
  const allowed = mayRestore(parts.duties, 'client')
  return {
    text: createRestorer(parts.pseudonyms, { mayRestore: allowed, escape: 'none' }),
    json: createRestorer(parts.pseudonyms, { mayRestore: allowed, escape: 'json' }),
  }
}

/** What the provider itself says that it charges, where it is one that knows better than a table. */
const chargedOf = ({ sendable }: AttemptedModel, usage: Usage): number | undefined =>
  usage.costUsd !== undefined && quirksOf(sendable.choice.candidate.provider).tellsCost ? usage.costUsd : undefined

const settle = (exchange: Exchange<Runtime>, attempted: AttemptedModel, facts: ModelAnswerFacts, parts: AnswerParts): number | null => {
  const { ledger } = exchange
  const { price } = attempted.sendable.choice.candidate
  ledger.usage = facts.usage
  ledger.restored = facts.restored
  ledger.priceVersion = price?.version ?? null
  const isFree = attempted.isRefusal || attempted.answer.status >= 300 || !isCharged(parts.operation)
  if (price === null || (isFree && facts.usage === null)) {
    attempted.reservation.release()
    if (ledger.hedgedUsd > 0) ledger.costUsd = ledger.hedgedUsd
    return ledger.costUsd
  }
  const counted = facts.usage === null ? 0 : chargedOf(attempted, facts.usage) ?? price.cost(facts.usage, new Date())
  // An answer that was cut, or that came without usage, is not free: leaving early must not be a way around a budget.
  const isWhole = facts.usage !== null && !facts.cut
  const { expectedTokens, expectedUsd } = attempted.sendable.choice
  const cost = isWhole ? counted : Math.max(counted, expectedUsd)
  const tokens = facts.usage === null ? 0 : facts.usage.input + facts.usage.output
  ledger.costUsd = cost + ledger.hedgedUsd
  attempted.reservation.settle({ usd: cost, tokens: isWhole ? tokens : Math.max(tokens, expectedTokens) })
  void parts.sessions.commit(parts.keys, { spendUsd: cost, calls: 1 })
  return ledger.costUsd
}

/** Ways to end that say that nothing more is wanted. What other dialects say for it they also say when tools are wanted. */
const conclusive: ReadonlySet<string> = new Set(['stop', 'length', 'content_filter', 'end_turn', 'max_tokens', 'stop_sequence', 'refusal', 'end', 'stop-sequence', 'filtered', 'context'])

/** Does the answer ask for tools, or could it? */
const wantsTools = ({ needs }: ModelOperation, { finishReasons }: ModelAnswerFacts): boolean =>
  finishReasons.some(reason => /tool|function/i.test(reason)) || (needs.tools && !finishReasons.some(reason => conclusive.has(reason)))

/** Another dialect than the caller's; or the caller's own behind a cloud whose errors are not the dialect's. */
const isSaidDifferently = ({ answer, sendable: { choice: { candidate: { provider } } } }: AttemptedModel, operation: ModelOperation): boolean =>
  !speaks(provider, operation.dialect) || (answer.status >= 400 && (provider.hosting.kind === 'bedrock' || provider.hosting.kind === 'vertex'))

/** Answers the caller with what the model said. */
export const respondModel = (exchange: Exchange<Runtime, ServerResponse>, attempted: AttemptedModel, parts: AnswerParts): void => {
  const { answer, sendable } = attempted
  const { candidate } = sendable.choice
  const { operation, surface } = parts
  exchange.ledger.countRedactions(sendable.counts)
  const contentType = answer.headers['content-type'] ?? null
  const options = {
    operation, status: answer.status, contentType, upstreamModel: candidate.model,
    restorers: restorersFor(attempted, parts), stripUsage: surface.stripsUsage(operation),
    // AWS: "ThrottlingException:http://…".
    errorName: answer.headers['x-amzn-errortype']?.split(':', 1)[0] ?? null,
  }
  const isForeign = sendable.answered === null && isSaidDifferently(attempted, operation)
  const said = isForeign ? translatingCodec(options, spokenTo(candidate.provider, operation.dialect), given => surface.answerCodec(given)) : surface.answerCodec(options)
  const stream = contentType?.startsWith('text/event-stream') === true
  const codec = parts.remembering === null || answer.status >= 400 ? said
    : new RememberingCodec(said, { ...parts.remembering, provider: isForeign ? null : candidate.provider.id, stream })
  respond({
    exchange, answer, codec, renderer: surface, stream, isRefusal: attempted.isRefusal, noted: parts.noted, maxHeldBytes: exchange.runtime.config.limits.answer_bytes,
    headers: {
      ...parts.headersToForward(answer.headers),
      'x-portcullis-exchange': exchange.id, 'x-portcullis-model': candidate.id, 'x-portcullis-trace': exchange.ledger.trace,
      ...(attempted.retryAfterMs === null || answer.headers['retry-after'] !== undefined ? {} : { 'retry-after': String(Math.ceil(attempted.retryAfterMs / 1000)) }),
      ...budgetHeaders(parts.budgets, Date.now()),
      ...rateHeaders(attempted.reservation.rates, operation.dialect, Date.now()),
      ...(sendable.lost.length === 0 ? {} : { [lostHeader]: sendable.lost.join(', ') }),
      ...(isForeign && !stream ? { 'content-type': 'application/json' } : {}),
      ...(stream ? { 'cache-control': 'no-cache', 'x-accel-buffering': 'no', ...streamTypeOf(surface, operation) } : {}),
    },
    finished: facts => {
      const cost = settle(exchange, attempted, facts, parts)
      exchange.ledger.wantsTools = wantsTools(operation, facts)
      exchange.ledger.routing?.settle({ chosen: candidate.id, usage: facts.usage, costUsd: cost, finishReasons: facts.finishReasons, isAnswer: answer.status < 300 && !facts.cut })
      exchange.ledger.toolCalls = facts.toolCalls ?? []
      describe(exchange, facts)
      return cost === null ? {} : { 'x-portcullis-cost-usd': cost.toFixed(8) }
    },
  })
}

const streamTypeOf = (surface: AnswerParts['surface'], operation: ModelOperation): Record<string, string> => {
  const type = surface.streamType?.(operation) ?? null
  return type === null ? {} : { 'content-type': type }
}

/** What the answer told, on the exchange's span; skipped where nobody records it. */
const describe = ({ span, ledger }: Exchange<Runtime>, facts: ModelAnswerFacts): void => {
  if (!span.sampled) return
  if (facts.model !== null) span.set(attributes.responseModel, facts.model)
  if (facts.id !== null) span.set(attributes.responseId, facts.id)
  if (facts.finishReasons.length > 0) span.set(attributes.finishReasons, facts.finishReasons)
  if (facts.usage !== null) {
    span.set(attributes.inputTokens, facts.usage.input)
    span.set(attributes.outputTokens, facts.usage.output)
  }
  if (ledger.costUsd !== null) span.set(attributes.costUsd, ledger.costUsd)
}
