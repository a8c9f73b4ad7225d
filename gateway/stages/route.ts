// Which model? The cheapest healthy candidate that meets need, trust and budget. The ranking itself is router/'s; this says no in our words.
import type { Duties } from '../../policies/engine/contract.ts'
import { speaks } from '../../registry/provider.ts'
import { rank, type Choice, type Health, type Ranking } from '../../router/route.ts'
import type { Candidate } from '../../registry/registry.ts'
import { Failure } from '../exchange/failure.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'

export interface RouteOptions {
  /** What the alias says. */
  readonly order?: 'cost' | 'listed'
  /** How long a candidate still rests, in milliseconds. */
  readonly restMs?: (id: string) => number
}

const usualRestMs = 5000

/** When the first of them is asked again. */
const soonestMs = (candidates: readonly Candidate[], restMs: RouteOptions['restMs']): number => {
  const rests = candidates.map(({ id }) => restMs?.(id) ?? 0).filter(rest => rest > 0)
  return rests.length === 0 ? usualRestMs : Math.min(...rests)
}

const whyNone = (requested: string, ranking: Ranking, retryAfterMs: number): Failure => {
  const reasons = ranking.rejected.map(({ id, why }) => `${id}: ${why}`).join('; ')
  const detail = { field: 'model', ...(reasons === '' ? {} : { rejected: reasons }) }
  if (ranking.empty === 'unhealthy') {
    return new Failure('route.unhealthy', `No healthy model can answer "${requested}" now (${reasons}).`, { detail, retryAfterMs })
  }
  return new Failure('route.none', reasons === ''
    ? `The model "${requested}" is not configured.`
    : `No model may answer "${requested}" (${reasons}).`, { detail })
}

/** @throws Failure route.none | route.unhealthy */
export const route = (permit: Permit<ModelOperation>, candidates: readonly Candidate[], health: (id: string) => Health, more: RouteOptions = {}): readonly Choice[] => {
  const { operation, decision } = permit
  // Vectors of different dialects' models are asked for in ways that have nothing in common.
  const able = operation.kind === 'model.embed' ? candidates.filter(({ provider }) => speaks(provider, operation.dialect)) : candidates
  const ranking = rank({ candidates: able, needs: needsOf(operation), constraints: constraintsOf(decision.duties), health, prefer: decision.duties.route.prefer ?? more.order ?? 'cost', dialect: operation.dialect })
  if (ranking.ranked.length === 0) throw whyNone(operation.requested, ranking, soonestMs(able, more.restMs))
  return ranking.ranked
}

const needsOf = (operation: ModelOperation): ModelOperation['needs'] & { readonly embeddings: boolean } =>
  ({ ...operation.needs, embeddings: operation.kind === 'model.embed' })

const constraintsOf = ({ route: duty }: Duties): Parameters<typeof rank>[0]['constraints'] => ({
  ...(duty.local === true ? { local: true } : {}),
  ...(duty.trust === undefined ? {} : { trust: duty.trust }),
  ...(duty.providers === undefined ? {} : { providers: duty.providers }),
  ...(duty.models === undefined ? {} : { models: duty.models }),
  ...(duty.max_usd === undefined ? {} : { maxUsd: duty.max_usd }),
})
