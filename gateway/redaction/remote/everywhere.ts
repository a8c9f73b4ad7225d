// Some servers tell each value that they found once, at one place of many. Here it is found at all of them, as a whole word and in any case, or
// the other places would stay readable. Linear: values are searched for together.
import { ValueSearch } from '../value-search.ts'
import type { SaidSpan } from './offsets.ts'

const word = /[\p{L}\p{N}_]+/gu
const wordCharacter = /[\p{L}\p{N}_]/u
/** Shortest value that is searched for anywhere; shorter ones are looked up among the words. */
const shortest = 4

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

/** @param spans in UTF-16 offsets of the text @returns those, and each value of theirs at its other places */
export const everywhere = (text: string, spans: readonly SaidSpan[]): readonly SaidSpan[] => {
  if (spans.length === 0) return spans
  const all = [...spans]
  const known = new Set(spans.map(({ end, start, type }) => `${start} ${end} ${type}`))
  const hay = folded(text)
  const enter = (span: SaidSpan, start: number, end: number): void => {
    const name = `${start} ${end} ${span.type}`
    if (known.has(name) || isInWord(text, start) || isInWord(text, end)) return
    known.add(name)
    all.push({ ...span, start, end })
  }
  const valueOf = ({ end, start }: SaidSpan): string => hay.slice(start, end)
  const distinct = [...new Map(spans.map(span => [`${span.type} ${valueOf(span)}`, span])).values()]
  const long = distinct.flatMap((span, number) => span.end - span.start < shortest ? [] : [{ value: valueOf(span), number }])
  new ValueSearch(long).each(hay, (number, start) => {
    const span = distinct[number] as SaidSpan
    enter(span, start, start + span.end - span.start)
  })
  const short = new Map<string, SaidSpan[]>()
  for (const span of distinct) if (span.end - span.start < shortest) short.set(valueOf(span), [...short.get(valueOf(span)) ?? [], span])
  if (short.size > 0) for (const { 0: found, index } of hay.matchAll(word)) for (const span of short.get(found) ?? []) enter(span, index, index + found.length)
  return all
}
