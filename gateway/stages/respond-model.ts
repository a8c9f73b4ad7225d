// Inspects a model's answer on its way out and settles what it cost. What was restored, used and paid is known only when it ends.
import type { ServerResponse } from 'node:http'
import type { Duties } from '../../policies/engine/contract.ts'
import { speaks } from '../../registry/provider.ts'
import type { ModelAnswerFacts, Restorer } from '../exchange/answer.ts'
import type { BudgetState } from '../exchange/limits.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Pseudonyms, SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
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
import { respond, type FailureRenderer } from './respond.ts'

export interface AnswerParts {
  readonly sessions: SessionStore
  readonly keys: SessionKeys
  readonly pseudonyms: Pseudonyms
  readonly duties: Duties
  readonly budgets: readonly BudgetState[]
  readonly operation: ModelOperation
  readonly headersToForward: (headers: Readonly<Record<string, string>>) => Record<string, string>
  readonly surface: FailureRenderer & {
    stripsUsage(operation: ModelOperation): boolean
    answerCodec(options: {
      readonly operation: ModelOperation; readonly status: number; readonly contentType: string | null; readonly upstreamModel: string
      readonly restorers: { readonly text: Restorer; readonly json: Restorer } | null; readonly stripUsage: boolean
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

const settle = (exchange: Exchange<Runtime>, attempted: AttemptedModel, facts: ModelAnswerFacts, parts: AnswerParts): number | null => {
  const { ledger } = exchange
  const { price } = attempted.sendable.choice.candidate
  ledger.usage = facts.usage
  ledger.restored = facts.restored
  ledger.priceVersion = price?.version ?? null
  const isFree = attempted.answer.status >= 300 || parts.operation.name === 'messages.count_tokens'
  if (price === null || (isFree && facts.usage === null)) {
    attempted.reservation.release()
    return null
  }
  const counted = facts.usage === null ? 0 : price.cost(facts.usage, new Date())
  // An answer that was cut, or that came without usage, is not free: leaving early must not be a way around a budget.
  const isWhole = facts.usage !== null && !facts.cut
  const { expectedTokens, expectedUsd } = attempted.sendable.choice
  const cost = isWhole ? counted : Math.max(counted, expectedUsd)
  const tokens = facts.usage === null ? 0 : facts.usage.input + facts.usage.output
  ledger.costUsd = cost
  attempted.reservation.settle({ usd: cost, tokens: isWhole ? tokens : Math.max(tokens, expectedTokens) })
  void parts.sessions.commit(parts.keys, { spendUsd: cost, calls: 1 })
  return cost
}

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
  }
  const isForeign = !speaks(candidate.provider, operation.dialect) && sendable.answered === null
  const codec = isForeign ? translatingCodec(options, candidate.provider.dialect, given => surface.answerCodec(given)) : surface.answerCodec(options)
  const stream = contentType?.startsWith('text/event-stream') === true
  respond({
    exchange, answer, codec, renderer: surface, stream, maxHeldBytes: exchange.runtime.config.limits.answer_bytes,
    headers: {
      ...parts.headersToForward(answer.headers),
      'x-portcullis-exchange': exchange.id, 'x-portcullis-model': candidate.id, 'x-portcullis-trace': exchange.ledger.trace,
      ...budgetHeaders(parts.budgets, Date.now()),
      ...rateHeaders(attempted.reservation.rates, operation.dialect, Date.now()),
      ...(sendable.lost.length === 0 ? {} : { [lostHeader]: sendable.lost.join(', ') }),
      ...(isForeign && !stream ? { 'content-type': 'application/json' } : {}),
      ...(stream ? { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' } : {}),
    },
    finished: facts => {
      const cost = settle(exchange, attempted, facts, parts)
      describe(exchange, facts)
      return cost === null ? {} : { 'x-portcullis-cost-usd': cost.toFixed(8) }
    },
  })
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
