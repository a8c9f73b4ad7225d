// Labels of a session, and the approval of an operator that takes some off. Both ask the running gateway; it records the approval.
import { z } from 'zod'
import { showHidden } from '../../../registry/show-text.ts'
import { ConfigError } from '../../config/config-error.ts'
import { adminClient } from '../admin-client.ts'
import type { Command, CommandOptions } from '../command.ts'
import { operator } from '../operator.ts'
import { confirm } from '../servers/confirm.ts'

const labels = z.object({ labels: z.array(z.string()), sensitivity: z.string() })
const heldSchema = z.object({ session: labels, agent: labels, lasting: z.array(z.object({ label: z.string(), of: z.string(), until: z.string() })) })

const levels = ['public', 'internal', 'confidential', 'restricted']

const wrong = (path: string, problem: string): ConfigError => new ConfigError('command line', [{ path, problem, example: 'portcullis labels approve-removal --session acme/alice/s1 --label untrusted --reason "page was our own"' }])

const write = (text: string): void => { process.stdout.write(`${text}\n`) }

const sessionOf = ({ labels: { session } }: CommandOptions): string => {
  if (session === null) throw wrong('--session', 'no session is named')
  return session
}

const tell = (said: unknown, options: CommandOptions): void => {
  if (options.pins.json) {
    write(JSON.stringify(said, null, 2))
    return
  }
  const held = heldSchema.parse(said)
  for (const holder of ['session', 'agent'] as const) write(`${holder.padEnd(8)}${held[holder].sensitivity.padEnd(14)}${held[holder].labels.map(showHidden).join(', ')}`)
  for (const { label, of, until } of held.lasting) write(`${of.padEnd(8)}until ${until}  ${showHidden(label)}`)
}

/** `labels show`: what session, key and agent, and subject hold. */
export const labelsShow: Command = async options => {
  tell(await adminClient(options)('GET', `/labels?session=${encodeURIComponent(sessionOf(options))}`), options)
  return 0
}

/** `labels approve-removal`: 0 where it was taken off. */
export const labelsApproveRemoval: Command = async options => {
  const { all, label, reason } = { all: options.pins.all, ...options.labels }
  const session = sessionOf(options)
  const lowerTo = options.settings.sensitivity
  if (label.length === 0 && lowerTo === null) throw wrong('--label', 'nothing says what is taken off: --label, or --sensitivity for what may be left at the most')
  if (lowerTo !== null && !levels.includes(lowerTo)) throw wrong('--sensitivity', `must be one of ${levels.join(', ')}`)
  if (reason === null || reason.trim() === '') throw wrong('--reason', 'every removal is recorded with its reason')
  const ask = adminClient(options)
  tell(await ask('GET', `/labels?session=${encodeURIComponent(session)}`), { ...options, pins: { ...options.pins, json: false } })
  const what = [...label.map(showHidden), ...lowerTo === null ? [] : [`everything above ${lowerTo}`]].join(', ')
  if (!options.yes && !await confirm(`Take ${what} off ${showHidden(session)}${all ? ', and off its agent and subject for good' : ''}?`, { input: process.stdin, output: process.stdout })) return 1
  tell(await ask('POST', '/labels/removal', { session, labels: label, lower_to: lowerTo, lasting: all, by: operator(), reason }), options)
  return 0
}
