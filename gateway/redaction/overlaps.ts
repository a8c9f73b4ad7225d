// Which of several findings about the same piece of text stays. What is kept never overlaps, and never ends inside a word.
import type { Finding } from '../exchange/finding.ts'
import { isSecret, natureOf, specificity } from '../exchange/kinds.ts'
import { isLetterOrDigit } from './detectors/characters.ts'

/** Index of the first kept finding that starts at or behind an offset. */
const firstBehind = (kept: readonly Finding[], start: number): number => {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((kept[middle]?.start ?? 0) < start) low = middle + 1
    else high = middle
  }
  return low
}

const isPlain = ({ kind }: Finding): number => natureOf(kind) === 'plain' ? 1 : 0

// What is nobody's by itself (a URL) gives way to what it holds; then the surest, the longest, and the most specific kind.
const compare = (a: Finding, b: Finding): number =>
  isPlain(a) - isPlain(b) || b.confidence - a.confidence || (b.end - b.start) - (a.end - a.start) || specificity(a.kind) - specificity(b.kind) || a.start - b.start

/** A secret that holds something surer (a password with an address in it) stays whole, or the rest of it would be readable. */
const withoutPartsOfSecrets = (found: readonly Finding[]): Finding[] => {
  const secrets = found.filter(({ kind }) => isSecret(kind)).sort((a, b) => a.start - b.start || b.end - a.end)
  if (secrets.length === 0) return [...found]
  let furthest = 0
  const reaches = secrets.map(({ end }) => furthest = Math.max(furthest, end))
  return found.filter(finding => {
    if (isSecret(finding.kind)) return true
    const behind = firstBehind(secrets, finding.start + 1)
    return behind === 0 || (reaches[behind - 1] ?? 0) < finding.end
  })
}

/** Longest piece of a word that a finding grows by: more is no word. */
const longestRest = 64

const grown = (text: string, { kind, start, end, confidence }: Finding, from: number, to: number): Finding => {
  let [first, last] = [start, end]
  if (isLetterOrDigit(text.charCodeAt(start))) while (first > from && start - first < longestRest && isLetterOrDigit(text.charCodeAt(first - 1))) first -= 1
  if (isLetterOrDigit(text.charCodeAt(end - 1))) while (last < to && last - end < longestRest && isLetterOrDigit(text.charCodeAt(last))) last += 1
  return { kind, start: first, end: last, confidence }
}

const splitsWord = (text: string, { start, end }: Finding): boolean =>
  (isLetterOrDigit(text.charCodeAt(start - 1)) && isLetterOrDigit(text.charCodeAt(start))) || (isLetterOrDigit(text.charCodeAt(end - 1)) && isLetterOrDigit(text.charCodeAt(end)))

// Whoever reads half a word guesses the other half.
const toWordEdges = (text: string, kept: readonly Finding[]): readonly Finding[] => {
  if (!kept.some(finding => splitsWord(text, finding))) return kept
  const whole: Finding[] = []
  kept.forEach((finding, index) => {
    whole.push(splitsWord(text, finding) ? grown(text, finding, whole.at(-1)?.end ?? 0, kept[index + 1]?.start ?? text.length) : finding)
  })
  return whole
}

/** Sorted, without overlaps, ending where words end. */
export const resolve = (text: string, found: readonly Finding[]): readonly Finding[] => {
  if (found.length < 2) return toWordEdges(text, found)
  const kept: Finding[] = []
  for (const finding of withoutPartsOfSecrets(found).sort(compare)) {
    const at = firstBehind(kept, finding.start)
    if ((kept[at]?.start ?? Infinity) < finding.end || (kept[at - 1]?.end ?? 0) > finding.start) continue
    kept.splice(at, 0, finding)
  }
  return toWordEdges(text, kept)
}
