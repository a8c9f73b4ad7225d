// Checks a log against its own chain, its signatures and its head, and names the record that does not fit. It reads; it never repairs.
// The head is read before the files: a log that grows meanwhile then only has more records than the head, never fewer.
import { join } from 'node:path'
import { keyFile, readAuditKey } from './audit-key.ts'
import { hashLine, noPrev } from './chain.ts'
import { headFile, readHead, sealHolds, type Head, type HeadState } from './head.ts'
import { IntentPairs } from './intent-pairs.ts'
import { readLines, type Line } from './read-lines.ts'
import { listSegments } from './segments.ts'
import type { Finding, ProblemKind, VerifyReport, WarningKind } from './verify-report.ts'

export { formatVerifyReport, type VerifyReport } from './verify-report.ts'

export interface VerifyOptions {
  /** Where the signing key is kept, if not beside the log. */
  readonly keyPath?: string
  /** A record that was noted elsewhere (the head at some time): the log must still hold it. */
  readonly anchor?: { readonly seq: number; readonly hash: string }
}

const shown = 100

interface Fields {
  readonly seq: number
  readonly prev: string
  readonly phase: string
  readonly chain: string
  readonly time: string
  readonly [field: string]: unknown
}

/** A line of the log. `fields` is null where it cannot be read. */
interface Entry { readonly file: string; readonly line: number; readonly hash: string; readonly ended: boolean; readonly fields: Fields | null }

const fieldsOf = (line: Line): Fields | null => {
  try {
    const value = JSON.parse(line.bytes.toString()) as Partial<Fields> | null
    const whole = value !== null && typeof value.seq === 'number' && [value.prev, value.phase, value.chain, value.time].every(field => typeof field === 'string')
    return whole ? value as Fields : null
  } catch {
    return null
  }
}

async function* entriesOf(folder: string, files: readonly string[]): AsyncGenerator<Entry> {
  for (const file of files) {
    for await (const line of readLines(join(folder, file))) {
      yield { file, line: line.number, hash: hashLine(line.bytes), ended: line.ended, fields: line.ended ? fieldsOf(line) : null }
    }
  }
}

interface Place { readonly file: string; readonly line: number }

/** What a repair record says about the log. The first two are what a crash leaves. */
const repairMessages: Readonly<Record<string, string>> = {
  torn: 'a torn line was moved aside when the log was opened',
  unsealed: 'records behind the head were found when the log was opened',
  cut: 'sealed records were gone when the log was opened',
  changed: 'the last record was not the sealed one when the log was opened',
  forged: 'records that were added after the log was closed were found when it was opened',
  no_head: 'the head was gone when the log was opened',
  bad_head: 'the head was not signed with the audit key when the log was opened',
}

class Verifier {
  readonly #key: Buffer | null
  readonly #head: Head | null
  readonly #anchor: VerifyOptions['anchor']
  readonly #pairs = new IntentPairs()
  readonly problems: Finding<ProblemKind>[] = []
  readonly warnings: Finding<WarningKind>[] = []
  problemCount = 0
  warningCount = 0
  records = 0
  checkpoints = 0
  // The record before, and whether its bytes are those that the next one was chained to, as far as is known.
  seq = -1
  hash = noPrev
  #trusted = true
  #before: Entry | null = null
  /** First record behind the head. */
  #behind: Place | null = null

  constructor(key: Buffer | null, head: Head | null, anchor: VerifyOptions['anchor']) {
    this.#key = key
    this.#head = head
    this.#anchor = anchor
  }

  /** @returns true when `next` was dealt with too */
  take(entry: Entry, next: Entry | null): boolean {
    const { fields } = entry
    if (!entry.ended) this.#warn('torn', entry, this.seq + 1, 'the line has no end')
    else if (fields === null) this.#advance(entry, this.#blame('flipped', entry, this.seq + 1, 'this record cannot be read'))
    else if (fields.prev === this.hash) this.#inPlace(entry, fields)
    else if (fields.seq === this.seq + 1) this.#wrongPrev(entry, next, fields)
    else return this.#misplaced(entry, next, fields)
    return false
  }

