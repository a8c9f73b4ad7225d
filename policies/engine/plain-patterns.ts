// Which globs of the settings need no glob machinery: plain text, or plain text (or none) and one final `*`. Rego reads it as data.portcullis_patterns;
// it may only ever say what glob.match with no delimiters would say too.
import type { Settings } from './settings.ts'

export interface PlainPatterns {
  /** Pattern to the text that names must start with. */
  readonly start: Readonly<Record<string, string>>
  /** Patterns that are the name itself. */
  readonly exact: Readonly<Record<string, true>>
}

/** None of these characters means anything in a glob. */
const plain = /^(?:[\w/.:@ -]+\*?|\*)$/

const patternsOf = (settings: Settings): string[] => [
  ...settings.access.flatMap(entry => [...entry.tools, ...entry.except]),
  ...settings.production.reads,
  ...settings.arguments.flatMap(rule => rule.tools),
  ...settings.models.flatMap(entry => entry.models),
  ...settings.loops.exempt,
  ...settings.trifecta.outward, ...settings.trifecta.except, ...settings.tools.require_model_request,
  ...settings.degrade.flatMap(entry => [...entry.budgets, ...entry.models ?? []]),
]

/** Sorts out the patterns that the policies can match by comparing text. */
export const plainPatterns = (settings: Settings): PlainPatterns => {
  const start: [string, string][] = []
  const exact: [string, true][] = []
  for (const pattern of patternsOf(settings)) {
    if (!plain.test(pattern)) continue
    if (pattern.endsWith('*')) start.push([pattern, pattern.slice(0, -1)])
    else exact.push([pattern, true])
  }
  return { start: Object.fromEntries(start), exact: Object.fromEntries(exact) }
}
