// What a stateless caller carries for us from one request to the next: encrypted, bound to who asked what, good for a while.
import { z } from 'zod'
import type { VaultKeys } from './vault-keys.ts'

/** Where a call goes on (2026-07-28, requestState). */
export const stateSchema = z.strictObject({
  /** Milliseconds since the epoch after which it is no longer taken. */
  until: z.number(),
  server: z.string(),
  /** The server's own state; null where the call waits here instead. */
  upstream: z.string().nullable(),
  parked: z.string().nullable(),
})
export type SealedState = z.infer<typeof stateSchema>

/** Whose task an id stands for; the task itself has an end, so the id needs none. */
export const taskSchema = z.strictObject({ server: z.string(), tool: z.string(), id: z.string() })
export type SealedTask = z.infer<typeof taskSchema>

export class StateSealer {
  readonly #keys: VaultKeys

  /** @param keys of the vault: states survive a restart and a rotation as long as they do */
  constructor(keys: VaultKeys) { this.#keys = keys.derive('mcp request state') }

  /** @param bound must be the same when it is opened: whose it is, and what it is good for */
  seal(bound: string, state: SealedState | SealedTask): string { return this.#keys.seal(bound, JSON.stringify(state)).toString('base64url') }

  /** Null for everything that is not ours, or not for this. */
  open<State>(bound: string, text: string, schema: z.ZodType<State>): State | null {
    try {
      const bytes = Buffer.from(text, 'base64url')
      // Of several spellings of the same bytes only our own is taken.
      if (bytes.toString('base64url') !== text) return null
      return schema.parse(JSON.parse(this.#keys.open(bound, bytes).text))
    } catch {
      return null
    }
  }
}
