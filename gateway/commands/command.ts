// What every command of the command line gets and gives.

export interface CommandOptions {
  readonly config: string | null
  readonly data: string | null
  readonly since: string | null
  readonly observe: boolean
  /** What follows the command's name. */
  readonly words: readonly string[]
  /** `servers`: local names, `NAME=VALUE` pairs, registry, which remote or package, the confirmation, and settings of the new entry. */
  readonly names: readonly string[]
  readonly values: readonly string[]
  readonly registry: string | null
  readonly pick: string | null
  readonly yes: boolean
  readonly settings: { readonly environment: string | null; readonly trust: string | null; readonly sensitivity: string | null }
  /** `pins`: which ones, and how they are printed. */
  readonly pins: { readonly server: string | null; readonly state: string | null; readonly json: boolean; readonly all: boolean }
  /** `labels`: of which session, which ones, and why. */
  readonly labels: { readonly session: string | null; readonly label: readonly string[]; readonly reason: string | null }
  /** `costs`: what they are told by, until when, and how many rows. */
  readonly costs: { readonly by: string | null; readonly until: string | null; readonly top: string | null }
  /** `vault`: whose, and why. */
  readonly vault: { readonly session: string | null; readonly reason: string | null }
  /** `servers login`, `vault`: base URL of the admin listener. */
  readonly admin: string | null
  readonly cwd: string
  readonly environment: NodeJS.ProcessEnv
}

/** Resolves to the exit code. @throws ConfigError for exit code 2, anything else for exit code 1 */
export type Command = (options: CommandOptions) => Promise<number>
