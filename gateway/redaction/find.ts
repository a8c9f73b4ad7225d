// Finds entities in a text: asks the detectors whose triggers occur, then resolves overlaps. Never partial overlaps, never a value in an error.
import type { EntityKind, Finding } from '../exchange/finding.ts'
import { emails, ipv4, ipv6, urlCredentials } from './detectors/addresses.ts'
import type { Context, Detector } from './detectors/detector.ts'
import { ibans } from './detectors/iban.ts'
import { cards, phones, socialSecurity } from './detectors/numbers.ts'
import { jwts, knownFormats, namedSecrets, privateKeys } from './detectors/secrets.ts'
import { rules } from './rules.ts'
import { createScanner } from './scan.ts'

/** Detectors that need a number of digits in the text. */
const numeric: readonly Detector[] = [cards, socialSecurity, phones, ibans, ipv4]
const others: readonly Detector[] = [emails, ipv6, urlCredentials, privateKeys, jwts, knownFormats, namedSecrets]

const scanner = createScanner(rules)

const nothing: readonly Finding[] = Object.freeze([])

/** Where confidence and length tie: the more specific kind first. */
const priority = (kind: EntityKind): number => [
  'private_key', 'jwt', 'cloud_key', 'api_key', 'url_credentials', 'iban', 'card', 'us_ssn', 'email', 'ipv6', 'ipv4', 'phone',
].indexOf(kind)

// Four digits is the fewest that any numeric kind has (an IPv4 address); most texts have fewer and cost one short scan.
const hasDigits = (text: string): boolean => {
  let digits = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57 && (digits += 1) === 4) return true
  }
  return false
}

const triggered = (detector: Detector, text: string, context: Context): boolean =>
  detector.triggers.some(trigger => text.includes(trigger)) || (detector === namedSecrets && context.key !== null)

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

// The surest finding first; what overlaps it goes. Kept ones are in order, so only two neighbours can overlap.
const resolve = (found: Finding[]): readonly Finding[] => {
  found.sort((a, b) => b.confidence - a.confidence || (b.end - b.start) - (a.end - a.start) || priority(a.kind) - priority(b.kind) || a.start - b.start)
  const kept: Finding[] = []
  for (const finding of found) {
    const at = firstBehind(kept, finding.start)
    if ((kept[at]?.start ?? Infinity) < finding.end || (kept[at - 1]?.end ?? 0) > finding.start) continue
    kept.splice(at, 0, finding)
  }
  return kept
}

/**
 * Entities of a text, sorted, without overlaps.
 * @param key the JSON key that the text is the value of, or null.
 * @param minConfidence findings below it are left out.
 */
export const findEntities = (text: string, key: string | null, minConfidence: number): readonly Finding[] => {
  if (text.length < 7) return nothing
  const context: Context = { key }
  const found: Finding[] = []
  const add = (finding: Finding): void => { if (finding.confidence >= minConfidence) found.push(finding) }
  if (hasDigits(text)) for (const detector of numeric) detector.find(text, context, add)
  for (const detector of others) if (triggered(detector, text, context)) detector.find(text, context, add)
  // One by one: as arguments of one call, very many would not fit on the stack.
  for (const finding of scanner.find(text, key, minConfidence)) found.push(finding)
  return found.length === 0 ? nothing : found.length === 1 ? found : resolve(found)
}

/** Every kind that some detector reports: a kind without a detector would be a promise nobody keeps. */
export const detectedKinds: ReadonlySet<EntityKind> = new Set([...numeric, ...others, ...rules].flatMap(({ kinds }) => kinds))
