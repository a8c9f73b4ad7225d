// The audit log in files: records are chained when appended, and written in groups, one write per turn of the event loop.
// A record is acknowledged only after its bytes were handed to the kernel (`written`) or are on the disk (`synced`).
import { randomUUID } from 'node:crypto'
import { closeSync, fdatasyncSync, fsyncSync, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import type { AuditEntry, AuditLog } from '../exchange/record.ts'
import { ChainWriter, hmac, type ChainEnd } from './chain.ts'
import { GroupSync, type Acknowledge } from './group-sync.ts'
import { headText, writeHead } from './head.ts'
import { openHead, openKey, syncFolder } from './open-log.ts'
import type { Body } from './record.ts'
import { recordText } from './record-text.ts'
import { recover, type Repair } from './recover.ts'
import { SegmentFile } from './segment-file.ts'
import { segmentName, segmentNumber } from './segments.ts'

export interface AuditLogOptions {
  /** Folder of the log alone; made when missing. */
  readonly folder: string
  /** Id of this process, new with each start. */
  readonly instance: string
  readonly version: string
  readonly configDigest: string
  readonly policyRevision: string
  readonly durability: 'written' | 'synced'
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Told about each thing that was found wrong when the log was opened. */
  readonly onRepair: (repair: Repair) => void
  /** Told about each group that could not be written. */
  readonly onError: (error: Error) => void
  /** Size at which a further file is begun. */
  readonly maxBytes?: number
  /** A signed checkpoint follows after so many records … */
  readonly checkpointRecords?: number
  /** … or after so much time, if there were any. */
  readonly checkpointMs?: number
  /** Where the signing key is kept; better not beside the log. */
  readonly keyPath?: string
}

export interface FileAuditLog extends AuditLog {
  /** Records that were acknowledged, and records that could not be written. */
  readonly written: number
  readonly failed: number
  /** Last record that was written: worth storing elsewhere, as proof against the loss of the whole folder. */
  readonly head: ChainEnd
}

const mebibyte = 1024 * 1024

class FileLog implements FileAuditLog {
  writable = true
  written = 0
  failed = 0
  head: ChainEnd
  readonly #options: AuditLogOptions
  readonly #key: Buffer
  /** Of digests: what is hashed may be short enough to be guessed by whoever reads the log. */
  readonly #digestKey: Buffer
  readonly #chain: ChainWriter
  readonly #headFd: number
  readonly #sync: GroupSync | null
  readonly #timer: NodeJS.Timeout
  #file: SegmentFile
  #previous: string | null
  // The group that is being collected, and where the chain stood before it.
  #lines = ''
  #acks: Acknowledge[] = []
  #count = 0
  #mark: ChainEnd
  #scheduled = false
  #signed = false
  #sinceCheckpoint = 0
  #timeMs = NaN
  #time = ''
  #closed = false

  constructor(options: AuditLogOptions) {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    this.#options = options
    this.#key = openKey(options.folder, options.keyPath)
    this.#digestKey = Buffer.from(hmac(this.#key, 'input digest'), 'hex')
    const found = recover(options.folder, this.#key, new Date(options.clock()).toISOString().replaceAll(/[-:.]/g, ''))
    this.#file = new SegmentFile(options.folder, found.file)
    this.#previous = found.previous
    this.#chain = new ChainWriter(found.chain ?? randomUUID(), options.instance, found.end)
    this.#mark = this.head = found.end
    this.#headFd = openHead(options.folder)
    this.#sync = options.durability === 'synced' ? new GroupSync() : null
    // What follows a closed head counts as forged. What was found wrong must stay visible in the head until it is recorded, though.
    if (found.chain !== null && found.repairs.every(({ reason }) => reason === 'torn')) this.#seal(false)
    this.#begin(found.chain === null ? 'genesis' : 'start', found.repairs)
    if (this.#sync !== null) syncFolder(options.folder)
    this.#timer = setInterval(() => { this.#checkpoint() }, options.checkpointMs ?? 60_000).unref()
  }

  append(entry: AuditEntry, acknowledged?: Acknowledge): void {
    if (this.#closed) {
      acknowledged?.(new Error('the audit log is closed'))
      return
    }
    if (this.#lines === '') this.#open()
    this.#push(recordText(entry.phase === 'intent' ? { ...entry, inputDigest: hmac(this.#digestKey, entry.inputDigest) } : entry))
    if (acknowledged !== undefined) this.#acks.push(acknowledged)
    if (!this.#scheduled) this.#schedule()
  }

  /** Writes what is left and a last checkpoint, and seals the end. */
  async close(): Promise<void> {
    if (this.#closed) return
    clearInterval(this.#timer)
    this.#checkpoint()
    this.#closed = true
    this.#flush()
    await this.#sync?.idle()
    this.#seal(true)
    if (this.#sync !== null) fsyncSync(this.#headFd)
    this.#file.close()
    closeSync(this.#headFd)
  }

  #begin(phase: 'genesis' | 'start', repairs: readonly Repair[]): void {
    const { version, configDigest, policyRevision, onRepair } = this.#options
    const first: Body<'genesis' | 'start'> = { phase, host: hostname(), version, config_digest: configDigest, policy_revision: policyRevision, input_key: hmac(this.#digestKey, 'key id').slice(0, 16) }
    this.#open()
    this.#push(JSON.stringify(first))
    for (const repair of repairs) this.#push(JSON.stringify(repair))
    this.#write()
    for (const repair of repairs) onRepair(repair)
  }

  /** Starts a group. */
  #open(): void {
    if (this.#file.bytes >= (this.#options.maxBytes ?? 256 * mebibyte)) this.#rotate()
    this.#mark = this.#chain.end
    const link: Body<'link'> | null = this.#file.bytes > 0 || this.#previous === null ? null : { phase: 'link', file: this.#previous }
    if (link !== null) this.#push(JSON.stringify(link))
  }

  #push(body: string): void {
    this.#lines += `${this.#chain.next(this.#now(), body)}\n`
    this.#count += 1
  }

  #schedule(): void {
    this.#scheduled = true
    setImmediate(() => { this.#flush() })
  }

  #now(): string {
    const now = this.#options.clock()
    if (now !== this.#timeMs) {
      this.#timeMs = now
      this.#time = new Date(now).toISOString()
    }
    return this.#time
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#lines === '') return
    if (this.#sinceCheckpoint + this.#count >= (this.#options.checkpointRecords ?? 1000)) this.#sign()
    const acks = this.#acks
    const count = this.#count
    this.#acks = []
    try {
      this.#write()
    } catch (thrown) {
      this.#settle(acks, count, thrown as Error)
      return
    }
    if (this.#sync === null) this.#settle(acks, count)
    else this.#sync.add(this.#file.fd, error => { this.#settle(acks, count, error) })
  }

  /** @throws when the group could not be written; then it is forgotten, and the chain stands where it stood before */
  #write(): void {
    const bytes = Buffer.from(this.#lines)
    const count = this.#count
    this.#lines = ''
    this.#count = 0
    try {
      this.#file.append(bytes)
    } catch (thrown) {
      this.#chain.end = this.#mark
      this.#signed = false
      throw thrown
    }
    this.#sinceCheckpoint = this.#signed ? 0 : this.#sinceCheckpoint + count
    this.#signed = false
    this.head = this.#chain.end
    this.#seal(false)
  }

  #seal(closed: boolean): void {
    writeHead(this.#headFd, headText(this.#chain.chain, this.head, { file: this.#file.name, time: this.#now(), closed }, this.#key))
  }

  #settle(acks: readonly Acknowledge[], count: number, error?: Error): void {
    this.writable = error === undefined
    if (error === undefined) this.written += count
    else {
      this.failed += count
      this.#options.onError(error)
    }
    for (const acknowledge of acks) {
      // One caller's mistake must not cost the others their answer.
      try {
        acknowledge(error)
      } catch (thrown) {
        this.#options.onError(thrown as Error)
      }
    }
  }

  #checkpoint(): void {
    if (this.#sinceCheckpoint === 0 && this.#lines === '') return
    if (this.#lines === '') this.#open()
    this.#sign()
    if (!this.#scheduled) this.#schedule()
  }

  #sign(): void {
    this.#lines += `${this.#chain.checkpoint(this.#now(), this.#key)}\n`
    this.#count += 1
    this.#signed = true
  }

  /** Begins a further file. Where that is not possible the old one goes on. */
  #rotate(): void {
    const old = this.#file
    try {
      // Whoever still waits for a sync wrote to the old file.
      if (this.#sync !== null) fdatasyncSync(old.fd)
      this.#file = new SegmentFile(this.#options.folder, segmentName(segmentNumber(old.name) + 1))
    } catch (thrown) {
      this.#options.onError(thrown as Error)
      return
    }
    this.#previous = old.name
    if (this.#sync === null) old.close()
    else {
      this.#sync.whenFree(() => { old.close() })
      syncFolder(this.#options.folder)
    }
  }
}

/**
 * Opens the log in a folder and continues its chain.
 * @throws when it cannot be opened or written, or its key is gone
 */
export const createAuditLog = (options: AuditLogOptions): FileAuditLog => new FileLog(options)
