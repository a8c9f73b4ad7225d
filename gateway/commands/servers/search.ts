// Looks for servers in a registry. It only prints; nothing is approved by being found.
import { officialMeta } from '../../../registry/server-json.ts'
import { showText } from '../../../registry/show-text.ts'
import { ConfigError } from '../../config/config-error.ts'
import type { Command } from '../command.ts'
import { onlyWord, openApproved } from './approved-servers.ts'
import { asking, registryPlace } from './registry-of.ts'

export const serversSearch: Command = async options => {
  const text = onlyWord(options, 'search <text> [--registry <url or folder>]')
  const place = registryPlace(options, openApproved(options).own)
  if (place === null) throw new ConfigError('command line', [{ path: '--registry', problem: 'no registry is named', example: '--registry <url or folder>, or registry.source in the configuration' }])
  const answers = await asking(place, registry => registry.search(text))
  for (const { response: { server, _meta } } of answers) {
    const status = _meta?.[officialMeta]?.status ?? 'active'
    process.stdout.write(`${server.name}@${server.version}${status === 'active' ? '' : ` (${status})`}  ${showText(server.description)}\n`)
  }
  if (answers.length === 0) process.stdout.write('Nothing found.\n')
  return answers.length === 0 ? 1 : 0
}
