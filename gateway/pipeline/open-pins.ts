// Opens the book of pins, and what an operator hears of it: one line for each list and kind of news, with names made harmless. The texts themselves are shown by
// `portcullis pins diff`, where every hidden character is visible.
import { join } from 'node:path'
import { showHidden } from '../../registry/show-text.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { PinEvent } from '../upstream/pins/judge-list.ts'
import type { PinRule } from '../upstream/pins/judge.ts'
import { PinBook } from '../upstream/pins/pin-book.ts'
import type { Log } from './parts.ts'

type News = PinEvent['news']

const messages: Readonly<Record<News, { readonly level: 'info' | 'warn'; readonly text: string }>> = {
  first_sight: { level: 'info', text: 'definitions of an MCP server were seen for the first time' },
  drift: { level: 'warn', text: 'an MCP server shows definitions that are not the approved ones' },
  moved: { level: 'warn', text: 'an MCP server of this name comes from elsewhere now; equal definitions are judged anew' },
  flags: { level: 'warn', text: 'definitions of an MCP server look suspicious' },
}

const mostNamed = 10
const longestName = 100

const nameOf = ({ kind, name }: PinEvent): string => showHidden(kind === 'instructions' ? kind : `${kind} ${name.slice(0, longestName)}`)

const report = (events: readonly PinEvent[], log: Log, metrics: Metrics): void => {
  for (const [news, ofKind] of Map.groupBy(events, event => event.news)) {
    for (const { server, flags } of ofKind) for (const code of flags.length === 0 ? [''] : flags.map(flag => flag.code)) metrics.recordPin(server, news, code)
    for (const [server, its] of Map.groupBy(ofKind, event => event.server)) {
      const { level, text } = messages[news]
      log[level]({
        server, definitions: its.length, named: its.slice(0, mostNamed).map(nameOf), look: `portcullis pins diff ${server}`,
        ...news === 'flags' ? { flags: its.slice(0, mostNamed).flatMap(event => event.flags.map(({ code, reason }) => `${nameOf(event)}: ${code}: ${reason}`)).slice(0, mostNamed) } : {},
      }, text)
    }
  }
}

export interface OpenPinsOptions {
  /** Data folder. */
  readonly folder: string
  readonly rules: ReadonlyMap<string, PinRule>
  readonly log: Log
  readonly metrics: Metrics
}

/** A file that cannot be used stops no start: nothing that is pinned passes until it can. */
export const openPins = ({ folder, rules, log, metrics }: OpenPinsOptions, onApproved: (servers: readonly string[]) => void): PinBook => new PinBook({
  file: join(folder, 'pins.db'), rules,
  onApproved: servers => {
    log.info({ servers }, 'definitions of these MCP servers are judged anew')
    onApproved(servers)
  },
  onEvents: events => { report(events, log, metrics) },
  onTrouble: problem => {
    if (problem === null) log.warn({}, 'the pin database can be used again')
    else log.error({ problem, remedy: 'repair or restore the file, or move it away and restart; until then every definition counts as changed' }, 'the pin database cannot be used')
  },
})
