// Forgets all pins of a server: what it shows next is a first sight.
import { showWord } from '../../../registry/show-text.ts'
import { confirm } from '../servers/confirm.ts'
import { ConfigError } from '../../config/config-error.ts'
import type { Command } from '../command.ts'
import { pinsOf, withPins, write } from './open-pins.ts'

export const pinsForget: Command = options => withPins(options, async opened => {
  const [server, ...more] = options.words
  if (server === undefined || more.length > 0) throw new ConfigError('command line', [{ path: '', problem: server === undefined ? 'no server is named' : 'too many words', example: 'portcullis pins forget SERVER' }])
  const { length } = pinsOf(opened, { server, kind: null, name: null })
  write(`${length} pin${length === 1 ? '' : 's'} of ${showWord(server)}. What it shows next is a first sight: trusted as it is, unless pinning.first_sight is quarantine.`)
  if (!options.yes && !await confirm(`Forget them?`, { input: process.stdin, output: process.stdout })) return 1
  opened.file.group(() => { opened.file.forget(server) })
  write(`Forgot the pins of ${showWord(server)}. A running gateway takes it up by itself.`)
  return 0
})
