// Joins what several detectors say of a text. Where two speak of the same characters the surer one has them, and the other one keeps the rest:
// an address does not become readable because somebody's e-mail address stands in the middle of it.
import type { Finding } from '../exchange/finding.ts'

const word = /[\p{L}\p{N}].*[\p{L}\p{N}]/su

/** Index of the first kept finding that ends behind an offset. */
const firstEndingBehind = (kept: readonly Finding[], start: number): number => {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((kept[middle]?.end ?? 0) <= start) low = middle + 1
    else high = middle
  }
  return low
}

/** The parts of a finding that no kept one covers, in order. */
const rests = (finding: Finding, kept: readonly Finding[], from: number): Finding[] => {
  const parts: Finding[] = []
  let start = finding.start
  for (let at = from; at < kept.length && (kept[at]?.start ?? Infinity) < finding.end; at += 1) {
    const { end: behind, start: before } = kept[at] as Finding
    if (before > start) parts.push({ ...finding, start, end: before })
    start = behind
  }
  if (start < finding.end) parts.push({ ...finding, start, end: finding.end })
  return parts
}

/** What is left of a finding begins and ends with what it is about, and not with the space or sign beside what was cut out. */
const trimmed = (text: string, finding: Finding): Finding | null => {
  const rest = text.slice(finding.start, finding.end)
  const found = word.exec(rest)
  return found === null ? null : { ...finding, start: finding.start + found.index, end: finding.start + found.index + found[0].length }
}

/**
 * Findings in order and apart. The surest first, of equals the longer; what is cut off has to have two letters or digits to stay.
 * @param text that they were found in
 */
export const cutOverlaps = (text: string, found: readonly Finding[]): readonly Finding[] => {
  if (found.length < 2) return found
  const kept: Finding[] = []
  for (const finding of found.toSorted((a, b) => b.confidence - a.confidence || (b.end - b.start) - (a.end - a.start) || a.start - b.start)) {
    const at = firstEndingBehind(kept, finding.start)
    if ((kept[at]?.start ?? Infinity) >= finding.end) {
      kept.splice(at, 0, finding)
      continue
    }
    for (const rest of rests(finding, kept, at)) {
      const part = trimmed(text, rest)
      if (part !== null) kept.splice(firstEndingBehind(kept, part.start), 0, part)
    }
  }
  return kept
}
