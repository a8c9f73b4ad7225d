// What a rule of detection is: where in a text it is asked, and what it may say. One pass over a text serves all rules (scan.ts), so none
// of them searches the text itself, and each looks at a bounded window around the place where it is asked: that makes the whole linear.
import type { EntityKind } from '../exchange/kinds.ts'

/** Farthest that a rule may look from where it is asked, UTF-16 units, unless what it finds is itself longer (a private key). */
export const reach = 512

/** The text that is looked through, and what stands around it. */
export interface Scan {
  readonly text: string
  /** The JSON key, header or column that the text is the value of, as written; null where there is none. */
  readonly key: string | null
  /** The key in lower-case words: "billingSSN_number" is "billing ssn number". Empty where there is no key. */
  readonly keyWords: string
  /** Words close before an offset (40 characters, lower case, in the same line or the one above) followed by those of the key: where labels stand. */
  labelBefore(at: number): string
  /** Says that the text may read differently from how it is written (disguised.ts). */
  doubt(): void
  /** @param confidence 0 to 1 */
  add(kind: EntityKind, start: number, end: number, confidence: number): void
}

/** What stands around a run of digits. What is left out may be anything; so may what is behind more than thirty digits. */
export interface NumberPlace {
  /** The character directly before, or "" where the text begins. It is asked when the scanner is made, of ASCII and of U+0080, which stands for all others. */
  readonly before?: RegExp
  /** The same directly behind the run. */
  readonly behind?: RegExp
  /** Least and greatest number of digits in the run. */
  readonly run?: readonly [least: number, most: number]
  /** As `digits` of triggers. */
  readonly digits?: number
}

/** Where a rule is asked. An escape such as "\n" counts as white space: texts are often JSON or source themselves. Each place is one call of `find` with its offset. */
export interface Triggers {
  /** ASCII characters that are no letters and digits: each occurrence, with the offset of the character. Only for rare ones such as "@". */
  readonly characters?: string
  /** What begins with an ASCII character that is no letter and no digit, and has at least two: "://". Each occurrence, with its offset. */
  readonly fragments?: readonly string[]
  /** The end of each JSON key in the text: where a quote and a colon stand, with the offset of the quote. */
  readonly members?: true
  /** The beginning of each run of digits: a digit that has none directly before it. */
  readonly numbers?: true
  /** The beginning of each run of digits that has a letter directly before it. */
  readonly numbersInWords?: true
  /** With `numbers`: at least so many digits from there on, in groups with at most two of " -./()" (or spaces that do not break) between them. */
  readonly digits?: number
  /** With `numbers`: only those that are at one of these places. A rule that rejects most numbers for what stands around them is not even asked. */
  readonly numbersAt?: readonly NumberPlace[]
  /** Beginnings of words, case-sensitive and at least two characters long: where no letter or digit stands directly before. "sk-", "AKIA". */
  readonly prefixes?: readonly string[]
  /** Whole words of ASCII letters in any case, given in lower case: "passport". The offset is that of the word. */
  readonly words?: readonly string[]
  /** Runs of at least so many ASCII letters and digits; the offset is that of the beginning. For what ordinary words are too short for. */
  readonly runs?: number
  /** Words of a JSON key, lower case: when the text's key holds one of them (as whole words: "date of birth" fits "dateOfBirth"), asked once, at 0. */
  readonly keys?: readonly string[]
}

export interface Rule {
  /** What it can report; never anything else. */
  readonly kinds: readonly EntityKind[]
  readonly triggers: Triggers
  /**
   * With `members`, or `characters` that have a colon: has the rule nothing to say about a value because of this key alone, whatever the value
   * is and whatever stands around? Keys that no such rule wants are remembered, and their ends are not asked about.
   */
  readonly ignores?: (key: string) => boolean
  /** Looks at one place. Reports what it finds, wherever in reach it begins; what is reported twice counts once. */
  find(scan: Scan, at: number): void
}
