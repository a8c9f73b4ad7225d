// An answer that remote detectors look at is read twice: first here, by a codec that changes nothing, which tells what texts there are; then by
// the one that hides, once the detectors have said of every text so far what is in it. Neither knows how a dialect says its texts.
import type { Restorer } from '../exchange/answer.ts'
import type { Finding } from '../exchange/finding.ts'
import { PieceCutter } from './answer-pieces.ts'
import type { SaidBefore } from './answer-window.ts'
import { cutOverlaps } from './cut-overlaps.ts'
import { decodeSource } from './json-source.ts'
import type { AnswerDetectors } from './remote/answer-detectors.ts'

/** How the texts of an answer are told apart (surfaces/model-surface.ts), and how those of each are written. */
const forms = { text: 'text', json: 'json', reasoning: 'text' } as const
export type AnswerTexts = keyof typeof forms

/** What the second reading asks, in the order in which the first one met the texts. */
export interface TextsSaid {
  /** Of the next text that is told in pieces. */
  next(): SaidBefore
  whole(text: string): SaidBefore
}

interface Piece {
  readonly of: AheadText
  readonly raw: string
  readonly start: number
  /** Nothing else is said in the text that it is from. */
  readonly isAll: boolean
  isSettled: boolean
}

/** What we put in place of values: a detector may take it for a name, and then nobody could restore it. */
const standIn = /\[[A-Z][A-Z_]{1,22}(?:_\d{1,6} {0,4}|#[a-z2-7]{8})\]/g

const withoutStandIns = (text: string, findings: readonly Finding[]): readonly Finding[] => {
  if (findings.length === 0 || !text.includes('[')) return findings
  const ours = Array.from(text.matchAll(standIn), ({ 0: found, index }): Finding => ({ kind: 'person', start: index, end: index + found.length, confidence: 2 }))
  return ours.length === 0 ? findings : cutOverlaps(text, [...findings, ...ours]).filter(({ confidence }) => confidence <= 1)
}

/** Index of the first finding that ends behind an offset, of findings in order and apart. */
const firstBehind = (findings: readonly Finding[], offset: number): number => {
  let low = 0
  let high = findings.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((findings[middle] as Finding).end <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** One text of an answer, as far as it has come. */
class AheadText implements SaidBefore {
  readonly form: 'text' | 'json'
  readonly #cutter: PieceCutter
  readonly #fresh: (piece: Piece) => void
  readonly #waiting: Piece[] = []
  /** In order and apart. */
  readonly #findings: Finding[] = []
  #cutTo = 0
  length = 0
  seenTo = 0

  constructor(form: 'text' | 'json', most: number, fresh: (piece: Piece) => void) {
    this.form = form
    this.#cutter = new PieceCutter(form, most)
    this.#fresh = fresh
  }

  push(delta: string): void {
    this.length += delta.length
    for (const piece of this.#cutter.push(delta)) this.#cut(piece, false)
  }

  /** What is left of it is a piece of its own. @param isOver false: it may go on, and is cut all the same */
  end(isOver = true): void {
    const rest = this.#cutter.rest()
    if (rest !== '') this.#cut(rest, isOver && this.#cutTo === 0)
  }

  #cut(raw: string, isAll: boolean): void {
    const piece: Piece = { of: this, raw, start: this.#cutTo, isAll, isSettled: false }
    this.#cutTo += raw.length
    this.#waiting.push(piece)
    this.#fresh(piece)
  }

  settle(piece: Piece, findings: readonly Finding[], at: (offset: number) => number): void {
    const moved = findings.map(({ end, start, ...rest }): Finding => ({ ...rest, start: piece.start + at(start), end: piece.start + at(end) }))
    // A later piece may have been answered before.
    this.#findings.splice(firstBehind(this.#findings, piece.start), 0, ...moved)
    piece.isSettled = true
    for (let first = this.#waiting[0]; first?.isSettled === true; first = this.#waiting[0]) {
      this.seenTo = first.start + first.raw.length
      this.#waiting.shift()
    }
  }

  between(from: number, to: number): readonly Finding[] {
    const all = this.#findings
    const first = firstBehind(all, from)
    let last = first
    while (last < all.length && (all[last] as Finding).start < to) last += 1
    return all.slice(first, last)
  }
}

/** So much of a text has to be looked at before something passes. */
export interface Need { readonly text: SaidBefore; readonly upTo: number }

export class AnswerAhead {
  readonly #detectors: AnswerDetectors
  readonly #streamed: Readonly<Record<AnswerTexts, AheadText[]>> = { text: [], json: [], reasoning: [] }
  readonly #whole: Readonly<Record<AnswerTexts, Map<string, AheadText>>> = { text: new Map(), json: new Map(), reasoning: new Map() }
  /** Texts of which something was not looked at when they last were asked about. */
  readonly #open = new Set<AheadText>()
  #fresh: Piece[] = []
  /** Names of detectors that did not look at something; of those that count it as most sensitive apart. */
  readonly missed = new Set<string>()
  readonly missedRaising = new Set<string>()

  constructor(detectors: AnswerDetectors) { this.#detectors = detectors }

  /** Changes nothing, and notes what passes. */
  listener(texts: AnswerTexts): Restorer {
    return {
      mayHold: () => true, restored: 0, unknown: 0,
      text: value => {
        this.#noteWhole(texts, value)
        return value
      },
      stream: () => {
        const text = this.#begin(texts)
        this.#streamed[texts].push(text)
        return {
          push: delta => {
            this.#open.add(text)
            text.push(delta)
            return delta
          },
          flush: () => {
            text.end()
            return ''
          },
        }
      },
    }
  }

  #begin(texts: AnswerTexts): AheadText { return new AheadText(forms[texts], this.#detectors.mostChars, piece => { this.#fresh.push(piece) }) }

  #noteWhole(texts: AnswerTexts, value: string): void {
    if (this.#whole[texts].has(value)) return
    const text = this.#begin(texts)
    this.#whole[texts].set(value, text)
    this.#open.add(text)
    text.push(value)
    text.end()
  }

  /** For the second reading. */
  said(texts: AnswerTexts): TextsSaid {
    let at = 0
    const expected = (text: AheadText | undefined): SaidBefore => {
      if (text === undefined) throw new Error('an answer was read in two ways')
      return text
    }
    return {
      next: () => {
        at += 1
        return expected(this.#streamed[texts][at - 1])
      },
      whole: value => expected(this.#whole[texts].get(value)),
    }
  }

  /** What has to be looked at before all that was noted until now may pass. */
  needs(): readonly Need[] {
    const needs: Need[] = []
    for (const text of this.#open) {
      if (text.seenTo >= text.length) this.#open.delete(text)
      else needs.push({ text, upTo: text.length })
    }
    return needs
  }

  /** Ends the pieces that wait for more of their text. */
  cutNow(): void { for (const text of this.#open) text.end(false) }

  /** Asks about what is complete and was not asked about; null where nothing is waited for. */
  ask(): Promise<void> | null {
    const pieces = this.#fresh
    if (pieces.length === 0) return null
    this.#fresh = []
    const decoded = pieces.map(({ of, raw }) => of.form === 'json' ? decodeSource(raw) : { text: raw, at: (offset: number): number => offset })
    const asked = this.#detectors.look(decoded.map(({ text }, index) => ({ text, isAll: pieces[index]?.isAll === true })))
    const settle = (said: readonly (readonly Finding[])[]): void => {
      pieces.forEach((piece, index) => {
        const { at, text } = decoded[index] as (typeof decoded)[number]
        piece.of.settle(piece, withoutStandIns(text, said[index] ?? []), at)
      })
    }
    const note = ({ findings, missed }: Awaited<typeof asked>): void => {
      for (const { name, raises } of missed) {
        this.missed.add(name)
        if (raises) this.missedRaising.add(name)
      }
      settle(findings)
    }
    if (asked instanceof Promise) return asked.then(note)
    note(asked)
    return null
  }
}
