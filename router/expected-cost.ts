// What the next call of a conversation is expected to cost at each candidate, with what the provider's prompt cache holds of it.
import type { Candidate } from '../registry/registry.ts'

/** Milliseconds that a provider keeps an unused prefix, by dialect: what is promised, not what is hoped for. */
const cacheTtlMs: Readonly<Record<string, number>> = { anthropic: 5 * 60_000, openai: 5 * 60_000, gemini: 5 * 60_000, bedrock: 5 * 60_000 }
export const cacheTtlOf = (dialect: string): number => cacheTtlMs[dialect] ?? 5 * 60_000

/** A conversation so far: null where it is new. */
export interface CachedPrefix { readonly at: string; readonly tokens: number; readonly ageMs: number }

export interface CallCost { readonly usd: number; readonly coldUsd: number }

const zero: CallCost = { usd: 0, coldUsd: 0 }

/**
 * @param input tokens of the prompt @param output tokens of the answer
 * @returns the cost in USD, and the part of it that is paid because this candidate's cache is cold
 */
export const expectedCost = (candidate: Candidate, { input, output }: { readonly input: number; readonly output: number }, prefix: CachedPrefix | null, nowMs: number): CallCost => {
  const { price, provider } = candidate
  if (price === null) return zero
  const at = new Date(nowMs)
  const cached = prefix === null || prefix.ageMs > cacheTtlOf(provider.dialect) ? 0 : Math.min(prefix.tokens, input)
  const warmUsd = price.cost({ input, output, cacheRead: cached, cacheWrite: 0 }, at)
  if (prefix === null || cached === 0 || prefix.at === candidate.id) return { usd: warmUsd, coldUsd: 0 }
  // Where writing the cache has a price, the prefix is written anew.
  const usd = price.cost({ input, output, cacheRead: 0, cacheWrite: provider.dialect === 'anthropic' ? cached : 0 }, at)
  return { usd, coldUsd: Math.max(0, usd - warmUsd) }
}

/** OpenAI and those who do like it cache by themselves, from so many tokens on. */
const leastCached = 1024

/** Tokens that the cache of the model that has just answered should hold. */
export const cachedAfter = (candidate: Candidate, usage: { readonly input: number; readonly cacheRead: number; readonly cacheWrite: number }): number => {
  const told = usage.cacheRead + usage.cacheWrite
  if (candidate.provider.dialect === 'anthropic' || told > 0) return Math.max(told, candidate.provider.dialect === 'anthropic' || usage.input < leastCached ? 0 : usage.input)
  const { price } = candidate
  if (price === null || usage.input < leastCached) return 0
  const probe = { input: 1e6, output: 0, cacheWrite: 0 }
  const at = new Date(0)
  return price.cost({ ...probe, cacheRead: 1e6 }, at) < price.cost({ ...probe, cacheRead: 0 }, at) ? usage.input : 0
}
