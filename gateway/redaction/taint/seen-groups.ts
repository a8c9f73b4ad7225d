// What was found out about texts that come again together, such as those of one message: one look for all of them, as long as nothing was learnt
// that could be in one.
import type { SameTexts } from '../../exchange/taint.ts'
import { leastWholeLength } from './fingerprint.ts'
import { HashFilter } from './hash-filter.ts'
import type { OwnerIndex, Source } from './owner-index.ts'
import type { Seen } from './seen-texts.ts'

interface Group<About> {
  readonly by: unknown
  readonly owner: string
  readonly index: OwnerIndex<About>
  readonly seen: readonly Seen<Source<About>>[]
  /** Of the hashes of all its texts. */
  readonly filter: HashFilter
  version: number
  sources: readonly Source<About>[]
}

export interface Whose<About> {
  readonly owner: string
  readonly index: OwnerIndex<About>
  readonly seen: (text: string) => Seen<Source<About>>
}

export class SeenGroups<About> {
  readonly #groups = new WeakMap<object, Group<About>>()

  /** Sources of which enough is in one of the texts. */
  sourcesOf(texts: SameTexts, whose: Whose<About>): readonly Source<About>[] {
    const { index, owner } = whose
    const known = this.#groups.get(texts.of)
    const group = known !== undefined && known.by === texts.by && known.owner === owner && known.index === index ? known : this.#begin(texts, whose)
    if (group.version !== index.version) {
      const newer = index.newerIn(group.filter, group.version)
      if (newer === null) group.sources = joined(group, seen => index.refresh(seen))
      else if (newer.length > 0 && followed(group, newer)) group.sources = joined(group, seen => seen.sources)
      group.version = index.version
    }
    return group.sources
  }

  #begin({ by, of, texts }: SameTexts, { index, owner, seen }: Whose<About>): Group<About> {
    const all = [...texts()].filter(text => text.length >= leastWholeLength).map(seen)
    const group = {
      by, owner, index, seen: all, filter: HashFilter.of(all.map(one => one.hashes)), version: index.version,
      sources: joined({ seen: all }, one => index.refresh(one)),
    }
    this.#groups.set(of, group)
    return group
  }
}

/** Is any of the texts one that something new is in? */
const followed = <About>({ index, seen }: Group<About>, newer: readonly number[]): boolean => {
  let isIn = false
  for (const one of seen) isIn = index.follow(one, newer) || isIn
  return isIn
}

const joined = <About>({ seen }: Pick<Group<About>, 'seen'>, sourcesOf: (one: Seen<Source<About>>) => readonly Source<About>[]): readonly Source<About>[] => [...new Set(seen.flatMap(sourcesOf))]
