// Approves a server that a registry or a server.json describes, pinned to one version and to the digest of its description.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { buildLaunch } from '../../../registry/build-launch.ts'
import { localName } from '../../../registry/client-file.ts'
import { isOneVersion } from '../../../registry/exact-version.ts'
import { officialMeta } from '../../../registry/server-json.ts'
import { showText } from '../../../registry/show-text.ts'
import { ConfigError } from '../../config/config-error.ts'
import { readJson } from '../../surfaces/json/read-json.ts'
import { readAnswer, type RegistryAnswer } from '../../upstream/registry-source.ts'
import type { Command, CommandOptions } from '../command.ts'
import { givenValues, onlyWord, openApproved, refusing, type Opened } from './approved-servers.ts'
import { propose } from './propose.ts'
import { asking, registryPlace } from './registry-of.ts'

const usage = 'add <server.json | name[@version]> [--registry <url or folder>]'

interface Found { readonly answer: RegistryAnswer; readonly source: { readonly kind: 'server-json' | 'registry'; readonly from: string } }

const fromFile = (file: string): Found => {
  try {
    return { answer: readAnswer(readJson(readFileSync(file, 'utf8'), { maxDepth: 64 }).value, 'server.json'), source: { kind: 'server-json', from: file } }
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: error instanceof Error ? error.message : String(error), example: 'a server.json of schema 2025-12-11' }])
  }
}

const fromRegistry = async (word: string, place: string): Promise<Found> => {
  const at = word.lastIndexOf('@')
  const [name, version] = at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, 'latest']
  if (version !== 'latest' && !isOneVersion(version)) throw new ConfigError('command line', [{ path: word, problem: 'names a range of versions', example: `${name}@1.2.3, or ${name} for the latest, which is then pinned` }])
  const answer = await asking(place, registry => registry.find(name, version === 'latest' ? null : version))
  if (answer === undefined) throw new ConfigError(place, [{ path: word, problem: 'is not in this registry', example: 'portcullis servers search <text>' }])
  return { answer, source: { kind: 'registry', from: place } }
}

const find = (word: string, options: CommandOptions, { own }: Opened): Found | Promise<Found> => {
  const file = resolve(options.cwd, word)
  if (options.registry === null && existsSync(file)) return fromFile(file)
  const place = registryPlace(options, own)
  if (place === null) throw new ConfigError('command line', [{ path: word, problem: 'is no file, and no registry is named', example: `portcullis servers ${usage}, or registry.source in the configuration` }])
  return fromRegistry(word, place)
}

/** What the registry says about the version beside its description. @throws ConfigError when it was deleted */
const statusNotices = ({ response }: RegistryAnswer): string[] => {
  const official = response._meta?.[officialMeta]
  const why = official?.statusMessage === undefined ? '' : `: ${showText(official.statusMessage)}`
  if (official?.status === 'deleted') throw new ConfigError(response.server.name, [{ path: 'status', problem: `was deleted from the registry${why}`, example: 'another version, or another server' }])
  return official?.status === 'deprecated' ? [`deprecated by its publisher${why}`] : []
}

export const serversAdd: Command = async options => {
  const word = onlyWord(options, usage)
  const opened = openApproved(options)
  const { answer, source } = await find(word, options, opened)
  const { server } = answer.response
  const notices = statusNotices(answer)
  const name = options.names[0] ?? localName(server.name.slice(server.name.indexOf('/') + 1))
  const built = refusing(`${server.name} ${server.version}`, () =>
    buildLaunch(server, { name, given: givenValues(options), launchers: opened.own.config.registry.launchers, pick: options.pick }))
  return propose([{ name, server: built.server, serverJson: answer.document, source, notices: [...notices, ...built.notices] }], options, opened)
}
