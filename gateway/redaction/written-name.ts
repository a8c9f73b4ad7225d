// Names that callers, models and servers make up are written into records and traces: what looks like a value in one is not.
import type { Finding } from '../exchange/finding.ts'
import { cutOverlaps } from './cut-overlaps.ts'
import { findEntities } from './find.ts'
import type { OwnDetectors } from './own/own-detector.ts'

/** Findings from here on count, whatever the operator lets pass as content. */
const least = 0.5
const shortest = 7
const longest = 512
const mostKnown = 4000
const known = new Map<string, string>()

/** One in ten thousand has the digits of a telephone number, and records are joined by it. */
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

let own: OwnDetectors | null = null

/**
 * From now on what the operator's own detectors find in names is not written down either. Records are written without waiting for anybody, so
 * remote detectors are not asked. A process has one configuration, and with it one such set.
 * @param detectors undefined: none
 */
export const alsoCleanNamesOf = (detectors: OwnDetectors | undefined): void => {
  own = detectors ?? null
  known.clear()
}

/** Null where a detector gave up. */
const findIn = (name: string): readonly Finding[] | null => {
  const found = findEntities(name, null, least)
  if (own === null || name.length < own.shortest) return found
  const { findings, unseen } = own.find(name)
  if (unseen.length > 0) return null
  return findings.length === 0 ? found : cutOverlaps(name, [...findings, ...found])
}

const cleaned = (name: string): string => {
  const found = findIn(name)
  if (found === null) return '[UNSEEN]'
  let out = ''
  let at = 0
  for (const { kind, start, end } of found) {
    out += `${name.slice(at, start)}[${kind.toUpperCase()}]`
    at = end
  }
  return out + name.slice(at)
}

/** The name as it may be written down: values as [KIND], and cut where nobody would read on. Nearly all names come again, so results are kept. */
export const writtenName = (name: string): string => {
  if (name.length < Math.min(shortest, own?.shortest ?? shortest) || uuid.test(name)) return name
  const before = known.get(name)
  if (before !== undefined) return before
  // Looked at before it is cut: half a value may not be seen for one.
  const written = cleaned(name).slice(0, longest)
  if (name.length > longest) return written
  if (known.size >= mostKnown) known.clear()
  known.set(name, written)
  return written
}
