// Joins what tells of somebody only together with other things (ages, dates, places, groups, titles) with what else was found. What else was found
// comes first: an age that is part of an address is no finding of its own. All of it is of plain kinds: counted, and by itself no reason for anything.
import type { Finding } from '../../exchange/finding.ts'
import type { EntityKind } from '../../exchange/kinds.ts'
import { resolve } from '../overlaps.ts'
import type { Rule } from '../rule.ts'
import { createScanner, type Scanner } from '../scan.ts'
import { ages } from './ages.ts'
import { dates } from './dates.ts'
import { groups } from './groups.ts'
import { findPlaces } from './places.ts'
import { titleRules } from './titles.ts'

export const quasiRules: readonly Rule[] = [ages, ...dates, ...groups, ...titleRules]

export const quasiKinds: readonly EntityKind[] = [...new Set<EntityKind>([...quasiRules.flatMap(({ kinds }) => kinds), 'location'])]

let scanner: Scanner | undefined

/**
 * @param key the JSON key that the text is the value of, or null
 * @param found in order, without overlaps
 * @param least findings below this confidence are left out
 */
export const withQuasi = (text: string, key: string | null, found: readonly Finding[], least: number): readonly Finding[] => {
  scanner ??= createScanner(quasiRules)
  const quasi = resolve(text, [...scanner.find(text, key, least), ...findPlaces(text, least)])
  let at = 0
  const added = quasi.filter(({ end, start }) => {
    while ((found[at]?.end ?? Infinity) <= start) at += 1
    return (found[at]?.start ?? Infinity) >= end
  })
  return added.length === 0 ? found : [...found, ...added].sort((a, b) => a.start - b.start)
}
