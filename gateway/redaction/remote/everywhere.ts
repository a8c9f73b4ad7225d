// Some servers tell each value that they found once, at one place of many. Here it is found at all of them, as a whole word and in any case, or
// the other places would stay readable. At each word only values that begin with it are looked for, each length of theirs once.
import type { SaidSpan } from './offsets.ts'

/** A word, or a sign. */
const token = /[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu
/** Longer values are left where they were found: whoever repeats a word all along a text would make each of its places long work. */
const longest = 100
const wordCharacter = /[\p{L}\p{N}_]/u

/** Lower case, where that moves nothing. */
const folded = (text: string): string => {
  const lower = text.toLowerCase()
  // "İ" and a few others have more characters in lower case, and stay as they are.
  return lower.length === text.length ? lower : text.replace(/./gsu, character => character.toLowerCase().length === character.length ? character.toLowerCase() : character)
}

/** Is this place inside a word? */
const isInWord = (text: string, at: number): boolean => {
  // Two units reach over a whole character, whatever it is made of.
  const before = /.$/su.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? ''
  const behind = String.fromCodePoint(text.codePointAt(at) ?? 32)
  return wordCharacter.test(before) && wordCharacter.test(behind)
}

/** What is looked for: values by their text, and the lengths of those that begin with a word. */
class Values {
  readonly #spans = new Map<string, SaidSpan[]>()
  readonly #lengths = new Map<string, Set<number>>()

  enter(value: string, span: SaidSpan): void {
    const [first] = value.length > longest ? [] : value.match(token) ?? []
    if (first === undefined || !value.startsWith(first)) return
    const same = this.#spans.get(value)
    if (same === undefined) this.#spans.set(value, [span])
    else if (!same.some(({ type }) => type === span.type)) same.push(span)
    const lengths = this.#lengths.get(first)
    if (lengths === undefined) this.#lengths.set(first, new Set([value.length]))
    else lengths.add(value.length)
  }

  each(text: string, found: (span: SaidSpan, start: number, end: number) => void): void {
    for (const { 0: first, index } of text.matchAll(token)) {
      for (const length of this.#lengths.get(first) ?? []) for (const span of this.#spans.get(text.slice(index, index + length)) ?? []) found(span, index, index + length)
    }
  }
}

/** @param spans in UTF-16 offsets of the text @returns those, and each value of theirs at its other places */
export const everywhere = (text: string, spans: readonly SaidSpan[]): readonly SaidSpan[] => {
  if (spans.length === 0) return spans
  const all = [...spans]
  const known = new Set(spans.map(({ end, start, type }) => `${start} ${end} ${type}`))
  const values = new Values()
  const hay = folded(text)
  for (const span of spans) values.enter(hay.slice(span.start, span.end), span)
  values.each(hay, (span, start, end) => {
    if (!known.has(`${start} ${end} ${span.type}`) && !isInWord(text, end)) all.push({ ...span, start, end })
  })
  return all
}
