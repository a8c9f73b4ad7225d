// The price table that is bundled with @pydantic/genai-prices (dated, offline): from its entries to our rates. Prices with a start date or
// hours are chosen by the clock at each call, so that a price which changes at midnight needs no restart.
import { readFileSync } from 'node:fs'
import { calcPrice, type ConditionalPrice, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices'
import { flatSteps, type Rates, type Step } from './rate-card.ts'

/** Steps that hold from a time on, or during some hours of each day (seconds of the UTC day, possibly over midnight). */
export interface DatedSteps {
  readonly steps: readonly Step[]
  readonly when: { readonly kind: 'always' } | { readonly kind: 'from'; readonly atMs: number } | { readonly kind: 'hours'; readonly startS: number; readonly endS: number }
}

const packageVersion = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('@pydantic/genai-prices')), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
}

/** Days on which versions of the table were published: the package does not say it itself. */
const published: Readonly<Record<string, string>> = { '0.1.7': '2026-09-16', '0.1.8': '2026-09-23' }

const dated = (version: string): string => `genai-prices@${version} (${published[version] ?? 'date unknown'})`

/** Version and date of the table, as each record names them. */
export const tableVersion = dated(packageVersion())

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

/** The entry of a model, or null where the table does not know exactly this name. */
const find = (provider: string, model: string): ModelInfo | null => {
  try {
    const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerId: provider })?.model
    return found !== undefined && isExact(found, model) ? found : null
  } catch {
    return null
  }
}

type Rate = ModelPrice[string]

const at = (rate: Rate, input: number): number | undefined => {
  if (rate === undefined || typeof rate === 'number') return rate
  let price = rate.base
  for (const tier of rate.tiers) if (input > tier.start) ({ price } = tier)
  return price
}

/** Anthropic writes for an hour at twice the input price, also where the table has no row for it. */
const hourOf = (prices: ModelPrice, input: number, isClaude: boolean): number => {
  const usdIn = at(prices.input_mtok, input) ?? 0
  const written = at(prices.cache_write_mtok, input) ?? usdIn
  return at(prices.cache_write_1h_mtok, input) ?? (isClaude ? Math.max(written, 2 * usdIn) : written)
}

const ratesAt = (prices: ModelPrice, input: number, isClaude: boolean): Rates => {
  const usdIn = at(prices.input_mtok, input) ?? 0
  const usdOut = at(prices.output_mtok, input) ?? 0
  return {
    in: usdIn, out: usdOut,
    cacheRead: at(prices.cache_read_mtok, input) ?? usdIn, cacheWrite: at(prices.cache_write_mtok, input) ?? usdIn, cacheWrite1h: hourOf(prices, input, isClaude),
    audioIn: at(prices.input_audio_mtok, input) ?? usdIn, imageIn: at(prices.input_image_mtok, input) ?? usdIn,
    reasoning: at(prices.output_reasoning_mtok, input) ?? usdOut, audioOut: at(prices.output_audio_mtok, input) ?? usdOut, imageOut: at(prices.output_image_mtok, input) ?? usdOut,
    request: (at(prices.requests_kcount, input) ?? 0) / 1000,
  }
}

const stepsOf = (prices: ModelPrice, isClaude: boolean): readonly Step[] => {
  const starts = new Set(Object.values(prices).flatMap(rate => typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : []))
  if (starts.size === 0) return flatSteps(ratesAt(prices, 0, isClaude))
  return [-1, ...[...starts].sort((a, b) => a - b)].map(above => ({ above, rates: ratesAt(prices, above + 1, isClaude) }))
}

/** "00:30:00Z" as seconds of the day. @throws RangeError for a form that this reader does not know */
const secondsOf = (time: string): number => {
  const [, hours, minutes, seconds] = /^(\d{2}):(\d{2}):(\d{2})Z$/.exec(time) ?? []
  if (hours === undefined) throw new RangeError(`the price table has the time ${time}`)
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

const whenOf = ({ constraint }: ConditionalPrice): DatedSteps['when'] => {
  if (constraint === undefined) return { kind: 'always' }
  return constraint.type === 'start_date'
    ? { kind: 'from', atMs: Date.parse(constraint.start_date) }
    : { kind: 'hours', startS: secondsOf(constraint.start_time), endS: secondsOf(constraint.end_time) }
}

/** Is this what tokens cost at all? Some models are charged by pages or hours only: their tokens would look free. */
const countsTokens = (prices: ModelPrice): boolean => prices.input_mtok !== undefined

/** What the table says of a model: later entries come before earlier ones where both hold. Null where it does not know it exactly, or charges something else than tokens. */
export const tableSteps = (provider: string, model: string): readonly DatedSteps[] | null => {
  const found = find(provider, model)
  if (found === null) return null
  const entries: readonly ConditionalPrice[] = Array.isArray(found.prices) ? found.prices : [{ prices: found.prices }]
  if (!entries.every(({ prices }) => countsTokens(prices))) return null
  const isClaude = model.includes('claude')
  return entries.map(entry => ({ steps: stepsOf(entry.prices, isClaude), when: whenOf(entry) }))
}

const daySeconds = 24 * 3600

const holds = (when: DatedSteps['when'], nowMs: number): boolean => {
  if (when.kind === 'always') return true
  if (when.kind === 'from') return nowMs >= when.atMs
  const second = (nowMs / 1000) % daySeconds
  return when.endS < when.startS ? second >= when.startS || second < when.endS : second >= when.startS && second < when.endS
}

/** The entry that holds at a time: the last one of the list whose condition is met, else the first. */
export const inForce = (entries: readonly DatedSteps[], nowMs: number): readonly Step[] => {
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index]
    if (entry !== undefined && holds(entry.when, nowMs)) return entry.steps
  }
  return entries[0]?.steps ?? []
}

/** Every entry that can hold while a call that starts now runs: today's and tomorrow's, and all hours of the day. */
export const possible = (entries: readonly DatedSteps[], nowMs: number): ReadonlySet<readonly Step[]> => new Set([
  inForce(entries, nowMs), inForce(entries, nowMs + daySeconds * 1000), ...entries.filter(({ when }) => when.kind !== 'from' && entries.length > 1).map(({ steps }) => steps),
])
