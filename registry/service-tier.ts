// Service tiers: the same tokens at another price because they are answered sooner (priority, fast) or later (flex, batch). Factors on the
// list price; a tier that nobody knows is charged like the dearest one, never at nothing.

export type TierFactors = Readonly<Record<string, number>>

/** Words of the providers for "as usual", and for capacity that is paid for otherwise. */
const usual: ReadonlySet<string> = new Set(['default', 'standard', 'standard_only', 'auto', 'on_demand', 'scale', 'unspecified'])

/** Where a tier is cheaper at some providers and not at others (flex, batch), the list price is charged unless the provider is known. */
const anywhere: TierFactors = { priority: 2.5, fast: 6, flex: 1, batch: 1 }

const published: Readonly<Record<string, TierFactors>> = {
  openai: { ...anywhere, flex: 0.5, batch: 0.5 },
  // Priority inference costs up to twice the list price; the guide does not tell which model how much.
  google: { ...anywhere, priority: 2, flex: 0.5, batch: 0.5 },
  // Priority is capacity committed beforehand, at the list price per token; fast answers cost six times it.
  anthropic: { ...anywhere, priority: 1, batch: 0.5 },
}

/** The factors of a provider of the bundled table, or of any other. */
export const factorsFor = (provider: string | null): TierFactors => (provider === null ? undefined : published[provider]) ?? anywhere

/** @param tier as the provider answered it, or as the caller asked for it; null: nothing was said */
export const tierFactor = (factors: TierFactors, tier: string | null | undefined): number => {
  if (tier === null || tier === undefined || usual.has(tier)) return 1
  return Object.hasOwn(factors, tier) ? factors[tier] ?? 1 : Math.max(1, ...Object.values(factors))
}
