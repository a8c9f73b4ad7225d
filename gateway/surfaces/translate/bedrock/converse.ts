// What the writers of a Converse request share: what they write for, and marks of what is cached.
import type { Writing } from '../target.ts'
import type { DocumentNames } from './media.ts'
import type { ModelFamily } from './model-family.ts'

export type Json = Record<string, unknown>

export interface Converse extends Writing { readonly family: ModelFamily; readonly documents: DocumentNames }

export const mark: Json = { cachePoint: { type: 'default' } }

/** What was marked as the end of something to cache, with the mark behind it; models that have no such cache refuse the mark. */
export const marked = (block: Json | null, { cached }: { readonly cached: boolean }, { family, losses, names }: Converse, inTools = false): Json[] => {
  if (block === null) return []
  if (!cached) return [block]
  if (family.caches === 'no' || (inTools && family.caches !== 'tools too')) {
    losses.lost(names.cached)
    return [block]
  }
  return [block, mark]
}
