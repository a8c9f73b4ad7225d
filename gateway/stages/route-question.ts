// Everything that one choice depends on, put together before it is made: what is wanted, what the prompt looks like, what the conversation's
// past says, and the candidates as numbers.
import { usualSession, type Alias, type AliasSession } from '../../registry/alias.ts'
import { difficultyModel, type DifficultyModel, type Score } from '../../router/difficulty/model.ts'
import type { PlanInputs, Preference, Strategy } from '../../router/plan.ts'
import type { Health, Ranking } from '../../router/route.ts'
import type { RouteBook } from '../pipeline/route-book.ts'
import { conversationOf, prefixOf, unseen, type Conversation } from './conversation-past.ts'
import type { DecidedModel } from './decide-model.ts'
import { optionOf, qualityByOrder, slackBy, type OptionContext } from './route-options.ts'

export interface RouteParts { readonly health: (id: string) => Health; readonly restMs: (id: string) => number; readonly book: RouteBook; readonly nowMs: () => number }

export interface Question {
  readonly inputs: PlanInputs
  /** The same for a strategy that is only tried. */
  readonly shadow: PlanInputs | null
  readonly scored: { readonly model: DifficultyModel; readonly score: Score } | null
  readonly qualities: Readonly<Record<string, number>>
  readonly conversation: Conversation
  /** Whether the next choice of this conversation should know of this one. */
  readonly remembers: boolean
}

interface Wanted { readonly strategy: Strategy; readonly prefer: Preference; readonly rules: AliasSession | null; readonly looks: boolean }

/** Where policy wants the cheapest or the fastest, a written order does not stand. */
const unlearned = ({ strategy }: Alias, { duties }: DecidedModel['permit']['decision']): Strategy => strategy === 'listed' && duties.route.prefer === undefined ? 'listed' : 'cheapest'

const wantedOf = (alias: Alias | undefined, { permit: { decision, operation } }: DecidedModel): Wanted => {
  const prefer = decision.duties.route.prefer ?? alias?.prefer ?? 'balanced'
  // Vectors have no right answer, and no conversation.
  if (alias === undefined || operation.kind === 'model.embed') return { strategy: alias === undefined ? 'cheapest' : unlearned(alias, decision), prefer, rules: null, looks: false }
  const { shadow, session } = alias
  const strategy = alias.strategy === 'learned' ? 'learned' : unlearned(alias, decision)
  return { strategy, prefer, rules: session ?? (strategy === 'learned' ? usualSession : null), looks: strategy === 'learned' || shadow?.strategy === 'learned' }
}

const scoreOf = ({ view }: Conversation, looks: boolean): Question['scored'] => {
  if (!looks) return null
  const model = difficultyModel()
  return { model, score: model.score(view.lastText === '' ? view.firstText : view.lastText) }
}

const conversationFor = ({ looks, rules }: Wanted, { keys, permit }: DecidedModel, book: RouteBook): Conversation =>
  looks || rules !== null ? conversationOf(permit.operation.document, keys.session, rules, book) : unseen

const qualitiesOf = (ranking: Ranking, qualityOf: OptionContext['qualityOf']): Record<string, number> =>
  Object.fromEntries(ranking.ranked.flatMap(({ candidate }) => candidate.profile === null ? [[candidate.id, qualityOf(candidate)]] : []))

export const questionOf = (decided: DecidedModel, alias: Alias | undefined, ranking: Ranking, parts: RouteParts): Question => {
  const { operation } = decided.permit
  const wanted = wantedOf(alias, decided)
  const conversation = conversationFor(wanted, decided, parts.book)
  const scored = scoreOf(conversation, wanted.looks)
  const nowMs = parts.nowMs()
  const qualityOf = qualityByOrder(decided.set.candidates, scored?.model ?? null)
  const optionsFor = (prefer: Preference, tolerance: number | null): PlanInputs['options'] => {
    const context: OptionContext = {
      needs: { ...operation.needs, embeddings: operation.kind === 'model.embed' }, dialect: operation.dialect, health: parts.health, nowMs, scored, qualityOf,
      prefix: prefixOf(conversation, wanted.rules, nowMs), slackOf: slackBy(prefer, tolerance, ranking.ranked, qualityOf),
    }
    return ranking.ranked.map(choice => optionOf(choice, context))
  }
  const common = { maxSwitchShare: wanted.rules?.max_switch_share ?? 1, session: conversation.session }
  const shadow = alias?.shadow ?? null
  return {
    inputs: { strategy: wanted.strategy, prefer: wanted.prefer, ...common, options: optionsFor(wanted.prefer, alias?.tolerance ?? null) },
    shadow: shadow === null ? null : { strategy: shadow.strategy, prefer: shadow.prefer, ...common, options: optionsFor(shadow.prefer, null) },
    scored, conversation, qualities: scored === null ? {} : qualitiesOf(ranking, qualityOf),
    remembers: wanted.rules !== null && operation.name !== 'messages.count_tokens',
  }
}
