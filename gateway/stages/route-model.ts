// Which model? The operator's rules first, then what policy and need allow, then the alias's strategy over what is left. What it chose and
// why goes into the record, with what could have been.
import type { Alias } from '../../registry/alias.ts'
import type { Candidate } from '../../registry/registry.ts'
import { planRoute, whyPassedOver, type Plan, type PlanInputs } from '../../router/plan.ts'
import type { Choice, Ranking } from '../../router/route.ts'
import { ruleThatHolds } from '../../router/rules.ts'
import type { Principal } from '../exchange/principal.ts'
import type { RoutePlan } from '../exchange/record.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { DecidedModel } from './decide-model.ts'
import { questionOf, type Question, type RouteParts } from './route-question.ts'
import { rankFor } from './route.ts'
import { RouteSettlement } from './settle-route.ts'

interface Ruled { readonly at: number | null; readonly left: readonly Candidate[] }

/** Candidates that the operator's rules leave. */
const ruled = (alias: Alias | undefined, { permit: { operation: { needs } }, labels, set }: DecidedModel, principal: Principal | null): Ruled => {
  const at = alias === undefined || alias.rules.length === 0 ? null : ruleThatHolds(alias.rules, {
    tools: needs.tools, vision: needs.vision, inputTokens: needs.inputTokens, groups: principal?.subject.groups ?? [], agent: principal?.agent.id ?? '', labels: labels.labels,
  })
  const use = at === null ? undefined : alias?.rules[at]?.use
  return { at, left: use === undefined ? set.candidates : set.candidates.filter(({ id }) => use.includes(id)) }
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

const passedOver = (plan: Plan, inputs: PlanInputs, ranking: Ranking, { at, left }: Ruled, candidates: readonly Candidate[]): RoutePlan['passedOver'] => {
  const chosen = inputs.options.find(({ id }) => id === plan.order[0])
  return [
    ...chosen === undefined ? [] : inputs.options.filter(option => option !== chosen).map(option => ({ id: option.id, why: whyPassedOver(option, chosen, plan, inputs) })),
    ...ranking.rejected,
    ...at === null ? [] : candidates.filter(candidate => !left.includes(candidate)).map(({ id }) => ({ id, why: `rule ${at} of the alias chooses others` })),
  ]
}

const rankingOf = (alias: Alias | undefined): 'cost' | 'latency' | 'listed' =>
  alias?.strategy === 'listed' ? 'listed' : alias?.strategy !== 'learned' && alias?.prefer === 'latency' ? 'latency' : 'cost'

const scoreFields = ({ scored }: Question): Pick<RoutePlan, 'difficulty' | 'score'> => scored === null ? { difficulty: null, score: null } : {
  difficulty: Math.round(scored.model.difficulty(scored.score) * 1e4) / 1e4,
  score: { weights: scored.model.version, level: scored.score.level, slope: scored.score.slope },
}

/** @throws Failure route.none | route.unhealthy */
export const routeModel = (exchange: Exchange<Runtime>, decided: DecidedModel, parts: RouteParts): readonly Choice[] => {
  const { runtime: { registry }, ledger } = exchange
  const { permit, set } = decided
  const alias = registry.alias(permit.operation.requested)
  const rules = ruled(alias, decided, ledger.principal)
  const ranking = rankFor(permit, rules.left, { health: parts.health, restMs: parts.restMs, prefer: rankingOf(alias) })
  // One model by its own name: there is nothing to choose.
  // A name that stands for one model, or for whoever serves that model: there is nothing to choose by.
  if (alias === undefined || set.candidates.length < 2) return ranking.ranked
  const question = questionOf(decided, alias, ranking, parts)
  const { conversation, inputs, qualities } = question
  const plan = planRoute(inputs)
  const [planned = ''] = plan.order
  ledger.routing = new RouteSettlement({
    baseline: baselineOf(alias, set.candidates, inputs), candidates: set.candidates, conversation: question.remembers ? conversation : null, book: parts.book, nowMs: parts.nowMs,
    plan: {
      inputs, planned, best: plan.best, locked: plan.locked, rule: rules.at, qualities, ...scoreFields(question),
      passedOver: passedOver(plan, inputs, ranking, rules, set.candidates), shadow: shadowOf(question, planned), baseline: null, savedUsd: null,
    },
  })
  const byId = new Map(ranking.ranked.map(choice => [choice.candidate.id, choice]))
  // The usual ranking has its own words, conditions of policy included.
  const isUsual = inputs.strategy !== 'learned' && plan.locked === null
  return plan.order.flatMap(id => byId.get(id) ?? []).map(choice => isUsual ? choice : { ...choice, reason: plan.reason })
}
