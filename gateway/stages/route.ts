// Which model? The cheapest healthy candidate that meets need, trust and budget. The ranking itself is router/'s; this says no in our words.
import type { Duties } from '../../policies/engine/contract.ts'
import { speaks } from '../../registry/provider.ts'
import { rank, type Health, type Ranking } from '../../router/route.ts'
import type { Candidate } from '../../registry/registry.ts'
import { Failure } from '../exchange/failure.ts'
import type { HeldElsewhere, ModelOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'

export interface RankOptions {
  readonly health: (id: string) => Health
  /** What the operator prefers; a duty goes before it. */
  readonly prefer: Parameters<typeof rank>[0]['prefer']
  /** How long a candidate still rests, in milliseconds. */
  readonly restMs?: (id: string) => number
}

const usualRestMs = 5000

/** When the first of them is asked again. */
const soonestMs = (candidates: readonly Candidate[], restMs: RankOptions['restMs']): number => {
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

/** Who can look up what the request only names: the provider that is known to keep it, or the only one that could. @throws Failure request.* */
const holders = (held: HeldElsewhere, { dialect, requested }: ModelOperation, candidates: readonly Candidate[]): readonly Candidate[] => {
  const native = candidates.filter(({ provider }) => speaks(provider, dialect) && (held.provider === null || provider.id === held.provider))
  if (candidates.length === 0 || new Set(native.map(({ provider }) => provider.id)).size === 1) return native
  const why = held.provider !== null ? `is kept by the provider "${held.provider}", which has no model "${requested}"` : `is not known here, and ${native.length === 0 ? 'no provider' : 'more than one provider'} of "${requested}" could know it`
  const id = held.id.slice(0, 128)
  throw held.field === 'previous_response_id'
    ? new Failure('request.previous_response', `Previous response with id '${id}' not found: it ${why}.`, { detail: { field: held.field } })
    : new Failure('request.malformed', `${held.field}: '${id}' ${why}.`, { detail: { field: held.field } })
}

/** Vectors of different dialects' models are asked for in ways that have nothing in common, and Vertex has no batches of them. */
const embeds = ({ dialect, name }: ModelOperation, { provider }: Candidate): boolean =>
  speaks(provider, dialect) && !(name === 'batchEmbedContents' && provider.hosting.kind === 'vertex')

/** @throws Failure route.none | route.unhealthy */
export const rankFor = (permit: Permit<ModelOperation>, candidates: readonly Candidate[], { health, prefer, restMs }: RankOptions): Ranking => {
  const { operation, decision } = permit
  const able = operation.kind === 'model.embed' ? candidates.filter(candidate => embeds(operation, candidate)) : candidates
  const ranking = rank({ candidates: operation.held == null ? able : holders(operation.held, operation, able), needs: needsOf(operation), constraints: constraintsOf(decision.duties), health, prefer: decision.duties.route.prefer ?? prefer, dialect: operation.dialect })
  if (ranking.ranked.length === 0) throw whyNone(operation.requested, ranking, soonestMs(able, restMs))
  return ranking
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
