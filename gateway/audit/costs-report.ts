// What calls cost, from the audit log: by user request, session, who asked, or what answered. The log is read line by line; memory grows with
// the rows of the report. Whether the log was altered is not asked here: that is what verification is for.
import { join } from 'node:path'
import { costRecordAt, type CostRecord } from './costs-record.ts'
import { pointInTime } from './point-in-time.ts'
import { readLines } from './read-lines.ts'
import { listSegments } from './segments.ts'

export const costGroupings = ['root', 'session', 'key', 'subject', 'tenant', 'group', 'agent', 'model', 'provider', 'day'] as const
export type CostGrouping = (typeof costGroupings)[number]

export interface CostsOptions {
  readonly by: CostGrouping
  /** From then on, and before then: ISO 8601 times, or ages such as `24h` or `7d`. */
  readonly since?: string
  readonly until?: string
  /** Milliseconds since the epoch that ages are counted back from. */
  readonly nowMs?: number
}

export interface CostSums {
  readonly calls: number
  readonly model_calls: number
  readonly tool_calls: number
  readonly tokens_in: number
  readonly tokens_out: number
  readonly cache_read: number
  readonly cache_write: number
  readonly cost_usd: number
  /** All tokens of these user requests / tokens of their first requests and answers; null where that cannot be said. */
  readonly amplification: number | null
  /** Stopped by a rule, a budget or a rate. */
  readonly refused: number
  readonly failed: number
  /** Answered again without a call: paid once. */
  readonly replayed: number
  /** Answers with tokens and no price. */
  readonly unpriced: number
  readonly price_versions: readonly string[]
  readonly first: string
  readonly last: string
}

export interface CostRow extends CostSums { readonly name: string }

export interface CostsReport {
  readonly by: CostGrouping
  /** Highest cost first. */
  readonly rows: readonly CostRow[]
  /** Each call once, also where a subject's groups count it several times. */
  readonly totals: CostSums
  readonly files: number
  /** Lines that cannot be read; one that has no end is being written. */
  readonly broken: number
}

const nobody = '(nobody)'
const none = '(none)'

const withTenant = ({ subject }: CostRecord, name: string | undefined | null): string => name == null || subject === null ? nobody : `${subject.tenant}/${name}`

/** What a caller may name is told apart by who the caller is. */
const namesOf: Readonly<Record<CostGrouping, (record: CostRecord) => readonly string[]>> = {
  root: record => [record.root === null ? none : withTenant(record, `${record.key ?? ''}/${record.root.request}`)],
  session: ({ session }) => [session ?? none],
  key: ({ key }) => [key ?? nobody],
  subject: record => [withTenant(record, record.subject?.id)],
  tenant: ({ subject }) => [subject?.tenant ?? nobody],
  group: record => record.subject === null || record.subject.groups.length === 0 ? [withTenant(record, none)] : [...new Set(record.subject.groups)].map(group => withTenant(record, group)),
  agent: record => [withTenant(record, record.agent?.id)],
  model: ({ route }) => [route?.chosen ?? none],
  provider: ({ route }) => [route?.provider ?? none],
  day: ({ time }) => [time.slice(0, 10)],
}

/** A user request is not divided among these: what answered its first call says nothing of what answered the others. */
const divided: ReadonlySet<CostGrouping> = new Set(['model', 'provider'])

const refusals = /^(?:policy|budget|quota|content)\./

class Sums {
  readonly #priceVersions = new Set<string>()
  readonly #counts = { calls: 0, model_calls: 0, tool_calls: 0, tokens_in: 0, tokens_out: 0, cache_read: 0, cache_write: 0, cost_usd: 0, refused: 0, failed: 0, replayed: 0, unpriced: 0 }
  #firstTokens = 0
  #rootTokens = 0
  #first = ''
  #last = ''

  add(record: CostRecord): void {
    const to = this.#counts
    const { action, failure, price_version: priceVersion, time } = record
    to.calls += 1
    if (action === 'model.call' || action === 'model.embed') to.model_calls += 1
    if (action === 'tool.call') to.tool_calls += 1
    if (failure !== null) to[refusals.test(failure) ? 'refused' : 'failed'] += 1
    if (record.replayed_of != null) to.replayed += 1
    else this.#pay(record)
    if (priceVersion !== null) this.#priceVersions.add(priceVersion)
    if (this.#first === '' || time < this.#first) this.#first = time
    if (time > this.#last) this.#last = time
  }

  result(dividesRoots: boolean): CostSums {
    const whole = !dividesRoots && this.#firstTokens > 0
    return {
      ...this.#counts, amplification: whole ? Math.round((this.#rootTokens / this.#firstTokens) * 100) / 100 : null,
      price_versions: [...this.#priceVersions].sort(), first: this.#first, last: this.#last,
    }
  }

  #pay({ cost_usd: cost, root, usage }: CostRecord): void {
    const to = this.#counts
    to.cost_usd += cost ?? 0
    if (usage === null) return
    if (cost === null) to.unpriced += 1
    to.tokens_in += usage.input
    to.tokens_out += usage.output
    to.cache_read += usage.cache_read
    to.cache_write += usage.cache_write
    if (root === null) return
    const tokens = usage.input + usage.output
    this.#rootTokens += tokens
    // The first call of a root is the one after which the root has come to just what it took.
    if (root.first_tokens === tokens && root.tokens_in + root.tokens_out === tokens) this.#firstTokens += tokens
  }
}

/**
 * Adds up a log.
 * @throws Error when a file cannot be read, or a time is not understood
 */
export const reportCosts = async (folder: string, { by, since, until, nowMs = Date.now() }: CostsOptions): Promise<CostsReport> => {
  const fromMs = since === undefined ? -Infinity : pointInTime('--since', since, nowMs)
  const beforeMs = until === undefined ? Infinity : pointInTime('--until', until, nowMs)
  const rows = new Map<string, Sums>()
  const totals = new Sums()
  const files = listSegments(folder)
  let broken = 0
  for (const file of files) {
    for await (const { bytes, ended } of readLines(join(folder, file))) {
      const record = ended ? costRecordAt(bytes) : null
      if (record === 'broken') broken += 1
      if (record === null || record === 'broken') continue
      const atMs = Date.parse(record.time)
      if (atMs < fromMs || atMs >= beforeMs) continue
      totals.add(record)
      for (const name of namesOf[by](record)) {
        let sums = rows.get(name)
        if (sums === undefined) rows.set(name, sums = new Sums())
        sums.add(record)
      }
    }
  }
  const told = [...rows].map(([name, sums]): CostRow => ({ name, ...sums.result(divided.has(by)) }))
  return {
    by, files: files.length, broken, totals: totals.result(false),
    rows: told.sort((a, b) => b.cost_usd - a.cost_usd || b.calls - a.calls || (a.name < b.name ? -1 : 1)),
  }
}
