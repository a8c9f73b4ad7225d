// Joins names with what rules have found. Rules come first: a name that meets one of their findings is left out.
import type { Finding } from '../../exchange/finding.ts'
import { findNames } from './find-names.ts'

/** @param found in order, without overlaps */
export const withNames = (text: string, found: readonly Finding[], least: number): readonly Finding[] => {
  let at = 0
  const names = findNames(text).filter(({ confidence, end, start }) => {
    while ((found[at]?.end ?? Infinity) <= start) at += 1
    return confidence >= least && (found[at]?.start ?? Infinity) >= end
  })
  return names.length === 0 ? found : [...found, ...names].sort((a, b) => a.start - b.start)
}
