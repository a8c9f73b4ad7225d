// The stream figures as Markdown.
import type { Origin } from '../mcp/report.ts'
import type { StreamRow, StreamTable } from './streams.ts'

const number = (value: number, digits: number): string => Number.isFinite(value) ? value.toFixed(digits) : '–'

const rowText = (row: StreamRow, rows: readonly StreamRow[]): string => {
  const direct = rows.find(({ subject }) => subject === row.subject.direct)
  const shown = (field: 'firstP50Ms' | 'firstP99Ms' | 'delayP50Ms' | 'delayP99Ms' | 'gapP50Ms' | 'gapP99Ms'): string =>
    direct === undefined ? `(${number(row[field], 2)})` : number(row[field] - direct[field], 2)
  const cells = [shown('firstP50Ms'), shown('firstP99Ms'), shown('delayP50Ms'), shown('delayP99Ms'), shown('gapP50Ms'), shown('gapP99Ms'), direct === undefined ? '' : number(row.cpuUs, 0)]
  return `| ${row.subject.label} | ${cells.join(' | ')} |`
}

const tableText = ({ rows, title }: StreamTable): string => `## ${title}
| caller → provider | added to first delta, p50 ms | p99 ms | added to each delta, p50 ms | p99 ms | added to gaps, p50 ms | p99 ms | CPU µs per delta |
|---|---|---|---|---|---|---|---|
${rows.map(row => rowText(row, rows)).join('\n')}
`

const measured = `Deltas are 5 to 15 ms apart and come from a provider in a process of its own that stamps each delta with the machine's monotonic clock; the reader is another process. Rows in
brackets are the provider itself, read without the gateway, in its own values; all others are the difference to the row of their provider. First delta: from the request on. Each delta: from the
provider's write to the reader. Gaps: how far the pause before a delta, as the reader sees it, is from the pause that the provider made. "Restoring": the request holds an address, every fourth delta its
pseudonym. Policy, detection and audit are at work on every request, no two of which are equal; traces are off. CPU of the gateway's process, the requests included.
`

export const streamReportText = ({ command, date, machine, method }: Origin, tables: readonly StreamTable[]): string =>
  [`# Streams\n\n- Machine: ${machine}\n- Date: ${date}\n- Command: \`${command}\`\n- Method: ${method}\n`, ...tables.map(tableText), measured].join('\n')
