// Texts as they were rewritten for a session, for those that are sent again with each turn. Kept with the list of the session's values that
// stand in the text (known-values.ts), which is another one for each session and text, and for each text when something new is found in it.
import type { Finding } from '../exchange/finding.ts'
import { mayHoldPlaceholder } from './placeholder.ts'
import type { RewritePlan, Treatment } from './rewrite-plan.ts'

/** Everything that the outcome depends on, and the outcome. */
export interface RewrittenText {
  readonly found: readonly Finding[]
  /** Found and remembered, in order. */
  readonly all: readonly Finding[]
  /** Of `all`, one by one. */
  readonly treatments: readonly Treatment[]
  /** As it is written in JSON; null where it stayed as it was. */
  readonly json: string | null
}

const kept = new WeakMap<readonly Finding[], RewrittenText>()

const treatmentsOf = (all: readonly Finding[], plan: RewritePlan): readonly Treatment[] => all.map(({ confidence, kind }) => plan.actionFor(kind, confidence))

// What a dropped value leaves may close to a placeholder, and what is rephrased is another's work.
const isLasting = (treatment: Treatment): boolean => treatment !== 'drop' && treatment !== 'rephrase' && treatment !== 'block'

/** Would it become the same again, whatever else the session comes to know? */
export const isLastingIn = (all: readonly Finding[], plan: RewritePlan): boolean => all.every(({ confidence, kind }) => isLasting(plan.actionFor(kind, confidence)))

/** What became of the text before, where the same was found in it and the plan does the same with it. */
export const rewrittenBefore = (found: readonly Finding[], remembered: readonly Finding[], plan: RewritePlan): RewrittenText | undefined => {
  const before = remembered.length === 0 ? undefined : kept.get(remembered)
  if (before?.found !== found) return undefined
  return before.all.every(({ confidence, kind }, index) => plan.actionFor(kind, confidence) === before.treatments[index]) ? before : undefined
}

/**
 * Keeps what became of a text; to be called when its pseudonyms are agreed upon. Text that looks like it holds placeholders is not kept: what
 * happens to them changes with what the session knows.
 */
export const keepRewritten = (text: string, remembered: readonly Finding[], { all, found, json }: Omit<RewrittenText, 'treatments'>, plan: RewritePlan): void => {
  const treatments = treatmentsOf(all, plan)
  if (remembered.length > 0 && treatments.every(isLasting) && !mayHoldPlaceholder(text)) kept.set(remembered, { found, all, treatments, json })
}
