// What is pinned, in which state, and what stands out. It changes nothing.
import { ConfigError } from '../../config/config-error.ts'
import { showHidden } from '../../../registry/show-text.ts'
import { stateOf, type KnownPin } from '../../upstream/pins/known-pins.ts'
import type { Command, CommandOptions } from '../command.ts'
import { pinsOf, withPins, write } from './open-pins.ts'
import { nameOf } from './waiting.ts'

const states = ['new', 'match', 'drift'] as const

const stateWanted = ({ pins: { state } }: CommandOptions): typeof states[number] | null => {
  const known = states.find(one => one === state)
  if (state !== null && known === undefined) throw new ConfigError('command line', [{ path: '--state', problem: `"${showHidden(state)}" is no state`, example: `--state ${states.join(' or ')}` }])
  return known ?? null
}

const isoOrNull = (ms: number | null): string | null => ms === null ? null : new Date(ms).toISOString()

const asJson = (pin: KnownPin): unknown => {
  const { server, kind, name, approved, approvedAt, approvedBy, firstSeen } = pin.row
  return {
    server, kind, name, state: stateOf(pin), approved, approved_at: isoOrNull(approvedAt), approved_by: approvedBy, first_seen: isoOrNull(firstSeen),
    definitions: [...pin.definitions.values()].map(one => ({ digest: one.digest, first_seen: isoOrNull(one.firstSeen), last_seen: isoOrNull(one.lastSeen), flags: one.flags })),
  }
}

const linesOf = (pin: KnownPin): string[] => {
  const lastSeen = Math.max(...[...pin.definitions.values()].map(one => one.lastSeen))
  return [
    `${stateOf(pin).padEnd(6)}${nameOf(pin.row)}  ${Number.isFinite(lastSeen) ? `seen ${new Date(lastSeen).toISOString()}` : ''}`,
    ...[...pin.definitions.values()].flatMap(one => one.flags.map(({ code, reason }) => `      ! ${code}: ${showHidden(reason)}`)),
  ]
}

/** `pins list`: one line for each name. */
export const pinsList: Command = options => withPins(options, opened => {
  if (options.words.length > 0) throw new ConfigError('command line', [{ path: '', problem: 'too many words', example: 'portcullis pins list --server NAME' }])
  const wanted = stateWanted(options)
  const { server, json } = options.pins
  const found = pinsOf(opened, { server, kind: null, name: null }).filter(pin => wanted === null || stateOf(pin) === wanted)
  if (json) write(JSON.stringify(found.map(asJson), null, 2))
  else for (const pin of found) for (const line of linesOf(pin)) write(line)
  return 0
})
