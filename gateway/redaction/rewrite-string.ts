// Replaces what was found in one string: by whatever the plan says for each value, with the writer's own words between them escaped.
import type { StringLeaf } from '../exchange/document.ts'
import type { Finding, Picture } from '../exchange/finding.ts'
import type { KnownValues } from './known-values.ts'
import { surrogatesIn } from './own-surrogates.ts'
import { escapeLiterals } from './placeholder.ts'
import { isProse } from './rephrase.ts'
import type { RewritePlan, Treatment } from './rewrite-plan.ts'
import { isLastingIn, keepRewritten, rewrittenBefore, type RewrittenText } from './rewritten-texts.ts'

/** One document under way. */
export interface Work {
  readonly plan: RewritePlan
  readonly counts: Record<string, number>
  readonly known: KnownValues
  readonly isTaken: (text: string) => boolean
  readonly isOurs: (pseudonym: string) => boolean
  /** The name of a key that was rewritten, told apart from others of its object. */
  readonly keyText: (leaf: StringLeaf, text: string) => string
  /** What is to be remembered when the pseudonyms are agreed upon. */
  readonly keep: (() => void)[]
}

export const replacement = ({ kind }: Finding, value: string, treatment: Treatment, { plan: { pseudonyms }, isTaken }: Work): string | null => {
  switch (treatment) {
    case 'rephrase':
    case 'pseudonymise': return pseudonyms.placeholder(kind, value)
    case 'surrogate': return pseudonyms.surrogate(kind, value, isTaken)
    case 'hash': return pseudonyms.hash(kind, value)
    case 'mask': return `[${kind.toUpperCase()}]`
    case 'drop': return ''
    case 'allow':
    case 'block': return null
  }
}

/** Merges two lists of findings; the first wins where both speak. */
export const merge = (found: readonly Finding[], known: readonly Finding[]): readonly Finding[] => {
  if (known.length === 0) return found
  // Both are in order and without overlaps, so one walk through both is enough.
  let at = 0
  const extra = known.filter(one => {
    while ((found[at]?.end ?? Infinity) <= one.start) at += 1
    return (found[at]?.start ?? Infinity) >= one.end
  })
  return extra.length === 0 ? found : [...found, ...extra].sort((a, b) => a.start - b.start)
}

/** A surrogate that the writer means as it stands is a value like any other, whatever is done to its kind: or its quotation would come back as somebody's. */
const treatmentOf = (finding: Finding, surrogates: readonly Finding[], value: string, { isOurs, plan }: Work): Treatment => {
  const action = plan.actionFor(finding.kind, finding.confidence)
  if (!surrogates.includes(finding)) return action
  return isOurs(value) ? 'allow' : action === 'allow' ? 'surrogate' : action
}

export const rewriteText = (text: string, findings: readonly Finding[], surrogates: readonly Finding[], work: Work): string => {
  const { counts, isOurs } = work
  let out = ''
  let at = 0
  // Somebody's own words since the last placeholder: escaped as one, or the two sides of a dropped value could close to a placeholder.
  let own = ''
  const escapeOwn = (): string => {
    const escaped = escapeLiterals(own, isOurs)
    if (escaped !== own) counts.literal = (counts.literal ?? 0) + 1
    own = ''
    return escaped
  }
  for (const finding of findings) {
    const value = text.slice(finding.start, finding.end)
    const put = replacement(finding, value, treatmentOf(finding, surrogates, value, work), work)
    if (put === null) continue
    own += text.slice(at, finding.start)
    if (put !== '') out += escapeOwn() + put
    at = finding.end
    counts[finding.kind] = (counts[finding.kind] ?? 0) + 1
  }
  own += text.slice(at)
  return out + escapeOwn()
}

/** A text with something in it that is to be rephrased goes to the rephraser as a whole, values replaced. */
const rephrased = ({ form }: StringLeaf, findings: readonly Finding[], text: string, { counts, plan }: Work): string => {
  if (plan.rephraser === undefined || form !== 'value' || !findings.some(({ kind, confidence }) => plan.actionFor(kind, confidence) === 'rephrase') || !isProse(text)) return text
  counts.rephrased = (counts.rephrased ?? 0) + 1
  return plan.rephraser.text(text)
}

/** Counts what is replaced in a text that is rewritten as before. */
const countAgain = ({ all, treatments }: RewrittenText, counts: Record<string, number>): void => {
  for (const [index, { kind }] of all.entries()) if (treatments[index] !== 'allow') counts[kind] = (counts[kind] ?? 0) + 1
}

/** A string as JSON; null where it stays as it is. `lasts`: it becomes the same whenever the same is found in it. */
export interface RewrittenString { readonly json: string | null; readonly lasts: boolean }

/** A string after what was found in it has been replaced. */
export const rewriteString = (leaf: StringLeaf, found: readonly Finding[], remembered: readonly Finding[], work: Work): RewrittenString => {
  const { counts, keep, keyText, plan } = work
  const { form, value } = leaf
  const surrogates = surrogatesIn(value, plan.pseudonyms)
  const lasts = surrogates.length === 0 && form === 'value'
  const before = lasts ? rewrittenBefore(found, remembered, plan) : undefined
  if (before !== undefined) {
    countAgain(before, counts)
    return { json: before.json, lasts }
  }
  const all = merge(surrogates, merge(found, remembered))
  const rewritten = rephrased(leaf, all, rewriteText(value, all, surrogates, work), work)
  const text = form === 'key' && rewritten !== value ? keyText(leaf, rewritten) : rewritten
  const json = text === value ? null : JSON.stringify(text)
  if (lasts) keep.push(() => { keepRewritten(value, remembered, { all, found, json }, plan) })
  return { json, lasts: (lasts || (surrogates.length === 0 && json === null)) && isLastingIn(all, plan) }
}

/** A picture without what is to be hidden of its metadata; null where it stays. There is no room for a pseudonym in it, so whatever the action, it goes. */
export const blanked = ({ findings, without }: Picture, { counts, plan }: Work): string | null => {
  const hides = ({ kind, confidence }: Finding): boolean => plan.actionFor(kind, confidence) !== 'allow'
  for (const { kind } of findings.filter(hides)) counts[kind] = (counts[kind] ?? 0) + 1
  return findings.some(hides) ? without(hides) : null
}
