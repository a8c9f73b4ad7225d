// After the answer: what the baseline would have cost with the same usage, and what the conversation's next choice should know.
import type { Candidate } from '../../registry/registry.ts'
import { cachedAfter } from '../../router/expected-cost.ts'
import type { LastAnswer } from '../../router/escalation.ts'
import type { Usage } from '../exchange/answer.ts'
import type { RoutedAnswer, RoutePlan, Routing } from '../exchange/record.ts'
import { textMark, type RouteBook } from '../pipeline/route-book.ts'
import type { Conversation } from './conversation-past.ts'
import { roundUsd } from './route-options.ts'

export interface SettlementInit {
  readonly plan: RoutePlan
  readonly baseline: Candidate | null
  readonly candidates: readonly Candidate[]
  readonly book: RouteBook
  readonly nowMs: () => number
  /** Null where nothing is to be remembered. */
  readonly conversation: Conversation | null
}

const refusals: ReadonlySet<string> = new Set(['refusal', 'content_filter', 'SAFETY', 'PROHIBITED_CONTENT'])
const cuts: ReadonlySet<string> = new Set(['length', 'max_tokens', 'MAX_TOKENS', 'max_output_tokens'])

const endOf = ({ finishReasons, usage }: RoutedAnswer): LastAnswer => {
  if (finishReasons.some(reason => refusals.has(reason))) return 'refused'
  if (finishReasons.some(reason => cuts.has(reason))) return 'cut'
  return usage?.output === 0 ? 'empty' : 'fine'
}

export class RouteSettlement implements Routing {
  readonly #init: SettlementInit
  #plan: RoutePlan

  constructor(init: SettlementInit) {
    this.#init = init
    this.#plan = init.baseline === null ? init.plan : { ...init.plan, baseline: { model: init.baseline.id, usd: null } }
  }

  plan(): RoutePlan { return this.#plan }

  settle(answer: RoutedAnswer): void {
    const { usage } = answer
    if (usage !== null && answer.costUsd !== null) this.#compare(usage, answer.costUsd)
    if (answer.isAnswer) this.#remember(answer)
  }

  #compare(usage: Usage, costUsd: number): void {
    const { baseline, nowMs } = this.#init
    if (baseline?.price == null) return
    // Never leaving the baseline would have kept its cache warm: without that, switches would look like savings.
    const past = this.#init.conversation?.past ?? null
    const warm = past === null ? 0 : Math.min(past.cachedTokens, usage.input - usage.cacheWrite)
    const usd = roundUsd(baseline.price.cost({ ...usage, cacheRead: Math.max(usage.cacheRead, warm) }, new Date(nowMs())))
    this.#plan = { ...this.#plan, baseline: { model: baseline.id, usd }, savedUsd: roundUsd(usd - costUsd) }
  }

  #remember(answer: RoutedAnswer): void {
    const { book, candidates, conversation, nowMs, plan: { inputs } } = this.#init
    const candidate = candidates.find(({ id }) => id === answer.chosen)
    if (conversation === null || candidate === undefined) return
    const { key, past, session, view } = conversation
    const option = inputs.options.find(({ id }) => id === answer.chosen)
    const stayed = inputs.options.find(({ id }) => id === session.last) ?? option
    book.note(key, {
      last: answer.chosen, atMs: nowMs(), cachedTokens: answer.usage === null ? past?.cachedTokens ?? 0 : cachedAfter(candidate, answer.usage),
      stayUsd: session.stayUsd + (stayed?.usd ?? 0),
      switchUsd: session.switchUsd + (session.last !== null && session.last !== answer.chosen ? option?.coldUsd ?? 0 : 0),
      escalation: session.escalation, lastAnswer: endOf(answer), mark: textMark(view.lastText), length: view.length,
    })
  }
}
