// Which rules are asked where. Built once per list of rules, so that the pass over a text (scan.ts) only looks things up: one look into a bit
// set, by three characters in a row, turns nearly every place of a text away.
import type { Rule, Triggers } from './rule.ts'

/** Classes of characters. */
export const digit = 1
export const letter = 2

/** What may happen at a place. */
export const opens = 1
export const opensNumber = 2
export const isCharacter = 4
export const opensNumberInWord = 8

/** Signs that are told apart in the tables, as many as fit; the others, controls and what is beyond ASCII are one. */
const signs = ' \n",.:-_/=()\'{}[];@%><~$\\+*'
const firstDigit = 27
const firstSign = 37

/** ASCII characters as numbers below 64: letters in either case are one. What is asked looks at the character itself. */
export const folded = new Uint8Array(128)
for (let code = 97; code < 123; code += 1) folded[code] = folded[code - 32] = code - 96
for (let code = 48; code < 58; code += 1) folded[code] = code - 48 + firstDigit
for (const [index, sign] of Array.from(signs).entries()) folded[sign.charCodeAt(0)] = firstSign + index

export const fold = (code: number): number => folded[code < 128 ? code : 0] as number

const foldedAll = Array.from({ length: 64 }, (_, index) => index)
const foldedOthers = foldedAll.filter(one => one === 0 || one >= firstDigit)

interface Opening { readonly text: string; readonly rule: Rule }

const noRules: readonly Rule[] = []

const isWordPart = (text: string): boolean => /^[A-Za-z\d]/.test(text)
const isSign = (text: string): boolean => text !== '' && !isWordPart(text) && text.charCodeAt(0) < 128

/** What would never be asked is a mistake in a rule, and said when the gateway starts rather than never. */
const check = ({ characters = '', fragments = [], prefixes = [], words = [] }: Triggers): void => {
  const wrong = [
    ...Array.from(characters).filter(text => !isSign(text)), ...fragments.filter(text => text.length < 2 || !isSign(text) || text.charCodeAt(1) > 127),
    ...prefixes.filter(text => text.length < 2 || !isWordPart(text) || text.charCodeAt(1) > 127), ...words.filter(text => !/^[a-z]{2,}$/.test(text)),
  ]
  if (wrong.length > 0) throw new Error(`rule that cannot be asked: its trigger ${JSON.stringify(wrong[0])} does not have the form that redaction/rule.ts asks for`)
}

const tripleOf = (first: number, second: number, third: number): number => first << 12 | second << 6 | third

/** What may begin with three characters: which rule is asked, if what stands there is it. */
export interface Openings {
  readonly prefixes: Opening[]
  readonly words: Opening[]
  readonly fragments: Opening[]
}

export class Dispatch {
  /** Per folded character: digit, letter or 0. */
  readonly classes = new Uint8Array(64)
  /** Per class of what stands before and folded character: what may happen, whatever follows. */
  readonly actions = new Uint8Array(3 << 6)
  /** A bit for each three folded characters that something begins with; those behind the first 2^18 are for places inside of words and numbers. */
  readonly bits = new Int32Array(1 << 14)
  /** Rules about numbers, those with the fewest digits first. */
  readonly numbers: readonly { readonly rule: Rule; readonly digits: number }[]
  readonly numbersInWords: readonly Rule[]
  readonly runs: readonly { readonly rule: Rule; readonly length: number }[]
  /** Shortest run of letters and digits that some rule asks for; longer than any text where none does. */
  readonly shortestRun: number
  readonly #characters: (Rule[] | undefined)[] = new Array<Rule[] | undefined>(128).fill(undefined)
  readonly #openings = new Map<number, Openings>()

  constructor(rules: readonly Rule[]) {
    this.classes.fill(letter, 1, firstDigit)
    this.classes.fill(digit, firstDigit, firstSign)
    for (const rule of rules) this.#enter(rule)
    this.numbers = rules.filter(({ triggers }) => triggers.numbers === true).map(rule => ({ rule, digits: rule.triggers.digits ?? 1 })).sort((a, b) => a.digits - b.digits)
    this.numbersInWords = rules.filter(({ triggers }) => triggers.numbersInWords === true)
    this.runs = rules.flatMap(rule => rule.triggers.runs === undefined ? [] : [{ rule, length: rule.triggers.runs }])
    this.shortestRun = Math.min(1 << 30, ...this.runs.map(({ length }) => length))
    this.#markNumbers()
  }

  #markNumbers(): void {
    for (let number = firstDigit; number < firstSign; number += 1) {
      if (this.numbers.length > 0) for (const before of [0, letter]) this.#mark(before, number, opensNumber)
      if (this.numbersInWords.length > 0) this.#mark(letter, number, opensNumberInWord)
    }
  }

  #enter(rule: Rule): void {
    const { triggers } = rule
    check(triggers)
    for (const character of triggers.characters ?? '') {
      const code = character.charCodeAt(0)
      for (const before of [0, digit, letter]) this.#mark(before, fold(code), isCharacter)
      const others = this.#characters[code]
      if (others === undefined) this.#characters[code] = [rule]
      else others.push(rule)
    }
    for (const text of triggers.fragments ?? []) this.#enterOpening('fragments', { text, rule })
    for (const text of triggers.prefixes ?? []) this.#enterOpening('prefixes', { text, rule })
    for (const text of triggers.words ?? []) this.#enterOpening('words', { text, rule })
  }

  #mark(before: number, character: number, action: number): void {
    const index = before << 6 | character
    this.actions[index] = (this.actions[index] ?? 0) | action
  }

  #enterOpening(sort: keyof Openings, opening: Opening): void {
    const { text } = opening
    const thirds = text.length > 2 ? [fold(text.charCodeAt(2))] : sort === 'words' ? foldedOthers : foldedAll
    for (const third of thirds) {
      const triple = tripleOf(fold(text.charCodeAt(0)), fold(text.charCodeAt(1)), third)
      let openings = this.#openings.get(triple)
      if (openings === undefined) this.#openings.set(triple, openings = { prefixes: [], words: [], fragments: [] })
      openings[sort].push(opening)
      this.#setBit(triple)
      if (sort === 'fragments') this.#setBit(triple | 1 << 18)
    }
  }

  #setBit(place: number): void {
    this.bits[place >> 5] = (this.bits[place >> 5] ?? 0) | 1 << (place & 31)
  }

  charactersAt(code: number): readonly Rule[] { return this.#characters[code] ?? noRules }

  openingsAt(triple: number): Openings | undefined { return this.#openings.get(triple) }
}
