// Names that callers, models and servers make up are written into records and traces: what looks like a value in one is not.
import { findEntities } from './find.ts'

/** Findings from here on count, whatever the operator lets pass as content. */
const least = 0.5
const longest = 512
const mostKnown = 4000
const known = new Map<string, string>()

/** One in ten thousand has the digits of a telephone number, and records are joined by it. */
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

const cleaned = (name: string): string => {
  let out = ''
  let at = 0
  for (const { kind, start, end } of findEntities(name, null, least)) {
    out += `${name.slice(at, start)}[${kind.toUpperCase()}]`
    at = end
  }
  return out + name.slice(at)
}

/** The name as it may be written down: values as [KIND], and cut where nobody would read on. Nearly all names come again, so results are kept. */
export const writtenName = (name: string): string => {
  if (name.length < 7 || uuid.test(name)) return name
  const before = known.get(name)
  if (before !== undefined) return before
  // Looked at before it is cut: half a value may not be seen for one.
  const written = cleaned(name).slice(0, longest)
  if (name.length > longest) return written
  if (known.size >= mostKnown) known.clear()
  known.set(name, written)
  return written
}
