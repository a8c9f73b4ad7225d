// What a call costs. The bundled table is one source (price-table.ts), the operator's own prices override it, and a model without a price is
// never free: it is refused, or charged at the ceiling that the operator set for what is unknown.
import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { PriceOverride } from './model.ts'
import { inForce, possible, tableSteps, tableVersion, type DatedSteps } from './price-table.ts'
import { boundOf, costOf, flatSteps, ratesFor, type PricedUsage, type Rates, type Step } from './rate-card.ts'
import { factorsFor, tierFactor, type TierFactors } from './service-tier.ts'

export type { PricedUsage } from './rate-card.ts'

export interface Price {
  /** List prices now, of the smallest inputs: for ranking and for policies. */
  readonly usdPerMTokIn: number
  readonly usdPerMTokOut: number
  /** Says where the price is from, for each record. */
  readonly version: string
  /** USD of a call at a time (prices may have dates and hours). */
  cost(usage: PricedUsage, at: Date): number
  /**
   * Most USD that a call with so many tokens can cost, however its input is cached and whenever it is answered: what is reserved before it.
   * @param tier service tier that the caller asked for, or null
   */
  bound(input: number, output: number, tier?: string | null, at?: Date): number
}

const flat = (steps: readonly Step[], version: string, factors: TierFactors): Price => {
  const { in: usdPerMTokIn, out: usdPerMTokOut } = ratesFor(steps, 0)
  return {
    usdPerMTokIn, usdPerMTokOut, version,
    cost: usage => costOf(steps, usage) * tierFactor(factors, usage.serviceTier),
    bound: (input, output, tier) => boundOf(steps, input, output) * Math.max(1, tierFactor(factors, tier)),
  }
}

const changing = (entries: readonly DatedSteps[], version: string, factors: TierFactors): Price => {
  const now = (): Rates => ratesFor(inForce(entries, Date.now()), 0)
  return {
    get usdPerMTokIn() { return now().in },
    get usdPerMTokOut() { return now().out },
    version,
    cost: (usage, at) => costOf(inForce(entries, at.getTime()), usage) * tierFactor(factors, usage.serviceTier),
    bound: (input, output, tier, at = new Date()) =>
      Math.max(...[...possible(entries, at.getTime())].map(steps => boundOf(steps, input, output))) * Math.max(1, tierFactor(factors, tier)),
  }
}

type WrittenRates = Omit<PriceOverride, 'tiers' | 'service_tiers'>

/** What is not written costs what it is a kind of; an hour in a cache that charges for writing costs twice the input, as at Anthropic. */
const ratesOf = (written: WrittenRates): Rates => {
  const { usd_per_mtok_in: usdIn, usd_per_mtok_out: usdOut, cache_write: cacheWrite } = written
  return {
    in: usdIn, out: usdOut,
    cacheRead: written.cache_read ?? usdIn, cacheWrite: cacheWrite ?? usdIn,
    cacheWrite1h: written.cache_write_1h ?? (cacheWrite === null ? usdIn : Math.max(cacheWrite, 2 * usdIn)),
    reasoning: written.reasoning ?? usdOut, audioIn: written.audio_in ?? usdIn, audioOut: written.audio_out ?? usdOut,
    imageIn: written.image_in ?? usdIn, imageOut: written.image_out ?? usdOut, request: 0,
  }
}

const digestOf = (price: PriceOverride): string => hash('sha256', canonicalJson(price)).slice(0, 12)

const ownPrice = (price: PriceOverride, source: string): Price => flat([
  ...flatSteps(ratesOf(price)),
  ...[...price.tiers].sort((a, b) => a.above_input_tokens - b.above_input_tokens).map(tier => ({ above: tier.above_input_tokens, rates: ratesOf(tier) })),
], `${source}:${digestOf(price)}`, { ...factorsFor(null), ...price.service_tiers })

/** The operator's own price. */
export const overridePrice = (price: PriceOverride): Price => ownPrice(price, 'override')

/** What a model without any price is charged at. */
export const ceilingPrice = (price: PriceOverride): Price => ownPrice(price, 'ceiling')

const nothing: Rates = { in: 0, out: 0, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0, reasoning: 0, audioIn: 0, audioOut: 0, imageIn: 0, imageOut: 0, request: 0 }

/** A local model that the operator declared free. */
export const freePrice: Price = flat(flatSteps(nothing), 'free', {})

/** Price of a model in the bundled table, or null. */
export const tablePrice = (provider: string, model: string): Price | null => {
  const entries = tableSteps(provider, model)
  const [only, ...others] = entries ?? []
  if (entries === null || only === undefined) return null
  const factors = factorsFor(provider)
  return others.length === 0 ? flat(only.steps, tableVersion, factors) : changing(entries, tableVersion, factors)
}
