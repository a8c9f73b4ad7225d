// Looks for values in a text that arrives in pieces, and puts something else in their place before they are passed on. What is not yet known
// to be harmless is held back: 64 characters, and the word that stands there. A text that is known whole takes the same way.
import type { Finding } from '../exchange/finding.ts'
import type { EntityKind } from '../exchange/kinds.ts'
import { cutOverlaps } from './cut-overlaps.ts'
import { decodeSource, insideString, putInSource } from './json-source.ts'

/** What is done with what is found. */
export interface AnswerJudge {
  /** Findings in order, without overlaps. */
  find(text: string, key: string | null): readonly Finding[]
  /** Is something done with this kind? */
  acts(kind: EntityKind): boolean
  /** What stands in place of a found value, or null where it stays. Asked once for each. @throws Failure content.blocked */
  replace(kind: EntityKind, value: string): string | null
}

/** What others have said of the text before it came here. Offsets are those of the text as the model writes it. */
export interface SaidBefore {
  /** How far they have looked. */
  readonly seenTo: number
  between(from: number, to: number): readonly Finding[]
}

/** Measured: with 64 characters nothing was passed on that a scan of the whole text finds; with 32 it was 0.12 % of the values. */
export const holdBack = 64

/** What stood before is looked at again: labels say what a value is. */
const lookBack = 256

/** Longest word that is waited for; the longest thing that is found as one word is a token of a few thousand characters. */
const longestWord = 16_384

const keyBegin = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----/
const keyEnd = /-----END [A-Z0-9 ]{0,48}-----/
const longestMark = 96

const breaks: ReadonlySet<number> = new Set(Array.from('"\'`<>(){}[],;|\\', character => character.charCodeAt(0)))
/** Does a line of encoded text end here? It goes on in the next one (encoded.ts). */
const breaksEncoded = (text: string, at: number): boolean => /[\w+/-]{40}(?:\r|\\r)?$/.test(text.slice(Math.max(0, at - 42), at))

const isWord = (code: number): boolean => code > 32 && code < 127 && !breaks.has(code)

/** One text of an answer: a choice's words, a content block, the arguments of one tool call. */
export class AnswerWindow {
  readonly #judge: AnswerJudge
  readonly #source: boolean
  readonly #key: string | null
  readonly #said: SaidBefore | null
  /** How much was passed on, or left out. */
  #done = 0
  /** The end of what was passed on, as the model wrote it. */
  #context = ''
  #pending = ''
  /** How far what is pending is known to be one word, and to hold no beginning of a private key. */
  #wordTo = 0
  #keyless = 0
  /** Between the first and the last line of a private key. */
  #insideKey = false
  /** Of JSON source: does what is pending begin inside a string? */
  #inString = false

  /**
   * @param form `json`: the text is JSON source, which stays JSON
   * @param key of the JSON member that the text is the value of
   * @param said what counts besides what the judge finds; null: nothing
   */
  constructor(judge: AnswerJudge, form: 'text' | 'json', key: string | null = null, said: SaidBefore | null = null) {
    this.#judge = judge
    this.#source = form === 'json'
    this.#key = key
    this.#said = said
  }

  push(delta: string): string {
    this.#pending += delta
    return this.#take(false)
  }

