// What the tests of the audit log share: entries as the pipeline makes them, and a log in a folder of its own.
import { appendFileSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuditLog, type AuditLogOptions, type FileAuditLog } from '../../../gateway/audit/file-log.ts'
import type { AuditRecord } from '../../../gateway/audit/record.ts'
import type { Repair } from '../../../gateway/audit/recover.ts'
import { listSegments } from '../../../gateway/audit/segments.ts'
import { verifyAudit } from '../../../gateway/audit/verify.ts'
import type { VerifyReport } from '../../../gateway/audit/verify-report.ts'
import type { DecisionRecord, IntentRecord, OutcomeRecord } from '../../../gateway/exchange/record.ts'
import { noDuties } from '../../../policies/engine/contract.ts'

export const decision: DecisionRecord = {
  result: 'allow', enforced: 'allow', reasons: [{ rule: 'org.tool_access.allowed', message: 'ok' }], duties: noDuties, revision: 'r1', phase: 'request',
  observed: null, approvalClass: null,
}

const principal = {
  subject: { id: 'alice', tenant: 'acme', groups: ['dev'], method: 'key' as const },
  agent: { id: 'claude', framework: null, enforced_egress: false, depth: 0, chain: [] }, key: 'alice-key',
}

export const intent = (exchange: string, changes: Partial<IntentRecord> = {}): IntentRecord => ({
  phase: 'intent', exchange, trace: 't1', sampled: true, surface: 'mcp', action: 'tool.call', method: 'tools/call', target: { name: 'db__query', server: 'db' },
  principal, session: 's1', client: '127.0.0.1', decision, labels: { labels: ['pii'], sensitivity: 'internal' }, entities: { email: 2 },
  inputDigest: 'd'.repeat(64), ...changes,
})

export const outcome = (exchange: string, changes: Partial<OutcomeRecord> = {}): OutcomeRecord => ({
  phase: 'outcome', exchange, trace: 't1', sampled: true, surface: 'mcp', action: 'tool.call', method: 'tools/call', target: { name: 'db__query', server: 'db' },
  principal, session: 's1', client: '127.0.0.1', decision, status: 200, failure: null, route: null, redactions: { email: 1 }, restored: 1,
  usage: { input: 10, output: 5, cacheRead: 3, cacheWrite: 0, reasoning: 0 }, costUsd: 0.001, priceVersion: '2026-11', responseLabels: null, root: null,
  bytesIn: 100, bytesOut: 200, durationMs: 12.3456, ...changes,
})

export interface OpenLog { readonly log: FileAuditLog; readonly repairs: Repair[]; readonly errors: Error[] }

const startMs = Date.parse('2026-11-01T00:00:00Z')

export const openLog = (folder: string, changes: Partial<AuditLogOptions> = {}): OpenLog => {
  const repairs: Repair[] = []
  const errors: Error[] = []
  let nowMs = startMs
  const log = createAuditLog({
    folder, instance: 'i1', version: '1.2.3', configDigest: 'c1', policyRevision: 'r1', durability: 'written', clock: () => nowMs += 1000,
    onRepair: repair => { repairs.push(repair) }, onError: error => { errors.push(error) }, ...changes,
  })
  return { log, repairs, errors }
}

/** Resolves when the record is acknowledged. @throws what the log gives instead */
export const appended = (log: FileAuditLog, entry: IntentRecord | OutcomeRecord): Promise<void> => new Promise((resolve, reject) => {
  log.append(entry, error => { if (error === undefined) resolve(); else reject(error) })
})

/** Writes exchanges one after the other: each an intent and an outcome in a group of their own. */
export const writeExchanges = async (log: FileAuditLog, count: number, from = 0): Promise<void> => {
  for (let at = from; at < from + count; at += 1) {
    log.append(intent(`x${at}`))
    await appended(log, outcome(`x${at}`))
  }
}

export const keyPathOf = (folder: string): string => join(folder, '../audit-key')

/** A log with a signing key beside its folder, closed in good order. */
export const makeLog = async (folder: string, exchanges: number, changes: Partial<AuditLogOptions> = {}): Promise<void> => {
  const { log } = openLog(folder, { keyPath: keyPathOf(folder), ...changes })
  await writeExchanges(log, exchanges)
  await log.close()
}

export interface FoundLine { readonly file: string; readonly line: number; readonly seq: number; readonly text: string; readonly record: AuditRecord }

/** All lines of an intact log. */
export const linesOf = (folder: string): FoundLine[] => listSegments(folder).flatMap(file =>
  readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').map((text, at) => {
    const record = JSON.parse(text) as AuditRecord
    return { file, line: at + 1, seq: record.seq, text, record }
  }))

/** Writes lines back into the files that they name; a file without lines becomes empty. */
export const writeLines = (folder: string, lines: readonly Pick<FoundLine, 'file' | 'text'>[]): void => {
  for (const file of listSegments(folder)) {
    writeFileSync(join(folder, file), lines.filter(line => line.file === file).map(line => `${line.text}\n`).join(''))
  }
}

export const copyLog = (from: string, to: string): string => {
  mkdirSync(to, { recursive: true })
  cpSync(from, to, { recursive: true, force: true })
  copyFileSync(keyPathOf(from), keyPathOf(to))
  return to
}

export const appendText = (folder: string, file: string, text: string): void => { appendFileSync(join(folder, file), text) }

export const verify = (folder: string): Promise<VerifyReport> => verifyAudit(folder, { keyPath: keyPathOf(folder) })

/** Problems as short lines: `kind file:line seq`. */
export const problemsOf = (report: VerifyReport): string[] => report.problems.map(({ kind, file, line, seq }) => `${kind} ${file}:${line} ${seq}`)
