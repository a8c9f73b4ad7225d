// Where operators act on vaults: forgetting what one session hid, sealing everything with the current key, and changing the key
// of hash tokens. Reached through the admin listener
// with its key alone. What is about to be done is on record before it is, and what came of it afterwards.
import { recorded, type AuditLog, type VaultAct } from '../exchange/record.ts'
import type { SessionStore } from '../exchange/session.ts'

export interface VaultDeskParts { readonly sessions: Pick<SessionStore, 'forgetVault' | 'resealVaults' | 'rotateHashKey'>; readonly audit: AuditLog }

/** Who says so, and why; both go on record. */
export interface Approval { readonly by: string; readonly reason: string | null; readonly client: string | null }

export class VaultDesk {
  readonly #parts: VaultDeskParts

  constructor(parts: VaultDeskParts) { this.#parts = parts }

  /** @returns whether there was anything to forget. @throws Failure state.unavailable, Error when it cannot be recorded */
  async forget(session: string, approval: Approval): Promise<boolean> {
    return await this.#act('forget', session, approval, async () => await this.#parts.sessions.forgetVault(session) ? 1 : 0) === 1
  }

  /** @returns how many values were sealed anew. @throws as `forget` */
  reseal(approval: Approval): Promise<number> { return this.#act('reseal', null, approval, async () => this.#parts.sessions.resealVaults()) }

  /** @throws as `forget`, and Failure request.malformed where the configuration gives the key */
  async rotateHashes(approval: Approval): Promise<void> {
    await this.#act('rotate-hashes', null, approval, async () => {
      await this.#parts.sessions.rotateHashKey()
      return 1
    })
  }

  async #act(act: VaultAct, session: string | null, { by, client, reason }: Approval, work: () => Promise<number>): Promise<number> {
    const { audit } = this.#parts
    const entry = { phase: 'vault', act, session, by, reason, client } as const
    await recorded(audit, { ...entry, done: null })
    const done = await work()
    await recorded(audit, { ...entry, done })
    return done
  }
}