  flush(): string { return this.#take(true) }

  /** A text that nothing follows. */
  whole(text: string): string {
    this.#pending = text
    return this.#take(true)
  }

  #take(isLast: boolean): string {
    // A defect, and one that may not show anybody anything.
    if (this.#said !== null && this.#done + this.#pending.length > this.#said.seenTo) throw new Error('an answer came before it was looked at')
    let out = ''
    for (;;) {
      if (this.#insideKey && !this.#leaveKey(isLast)) return out
      const header = this.#findKey()
      if (header === null) return out + this.#release(isLast ? this.#pending.length : null)
      out += this.#release(header.at) + this.#enterKey(header.text)
    }
  }

  #findKey(): { readonly at: number; readonly text: string } | null {
    const from = Math.max(0, this.#keyless - longestMark)
    this.#keyless = this.#pending.length
    if (!this.#judge.acts('private_key') || !this.#pending.includes('-----BEGIN ', from)) return null
    const found = keyBegin.exec(this.#pending.slice(from))
    if (found === null) return null
    this.#keyless = from + found.index + found[0].length
    return { at: from + found.index, text: found[0] }
  }

  #enterKey(header: string): string {
    const put = this.#judge.replace('private_key', header)
    this.#forget(header.length)
    // What follows is looked at anew: seen together with its first line everything would be part of the key.
    this.#context = ''
    if (put === null) return header
    this.#insideKey = true
    return put
  }

  /** Leaves the key out as far as it has come. @returns true when it is over */
  #leaveKey(isLast: boolean): boolean {
    const pending = this.#pending
    const end = keyEnd.exec(pending)
    const quote = this.#source ? insideString.endOf(pending) : -1
    if (end !== null && (quote === -1 || end.index < quote)) this.#forget(end.index + end[0].length)
    else if (quote !== -1) this.#forget(quote)
    else {
      this.#forget(isLast ? pending.length : betweenCharacters(pending, Math.max(0, pending.length - longestMark)))
      return false
    }
    this.#insideKey = false
    return true
  }

  /** How much of what is pending may go, as far as one can tell without looking for values. */
  #harmless(): number {
    const pending = this.#pending
    const most = pending.length - holdBack
    if (most <= 0) return 0
    let at = most
    while (at > this.#wordTo && this.#isWord(at - 1) && this.#isWord(at)) at -= 1
    if (at > this.#wordTo) return betweenCharacters(pending, at)
    this.#wordTo = most
    return pending.length > longestWord ? betweenCharacters(pending, most) : 0
  }

  #isWord(at: number): boolean {
    const code = this.#pending.charCodeAt(at)
    if (code === 10 || code === 13) return breaksEncoded(this.#pending, at)
    if (code !== 92) return isWord(code)
    // In source a character of a word may be written as an escape.
    const next = this.#source ? this.#pending[at + 1] : ''
    return next === 'u' || next === '/' || ((next === 'n' || next === 'r') && breaksEncoded(this.#pending, at))
  }

  /** What is pending loses its beginning. */
  #forget(length: number): void {
    this.#pending = this.#pending.slice(length)
    this.#done += length
    this.#wordTo = 0
    this.#keyless = Math.max(0, this.#keyless - length)
  }

  /** @param to how much of what is pending is complete; null: that is to be found out */
  #release(to: number | null): string {
    let cut = to ?? this.#harmless()
    if (cut <= 0) return ''
    const raw = this.#context + (to === null ? this.#pending : this.#pending.slice(0, to))
    const from = this.#context.length
    const found = this.#look(raw, from)
    // It may grow with what is still to come.
    if (to === null) for (const { start, end } of found) if (start < from + cut && end > from + cut) cut = start - from
    if (cut <= 0) return ''
    const out = this.#replaced(raw, from, from + cut, found)
    this.#forget(cut)
    if (this.#source) this.#inString = insideString.after(raw, from, from + cut, this.#inString)
    this.#context = endOf(raw, from + cut)
    return out
  }

  #look(raw: string, from: number): readonly Found[] {
    const { at, text } = this.#source ? decodeSource(raw) : { text: raw, at: (offset: number): number => offset }
    const found: Found[] = []
    for (const { kind, start, end } of this.#judge.find(text, this.#key)) {
      if (at(end) <= from || !this.#judge.acts(kind)) continue
      found.push({ kind, start: Math.max(from, at(start)), end: at(end), value: text.slice(start, end) })
    }
    return this.#said === null ? found : this.#joined(this.#said, raw, from, found)
  }

  /** With what was said before. What nothing is done about takes no part, or it could take a value from what something is done about. */
  #joined(said: SaidBefore, raw: string, from: number, found: readonly Found[]): readonly Found[] {
    const base = this.#done - from
    const before = said.between(this.#done, base + raw.length).filter(({ kind }) => this.#judge.acts(kind))
    if (before.length === 0) return found
    const shifted = before.map(({ end, start, ...rest }) => ({ ...rest, start: Math.max(from, start - base), end: end - base }))
    return cutOverlaps(raw, [...found.map(({ end, kind, start }) => ({ kind, start, end, confidence: 1 })), ...shifted]).map(({ end, kind, start }) => {
      const same = found.find(one => one.start === start && one.end === end && one.kind === kind)
      if (same !== undefined) return same
      const value = raw.slice(start, end)
      return { kind, start, end, value: this.#source ? decodeSource(value).text : value }
    })
  }

  #replaced(raw: string, from: number, to: number, found: readonly Found[]): string {
    let out = ''
    let at = from
    let inString = this.#inString
    for (const { kind, start, end, value } of found) {
      if (start >= to) break
      const put = this.#judge.replace(kind, value)
      if (put === null) continue
      if (!this.#source) {
        out += raw.slice(at, start) + put
        at = end
        continue
      }
      const done = putInSource(raw, { at, start, end, put, inString })
      out += done.text
      at = done.at
      inString = done.inString
    }
    return out + raw.slice(at, to)
  }
}

interface Found { readonly kind: EntityKind; readonly start: number; readonly end: number; readonly value: string }

/** Neither inside an escape sequence nor between the halves of a character. */
export const betweenCharacters = (text: string, cut: number): number => {
  let at = cut
  while (at > 0 && text.charCodeAt(at - 1) === 92) at -= 1
  // Pairs of backslashes are whole.
  at = cut - (cut - at) % 2
  // Four digits follow "\\u".
  const escape = text.lastIndexOf('\\u', at - 1)
  if (at > 0 && escape !== -1 && at - escape < 6) return betweenCharacters(text, escape)
  const before = text.charCodeAt(at - 1)
  return at > 0 && before >= 0xd800 && before < 0xdc00 ? at - 1 : at
}

/** The end of a text, from the beginning of a word on: half a word could look like a value. */
const endOf = (raw: string, to: number): string => {
  let start = Math.max(0, to - lookBack)
  if (start > 0) while (start < to && isWord(raw.charCodeAt(start))) start += 1
  return raw.slice(start, to)
}
