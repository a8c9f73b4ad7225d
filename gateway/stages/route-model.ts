// Which model? The operator's rules first, then what policy and need allow, then the alias's strategy over what is left: with the prompt's
// difficulty, the conversation's past and the provider's cache. What it chose and why goes into the record, with what could have been.
import { usualSession, type Alias, type AliasSession } from '../../registry/alias.ts'
import type { Candidate } from '../../registry/registry.ts'
import { difficultyModel, type DifficultyModel, type Score } from '../../router/difficulty/model.ts'
import { complains, escalate } from '../../router/escalation.ts'
import { planRoute, whyPassedOver, type Plan, type PlanInputs, type PlanSession, type Preference, type Strategy } from '../../router/plan.ts'
import type { Choice, Health, Ranking } from '../../router/route.ts'
import { ruleThatHolds } from '../../router/rules.ts'
import type { Principal } from '../exchange/principal.ts'
import type { RoutePlan } from '../exchange/record.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { textMark, type ConversationPast, type RouteBook } from '../pipeline/route-book.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { conversationView, type ConversationView } from '../surfaces/conversation-view.ts'
import type { DecidedModel } from './decide-model.ts'
import { rankFor } from './route.ts'
import { optionOf, qualityByOrder, slackBy, type OptionContext } from './route-options.ts'
import { RouteSettlement } from './settle-route.ts'

export interface RouteParts { readonly health: (id: string) => Health; readonly book: RouteBook; readonly nowMs: () => number }

const nothingPast: PlanSession = { last: null, lock: null, escalation: 0, stayUsd: 0, switchUsd: 0 }

interface Conversation { readonly key: string; readonly view: ConversationView; readonly past: ConversationPast | null; readonly session: PlanSession; readonly rules: AliasSession | null }

/** Candidates that the operator's rules leave. */
const ruled = (alias: Alias | undefined, { permit: { operation: { needs } }, labels, set }: DecidedModel, principal: Principal | null): { readonly rule: number | null; readonly left: readonly Candidate[] } => {
  const rule = alias === undefined || alias.rules.length === 0 ? null : ruleThatHolds(alias.rules, {
    tools: needs.tools, vision: needs.vision, inputTokens: needs.inputTokens, groups: principal?.subject.groups ?? [], agent: principal?.agent.id ?? '', labels: labels.labels,
  })
  const use = rule === null ? undefined : alias?.rules[rule]?.use
  return { rule, left: use === undefined ? set.candidates : set.candidates.filter(({ id }) => use.includes(id)) }
}

const escalationOf = (past: ConversationPast | null, view: ConversationView, mark: number): number => {
  if (past === null) return view.toolErrors >= 2 ? escalate(0, { toolErrors: view.toolErrors, asksAgain: false, userSaysWrong: false, lastAnswer: 'fine' }) : 0
  return escalate(past.escalation, {
    toolErrors: view.toolErrors, lastAnswer: past.lastAnswer,
    asksAgain: !view.toolLoop && past.mark === mark && past.length === view.length,
    userSaysWrong: view.answered && !view.toolLoop && past.mark !== mark && complains(view.lastText),
  })
}

const conversationOf = (decided: DecidedModel, rules: AliasSession | null, book: RouteBook): Conversation => {
  const view = conversationView(decided.permit.operation.document)
  // Several conversations of one agent share a session; each is known by its first words, which come again with every call.
  const key = `${decided.keys.session} ${textMark(view.firstText)}`
  const past = rules === null ? null : book.of(key)
  const session: PlanSession = rules === null ? nothingPast : {
    last: past?.last ?? null,
    lock: past === null || !rules.lock_tool_loops || !view.toolLoop ? null : view.signed ? 'thinking' : 'tool-loop',
    escalation: rules.escalate ? Math.round(escalationOf(past, view, textMark(view.lastText)) * 1000) / 1000 : 0,
    stayUsd: past?.stayUsd ?? 0, switchUsd: past?.switchUsd ?? 0,
  }
  return { key, view, past, session, rules }
}

const newConversation: Conversation = {
  key: '', past: null, session: nothingPast, rules: null,
  view: { firstText: '', lastText: '', length: 0, toolLoop: false, toolErrors: 0, signed: false, answered: false },
}

interface Wanted { readonly strategy: Strategy; readonly prefer: Preference }

const wantedOf = (alias: Alias | undefined, decided: DecidedModel): Wanted => {
  const { duties } = decided.permit.decision
  const strategy = decided.permit.operation.kind === 'model.embed' ? 'cheapest' : alias?.strategy ?? 'cheapest'
  return { strategy, prefer: duties.route.prefer ?? alias?.prefer ?? 'balanced' }
}

const looksAtPrompt = (alias: Alias | undefined, wanted: Wanted): boolean => wanted.strategy === 'learned' || alias?.shadow?.strategy === 'learned'

/** Everything known about one choice, before it is made. */
class Question {
  readonly wanted: Wanted
  readonly conversation: Conversation
  readonly score: Score | null
  readonly inputs: PlanInputs
  readonly shadow: PlanInputs | null
  readonly qualities: Readonly<Record<string, number>>
  readonly model: DifficultyModel | null

