// What policy stopped, and what it would have stopped where a layer only observes: the numbers with which an operator goes from observing to enforcing.
import { join } from 'node:path'
import { pointInTime } from './point-in-time.ts'
import { readLines } from './read-lines.ts'
import { auditRecordSchema, type RecordOf } from './record.ts'
import { listSegments } from './segments.ts'

export interface PolicyReportOptions {
  /** Only records from then on: an ISO 8601 time, or an age such as `24h` or `7d`. */
  readonly since?: string
  /** Milliseconds since the epoch that an age is counted back from. */
  readonly nowMs?: number
}

export interface PolicyRow {
  /** `enforced`: the call was stopped. `observed`: it passed, and would have been stopped. */
  readonly effect: 'enforced' | 'observed'
  readonly result: 'deny' | 'approve'
  /** `layer.policy.rule`, or `(no rule allows it)`. */
  readonly rule: string
  readonly subject: string
  readonly agent: string
  /** Tool, model or other target, with its server in front where it is known. */
  readonly target: string
  readonly count: number
  /** Times of the first and the last such call, ISO 8601. */
  readonly first: string
  readonly last: string
  /** The rule's words at the last call. */
  readonly message: string
}

/** Milliseconds since the epoch. @throws where it is neither a time nor an age */
export const sinceMs = ({ since, nowMs }: PolicyReportOptions): number => since === undefined ? -Infinity : pointInTime('since', since, nowMs ?? Date.now())

type Outcome = RecordOf<'outcome'>
type Stopped = Pick<PolicyRow, 'effect' | 'result'> & { readonly reasons: readonly { readonly rule: string; readonly message: string }[] }

const stoppedBy = ({ decision }: Outcome): Stopped | null => {
  if (decision === null) return null
  if (decision.enforced !== 'allow') return { effect: 'enforced', result: decision.enforced, reasons: decision.reasons }
  const { observed } = decision
  if (observed === null || observed.result === 'allow') return null
  return { effect: 'observed', result: observed.result === 'approve' ? 'approve' : 'deny', reasons: observed.reasons }
}

const targetOf = ({ target, action, method }: Outcome): string =>
  [target.server, target.name ?? action ?? method].filter(part => part !== null).join(' ')

const noRule = [{ rule: '(no rule allows it)', message: '' }]

const rowsOf = (record: Outcome): PolicyRow[] => {
  const stopped = stoppedBy(record)
  if (stopped === null) return []
  const { effect, result } = stopped
  const reasons = stopped.reasons.length === 0 ? noRule : stopped.reasons
  const who = { subject: record.subject?.id ?? '-', agent: record.agent?.id ?? '-', target: targetOf(record) }
  return reasons.map(({ rule, message }) => ({ effect, result, rule, ...who, count: 1, first: record.time, last: record.time, message }))
}

const keyOf = (row: PolicyRow): string => JSON.stringify([row.effect, row.result, row.rule, row.subject, row.agent, row.target])

/** Null for everything but an outcome. Whether the log was altered is not asked here: that is what verification is for. */
const outcomeAt = (bytes: Buffer): Outcome | null => {
  // Two of three lines are something else; most of them need not be parsed.
  if (!bytes.includes('"phase":"outcome"')) return null
  try {
    const record = auditRecordSchema.safeParse(JSON.parse(bytes.toString()))
    return record.success && record.data.phase === 'outcome' ? record.data : null
  } catch {
    return null
  }
}

/**
 * Aggregates a log by rule, principal and target; most frequent first. Memory grows with the rows, not with the log.
 * @throws when a file cannot be read or `since` is not understood
 */
export const reportPolicy = async (folder: string, options: PolicyReportOptions = {}): Promise<PolicyRow[]> => {
  const fromMs = sinceMs(options)
  const rows = new Map<string, PolicyRow>()
  for (const file of listSegments(folder)) {
    for await (const { bytes } of readLines(join(folder, file))) {
      const record = outcomeAt(bytes)
      if (record === null || Date.parse(record.time) < fromMs) continue
      for (const row of rowsOf(record)) {
        const key = keyOf(row)
        const known = rows.get(key)
        rows.set(key, known === undefined ? row : { ...row, count: known.count + 1, first: known.first })
      }
    }
  }
  return [...rows.values()].sort((a, b) => b.count - a.count || keyOf(a).localeCompare(keyOf(b)))
}

const columns = ['effect', 'result', 'count', 'rule', 'subject', 'agent', 'target', 'last'] as const

// Names come from callers: a control character must not reach the terminal of the operator who reads them.
const cell = (value: string | number): string => String(value).replaceAll(/\p{Cc}/gu, '?')

/** A text table, without a newline at the end. */
export const formatPolicyReport = (rows: readonly PolicyRow[]): string => {
  if (rows.length === 0) return 'Nothing was denied, and nothing would have been.'
  const table = [columns.map(name => name.toUpperCase()), ...rows.map(row => columns.map(name => cell(row[name])))]
  const widths = columns.map((_, at) => Math.max(...table.map(line => line[at]?.length ?? 0)))
  return table.map(line => line.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ').trimEnd()).join('\n')
}
