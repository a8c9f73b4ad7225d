// Judges everything that a server shows at once. Pure: it says what has to be remembered, and nothing that it trusts may be acted upon
// before that is written.
import type { Pin } from '../../../policies/engine/contract.ts'
import type { Flag } from '../../../registry/definition-flags.ts'
import type { PinnedKind } from '../../../registry/definition.ts'
import type { Analysis } from './analysis.ts'
import { judge, type PinNews, type PinRule, type PinVerdict } from './judge.ts'
import type { KnownPin, KnownPins } from './known-pins.ts'
import type { DefinitionRow, PinRow } from './pin-file.ts'

/** One definition as it is shown; of resources nothing is pinned. */
export interface Shown { readonly kind: PinnedKind | 'resource'; readonly name: string; readonly analysis: Analysis }

export interface Judged { readonly pin: Pin; readonly flags: readonly Flag[] }

/** Something that happened for the first time. */
export interface PinEvent {
  readonly server: string
  readonly kind: PinnedKind
  readonly name: string
  readonly news: PinNews | 'flags'
  /** New ones alone, where flags are the news. */
  readonly flags: readonly Flag[]
}

export interface Change {
  /** Null where only the definition was seen. */
  readonly row: PinRow | null
  readonly definition: DefinitionRow
  /** Null where the text is kept already. */
  readonly text: string | null
  /** Digests of definitions that are of no more use. */
  readonly drops: readonly string[]
  readonly events: readonly PinEvent[]
}

export interface JudgedList { readonly judged: readonly Judged[]; readonly changes: readonly Change[] }

export interface JudgingFor {
  readonly server: string
  readonly rule: PinRule
  readonly known: KnownPins
  /** In use. */
  readonly servers: ReadonlySet<string>
  readonly nowMs: number
}

/** How exactly it is known when something was last seen; a write for each list would be too much. */
const seenEveryMs = 3_600_000
/** Definitions of one name that wait for approval; the one seen longest ago makes room. */
const mostPending = 4
/** Names of one server. What is beyond cannot be remembered, and so is not trusted. */
const mostNames = 20_000

const reasonsOf = (flags: readonly Flag[]): string => JSON.stringify(flags)

/** Nothing to write about a definition that was seen lately just as it is. */
const isRecent = (seen: DefinitionRow | undefined, flags: readonly Flag[], nowMs: number): boolean =>
  seen !== undefined && nowMs - seen.lastSeen < seenEveryMs && reasonsOf(seen.flags) === reasonsOf(flags)

class ListJudge {
  readonly #for: JudgingFor
  readonly #changes: Change[] = []
  /** What stands twice in one list cannot be told apart by name. */
  readonly #here = new Map<string, { readonly digest: string; readonly judged: Judged }>()
  #added = 0

  constructor(judging: JudgingFor) { this.#for = judging }

  run(shown: readonly Shown[]): JudgedList { return { judged: shown.map(one => this.#one(one)), changes: this.#changes } }

  #one(shown: Shown): Judged {
    const { analysis, kind, name } = shown
    if (kind === 'resource') return { pin: 'none', flags: analysis.flags }
    const key = `${kind} ${name}`
    const twin = this.#here.get(key)
    if (twin !== undefined) return twin.digest === analysis.digest ? twin.judged : { pin: 'drift', flags: analysis.flags }
    const judged = this.#judge(kind, name, analysis)
    this.#here.set(key, { digest: analysis.digest, judged })
    return judged
  }

  #judge(kind: PinnedKind, name: string, analysis: Analysis): Judged {
    const { known, nowMs, rule, server } = this.#for
    const pin = known.find(server, kind, name)
    const flags = [...analysis.flags, ...this.#aboutOthers(kind, name, pin?.row.firstSeen ?? nowMs, analysis)]
    if (pin === undefined && !this.#hasRoom()) return { pin: 'drift', flags }
    const seen = pin?.definitions.get(analysis.digest)
    const verdict = judge(pin?.row ?? null, analysis.digest, rule, seen !== undefined)
    if (verdict.next === null && isRecent(seen, flags, nowMs)) return { pin: verdict.pin, flags }
    const definition: DefinitionRow = { server, kind, name, digest: analysis.digest, flags, firstSeen: seen?.firstSeen ?? nowMs, lastSeen: nowMs }
    this.#changes.push({
      row: this.#row(pin, verdict, definition), definition, text: seen === undefined ? analysis.text() : null, drops: dropped(pin, verdict, analysis.digest),
      events: eventsOf(definition, verdict, seen),
    })
    return { pin: verdict.pin, flags }
  }

  #hasRoom(): boolean {
    this.#added += 1
    return this.#for.known.count(this.#for.server) + this.#added <= mostNames
  }

  #aboutOthers(kind: PinnedKind, name: string, firstSeen: number, { mentions }: Analysis): Flag[] {
    const { known, server, servers } = this.#for
    const names = known.toolNames(servers)
    return [...kind === 'tool' ? names.shadowing({ server, name, firstSeen }) : [], ...names.crossReferences(server, name, mentions)]
  }

  #row(pin: KnownPin | undefined, { next, approves }: PinVerdict, { kind, name, server }: DefinitionRow): PinRow | null {
    if (next === null) return null
    const { nowMs } = this.#for
    const row = { server, kind, name, ...next, firstSeen: pin?.row.firstSeen ?? nowMs }
    if (approves) return { ...row, approvedAt: nowMs, approvedBy: 'first sight' }
    return { ...row, approvedAt: next.approved === null ? null : pin?.row.approvedAt ?? null, approvedBy: next.approved === null ? null : pin?.row.approvedBy ?? null }
  }
}

/** Flags that were told before are no news. */
const eventsOf = ({ server, kind, name, flags }: DefinitionRow, { news }: PinVerdict, seen: DefinitionRow | undefined): PinEvent[] => {
  const before = new Set(seen?.flags.map(({ code }) => code))
  const added = flags.filter(({ code }) => !before.has(code))
  return [
    ...news === null ? [] : [{ server, kind, name, news, flags: [] }],
    ...added.length === 0 ? [] : [{ server, kind, name, news: 'flags' as const, flags: added }],
  ]
}

const dropped = (pin: KnownPin | undefined, { approves, next }: PinVerdict, digest: string): string[] => {
  if (pin === undefined) return []
  const { approved, formerly } = pin.row
  if (approves) return formerly === null || formerly === digest ? [] : [formerly]
  const pending = [...pin.definitions.values()].filter(one => one.digest !== digest && one.digest !== approved && one.digest !== (next ?? pin.row).formerly)
  return pending.sort((a, b) => b.lastSeen - a.lastSeen).slice(mostPending - 1).map(one => one.digest)
}

export const judgeList = (shown: readonly Shown[], judging: JudgingFor): JudgedList => new ListJudge(judging).run(shown)
