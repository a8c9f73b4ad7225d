// Which rules are asked where, as tables that the pass over a text (pass/program.ts) looks things up in. Built once per list of rules.
import { deepest, longestDigits, longestOpening, longestRun, mostNodes, mostPlaces, mostSigns } from './pass/layout.ts'
import { classAt, createOpening, Tables, type Asked, type Opening, type Place, type Sign } from './pass/tables.ts'
import type { Rule, Triggers } from './rule.ts'

const isWordPart = (text: string): boolean => /^[A-Za-z\d]/.test(text)
const isSign = (text: string): boolean => text !== '' && !isWordPart(text) && text.charCodeAt(0) < 128

const quote = 34
const colon = 58

/** What would never be asked is a mistake in a rule, and said when the gateway starts rather than never. */
const check = ({ characters = '', digits = 0, fragments = [], numbersAt = [], prefixes = [], runs = 0, words = [] }: Triggers): void => {
  const wrong = [
    ...Array.from(characters).filter(text => !isSign(text)), ...fragments.filter(text => text.length < 2 || !isSign(text) || text.charCodeAt(1) > 127),
    ...prefixes.filter(text => text.length < 2 || text.length > longestOpening || !/^[\x20-\x7e]+$/.test(text) || !isWordPart(text)), ...words.filter(text => text.length > longestOpening || !/^[a-z]{2,}$/.test(text)),
    ...[digits, ...numbersAt.map(place => place.digits ?? 0)].filter(least => least > longestDigits), ...runs > longestRun ? [runs] : [],
  ]
  if (wrong.length > 0) throw new Error(`rule that cannot be asked: its trigger ${JSON.stringify(wrong[0])} does not have the form that redaction/rule.ts asks for`)
}

const atMost = (most: number, what: string, count: number): void => {
  if (count > most) throw new Error(`the rules need ${count} ${what}; the tables of the pass hold ${most}`)
}

const placesOf = (rule: Rule): readonly Place[] => {
  const { digits, numbers, numbersAt = [{}], numbersInWords } = rule.triggers
  return [
    ...numbers === true ? numbersAt.map(place => ({ rule, ...digits === undefined ? {} : { digits }, ...place })) : [],
    ...numbersInWords === true ? [{ rule, before: /[A-Za-z]/ }] : [],
  ]
}

const countOf = (opening: Opening): number => [...opening.next.values()].reduce((sum, next) => sum + countOf(next), 1)
const depthOf = ({ next, prefixes }: Opening): number => Math.max(0, ...Array.from(next.values(), depthOf)) + (prefixes.length > 0 ? 1 : 0)

/** What words and prefixes begin with, as a tree. */
const openingsOf = (rules: readonly Rule[]): Opening => {
  const root = createOpening()
  const put = (text: string): Opening => {
    let opening = root
    for (let at = 0; at < text.length; at += 1) {
      const of = classAt(text, at)
      let next = opening.next.get(of)
      if (next === undefined) opening.next.set(of, next = createOpening())
      opening = next
    }
    return opening
  }
  for (const rule of rules) {
    for (const text of rule.triggers.words ?? []) put(text).words.push({ rule, text: null })
    for (const text of rule.triggers.prefixes ?? []) put(text).prefixes.push({ rule, text })
  }
  return root
}

/** What begins with signs, by their code. */
const signsOf = (rules: readonly Rule[]): ReadonlyMap<number, Sign> => {
  const found = new Map<number, Sign>()
  const signAt = (code: number): Sign => {
    let sign = found.get(code)
    if (sign === undefined) found.set(code, sign = { always: [], behind: new Map() })
    return sign
  }
  for (const rule of rules) {
    const { characters = '', fragments = [], members } = rule.triggers
    for (const character of characters) signAt(character.charCodeAt(0)).always.push({ rule, text: null })
    for (const text of [...fragments, ...members === true ? ['":'] : []]) {
      const { behind } = signAt(text.charCodeAt(0))
      behind.set(text.charCodeAt(1), [...behind.get(text.charCodeAt(1)) ?? [], { rule, text: text.length === 2 ? null : text }])
    }
  }
  return found
}

export class Dispatch {
  /** For the pass. */
  readonly tables: Uint8Array
  /** By the group of an event. */
  readonly groups: readonly (readonly Asked[])[]
  /** By the bit of a place of numbers; those of one rule follow each other. */
  readonly places: readonly Rule[]
  readonly runs: readonly { readonly rule: Rule; readonly length: number }[]
  /** Shortest run of letters and digits that some rule asks for; longer than any text where none does. */
  readonly shortestRun: number
  /** Has no rule anything to say about a value because of this key alone? */
  readonly ignores: (key: string) => boolean

  constructor(rules: readonly Rule[]) {
    for (const { triggers } of rules) check(triggers)
    this.runs = rules.flatMap(rule => rule.triggers.runs === undefined ? [] : [{ rule, length: rule.triggers.runs }])
    this.shortestRun = Math.min(1 << 30, ...this.runs.map(({ length }) => length))
    const places = rules.flatMap(placesOf)
    this.places = places.map(({ rule }) => rule)
    const [openings, bySign] = [openingsOf(rules), signsOf(rules)]
    atMost(mostPlaces, 'places of numbers', places.length)
    atMost(mostSigns, 'signs that something begins with', bySign.size)
    atMost(mostNodes, 'nodes of words and prefixes', countOf(openings))
    atMost(deepest, 'prefixes that begin each other', depthOf(openings))
    const written = new Tables(bySign.size, countOf(openings))
    written.putPlaces(places)
    for (const [index, [code, sign]] of [...bySign].entries()) written.putSign(index + 1, code, sign)
    this.ignores = this.#putMembers(written, bySign)
    for (const [first, opening] of openings.next) for (const [second, next] of opening.next) written.putPair(first, second, next)
    this.tables = written.bytes
    this.groups = written.groups
  }

  /** Keys are remembered only where every rule that is asked at their ends, or at the colon behind them, can say that it ignores them. */
  #putMembers(written: Tables, bySign: ReadonlyMap<number, Sign>): (key: string) => boolean {
    const row = [...bySign.keys()].indexOf(quote) + 1
    const { always = [], behind = new Map<number, readonly Asked[]>() } = bySign.get(quote) ?? {}
    const asked = [...always, ...behind.get(colon) ?? []]
    const all = [...asked, ...bySign.get(colon)?.always.filter(({ rule }) => rule.ignores !== undefined) ?? []]
    if (asked.length === 0 || asked.some(({ rule }) => rule.ignores === undefined)) return () => false
    written.putMembers(row, asked)
    return key => all.every(({ rule }) => rule.ignores?.(key) === true)
  }
}
