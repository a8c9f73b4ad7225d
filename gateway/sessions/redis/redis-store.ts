// State that several gateways share, in Redis: sessions, labels, pseudonyms, budgets and rates. Every question is one script, and so one step for
// all gateways; without an answer the call fails. Settling is not waited for: until it arrives the call counts at its upper bound.
import { randomUUID } from 'node:crypto'
import { Failure } from '../../exchange/failure.ts'
import { joinLabels, noLabels, sensitivities, sensitivityRank, type Labels } from '../../exchange/labels.ts'
import type { BudgetWatch, Hold, Limits } from '../../exchange/limits.ts'
import type { NoteBounds, NoteKind } from '../../exchange/notes.ts'
import type { HeldLabels, LabelRemoval, Reservation, SessionChange, SessionKeys, SessionState, SessionStore } from '../../exchange/session.ts'
import type { RedisTarget } from './client.ts'
import { beatEveryMs, RedisLink } from './link.ts'
import { hashTokens, refuseGiven, tenantOf } from '../hash-token.ts'
import { SharedKeys } from './shared-keys.ts'
import { SharedLasting } from './shared-lasting.ts'
import { SharedNotes } from './shared-notes.ts'
import { SharedPseudonyms } from './shared-pseudonyms.ts'
import { nanoUsd, SharedSums } from './shared-sums.ts'
import type { VaultKeys } from '../vault-keys.ts'
import { resealAll } from './reseal.ts'

export interface RedisStoreOptions {
  readonly target: RedisTarget
  readonly prefix: string
  readonly timeoutMs: number
  readonly leaseMs: number
  readonly vaultKeys: VaultKeys
  /** `state.hash_key`, or null: then it is the state's own. */
  readonly hashKey?: Buffer | null
  /** Told when another gateway was given another one. */
  readonly onOtherHashKey?: () => void
  readonly sessionTtlMs: number
  readonly labelTtlMs: number
  /** Vaults whose known part is kept in memory. */
  readonly maxSessions: number
  /** Of notes, by kind. */
  readonly noteBounds: Readonly<Record<NoteKind, NoteBounds>>
  readonly watch?: BudgetWatch
  /** Told when Redis is lost, with the reason, and when it is there again. */
  readonly onChange?: (problem: string | null) => void
  /** Told of reservations whose gateway died: they count as spent. */
  readonly onExpired?: (count: number) => void
  /** For tests; the server's own otherwise. */
  readonly clockMs?: () => number
}

const fieldsOf = (flat: readonly string[]): Map<string, string> => {
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '')
  return fields
}

const labelsOf = (fields: ReadonlyMap<string, string>): Labels => ({
  labels: [...fields.keys()].filter(name => name.startsWith('l:')).map(name => name.slice(2)).sort(),
  sensitivity: sensitivities[Number(fields.get('n') ?? 0)] ?? 'restricted',
})

/** What must be in one slot of a cluster: everything of one tenant and key. */
const ownerOf = (session: string): string => session.split('/', 2).join('/')

export class RedisStore implements SessionStore {
  readonly #options: RedisStoreOptions
  readonly #keys: SharedKeys
  readonly #link: RedisLink
  readonly #sums: SharedSums
  readonly notes: SharedNotes
  readonly #lasting: SharedLasting
  readonly #vaults = new Map<string, SharedPseudonyms>()

