// Value ⇄ placeholder of one session. The first e-mail address of a session is [EMAIL_1] in every turn, so prompt caches stay warm.
import { stemOf, type EntityKind } from '../exchange/kinds.ts'
import type { Pseudonyms } from '../exchange/session.ts'

export interface PseudonymRow { readonly placeholder: string; readonly kind: EntityKind; readonly value: string }

export class SessionPseudonyms implements Pseudonyms {
  readonly #byValue = new Map<string, string>()
  readonly #byPlaceholder = new Map<string, PseudonymRow>()
  readonly #counters = new Map<string, number>()
  readonly #added: (row: PseudonymRow) => void

  /** @param added is told about each new pair before it is used: it must survive a restart. */
  constructor(rows: readonly PseudonymRow[], added: (row: PseudonymRow) => void) {
    this.#added = added
    for (const row of rows) this.keep(row)
  }

  readonly entries: PseudonymRow[] = []

  get size(): number { return this.entries.length }

  placeholder(kind: EntityKind, value: string): string {
    const known = this.existing(kind, value)
    if (known !== undefined) return known
    const row = { placeholder: this.next(kind, 1), kind, value }
    this.#added(row)
    this.keep(row)
    return row.placeholder
  }

  /** The exact surface is the key: two spellings of one number restore to what each of them was. */
  existing(kind: EntityKind, value: string): string | undefined { return this.#byValue.get(`${kind} ${value}`) }

  /** @param ahead 1 for the next placeholder of the kind, 2 for the one after it */
  next(kind: EntityKind, ahead: number): string {
    const stem = stemOf(kind)
    return `[${stem}_${(this.#counters.get(stem) ?? 0) + ahead}]`
  }

  lookup(placeholder: string): { readonly kind: EntityKind; readonly value: string } | undefined { return this.#byPlaceholder.get(placeholder) }

  /** Takes over a pair that was kept elsewhere. */
  keep(row: PseudonymRow): void {
    const [, stem = '', number = '0'] = /^\[([A-Z_]+)_(\d+)\]$/.exec(row.placeholder) ?? []
    this.#counters.set(stem, Math.max(this.#counters.get(stem) ?? 0, Number(number)))
    this.#byValue.set(`${row.kind} ${row.value}`, row.placeholder)
    this.#byPlaceholder.set(row.placeholder, row)
    this.entries.push(row)
  }
}
