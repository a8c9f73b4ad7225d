// How many calls a provider, or one of its models, is given at the same time.
import { z } from 'zod'

export const upstreamLimitsSchema = z.strictObject({
  concurrency: z.number().int().min(1).describe('Calls in flight at once, streams until their end.').meta({ examples: [20] }),
  queue: z.number().int().min(0).default(100).describe('Most calls that wait for a place. Keys take turns, so that none keeps the others out.').meta({ examples: [100] }),
  queue_ms: z.number().int().min(0).default(2000).describe('Longest wait in milliseconds; then the next candidate is tried, and without one callers get 503. 0: nobody waits.').meta({ examples: [2000] }),
})

/** A provider always has a limit: connections are not endless, and where they end there must be turns. */
export const providerLimitsSchema = upstreamLimitsSchema.extend({
  concurrency: z.number().int().min(1).max(1024).default(256).describe('Calls in flight at once, streams until their end.').meta({ examples: [256] }),
  queue: z.number().int().min(0).default(1000).describe('Most calls that wait for a place. Keys take turns, so that none keeps the others out.').meta({ examples: [1000] }),
  queue_ms: z.number().int().min(0).default(10_000).describe('Longest wait in milliseconds; then the next candidate is tried, and without one callers get 503. 0: nobody waits.').meta({ examples: [10000] }),
})

export type UpstreamLimits = z.infer<typeof upstreamLimitsSchema>
