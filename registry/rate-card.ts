// What tokens cost, as numbers: rates in USD per million, in steps by the size of the input. Pure arithmetic; where the rates come from is
// price-table.ts and prices.ts.

/** Tokens as normalised for all providers. `input` includes cache reads and writes, audio and images; `output` includes reasoning, audio and images. */
export interface PricedUsage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  /** Of `cacheWrite`: those kept for an hour. */
  readonly cacheWrite1h?: number
  readonly reasoning?: number
  readonly audioInput?: number
  readonly audioOutput?: number
  readonly imageInput?: number
  readonly imageOutput?: number
  /** In the provider's own word: priority, flex, batch, fast …; null where it said nothing. */
  readonly serviceTier?: string | null
}

/** USD per million tokens of each kind; `request` is USD per call. */
export interface Rates {
  readonly in: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly audioIn: number
  readonly imageIn: number
  readonly out: number
  readonly reasoning: number
  readonly audioOut: number
  readonly imageOut: number
  readonly request: number
}

/** A call whose input is longer than `above` is charged at these rates, all of it. The first step is above -1. */
export interface Step { readonly above: number; readonly rates: Rates }

/** Rates that do not depend on the input's length. */
export const flatSteps = (rates: Rates): readonly Step[] => [{ above: -1, rates }]

/** The rates of a call with so much input. */
export const ratesFor = (steps: readonly Step[], input: number): Rates => {
  let found = steps[0]
  if (found === undefined) throw new RangeError('a rate card has at least one step')
  for (let at = 1; at < steps.length; at += 1) {
    const step = steps[at]
    if (step === undefined || input <= step.above) break
    found = step
  }
  return found.rates
}

const million = 1e6

/**
 * USD of a call. Each token is counted once: what was read from a cache is no fresh input, and what was written for an hour is not written
 * for five minutes as well. Counts that contradict each other (more cached than input) are charged as the larger sum.
 */
export const costOf = (steps: readonly Step[], usage: PricedUsage): number => {
  const { cacheRead, cacheWrite } = usage
  const input = Math.max(usage.input, cacheRead + cacheWrite)
  const rates = ratesFor(steps, input)
  const hour = Math.min(usage.cacheWrite1h ?? 0, cacheWrite)
  const fresh = input - cacheRead - cacheWrite
  // Providers count cached audio in both sums: what is cached is charged as cached.
  const audio = Math.min(usage.audioInput ?? 0, fresh)
  const image = Math.min(usage.imageInput ?? 0, fresh - audio)
  const reasoning = Math.min(usage.reasoning ?? 0, usage.output)
  const audioOut = Math.min(usage.audioOutput ?? 0, usage.output - reasoning)
  const imageOut = Math.min(usage.imageOutput ?? 0, usage.output - reasoning - audioOut)
  return rates.request + (
    (fresh - audio - image) * rates.in + audio * rates.audioIn + image * rates.imageIn
    + cacheRead * rates.cacheRead + (cacheWrite - hour) * rates.cacheWrite + hour * rates.cacheWrite1h
    + (usage.output - reasoning - audioOut - imageOut) * rates.out + reasoning * rates.reasoning + audioOut * rates.audioOut + imageOut * rates.imageOut
  ) / million
}

/** Most USD that a call with at most so many tokens can cost: whatever the tokens are, and at whichever step they end up. */
export const boundOf = (steps: readonly Step[], input: number, output: number): number => {
  let most = 0
  for (const { above, rates } of steps) {
    if (above >= input && above >= 0) break
    const dearestIn = Math.max(rates.in, rates.cacheRead, rates.cacheWrite, rates.cacheWrite1h, rates.audioIn, rates.imageIn)
    const dearestOut = Math.max(rates.out, rates.reasoning, rates.audioOut, rates.imageOut)
    most = Math.max(most, rates.request + (input * dearestIn + output * dearestOut) / million)
  }
  return most
}
