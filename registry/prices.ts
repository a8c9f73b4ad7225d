// What a call costs. The table is the one bundled with @pydantic/genai-prices (dated, offline), operator prices override it, and a
// model without a price is never free: it is refused.
import { readFileSync } from 'node:fs'
import { calcPrice, type ModelInfo, type ModelPrice, type PriceCalculation } from '@pydantic/genai-prices'
import type { PriceOverride } from './model.ts'

/** Tokens as normalised for both providers: `input` includes cache reads and writes. */
export interface PricedUsage { readonly input: number; readonly output: number; readonly cacheRead: number; readonly cacheWrite: number }

export interface Price {
  readonly usdPerMTokIn: number
  readonly usdPerMTokOut: number
  /** Says where the price is from, for each record. */
  readonly version: string
  /** USD of a call at a time (prices may have dates and hours). */
  cost(usage: PricedUsage, at: Date): number
  /** Most USD that a call with so many tokens can cost, however its input is cached and whenever it is made: what is reserved before it. */
  bound(input: number, output: number): number
}

interface Rates { readonly in: number; readonly out: number; readonly cacheRead: number; readonly cacheWrite: number }

const flat = (rates: Rates, version: string): Price => ({
  usdPerMTokIn: rates.in, usdPerMTokOut: rates.out, version,
  cost: usage => {
    const read = Math.min(usage.cacheRead, usage.input)
    const written = Math.min(usage.cacheWrite, usage.input - read)
    return ((usage.input - read - written) * rates.in + read * rates.cacheRead + written * rates.cacheWrite + usage.output * rates.out) / 1e6
  },
  bound: (input, output) => (input * Math.max(rates.in, rates.cacheRead, rates.cacheWrite) + output * rates.out) / 1e6,
})

/** The operator's own price. */
export const overridePrice = (price: PriceOverride): Price => flat({
  in: price.usd_per_mtok_in, out: price.usd_per_mtok_out,
  cacheRead: price.cache_read ?? price.usd_per_mtok_in, cacheWrite: price.cache_write ?? price.usd_per_mtok_in,
}, 'override')

/** A local model that the operator declared free. */
export const freePrice: Price = flat({ in: 0, out: 0, cacheRead: 0, cacheWrite: 0 }, 'free')

const packageVersion = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('@pydantic/genai-prices')), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
}
const tableVersion = `genai-prices@${packageVersion()}`
/** Vertex writes the date behind "@". */
const dateSuffix = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2})$/
/** Bedrock's versions of an offer, and its profiles that spread calls over a region's data centres; the table calls their prices "regional". */
const offerSuffix = /-v\d+(?::\d+)?$/
const profilePrefix = /^(?:us|eu|apac|jp|au|ca|sa|us-gov)\.(?=[a-z]+\.)/

interface Clause { readonly equals?: string; readonly or?: readonly Clause[] }

const namesOf = (model: ModelInfo): string[] => {
  const found = [model.id]
  const walk = (clause: Clause): void => {
    if (clause.equals !== undefined) found.push(clause.equals)
    clause.or?.forEach(walk)
  }
  walk(model.match as Clause)
  return found
}

/** The library matches unknown names by prefix; a new model must not be charged at an old one's price, so only exact names (with or without a release date) count. */
const isExact = (model: ModelInfo, name: string): boolean => {
  const names = namesOf(model)
  const spellings = [name, name.replace(profilePrefix, 'regional.'), name.replace(profilePrefix, '')]
  if (spellings.some(spelling => names.includes(spelling) || names.includes(spelling.replace(dateSuffix, '')) || names.includes(`${spelling.replace(dateSuffix, '')}-0`))) return true
  const offers = names.map(one => one.replace(offerSuffix, ''))
  return spellings.some(spelling => /^[a-z.-]+\.[a-z]/.test(spelling) && offers.includes(spelling.replace(offerSuffix, '')))
}

const lookUp = (provider: string, model: string, usage: PricedUsage, at: Date): PriceCalculation | null => {
  try {
    return calcPrice({
      input_tokens: Math.max(usage.input, usage.cacheRead + usage.cacheWrite), output_tokens: usage.output,
      cache_read_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite,
    }, model, { providerId: provider, timestamp: at })
  } catch {
    return null
  }
}

const numberOr = (value: unknown, fallback: number): number => typeof value === 'number' ? value : fallback

const baseRate = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'object' && value !== null && 'base' in value && typeof value.base === 'number' ? value.base : 0

/** Highest of a rate's steps that so much input reaches. */
const highest = (rate: ModelPrice[string], input: number): number =>
  rate === undefined ? 0 : typeof rate === 'number' ? rate : Math.max(rate.base, ...rate.tiers.filter(tier => input >= tier.start).map(tier => tier.price))

const boundOf = (prices: ModelInfo['prices']): Price['bound'] => {
  const all = Array.isArray(prices) ? prices.map(entry => entry.prices) : [prices]
  return (input, output) => Math.max(...all.map(rates => {
    const inRate = Math.max(highest(rates.input_mtok, input), highest(rates.cache_read_mtok, input), highest(rates.cache_write_mtok, input))
    return (input * inRate + output * highest(rates.output_mtok, input)) / 1e6
  }))
}

/** Price of a model in the bundled table, or null. Flat prices are computed without the library on each call. */
export const tablePrice = (provider: string, model: string): Price | null => {
  const probe = lookUp(provider, model, { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 }, new Date())
  if (probe === null || !isExact(probe.model, model)) return null
  const rates = probe.model_price as Readonly<Record<string, unknown>>
  const isFlat = !Array.isArray(probe.model.prices)
    && ['input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok'].every(name => rates[name] === undefined || typeof rates[name] === 'number')
  const usdIn = baseRate(rates.input_mtok)
  const usdOut = baseRate(rates.output_mtok)
  if (isFlat) {
    return flat({ in: usdIn, out: usdOut, cacheRead: numberOr(rates.cache_read_mtok, usdIn), cacheWrite: numberOr(rates.cache_write_mtok, usdIn) }, tableVersion)
  }
  return {
    usdPerMTokIn: usdIn, usdPerMTokOut: usdOut, version: tableVersion, bound: boundOf(probe.model.prices),
    cost: (usage, at) => lookUp(provider, model, usage, at)?.total_price ?? (usage.input * usdIn + usage.output * usdOut) / 1e6,
  }
}
