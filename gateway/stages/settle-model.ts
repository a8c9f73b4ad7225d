// What a model's answer cost, when it has ended: counted by its usage, and settled in budgets, rates and the session.
import { quirksOf } from '../../registry/compatible-servers.ts'
import type { Price } from '../../registry/prices.ts'
import type { ModelAnswerFacts, Usage } from '../exchange/answer.ts'
import type { Amount } from '../exchange/limits.ts'
import { isCharged, type ModelOperation } from '../exchange/operation.ts'
import type { SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { geminiTier } from '../surfaces/gemini/answer.ts'
import type { AttemptedModel } from './attempt-model.ts'

export interface SettleParts { readonly sessions: SessionStore; readonly keys: SessionKeys; readonly operation: ModelOperation }

/** What the provider itself says that it charges, where it is one that knows better than a table. */
const chargedOf = ({ sendable }: AttemptedModel, usage: Usage): number | undefined =>
  usage.costUsd !== undefined && quirksOf(sendable.choice.candidate.provider).tellsCost ? usage.costUsd : undefined

/** Usage with the tier that served the call, where only a header of the answer names it (Gemini). */
const usageOf = ({ answer }: AttemptedModel, { usage }: ModelAnswerFacts): Usage | null => {
  const serviceTier = geminiTier(answer.headers['x-gemini-service-tier'])
  return usage === null || usage.serviceTier !== undefined || serviceTier === undefined ? usage : { ...usage, serviceTier }
}

/** What was said until it was cut: usage is told at the end, or counts only the first words. */
const deliveredOf = (usage: Usage | null, toldTokens: number, { needs }: ModelOperation): Usage => {
  const known = usage ?? { input: needs.inputTokens, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
  return { ...known, output: Math.max(known.output, toldTokens) }
}

interface Charging { readonly price: Price; readonly operation: ModelOperation }

/** An answer that was cut, or that came without usage, is not free: leaving early must not be a way around a budget. */
const amountOf = (attempted: AttemptedModel, { cut, toldTokens = 0 }: ModelAnswerFacts, usage: Usage | null, { operation, price }: Charging): Amount => {
  const now = new Date()
  const counted = usage === null ? 0 : chargedOf(attempted, usage) ?? price.cost(usage, now)
  if (usage !== null && !cut) return { usd: counted, tokens: usage.input + usage.output }
  const { expectedTokens, expectedUsd, upperBoundUsd } = attempted.sendable.choice
  const delivered = deliveredOf(usage, toldTokens, operation)
  return { usd: Math.max(counted, expectedUsd, Math.min(upperBoundUsd, price.cost(delivered, now))), tokens: Math.max(delivered.input + delivered.output, expectedTokens) }
}

/** Settles what was held with what the call cost. @returns USD, or null where nothing is known of it */
export const settleModel = (exchange: Exchange<Runtime>, attempted: AttemptedModel, facts: ModelAnswerFacts, parts: SettleParts): number | null => {
  const { ledger } = exchange
  const { price } = attempted.sendable.choice.candidate
  const usage = usageOf(attempted, facts)
  ledger.usage = usage
  ledger.restored = facts.restored
  ledger.unknown = facts.unknownPlaceholders
  ledger.priceVersion = price?.version ?? null
  const isFree = attempted.isRefusal || attempted.answer.status >= 300 || !isCharged(parts.operation)
  if (price === null || (isFree && usage === null)) {
    attempted.reservation.release()
    if (ledger.hedgedUsd > 0) ledger.costUsd = ledger.hedgedUsd
    return ledger.costUsd
  }
  const { usd: cost, tokens } = amountOf(attempted, facts, usage, { price, operation: parts.operation })
  ledger.costUsd = cost + ledger.hedgedUsd
  attempted.reservation.settle({ usd: cost, tokens })
  void parts.sessions.commit(parts.keys, { spendUsd: cost, calls: 1 })
  return ledger.costUsd
}
