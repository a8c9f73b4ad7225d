// Finds what an operator's pattern describes. The engine (re2js) is linear for one match and has neither look-around nor back references; a
// text can still be written so that every match is looked for to its end, so the search as a whole has a limit of time.
import { RE2JS, RE2JSException } from 're2js'
import type { OwnDetector } from './own-detector.ts'

export interface PatternRules {
  readonly pattern: string
  readonly ignoreCase: boolean
  /** A text without any of these, in any case, is not searched. Empty: every text is. */
  readonly literals: readonly string[]
}

/** The group whose text is the finding, where a pattern has one of this name. */
const valueGroup = 'value'

/** One pass that finds something takes about 0.1 ms per KiB; this is several, and some time to begin with. */
const budgetMs = (length: number): number => 25 + length / 1500
/** Reading the clock costs more than most matches. */
const matchesPerLook = 16

/** @throws Error that says what is wrong with the pattern, in words for its writer */
export const compilePattern = (pattern: string, ignoreCase: boolean): RE2JS => {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
  } catch (thrown) {
    if (!(thrown instanceof RE2JSException)) throw thrown
    throw new Error(`${thrown.message.replace('error parsing regexp: ', '')} (RE2 syntax: no look-around, no back references, repetition up to 1000)`, { cause: thrown })
  }
  if (compiled.test('')) throw new Error('it matches the empty text, so it would be found everywhere')
  return compiled
}

const holdsOne = (text: string, literals: readonly string[]): boolean => {
  if (literals.length === 0) return true
  const lower = text.toLowerCase()
  return literals.some(literal => lower.includes(literal))
}

/** @throws Error as compilePattern */
export const patternDetector = (about: Pick<OwnDetector, 'kind' | 'labels'>, { pattern, ignoreCase, literals }: PatternRules): OwnDetector => {
  const compiled = compilePattern(pattern, ignoreCase)
  const group = Object.hasOwn(compiled.namedGroups(), valueGroup) ? valueGroup : 0
  const needed = literals.map(literal => literal.toLowerCase())
  return {
    ...about, shortest: 1,
    find: (text, report) => {
      if (!holdsOne(text, needed) || !compiled.test(text)) return true
      const until = performance.now() + budgetMs(text.length)
      const matcher = compiled.matcher(text)
      for (let count = 1; matcher.find(); count += 1) {
        const start = matcher.start(group)
        const end = matcher.end(group)
        if (start >= 0 && end > start) report(start, end)
        if (count % matchesPerLook === 0 && performance.now() > until) return false
      }
      return true
    },
  }
}
