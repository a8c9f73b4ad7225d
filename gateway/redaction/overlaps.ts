// Which of several findings about the same piece of text stays. What is kept never overlaps, and never ends inside a word.
import type { Finding } from '../exchange/finding.ts'
import { isSecret, natureOf, specificity } from '../exchange/kinds.ts'
import { continuesWord, isLetterOrDigit } from './detectors/characters.ts'

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

/**
 * How sure each secret counts as that holds something surer (a password with an address in it): as sure as that, for of the two the longer
 * stays, or the rest of the secret would be readable.
 */
const raisedSecrets = (found: readonly Finding[]): ReadonlyMap<Finding, number> => {
  const raised = new Map<Finding, number>()
  const secrets = found.filter(({ kind }) => isSecret(kind)).sort((a, b) => a.start - b.start || b.end - a.end || b.confidence - a.confidence)
  if (secrets.length === 0) return raised
  let furthest = secrets[0] as Finding
  const reaching = secrets.map(secret => furthest = secret.end > furthest.end ? secret : furthest)
  for (const { kind, start, end, confidence } of found) {
    if (isSecret(kind)) continue
    const around = reaching[firstBehind(secrets, start + 1) - 1]
    if (around !== undefined && around.end >= end) raised.set(around, Math.max(confidence, raised.get(around) ?? around.confidence))
  }
  return raised
}

// What is nobody's by itself (a URL) gives way to what it holds; then the surest, the longest, and the most specific kind.
const comparing = (raised: ReadonlyMap<Finding, number>) => (a: Finding, b: Finding): number =>
  isPlain(a) - isPlain(b) || (raised.get(b) ?? b.confidence) - (raised.get(a) ?? a.confidence) || (b.end - b.start) - (a.end - a.start)
  || specificity(a.kind) - specificity(b.kind) || a.start - b.start

/** Longest piece of a word that a finding grows by: more is no word. */
const longestRest = 64

/** What is no part of the word behind it: an escape, and the letter of a command's option. */
const escapeOrOption = /%[\da-f]{2}$|(?:^|\s)-[a-z]$/i

/** Does the word of the first character go on before it? Not where that is the end of an escape or of an option: "%20anna", "\nanna", "-pSecret". */
const beginsInside = (text: string, start: number): boolean =>
  isLetterOrDigit(text.charCodeAt(start)) && isLetterOrDigit(text.charCodeAt(start - 1)) && continuesWord(text, start) && !escapeOrOption.test(text.slice(Math.max(0, start - 3), start))

const endsInside = (text: string, end: number): boolean => isLetterOrDigit(text.charCodeAt(end - 1)) && isLetterOrDigit(text.charCodeAt(end))

const grown = (text: string, { kind, start, end, confidence }: Finding, from: number, to: number): Finding => {
  let [first, last] = [start, end]
  while (first > from && start - first < longestRest && beginsInside(text, first)) first -= 1
  while (last < to && last - end < longestRest && endsInside(text, last)) last += 1
  return { kind, start: first, end: last, confidence }
}

const splitsWord = (text: string, { start, end }: Finding): boolean => endsInside(text, end) || beginsInside(text, start)

// Whoever reads half a word guesses the other half.
const toWordEdges = (text: string, kept: readonly Finding[]): readonly Finding[] => {
  if (!kept.some(finding => splitsWord(text, finding))) return kept
  const whole: Finding[] = []
  kept.forEach((finding, index) => {
    whole.push(splitsWord(text, finding) ? grown(text, finding, whole.at(-1)?.end ?? 0, kept[index + 1]?.start ?? text.length) : finding)
  })
  return whole
}

/** What stays of findings that hang together by their overlaps, sorted. */
const surestOf = (cluster: readonly Finding[]): readonly Finding[] => {
  if (cluster.length === 1) return cluster
  const kept: Finding[] = []
  for (const finding of [...cluster].sort(comparing(raisedSecrets(cluster)))) {
    const at = firstBehind(kept, finding.start)
    if ((kept[at]?.start ?? Infinity) < finding.end || (kept[at - 1]?.end ?? 0) > finding.start) continue
    kept.splice(at, 0, finding)
  }
  return kept
}

/** Sorted, without overlaps, ending where words end. */
export const resolve = (text: string, found: readonly Finding[]): readonly Finding[] => {
  if (found.length < 2) return toWordEdges(text, found)
  const kept: Finding[] = []
  let cluster: Finding[] = []
  let reach = -1
  for (const finding of [...found].sort((a, b) => a.start - b.start)) {
    if (finding.start >= reach && cluster.length > 0) {
      for (const one of surestOf(cluster)) kept.push(one)
      cluster = []
    }
    cluster.push(finding)
    reach = Math.max(reach, finding.end)
  }
  for (const one of surestOf(cluster)) kept.push(one)
  return toWordEdges(text, kept)
}