  #inPlace(entry: Entry, fields: Fields): void {
    if (fields.seq !== this.seq + 1) this.#advance(entry, this.#blame('flipped', entry, this.seq + 1, 'this record was changed'))
    else this.#accept(entry, fields)
  }

  /** Either the record before was changed, or this one's own `prev`: what comes next tells. */
  #wrongPrev(entry: Entry, next: Entry | null, fields: Fields): void {
    if (!this.#trusted) {
      this.#accept(entry, fields)
      return
    }
    const heldByNext = next?.fields?.prev === entry.hash || (this.#head?.seq === fields.seq && this.#head.hash === entry.hash)
    const witnessed = next !== null || this.#head?.seq === fields.seq
    if (this.#before === null || (witnessed && !heldByNext)) this.#advance(entry, this.#blame('flipped', entry, fields.seq, 'this record was changed'))
    else {
      this.#blame('flipped', this.#before, this.seq, 'this record was changed')
      this.#accept(entry, fields)
    }
  }

  #misplaced(entry: Entry, next: Entry | null, fields: Fields): boolean {
    const expected = this.seq + 1
    if (next?.fields?.seq === expected && fields.seq === expected + 1) {
      this.#blame('swapped', entry, expected, `records ${expected} and ${expected + 1} changed places`)
      this.#accept(next, next.fields)
      this.#accept(entry, fields)
      return true
    }
    if (fields.seq > expected) {
      this.#blame('dropped', entry, expected, fields.seq === expected + 1 ? `record ${expected} is missing here` : `records ${expected} to ${fields.seq - 1} are missing here`)
      this.seq = fields.seq - 1
      this.#accept(entry, fields)
    } else this.#blame('moved', entry, fields.seq, `a record ${fields.seq} stands where ${expected} belongs`)
    return false
  }

  #accept(entry: Entry, fields: Fields): void {
    this.#advance(entry, true)
    this.#witness(entry)
    if (fields.phase === 'checkpoint') this.#checkSeal(entry, fields)
    else if (fields.phase === 'repair') this.#tellRepair(entry, fields)
    else if (fields.phase === 'start') this.#unfinished('the gateway ended before the outcome')
    else this.#pairs.take(fields.phase, fields['exchange'], { file: entry.file, line: entry.line, seq: fields.seq })
  }

  /** Compares with what is known from outside the chain: the head, and an anchor. */
  #witness(entry: Entry): void {
    const known = [this.#head, this.#anchor].find(end => end?.seq === this.seq && end.hash !== entry.hash)
    if (known !== undefined) this.#trusted = this.#blame('flipped', entry, this.seq, 'this record is not the one that was sealed')
  }

  #advance(entry: Entry, trusted: boolean): void {
    this.records += 1
    this.seq += 1
    this.hash = entry.hash
    this.#trusted = trusted
    this.#before = entry
    if (this.#head !== null && this.seq > this.#head.seq) this.#behind ??= entry
  }

  #checkSeal(entry: Entry, fields: Fields): void {
    const mac = fields['mac']
    if (typeof mac === 'string' && sealHolds(mac, this.#key, 'checkpoint', [fields.chain, fields.seq, fields.prev, fields.time])) {
      if (this.#key !== null) this.checkpoints += 1
    } else this.#blame('forged', entry, fields.seq, 'this checkpoint was not signed with the audit key')
  }

  #tellRepair(entry: Entry, fields: Fields): void {
    const reason = fields['reason'] as ProblemKind | 'torn' | 'unsealed'
    const message = repairMessages[reason] ?? 'unknown kind of repair'
    if (reason === 'torn' || reason === 'unsealed') this.#warn(reason, entry, fields.seq, message)
    else this.#blame(reason, entry, fields.seq, message)
  }

  #unfinished(message: string): void {
    for (const intent of this.#pairs.drain()) this.#addWarning({ kind: 'unfinished', ...intent, message })
  }

  /** After the last line. @param closed whether the log was closed in good order, and nobody opened it while it was read */
  finish(state: HeadState, closed: boolean): void {
    const after = { file: this.#before?.file ?? headFile, line: (this.#before?.line ?? 0) + 1 }
    if (this.#key === null) this.#blame('no_key', after, this.seq, 'the audit key is missing, so no signature was checked')
    if (state.kind === 'absent') this.#withoutHead(after)
    else if (state.kind !== 'good') this.#blame('bad_head', after, this.seq, 'the head was not signed with the audit key')
    this.#compareEnd(after, closed)
    this.#unfinished('no outcome: a crash, or in flight')
  }

  #withoutHead(after: Place): void {
    if (this.records === 0) this.#blame('missing', after, this.seq, 'there is no audit log here')
    else this.#blame('no_head', after, this.seq, 'the head is missing, so records may be gone from the end')
  }

  #compareEnd(after: Place, closed: boolean): void {
    const head = this.#head?.seq ?? -1
    const sealed = Math.max(head, this.#anchor?.seq ?? -1)
    if (sealed > this.seq) this.#blame('cut', after, this.seq + 1, `records ${this.seq + 1} to ${sealed} were cut off`)
    if (this.#behind === null) return
    if (closed) this.#blame('forged', this.#behind, head + 1, 'this record was added after the log was closed')
    else this.#warn('unsealed', this.#behind, head + 1, 'records behind the head: a crash, or being written now')
  }

  #blame(kind: ProblemKind, at: Place, seq: number, message: string): false {
    this.problemCount += 1
    if (this.problems.length < shown) this.problems.push({ kind, file: at.file, line: at.line, seq, message })
    return false
  }

  #warn(kind: WarningKind, at: Place, seq: number, message: string): void {
    this.#addWarning({ kind, file: at.file, line: at.line, seq, message })
  }

  #addWarning(warning: Finding<WarningKind>): void {
    this.warningCount += 1
    if (this.warnings.length < shown) this.warnings.push(warning)
  }
}

const reportOf = (verifier: Verifier, files: number): VerifyReport => ({
  ok: verifier.problemCount === 0,
  files,
  records: verifier.records,
  checkpoints: verifier.checkpoints,
  lastSeq: verifier.seq,
  lastHash: verifier.hash,
  problems: verifier.problems,
  warnings: verifier.warnings,
  problemCount: verifier.problemCount,
  warningCount: verifier.warningCount,
})

const isClosed = (state: HeadState): boolean => state.kind === 'good' && state.head.closed

/** Reads a whole log, streaming. @throws when a file cannot be read; never because of what is in it */
export const verifyAudit = async (folder: string, options: VerifyOptions = {}): Promise<VerifyReport> => {
  const key = readAuditKey(options.keyPath ?? join(folder, keyFile))
  const headPath = join(folder, headFile)
  const state = readHead(headPath, key)
  const files = listSegments(folder)
  const verifier = new Verifier(key, state.kind === 'good' ? state.head : null, options.anchor)
  let held: Entry | null = null
  for await (const entry of entriesOf(folder, files)) {
    if (held === null) held = entry
    else held = verifier.take(held, entry) ? null : entry
  }
  if (held !== null) verifier.take(held, null)
  verifier.finish(state, isClosed(state) && isClosed(readHead(headPath, key)))
  return reportOf(verifier, files.length)
}
