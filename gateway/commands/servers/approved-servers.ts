// What the `servers` commands share: the configuration without its approved servers, so that they work while that file is broken.
import { RegistryError } from '../../../registry/registry.ts'
import type { GivenValues } from '../../../registry/server-inputs.ts'
import { showText } from '../../../registry/show-text.ts'
import { readApproved, type ApprovedFile } from '../../config/approved-file.ts'
import { ConfigError } from '../../config/config-error.ts'
import { loadOwnConfig, type LoadedConfig } from '../../config/load.ts'
import type { CommandOptions } from '../command.ts'

export interface Opened { readonly own: LoadedConfig; readonly approved: ApprovedFile }

/** @throws ConfigError */
export const openApproved = (options: CommandOptions): Opened => {
  const own = loadOwnConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...options.data === null ? {} : { data: options.data } })
  return { own, approved: readApproved(own.approved.file) }
}

/** The one word that a command takes. @throws ConfigError */
export const onlyWord = ({ words }: CommandOptions, usage: string): string => {
  const [word] = words
  if (word === undefined || words.length > 1) throw new ConfigError('command line', [{ path: '', problem: words.length === 0 ? 'something is missing' : 'too many words', example: `portcullis servers ${usage}` }])
  return word
}

const splitPair = (pair: string): readonly [string, string] => {
  const equals = pair.indexOf('=', pair.startsWith('--') ? 2 : 1)
  if (equals < 0) throw new ConfigError('command line', [{ path: '--value', problem: 'has no "="', example: '--value NAME=VALUE, --value NAME=env:VARIABLE or --value NAME=file:PATH' }])
  return [pair.slice(0, equals), pair.slice(equals + 1)]
}

/** `--value` options by name. @throws ConfigError */
export const givenValues = ({ values }: CommandOptions): GivenValues => {
  const given = new Map<string, string[]>()
  for (const [name, value] of values.map(splitPair)) given.set(name, [...given.get(name) ?? [], value])
  return given
}

/** What the registry's pure parts refuse, said as every other refusal of a command. */
export const refusing = <T>(about: string, run: () => T): T => {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    // What a publisher wrote is in these texts, and goes to a terminal.
    throw new ConfigError(about, error.problems.map(({ path, problem, remedy }) => ({ path: showText(path), problem: showText(problem), example: showText(remedy) })))
  }
}
