// The bench's result as Markdown. Numbers only as measured; ratios only within one table.
import type { FirstByteRow, Row, Table } from './rounds.ts'
import type { PolicyTimes } from './policy-times.ts'

export interface Report {
  readonly machine: string
  readonly date: string
  readonly command: string
  readonly method: string
  readonly tables: readonly Table[]
  readonly firstByte: readonly FirstByteRow[]
  readonly policy: PolicyTimes | null
  readonly missing: readonly string[]
}

const number = (value: number, digits: number): string => Number.isFinite(value) ? value.toFixed(digits) : '–'

const barePer = (rows: readonly Row[]): number => rows.find(row => row.target.id === 'bare')?.requestsPerSecond ?? Number.NaN

const tableText = ({ title, rows }: Table): string => {
  const bare = barePer(rows)
  return `## ${title}
| | req/s | p50 ms | p99 ms | RSS MB | ratio to bare JSON proxy |
|---|---|---|---|---|---|
${rows.map(row => `| ${row.target.label} | ${number(row.requestsPerSecond, 0)} | ${number(row.p50Ms, 2)} | ${number(row.p99Ms, 2)} | ${number(row.rssMb, 0)} | ${number(row.requestsPerSecond / bare, 2)} |`).join('\n')}
`
}

const firstByteText = (rows: readonly FirstByteRow[]): string => {
  const direct = rows.find(row => row.target.id === 'direct')?.medianMs ?? Number.NaN
  return `## Streams: time to the first byte (median, one request after the other)
| | ms | added ms |
|---|---|---|
${rows.map(row => `| ${row.target.label} | ${number(row.medianMs, 3)} | ${number(row.medianMs - direct, 3)} |`).join('\n')}
`
}

const policyText = ({ distinct, equal }: PolicyTimes): string => `## Policy evaluation, in process
| | p50 µs | p99 µs |
|---|---|---|
| facts not seen before | ${number(distinct.p50Us, 1)} | ${number(distinct.p99Us, 1)} |
| facts seen before | ${number(equal.p50Us, 1)} | ${number(equal.p99Us, 1)} |
`

/** The whole report; sections that were not measured are absent. */
export const reportText = (report: Report): string => [
  `# Bench\n\n- Machine: ${report.machine}\n- Date: ${report.date}\n- Command: \`${report.command}\`\n- Method: ${report.method}\n- Only ratios within one table mean anything on another machine.\n`,
  ...report.missing.length === 0 ? [] : [`Not measured:\n\n${report.missing.map(reason => `- ${reason.replaceAll(/\s+/g, ' ')}`).join('\n')}\n`],
  ...report.tables.map(tableText),
  ...report.firstByte.length === 0 ? [] : [firstByteText(report.firstByte)],
  ...report.policy === null ? [] : [policyText(report.policy)],
].join('\n')