  constructor(decided: DecidedModel, alias: Alias | undefined, ranking: Ranking, parts: RouteParts) {
    const { operation } = decided.permit
    this.wanted = wantedOf(alias, decided)
    const rules = alias?.session ?? (this.wanted.strategy === 'learned' ? usualSession : null)
    const looks = operation.kind !== 'model.embed' && looksAtPrompt(alias, this.wanted)
    this.conversation = looks || (rules !== null && operation.kind !== 'model.embed') ? conversationOf(decided, rules, parts.book) : newConversation
    this.model = looks ? difficultyModel() : null
    const { past, session, view } = this.conversation
    this.score = this.model?.score(view.lastText === '' ? view.firstText : view.lastText) ?? null
    const nowMs = parts.nowMs()
    const qualityOf = qualityByOrder(decided.set.candidates, () => this.model)
    const ranked = ranking.ranked.map(({ candidate }) => candidate)
    const context: OptionContext = {
      slackOf: slackBy(this.wanted.prefer, alias?.tolerance ?? null, ranked, qualityOf),
      needs: { ...operation.needs, embeddings: operation.kind === 'model.embed' }, dialect: operation.dialect, health: parts.health, nowMs, qualityOf,
      prefix: past === null || this.conversation.rules?.cache_aware !== true ? null : { at: past.last, tokens: past.cachedTokens, ageMs: nowMs - past.atMs },
      scored: this.model === null || this.score === null ? null : { model: this.model, score: this.score },
    }
    this.qualities = this.score === null ? {} : Object.fromEntries(ranking.ranked.flatMap(({ candidate }) => candidate.profile === null ? [[candidate.id, qualityOf(candidate)]] : []))
    this.inputs = { ...this.wanted, maxSwitchShare: this.conversation.rules?.max_switch_share ?? 1, options: ranking.ranked.map(choice => optionOf(choice, context)), session }
    this.shadow = alias?.shadow == null ? null : {
      ...this.inputs, ...alias.shadow, options: ranking.ranked.map(choice => optionOf(choice, { ...context, slackOf: slackBy(alias.shadow?.prefer ?? 'balanced', null, ranked, qualityOf) })),
    }
  }
}

const shadowOf = ({ inputs, shadow }: Question, planned: string): RoutePlan['shadow'] => {
  if (shadow === null) return null
  const [chosen = planned] = planRoute(shadow).order
  const usdOf = (id: string): number => inputs.options.find(option => option.id === id)?.usd ?? 0
  return { strategy: shadow.strategy, prefer: shadow.prefer, chosen, usd: usdOf(chosen), actualUsd: usdOf(planned) }
}

/** With which model costs are compared: the operator's, else the dearest that could have answered. */
const baselineOf = (alias: Alias | undefined, candidates: readonly Candidate[], { options }: PlanInputs): Candidate | null => {
  const dearest = options.reduce<{ id: string; usd: number } | null>((most, option) => most === null || option.usd > most.usd ? option : most, null)
  return candidates.find(({ id }) => id === (alias?.baseline ?? dearest?.id)) ?? null
}

const passedOver = (plan: Plan, inputs: PlanInputs, ranking: Ranking, rule: { readonly at: number | null; readonly kept: ReadonlySet<string> }, candidates: readonly Candidate[]): RoutePlan['passedOver'] => {
  const chosen = inputs.options.find(({ id }) => id === plan.order[0])
  return [
    ...chosen === undefined ? [] : inputs.options.filter(option => option !== chosen).map(option => ({ id: option.id, why: whyPassedOver(option, chosen, plan, inputs) })),
    ...ranking.rejected,
    ...rule.at === null ? [] : candidates.filter(({ id }) => !rule.kept.has(id)).map(({ id }) => ({ id, why: `rule ${rule.at} of the alias chooses others` })),
  ]
}

/** @throws Failure route.none | route.unhealthy */
export const routeModel = (exchange: Exchange<Runtime>, decided: DecidedModel, parts: RouteParts): readonly Choice[] => {
  const { runtime: { registry }, ledger } = exchange
  const { permit, set } = decided
  const alias = registry.alias(permit.operation.requested)
  const { left, rule } = ruled(alias, decided, ledger.principal)
  const ranking = rankFor(permit, left, { health: parts.health, prefer: alias?.strategy !== 'learned' && alias?.prefer === 'latency' ? 'latency' : 'cost' })
  // One model by its own name: there is nothing to choose.
  if (alias === undefined && ranking.ranked.length < 2) return ranking.ranked
  const question = new Question(decided, alias, ranking, parts)
  const { conversation, inputs, model, score } = question
  const plan = planRoute(inputs)
  const [planned = ''] = plan.order
  ledger.routing = new RouteSettlement({
    baseline: baselineOf(alias, set.candidates, inputs), candidates: set.candidates, conversation: conversation.rules === null || permit.operation.name === 'messages.count_tokens' ? null : conversation,
    book: parts.book, nowMs: parts.nowMs,
    plan: {
      inputs, planned, best: plan.best, locked: plan.locked, rule, qualities: question.qualities,
      difficulty: model === null || score === null ? null : Math.round(model.difficulty(score) * 1e4) / 1e4,
      score: model === null || score === null ? null : { weights: model.version, level: score.level, slope: score.slope },
      passedOver: passedOver(plan, inputs, ranking, { at: rule, kept: new Set(left.map(({ id }) => id)) }, set.candidates),
      shadow: shadowOf(question, planned), baseline: null, savedUsd: null,
    },
  })
  // The usual ranking has its own words, conditions of policy included.
  const reason = inputs.strategy === 'learned' ? plan.reason : null
  const byId = new Map(ranking.ranked.map(choice => [choice.candidate.id, choice]))
  return plan.order.flatMap(id => byId.get(id) ?? []).map(choice => reason === null ? choice : { ...choice, reason })
}
