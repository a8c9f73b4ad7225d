// Value ⇄ pseudonym of one session. The first e-mail address of a session is [EMAIL_1] in every turn, so prompt caches stay warm.
import { stemOf, type EntityKind } from '../exchange/kinds.ts'
import type { Pseudonym, Pseudonyms } from '../exchange/session.ts'
import { shapeOf, shapes } from '../exchange/surrogate.ts'
import type { HashToken } from './hash-token.ts'

/** `placeholder` is the pseudonym, in whichever form. */
export interface PseudonymRow { readonly placeholder: string; readonly kind: EntityKind; readonly value: string }

export type PseudonymForm = 'placeholder' | 'surrogate'

const isPlaceholder = (pseudonym: string): boolean => pseudonym.startsWith('[')

const keyOf = (form: PseudonymForm, kind: EntityKind, value: string): string => `${form === 'surrogate' ? '~' : ''}${kind} ${value}`

/** The series that a pseudonym is one of, and its number in it. */
const placeIn = (pseudonym: string): { readonly series: string; readonly number: number } => {
  if (isPlaceholder(pseudonym)) {
    const [, stem = '', number = '0'] = /^\[([A-Z_]+)_(\d+)\]$/.exec(pseudonym) ?? []
    return { series: stem, number: Number(number) }
  }
  for (const shape of shapes) {
    const number = shape.numberOf(pseudonym)
    if (number !== null) return { series: `~${shape.name}`, number }
  }
  return { series: '', number: 0 }
}

export class SessionPseudonyms implements Pseudonyms {
  readonly #byValue = new Map<string, string>()
  readonly #byPseudonym = new Map<string, PseudonymRow>()
  readonly #counters = new Map<string, number>()
  readonly #added: (row: PseudonymRow) => void
  readonly hash: HashToken
  /** How the keeper of the pairs takes several in one step. */
  group: (write: () => void) => void = write => { write() }

  /**
   * @param added is told about each new pair before it is used: it must survive a restart.
   * @param hash makes the tenant's hash tokens
   */
  constructor(rows: readonly PseudonymRow[], added: (row: PseudonymRow) => void, hash: HashToken) {
    this.#added = added
    this.hash = hash
    for (const row of rows) this.keep(row)
  }

  readonly entries: PseudonymRow[] = []
  hasSurrogates = false

  get size(): number { return this.entries.length }

  placeholder(kind: EntityKind, value: string): string { return this.#named('placeholder', kind, value, () => false) }

  surrogate(kind: EntityKind, value: string, isTaken: (text: string) => boolean): string { return this.#named('surrogate', kind, value, isTaken) }

  #named(form: PseudonymForm, kind: EntityKind, value: string, isTaken: (text: string) => boolean): string {
    const known = this.existing(form, kind, value)
    if (known !== undefined) return known
    const row = { placeholder: this.next(form, kind, { isTaken }), kind, value }
    this.#added(row)
    this.keep(row)
    return row.placeholder
  }

  together(work: () => void): void {
    const before = this.entries.length
    try {
      this.group(work)
    } catch (thrown) {
      for (const row of this.entries.splice(before)) this.#forget(row)
      throw thrown
    }
  }

  #forget({ kind, placeholder, value }: PseudonymRow): void {
    this.#byPseudonym.delete(placeholder)
    this.#byValue.delete(keyOf(isPlaceholder(placeholder) ? 'placeholder' : 'surrogate', kind, value))
  }

  /** The exact surface is the key: two spellings of one number restore to what each of them was. */
  existing(form: PseudonymForm, kind: EntityKind, value: string): string | undefined {
    const known = this.#byValue.get(keyOf(form, kind, value))
    return known ?? (form === 'surrogate' && this.#hasNone(kind) ? this.#byValue.get(keyOf('placeholder', kind, value)) : undefined)
  }

  /** A kind that has no surrogates, or none left, has placeholders for them. */
  #hasNone(kind: EntityKind): boolean {
    const shape = shapeOf(kind)
    return shape === undefined || shape.write(this.#last(`~${shape.name}`) + 1) === null
  }

  /**
   * The next pseudonym of a kind that nobody has and nobody uses.
   * @param behind one that is not kept yet but is given out already
   */
  next(form: PseudonymForm, kind: EntityKind, { isTaken, behind }: { readonly isTaken: (text: string) => boolean; readonly behind?: ReadonlyMap<string, number> | undefined }): string {
    const shape = form === 'surrogate' ? shapeOf(kind) : undefined
    if (shape !== undefined) {
      for (let number = this.#last(`~${shape.name}`, behind) + 1; ; number += 1) {
        const text = shape.write(number)
        if (text === null) break
        if (!isTaken(text)) return text
      }
    }
    const stem = stemOf(kind)
    return `[${stem}_${this.#last(stem, behind) + 1}]`
  }

  #last(series: string, behind?: ReadonlyMap<string, number>): number { return Math.max(this.#counters.get(series) ?? 0, behind?.get(series) ?? 0) }

  lookup(pseudonym: string): Pseudonym | undefined { return this.#byPseudonym.get(pseudonym) }

  /** Takes over a pair that was kept elsewhere. */
  keep(row: PseudonymRow): void {
    const { series, number } = placeIn(row.placeholder)
    this.#counters.set(series, Math.max(this.#counters.get(series) ?? 0, number))
    this.#byValue.set(keyOf(isPlaceholder(row.placeholder) ? 'placeholder' : 'surrogate', row.kind, row.value), row.placeholder)
    this.#byPseudonym.set(row.placeholder, row)
    this.hasSurrogates ||= !isPlaceholder(row.placeholder)
    this.entries.push(row)
  }
}

/** Notes a pseudonym that is given out before it is kept. */
export const noteGivenOut = (behind: Map<string, number>, pseudonym: string): void => {
  const { series, number } = placeIn(pseudonym)
  behind.set(series, Math.max(behind.get(series) ?? 0, number))
}
