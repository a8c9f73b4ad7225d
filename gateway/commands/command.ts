// What every command of the command line gets and gives.

export interface CommandOptions {
  readonly config: string | null
  readonly data: string | null
  readonly since: string | null
  readonly observe: boolean
  readonly cwd: string
  readonly environment: NodeJS.ProcessEnv
}

/** Resolves to the exit code. @throws ConfigError for exit code 2, anything else for exit code 1 */
export type Command = (options: CommandOptions) => Promise<number>
