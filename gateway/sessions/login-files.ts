// Logins at MCP servers, one sealed file each in the data folder. What cannot be opened (another key, another server's file) counts as no
// login: somebody logs in again, nothing is guessed.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { KeptLogin, LoginStore } from '../exchange/login.ts'
import type { VaultKeys } from './vault-keys.ts'

const clientSchema = z.object({
  known: z.enum(['configured', 'document', 'registered']), id: z.string(), secret: z.string().nullable(), secretExpiresAtS: z.number().nullable(), authMethod: z.string().nullable(), redirectUri: z.string(),
})

const loginSchema: z.ZodType<KeptLogin> = z.object({
  url: z.string(), metadataUrl: z.string().nullable(), clients: z.record(z.string(), clientSchema),
  tokens: z.object({
    issuer: z.string(), access: z.string(), refresh: z.string().nullable(), asked: z.string().nullable(), granted: z.string().nullable(), expiresAtMs: z.number().nullable(), sinceMs: z.number(),
  }).nullable(),
})

const bindingOf = (server: string): string => `login/${server}`

export class LoginFiles implements LoginStore {
  readonly #folder: string
  readonly #keys: VaultKeys
  readonly #onUnreadable: (server: string) => void
  readonly #known = new Map<string, KeptLogin | null>()

  /** @param onUnreadable told once per server whose file cannot be opened. */
  constructor(folder: string, keys: VaultKeys, onUnreadable: (server: string) => void) {
    this.#folder = folder
    this.#keys = keys
    this.#onUnreadable = onUnreadable
  }

  load(server: string): KeptLogin | null {
    const known = this.#known.get(server)
    if (known !== undefined) return known
    const read = this.#read(server)
    this.#known.set(server, read)
    return read
  }

  save(server: string, login: KeptLogin): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const file = this.#file(server)
    // Renamed into place: a login is never half written.
    writeFileSync(`${file}.new`, this.#keys.seal(bindingOf(server), JSON.stringify(login)), { mode: 0o600 })
    renameSync(`${file}.new`, file)
    this.#known.set(server, login)
  }

  /** Seals with the current key what an older one sealed. */
  reseal(): void {
    if (!existsSync(this.#folder)) return
    for (const file of readdirSync(this.#folder)) {
      const server = /^(.+)\.sealed$/.exec(file)?.[1]
      const login = server === undefined ? null : this.load(server)
      if (server !== undefined && login !== null) this.save(server, login)
    }
  }

  #read(server: string): KeptLogin | null {
    const file = this.#file(server)
    if (!existsSync(file)) return null
    try {
      return loginSchema.parse(JSON.parse(this.#keys.open(bindingOf(server), readFileSync(file)).text))
    } catch {
      this.#onUnreadable(server)
      return null
    }
  }

  /** Server names are of a-z, 0-9 and "-" (registry/mcp-server.ts). */
  #file(server: string): string { return join(this.#folder, `${server}.sealed`) }
}
