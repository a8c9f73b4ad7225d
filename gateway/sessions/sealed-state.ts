// What a stateless caller carries for us from one request to the next: encrypted, bound to who asked what, good for a while.
import { hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { seal, unseal } from './vault-key.ts'

const stateSchema = z.strictObject({
  /** Milliseconds since the epoch after which it is no longer taken. */
  until: z.number(),
  server: z.string(),
  /** The server's own state; null where the call waits here instead. */
  upstream: z.string().nullable(),
  parked: z.string().nullable(),
})
export type SealedState = z.infer<typeof stateSchema>

export class StateSealer {
  readonly #key: Buffer
  readonly #nowMs: () => number

  /** @param vaultKey of the data folder: states survive a restart as long as it does */
  constructor(vaultKey: Buffer, nowMs: () => number = Date.now) {
    this.#key = Buffer.from(hkdfSync('sha256', vaultKey, Buffer.alloc(0), 'mcp request state', 32))
    this.#nowMs = nowMs
  }

  /** @param bound must be the same when it is opened: principal, endpoint, method, arguments, policy */
  seal(bound: string, state: SealedState): string { return seal(this.#key, bound, JSON.stringify(state)).toString('base64url') }

  /** Null for everything that is not ours, not for this, or too old. */
  open(bound: string, text: string): SealedState | null {
    try {
      const bytes = Buffer.from(text, 'base64url')
      // Of several spellings of the same bytes only our own is taken.
      if (bytes.toString('base64url') !== text) return null
      const state = stateSchema.parse(JSON.parse(unseal(this.#key, bound, bytes)))
      return state.until > this.#nowMs() ? state : null
    } catch {
      return null
    }
  }
}
