// The vault of one session that several processes share: a list in Redis that is only ever appended to, by whoever knows all of it. So no value
// gets two placeholders and no placeholder two values, whichever process allocates. What Redis holds is sealed, as in the embedded store.
import type { EntityKind } from '../../exchange/kinds.ts'
import { Failure } from '../../exchange/failure.ts'
import { PlaceholdersPending, type Pseudonym, type Pseudonyms } from '../../exchange/session.ts'
import type { HashToken } from '../hash-token.ts'
import { noteGivenOut, SessionPseudonyms, type PseudonymForm, type PseudonymRow } from '../pseudonyms.ts'
import type { Sealing } from '../stable-keys.ts'

/** Appends rows behind the given length, or says what is there instead. */
export type Append = (generation: string, length: number, rows: readonly string[]) => Promise<'ok' | 'gone' | readonly string[]>

export interface SharedVault { readonly session: string; readonly generation: string; readonly keys: Sealing; readonly hash: HashToken; readonly append: Append }

interface Wanted { readonly form: PseudonymForm; readonly kind: EntityKind; readonly value: string; readonly isTaken: (text: string) => boolean }

/** Each turn somebody else got in, so a queue of so many has been served. */
const mostTurns = 50

const unusable = (message: string, cause?: unknown): Failure => new Failure('state.unavailable', message, { retryAfterMs: 1000, ...cause === undefined ? {} : { cause } })

export class SharedPseudonyms implements Pseudonyms {
  /** Which of the vaults that the session has had: a session that began anew, or whose vault was forgotten, has another. */
  readonly generation: string
  readonly #vault: SharedVault
  readonly #known: SessionPseudonyms
  #wanted: Wanted[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(vault: SharedVault) {
    this.#vault = vault
    this.generation = vault.generation
    this.#known = new SessionPseudonyms([], () => undefined, vault.hash)
  }

  get size(): number { return this.#known.size }
  get entries(): readonly PseudonymRow[] { return this.#known.entries }
  get hasSurrogates(): boolean { return this.#known.hasSurrogates }
  lookup(pseudonym: string): Pseudonym | undefined { return this.#known.lookup(pseudonym) }
  hash(kind: EntityKind, value: string): string { return this.#known.hash(kind, value) }

  placeholder(kind: EntityKind, value: string): string { return this.#named({ form: 'placeholder', kind, value, isTaken: () => false }) }

  surrogate(kind: EntityKind, value: string, isTaken: (text: string) => boolean): string { return this.#named({ form: 'surrogate', kind, value, isTaken }) }

  /** Of a new value it says a stand-in, which `agree` keeps from being used. */
  #named(wanted: Wanted): string {
    const known = this.#known.existing(wanted.form, wanted.kind, wanted.value)
    if (known !== undefined) return known
    this.#wanted.push(wanted)
    return '[?]'
  }

  agree(): void {
    const wanted = this.#wanted
    if (wanted.length === 0) return
    this.#wanted = []
    throw new PlaceholdersPending(() => {
      const turn = this.#turn.then(() => this.#allocate(wanted))
      this.#turn = turn.catch(() => undefined)
      return turn
    })
  }

  /** @param from index of the first row: what is known already is skipped, because answers may cross. @throws Failure for a row that is not sealed with our key */
  learn(rows: readonly string[], from: number): void {
    for (const text of rows.slice(Math.max(0, this.size - from))) {
      const [placeholder = '', kind = '', sealed = ''] = text.split(' ')
      try {
        this.#known.keep({ placeholder, kind: kind as EntityKind, value: this.#vault.keys.open(this.#boundTo(placeholder), Buffer.from(sealed, 'base64')).text })
      } catch (cause) {
        throw unusable('A pseudonym in the shared state was not written with the vault key of this gateway.', cause)
      }
    }
  }

  async #allocate(wanted: readonly Wanted[]): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const length = this.size
      const rows = this.#proposed(wanted)
      if (rows.length === 0) return
      const said = await this.#vault.append(this.generation, length, rows)
      if (said === 'gone') throw unusable('The session ended, or its vault was forgotten, while the call was under way.')
      this.learn(said === 'ok' ? rows : said, length)
    }
    throw unusable('The session is in use by too many calls at once.')
  }

  #proposed(wanted: readonly Wanted[]): string[] {
    const behind = new Map<string, number>()
    const seen = new Set<string>()
    return wanted.flatMap(({ form, kind, value, isTaken }) => {
      const same = `${form} ${kind} ${value}`
      if (seen.has(same) || this.#known.existing(form, kind, value) !== undefined) return []
      seen.add(same)
      const placeholder = this.#known.next(form, kind, { isTaken, behind })
      noteGivenOut(behind, placeholder)
      return [`${placeholder} ${kind} ${this.#vault.keys.seal(this.#boundTo(placeholder), value).toString('base64')}`]
    })
  }

  #boundTo(placeholder: string): string { return `${this.#vault.session} ${placeholder}` }
}
