// What the `pins` commands share: the file, whether a gateway is running or not, and the words of the command line that name what is meant.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedKinds, type PinnedKind } from '../../../registry/definition.ts'
import { showHidden } from '../../../registry/show-text.ts'
import { ConfigError } from '../../config/config-error.ts'
import { loadOwnConfig } from '../../config/load.ts'
import { KnownPins, type KnownPin } from '../../upstream/pins/known-pins.ts'
import { PinFile } from '../../upstream/pins/pin-file.ts'
import type { CommandOptions } from '../command.ts'

/** A gateway holds the file for milliseconds. */
const busyMs = 5000

/** Which pins are meant: of a server, one of them, or all. */
export interface Meant { readonly server: string | null; readonly kind: PinnedKind | null; readonly name: string | null }

export interface OpenedPins { readonly file: PinFile; readonly known: KnownPins }

/** Runs a command on the file. @throws ConfigError where there is none */
export const withPins = async <T>(options: CommandOptions, run: (opened: OpenedPins) => T | Promise<T>): Promise<T> => {
  const { config } = loadOwnConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...options.data === null ? {} : { data: options.data } })
  const path = join(config.data, 'pins.db')
  if (!existsSync(path)) throw new ConfigError(path, [{ path: '', problem: 'there is no pin database yet: a gateway makes it', example: 'portcullis start; or name its data folder with --data' }])
  const file = new PinFile(path, { busyMs, mayCreate: false })
  try {
    return await run({ file, known: KnownPins.read(file) })
  } finally {
    file.close()
  }
}

const wrong = (path: string, problem: string, example: string): ConfigError => new ConfigError('command line', [{ path, problem, example }])

/** SERVER, or SERVER KIND NAME, or (where allowed) --all. Instructions have no name. @throws ConfigError */
export const meantBy = ({ pins, words }: CommandOptions, usage: string): Meant => {
  const [server, kind, name, ...more] = words
  if (pins.all && words.length === 0) return { server: null, kind: null, name: null }
  if (server === undefined || pins.all || more.length > 0) throw wrong('', server === undefined ? 'no server is named' : 'too many words', `portcullis pins ${usage}`)
  if (kind === undefined) return { server, kind: null, name: null }
  const known = pinnedKinds.find(one => one === kind)
  if (known === undefined) throw wrong(kind, `is not a kind: known are ${pinnedKinds.join(', ')}`, `portcullis pins ${usage}`)
  if (known !== 'instructions' && name === undefined) throw wrong(kind, 'needs a name behind it', `portcullis pins ${usage}`)
  return { server, kind: known, name: name ?? '' }
}

/** The pins that are meant; a name can be given as it is shown, with its hidden characters written out. @throws ConfigError where a named one is not there */
export const pinsOf = ({ known }: OpenedPins, { server, kind, name }: Meant): KnownPin[] => {
  const all = (server === null ? known.servers : [server]).flatMap(one => [...known.of(one)])
  const found = all.filter(({ row }) => kind === null || (row.kind === kind && (row.name === name || showHidden(row.name) === name)))
  if (found.length === 0 && server !== null) throw wrong(showHidden([server, kind, name].filter(word => word !== null).join(' ')), 'nothing is known under this name', 'portcullis pins list')
  return found
}

export const write = (text: string): void => { process.stdout.write(`${text}\n`) }
