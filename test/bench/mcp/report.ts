// The MCP figures as Markdown. Every table says how its numbers came about; a number without that is a rumour.
import type { CallRow, CallTable } from './calls.ts'
import type { ListTimes } from './lists.ts'
import type { IdleCost, Soak } from './sessions.ts'

export interface Origin {
  readonly machine: string
  readonly date: string
  readonly command: string
  readonly method: string
}

const number = (value: number, digits: number): string => Number.isFinite(value) ? value.toFixed(digits) : '–'

const head = (title: string, { machine, date, command, method }: Origin): string =>
  `# ${title}\n\n- Machine: ${machine}\n- Date: ${date}\n- Command: \`${command}\`\n- Method: ${method}\n`

const rowText = (row: CallRow, direct: CallRow | undefined, bare: CallRow | undefined): string => {
  const added = (field: 'p50Ms' | 'p99Ms'): string => row === direct ? '' : number(row[field] - (direct?.[field] ?? Number.NaN), 2)
  const cells = [
    row.subject.label, number(row.callsPerSecond, 0), number(row.p50Ms, 2), number(row.p99Ms, 2), added('p50Ms'), added('p99Ms'),
    number(row.cpuUs, 0), number(row.callsPerSecond / (bare?.callsPerSecond ?? Number.NaN), 2),
  ]
  return `| ${cells.join(' | ')} |`
}

const callText = ({ title, rows }: CallTable): string => {
  const [direct, bare] = (['direct', 'bare'] as const).map(role => rows.find(row => row.subject.role === role))
  return `## ${title}
| | calls/s | p50 ms | p99 ms | added p50 ms | added p99 ms | CPU µs per call | ratio to bare JSON proxy |
|---|---|---|---|---|---|---|---|
${rows.map(row => rowText(row, direct, bare)).join('\n')}
`
}

const callsMeasured = `Calls: "added" is the difference to the direct row of the same table. CPU is the user and system time of the measured process (all threads,
/proc/<pid>/stat) over a round, divided by the round's calls: of all columns it depends least on what else the machine does. Policy, detection
and audit are at work on every call; traces are off. Bytes only: \`node:http\` and undici \`dispatch\`, nothing looked at. The yardsticks know no session.
`

const listText = (lists: ListTimes): string => `## tools/list, ${lists.tools} tools of 20 servers, ${number(lists.bytes / 1000, 0)} KB
| | ms | added ms | CPU ms |
|---|---|---|---|
| cold: a session's first list | ${number(lists.coldMs, 1)} | ${number(lists.coldMs - lists.directColdMs, 1)} | ${number(lists.coldCpuMs, 1)} |
| cold, all servers asked directly | ${number(lists.directColdMs, 1)} | | |
| warm: the same session again | ${number(lists.warmMs, 1)} | ${number(lists.warmMs - lists.directWarmMs, 1)} | ${number(lists.warmCpuMs, 1)} |
| warm, all servers asked directly | ${number(lists.directWarmMs, 1)} | | |

Medians of ${lists.coldTurns} cold and ${lists.warmTurns} warm turns after one that is not counted, from a client in the bench's own process, one at a time. A list
is ${lists.pages} pages of the gateway, each asked for when the last has come. Cold: the session has spoken to no
server yet, so the gateway opens twenty sessions and drains twenty lists, and every entry is decided; directly means that the client does the same, all at once. Warm
directly: twenty lists at once, no handshake. CPU of the gateway's process as above, per turn (cold with opening and ending the session).
`

const idleText = ({ sessions, opened, called }: IdleCost): string => `## Memory per idle session
| | RSS KB | heap and buffers KB |
|---|---|---|
| opened (initialize, initialized) | ${number(opened.rssKb, 1)} | ${number(opened.heapKb, 1)} |
| and one call, so that it has a session upstream | ${number(called.rssKb, 1)} | ${number(called.heapKb, 1)} |

${sessions} sessions opened and left alone; difference to the same gateway before, divided by their number. Both after two full garbage collections (\`--expose-gc\`), values of
process.memoryUsage(); a first crowd of ${sessions / 4} sessions came and went before. RSS is coarse: it includes pages that V8 keeps.
`

/** The normal run's report. */
export const mcpReportText = (origin: Origin, tables: readonly CallTable[], lists: ListTimes, idle: IdleCost): string =>
  [head('MCP', origin), ...tables.map(callText), callsMeasured, listText(lists), idleText(idle)].join('\n')

/** The soak's report. */
export const soakReportText = (origin: Origin, soak: Soak): string => {
  const shown = soak.samples.filter((_, index) => index % Math.ceil(soak.samples.length / 10) === 0 || index === soak.samples.length - 1)
  return `${head('MCP soak', origin)}
## ${soak.sessions} sessions for ${soak.minutes} minutes, ${soak.calls} calls
| minute | heap and buffers MB | RSS MB |
|---|---|---|
${shown.map(({ minute, heapMb, rssMb }) => `| ${number(minute, 1)} | ${number(heapMb, 1)} | ${number(rssMb, 0)} |`).join('\n')}
| slope per minute | ${number(soak.heapSlope, 2)} | ${number(soak.rssSlope, 2)} |

Every session calls in its turn, no two calls equal; each sample after two full garbage collections, values of process.memoryUsage(). Slope: least squares over the
samples behind the first quarter. \`redaction.memo_bytes\` is 1 MiB here, so that what is remembered of scanned texts, and of 10,000 decisions, is full by then.
`
}