  constructor(options: RedisStoreOptions) {
    this.#options = options
    this.#keys = new SharedKeys({ prefix: options.prefix, ring: options.vaultKeys, hashKey: options.hashKey ?? null, onOtherHashKey: () => { options.onOtherHashKey?.() } })
    this.#link = new RedisLink({ ...options, keys: this.#keys, onChange: problem => { this.#changed(problem) } })
    this.#lasting = new SharedLasting(this.#link, options.prefix, () => this.#now())
    this.notes = new SharedNotes({ link: this.#link, keys: this.#keys, prefix: options.prefix, now: () => this.#now(), bounds: options.noteBounds })
    this.#sums = new SharedSums({ link: this.#link, now: () => this.#now(), ...options })
  }

  get problem(): string | null { return this.#link.problem }

  /** Resolves when Redis is there or known not to be. @throws Error where it is used with another vault key */
  open(): Promise<void> { return this.#link.open() }

  async load(keys: SessionKeys, limits: Limits, counts = false): Promise<SessionState> {
    const known = this.#vaults.get(keys.session)
    const from = known?.size ?? 0
    const notes = this.notes.asked(keys.session)
    const [got, budgets, lasting] = await Promise.all([
      this.#link.run('portcullisLoad', ...this.#namesOf(keys), notes.name, this.#now(), this.#options.sessionTtlMs, this.#options.labelTtlMs, known?.generation ?? '', from, ...notes.known) as Promise<[string[], string[], string[], string[]]>,
      this.#sums.look(limits, counts),
      this.#lasting.at(keys),
    ])
    const more = this.notes.take(keys.session, got[3])
    if (more instanceof Promise) await more
    const [session, agent] = [fieldsOf(got[0]), fieldsOf(got[1])]
    const startedAt = session.get('s') ?? '0'
    const generation = `${startedAt}:${session.get('g') ?? '0'}`
    return {
      id: keys.session, startedAt: Number(startedAt), labels: joinLabels(joinLabels(labelsOf(session), labelsOf(agent)), lasting.length === 0 ? noLabels : { labels: lasting.map(({ label }) => label), sensitivity: 'public' }), calls: Number(session.get('c') ?? 0),
      spendUsd: Number(session.get('m') ?? 0) / nanoUsd, pseudonyms: this.#vaultOf(keys, generation, got[2], generation === known?.generation ? from : 0), budgets,
    }
  }

  commit(keys: SessionKeys, change: SessionChange): void | Promise<void> {
    const { addLabels, calls = 0, lasting, spendUsd = 0 } = change
    if (!Number.isFinite(calls) || !Number.isFinite(spendUsd)) throw new Failure('gateway.bug', 'A session was told a cost that is no number.')
    const done = this.#link.run(
      'portcullisCommit', ...this.#namesOf(keys), this.#now(), this.#options.sessionTtlMs, this.#options.labelTtlMs, calls, Math.round(spendUsd * nanoUsd),
      addLabels === undefined ? -1 : sensitivityRank(addLabels.sensitivity), JSON.stringify(addLabels?.labels ?? []),
    ).then(() => undefined)
    if (lasting !== undefined && lasting.length > 0) return Promise.all([done, this.#lasting.put(keys, lasting)]).then(() => undefined)
    if (addLabels !== undefined) return done
    // Once, for what it is worth: sent again it would count twice. Budgets keep sums of their own.
    this.#link.soon(() => done.catch(() => undefined))
  }

  reserve(limits: Limits, hold: Hold): Reservation | Promise<Reservation> { return this.#sums.reserve(limits, hold, randomUUID()) }

  async forgetVault(id: string): Promise<boolean> {
    this.#vaults.delete(id)
    const [session, vault] = this.#namesOf({ session: id, agent: '', subject: '' })
    const [isKept, isNoted] = await Promise.all([this.#link.run('portcullisForget', session, vault), this.notes.forget(id)])
    return isKept === 1 || isNoted
  }

  resealVaults(): Promise<number> { return resealAll(this.#link, this.#options.prefix, this.#keys, beatEveryMs + this.#options.timeoutMs) }

  async rotateHashKey(): Promise<void> {
    refuseGiven(this.#options.hashKey)
    await this.#link.withKeys((keys, commands) => keys.rotateHash(commands))
  }

  async held(keys: SessionKeys): Promise<HeldLabels> {
    const [session, , agent] = this.#namesOf(keys)
    const [got, lasting] = await Promise.all([
      this.#link.run('portcullisHeld', session, agent, this.#now(), this.#options.sessionTtlMs, this.#options.labelTtlMs) as Promise<[string[], string[]]>,
      this.#lasting.at(keys),
    ])
    return { session: labelsOf(fieldsOf(got[0])), agent: labelsOf(fieldsOf(got[1])), lasting }
  }

  removeLabels(keys: SessionKeys, removal: LabelRemoval): Promise<void> {
    const [session, , agent] = this.#namesOf(keys)
    return this.#lasting.remove(keys, [session, agent], removal)
  }

  close(): Promise<void> {
    this.notes.flush()
    return this.#link.close()
  }

  #changed(problem: string | null): void {
    if (problem === null) this.notes.reread()
    this.#options.onChange?.(problem)
  }

  #now(): string { return this.#options.clockMs === undefined ? '' : String(this.#options.clockMs()) }

  #namesOf({ session, agent }: SessionKeys): [string, string, string] {
    const at = `${this.#options.prefix}:{${ownerOf(session)}}`
    return [`${at}:s:${session}`, `${at}:v:${session}`, `${at}:l:${agent}`]
  }

  #vaultOf(keys: SessionKeys, generation: string, rows: readonly string[], from: number): SharedPseudonyms {
    const { session } = keys
    let vault = this.#vaults.get(session)
    if (vault?.generation !== generation) {
      const [name, list] = this.#namesOf(keys)
      vault = new SharedPseudonyms({
        session, generation, keys: this.#keys, hash: hashTokens(() => this.#keys.stable('hash'), tenantOf(session)),
        append: async (began, length, added) => {
          const [word, more] = await this.#link.run('portcullisAppend', name, list, began, length, ...added) as [string, string[]?]
          return word === 'more' ? more ?? [] : word === 'ok' ? 'ok' : 'gone'
        },
      })
      // Rows from the middle say nothing about a vault that starts anew here.
      if (from > 0) throw new Failure('state.unavailable', 'The session began anew while it was read.', { retryAfterMs: 1000 })
    }
    vault.learn(rows, from)
    // Least recently used first in the map.
    this.#vaults.delete(session)
    this.#vaults.set(session, vault)
    if (this.#vaults.size > this.#options.maxSessions) this.#vaults.delete(this.#vaults.keys().next().value ?? '')
    return vault
  }
}
