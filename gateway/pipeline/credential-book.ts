// Which of a provider's keys a call is sent with: the one with the fewest calls under way among those that neither rest nor were refused.
// Keys are remembered by digest only; a reload that brings another key starts it afresh.
import { hash } from 'node:crypto'
import type { Credential } from '../exchange/credential.ts'

/** One key of a provider, lent to one call. Say how it went; `done` in the end. */
export interface Lease {
  readonly credential: Credential
  /** Which of the provider's keys it is, from 1: for log and status, which never show it. */
  readonly position: number
  done(): void
  /** The provider limits this key at this model. */
  rests(candidate: string, forMs: number): void
  /** The provider does not take this key any more, or it has no money left. */
  refused(status: number): void
}

export interface CredentialState { readonly provider: string; readonly position: number; readonly state: 'in use' | 'resting' | 'refused'; readonly active: number }

interface Entry {
  active: number
  lastUse: number
  refused: boolean
  /** After a refusal a provider's last key is tried again at this time. */
  againMs: number
  readonly restsUntilMs: Map<string, number>
}

interface Held { readonly credential: Credential; readonly position: number; readonly entry: Entry }

/** A refused key that has no successor is tried again after this time: refusals have been mistakes. */
const secondThoughtMs = 60_000
const longestRestMs = 3600_000
const mostModels = 1000

/** Keys that cannot be read out (RSA) do not tell one credential from another; who they belong to does. */
const digestOf = (credential: Credential): string => hash('sha256', JSON.stringify(credential))

export class CredentialBook {
  readonly #entries = new Map<string, Entry>()
  readonly #known = new Map<string, readonly Held[]>()
  readonly #nowMs: () => number
  readonly #onRefused: (provider: string, position: number, status: number) => void
  #uses = 0

  constructor(onRefused: (provider: string, position: number, status: number) => void = () => undefined, nowMs: () => number = () => performance.now()) {
    this.#onRefused = onRefused
    this.#nowMs = nowMs
  }

  /** The keys of a new generation, by provider. A key that is no longer there is forgotten; one that stays was put right by the reload. */
  update(credentials: ReadonlyMap<string, readonly Credential[]>): void {
    const kept = new Set<string>()
    this.#known.clear()
    for (const [provider, ofProvider] of credentials) {
      this.#known.set(provider, ofProvider.flatMap((credential, index) => {
        const id = `${provider} ${digestOf(credential)}`
        // The same key twice is one key.
        if (kept.has(id)) return []
        kept.add(id)
        let entry = this.#entries.get(id)
        if (entry === undefined) this.#entries.set(id, entry = { active: 0, lastUse: 0, refused: false, againMs: 0, restsUntilMs: new Map() })
        entry.refused = false
        return [{ credential, position: index + 1, entry }]
      }))
    }
    for (const id of this.#entries.keys()) if (!kept.has(id)) this.#entries.delete(id)
  }

  /** A key for one call of this candidate; null where the provider takes none; "none" where none is left that it takes. */
  choose(provider: string, candidate: string): Lease | 'none' | null {
    const held = this.#known.get(provider)
    if (held === undefined || held.length === 0) return null
    const nowMs = this.#nowMs()
    const usable = held.filter(({ entry }) => !entry.refused || nowMs >= entry.againMs)
    const [only] = usable
    if (only === undefined) return 'none'
    const chosen = usable.length === 1 ? only : best(usable, candidate, nowMs)
    return this.#lend(provider, chosen)
  }

  /** Is there another key that could take the call now? */
  hasFree(provider: string, candidate: string): boolean {
    const nowMs = this.#nowMs()
    return (this.#known.get(provider) ?? []).some(({ entry }) => !entry.refused && (entry.restsUntilMs.get(candidate) ?? 0) <= nowMs)
  }

  /** Time until the first key of a provider may be used for this candidate again; 0 where one may be used now. */
  restMs(provider: string, candidate: string): number {
    const nowMs = this.#nowMs()
    const rests = (this.#known.get(provider) ?? []).filter(({ entry }) => !entry.refused).map(({ entry }) => Math.max(0, (entry.restsUntilMs.get(candidate) ?? 0) - nowMs))
    return rests.length === 0 ? 0 : Math.min(...rests)
  }

  /** Every provider that has several keys, or one that was refused. */
  states(): CredentialState[] {
    const nowMs = this.#nowMs()
    return [...this.#known].flatMap(([provider, held]) => held.map(({ position, entry }): CredentialState => ({
      provider, position, active: entry.active,
      state: entry.refused ? 'refused' : [...entry.restsUntilMs.values()].some(until => until > nowMs) ? 'resting' : 'in use',
    })))
  }

  #lend(provider: string, { credential, position, entry }: Held): Lease {
    entry.active += 1
    entry.lastUse = this.#uses += 1
    let held = true
    return {
      credential, position,
      done: () => {
        if (held) entry.active -= 1
        held = false
      },
      rests: (candidate, forMs) => {
        if (entry.restsUntilMs.size >= mostModels) entry.restsUntilMs.clear()
        entry.restsUntilMs.set(candidate, this.#nowMs() + Math.min(forMs, longestRestMs))
      },
      refused: status => {
        const isNews = !entry.refused
        entry.refused = true
        const others = (this.#known.get(provider) ?? []).some(other => !other.entry.refused)
        // Until the next reload where others can do its work.
        entry.againMs = others ? Infinity : this.#nowMs() + secondThoughtMs
        if (isNews) this.#onRefused(provider, position, status)
      },
    }
  }
}

/** Those that do not rest before those that do (the first to be free again), then the least used, then the one that was not used for longest. */
const best = (usable: readonly Held[], candidate: string, nowMs: number): Held => {
  const restMs = ({ entry }: Held): number => Math.max(0, (entry.restsUntilMs.get(candidate) ?? 0) - nowMs)
  return usable.reduce((a, b) => (restMs(a) - restMs(b) || a.entry.active - b.entry.active || a.entry.lastUse - b.entry.lastUse) <= 0 ? a : b)
}
