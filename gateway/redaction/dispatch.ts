// Which rules are asked where. Built once per list of rules, so that the pass over a text (scan.ts) only looks things up: one look into a
// table, by what stands before a character, the character and the next one, turns nearly every place of a text away.
import type { Rule, Triggers } from './rule.ts'

/** Classes of characters. */
export const digit = 1
export const letter = 2

/** What may happen at a place. */
export const opensWord = 1
export const opensNumber = 2
export const isCharacter = 4
export const opensNumberInWord = 8

interface Opening { readonly text: string; readonly rule: Rule }

const none: readonly Opening[] = []
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

const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}

const pairOf = (first: number, second: number): number => (first << 7) | second

/** One number for a word's first two letters and its length. */
const wordHash = (first: number, second: number, length: number): number => (pairOf(first | 32, second | 32) << 6) | length

export class Dispatch {
  /** Per ASCII character: digit, letter or 0. */
  readonly classes = new Uint8Array(128)
  /** Per class of what stands before, character and next character (the characters beyond ASCII are 0): what may happen. */
  readonly actions = new Uint8Array(4 << 14)
  readonly longestWord: number
  /** Shortest run of letters and digits that some rule asks for; longer than any text where none does. */
  readonly shortestRun: number
  /** Rules about numbers, those with the fewest digits first. */
  readonly numbers: readonly { readonly rule: Rule; readonly digits: number }[]
  readonly numbersInWords: readonly Rule[]
  readonly runs: readonly { readonly rule: Rule; readonly length: number }[]
  readonly #characters = new Map<number, Rule[]>()
  readonly #prefixes = new Map<number, Opening[]>()
  readonly #fragments = new Map<number, Opening[]>()
  readonly #words = new Map<number, Opening[]>()

  constructor(rules: readonly Rule[]) {
    for (let code = 48; code < 58; code += 1) this.classes[code] = digit
    for (let code = 65; code < 91; code += 1) this.classes[code] = this.classes[code + 32] = letter
    for (const rule of rules) this.#enter(rule)
    this.numbers = rules.filter(({ triggers }) => triggers.numbers === true).map(rule => ({ rule, digits: rule.triggers.digits ?? 1 })).sort((a, b) => a.digits - b.digits)
    this.numbersInWords = rules.filter(({ triggers }) => triggers.numbersInWords === true)
    this.runs = rules.flatMap(rule => rule.triggers.runs === undefined ? [] : [{ rule, length: rule.triggers.runs }])
    this.longestWord = Math.max(0, ...rules.flatMap(({ triggers }) => triggers.words ?? []).map(word => word.length))
    this.shortestRun = Math.min(1 << 30, ...this.runs.map(({ length }) => length))
    this.#markNumbers()
  }

  #markNumbers(): void {
    for (let code = 48; code < 58; code += 1) {
      if (this.numbers.length > 0) this.#markAll(0, code, opensNumber)
      if (this.numbers.length > 0) this.#markAll(letter, code, opensNumber)
      if (this.numbersInWords.length > 0) this.#markAll(letter, code, opensNumberInWord)
    }
  }

  #enter(rule: Rule): void {
    const { triggers } = rule
    check(triggers)
    for (const character of triggers.characters ?? '') {
      const code = character.charCodeAt(0)
      for (const before of [0, digit, letter]) this.#markAll(before, code, isCharacter)
      push(this.#characters, code, rule)
    }
    for (const text of triggers.fragments ?? []) {
      const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
      for (const before of [0, digit, letter]) this.#mark(before, pairOf(first, second), isCharacter)
      push(this.#fragments, pairOf(first, second), { text, rule })
    }
    for (const text of triggers.prefixes ?? []) {
      const pair = pairOf(text.charCodeAt(0), text.charCodeAt(1))
      this.#mark(0, pair, opensWord)
      push(this.#prefixes, pair, { text, rule })
    }
    for (const text of triggers.words ?? []) this.#enterWord(text, rule)
  }

  #mark(before: number, pair: number, action: number): void {
    const index = (before << 14) | pair
    this.actions[index] = (this.actions[index] ?? 0) | action
  }

  #markAll(before: number, code: number, action: number): void {
    for (let next = 0; next < 128; next += 1) this.#mark(before, pairOf(code, next), action)
  }

  #enterWord(text: string, rule: Rule): void {
    const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
    for (const one of [first, first - 32]) for (const two of [second, second - 32]) this.#mark(0, pairOf(one, two), opensWord)
    push(this.#words, wordHash(first, second, text.length), { text, rule })
  }

  charactersAt(code: number): readonly Rule[] { return this.#characters.get(code) ?? noRules }

  prefixesAt(first: number, second: number): readonly Opening[] { return this.#prefixes.get(pairOf(first, second)) ?? none }

  fragmentsAt(first: number, second: number): readonly Opening[] { return this.#fragments.get(pairOf(first, second)) ?? none }

  /** Words of this length that begin like this one, in lower case: some of them may be it. */
  wordsAt(first: number, second: number, length: number): readonly Opening[] { return this.#words.get(wordHash(first, second, length)) ?? none }
}
