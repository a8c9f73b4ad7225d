// What a detector is. Each is linear on hostile input: it looks at bounded windows around its trigger characters.
import type { EntityKind, Finding } from '../../exchange/finding.ts'

/** Lower-case words near a value (text before it, or its JSON key) that speak for a kind. */
export interface Context { readonly key: string | null }

export interface Detector {
  readonly kinds: readonly EntityKind[]
  /** A text without any of these characters or fragments holds nothing for this detector. */
  readonly triggers: readonly string[]
  find(text: string, context: Context, add: (finding: Finding) => void): void
}

/** Text before an offset, lower case, at most `length` characters: where labels such as "phone:" stand. */
export const before = (text: string, at: number, length = 40): string => text.slice(Math.max(0, at - length), at).toLowerCase()

export const isWordCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95

/** Is there no letter, digit or underscore directly before and after the range? */
export const standsAlone = (text: string, start: number, end: number): boolean =>
  (start === 0 || !isWordCode(text.charCodeAt(start - 1))) && (end >= text.length || !isWordCode(text.charCodeAt(end)))

const digitCode = (code: number): boolean => code >= 48 && code <= 57

/**
 * Runs of digits with single separators between them, longest first reading: "4111 1111-1111 1111" is one run. Visits each character once.
 * @param separators characters that may stand between two digits.
 */
export const digitRuns = (text: string, separators: string, visit: (start: number, end: number, digits: string) => void): void => {
  let at = 0
  while (at < text.length) {
    if (!digitCode(text.charCodeAt(at))) {
      at += 1
      continue
    }
    const start = at
    let digits = ''
    let end = at
    while (at < text.length) {
      if (digitCode(text.charCodeAt(at))) {
        if (digits.length < 64) digits += text.charAt(at)
        at += 1
        end = at
      } else if (separators.includes(text.charAt(at)) && digitCode(text.charCodeAt(at + 1))) {
        at += 1
      } else {
        break
      }
    }
    visit(start, end, digits)
  }
}
