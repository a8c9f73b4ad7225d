// Compares what servers show with what was approved, list by list, and remembers what it has seen. It decides nothing: entries carry the
// verdict, and policy says what follows. What cannot be read or remembered is judged a drift, never trusted.
import { statSync } from 'node:fs'
import { Analyst } from './analysis.ts'
import { judgeList, type Judged, type JudgedList, type PinEvent, type Shown } from './judge-list.ts'
import type { PinRule } from './judge.ts'
import { changedApprovals, KnownPins, stateOf, type PinStateName } from './known-pins.ts'
import type { ListedEntry, ServerLists } from '../mcp-server-lists.ts'
import { PinFile } from './pin-file.ts'

export interface PinBookOptions {
  readonly file: string
  readonly rules: ReadonlyMap<string, PinRule>
  /** What was never seen before, told once. */
  readonly onEvents: (events: readonly PinEvent[]) => void
  /** What was judged of these servers is outdated. */
  readonly onApproved: (servers: readonly string[]) => void
  /** The file cannot be used, or (null) can again. */
  readonly onTrouble: (problem: string | null) => void
  readonly nowMs?: () => number
  /** Pause between two looks at the file. */
  readonly everyMs?: number
}

const defaultEveryMs = 500
const busyMs = 250
/** Between two attempts at a file that cannot be used: each of them reads all of it. */
const retryMs = 5000

const unusable: Judged = { pin: 'drift', flags: [{ code: 'pins_unreadable', reason: 'the pin database cannot be used' }] }

export class PinBook {
  readonly #options: PinBookOptions
  readonly #nowMs: () => number
  readonly #analyst = new Analyst()
  readonly #timer: NodeJS.Timeout
  #rules: ReadonlyMap<string, PinRule>
  #servers: ReadonlySet<string>
  #file: PinFile | null = null
  #inode = 0
  #known = new KnownPins()
  #version = 0
  #problem: string | null = null
  #retryAtMs = 0

  constructor(options: PinBookOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
    this.#rules = options.rules
    this.#servers = new Set(options.rules.keys())
    this.#open(true)
    this.#timer = setInterval(() => { this.#look() }, options.everyMs ?? defaultEveryMs).unref()
  }

  /** Why nothing is trusted; null where all is well. */
  get problem(): string | null { return this.#problem }

  /** Takes the rules of a new generation. Returns the servers that are judged otherwise now. */
  update(rules: ReadonlyMap<string, PinRule>): readonly string[] {
    const before = this.#rules
    this.#rules = rules
    this.#servers = new Set(rules.keys())
    return [...rules.keys()].filter(server => JSON.stringify(before.get(server)) !== JSON.stringify(rules.get(server)))
  }

  /** How many names of a server are in which state. */
  counts(server: string): Readonly<Record<PinStateName, number>> {
    const counts = { new: 0, match: 0, drift: 0 }
    for (const pin of this.#known.of(server)) counts[stateOf(pin)] += 1
    return counts
  }

  /** The lists of a server with a verdict on every entry and on its instructions. */
  judge(server: string, lists: ServerLists): ServerLists {
    const { entries, instructions } = lists
    const analyse = this.#analyst.begin()
    const shown: Shown[] = entries.map(({ kind, originalName, rawText }) => ({ kind, name: originalName, analysis: analyse(rawText) }))
    if (instructions !== null) shown.push({ kind: 'instructions', name: '', analysis: analyse(JSON.stringify(instructions.text)) })
    const judged = this.#judged(server, shown)
    return {
      ...lists, entries: entries.map((entry, index): ListedEntry => ({ ...entry, ...factsOf(judged[index]) })),
      instructions: instructions === null ? null : { ...instructions, ...factsOf(judged.at(-1)) },
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#file?.close()
    this.#file = null
  }

  #judged(server: string, shown: readonly Shown[]): readonly Judged[] {
    const rule = this.#rules.get(server)
    const file = this.#file
    if (file === null || rule === undefined) return shown.map(() => unusable)
    const judgeNow = (): JudgedList => judgeList(shown, { server, rule, known: this.#known, servers: this.#servers, nowMs: this.#nowMs() })
    try {
      this.#refresh(file)
      const first = judgeNow()
      if (first.changes.length === 0) return first.judged
      // Judged again where nobody else writes: an operator may have approved or forgotten something in between.
      const { judged, changes } = file.group(() => {
        const list = this.#refresh(file) ? judgeNow() : first
        for (const { row, definition, text, drops } of list.changes) {
          if (row !== null) file.putPin(row)
          if (text === null) file.seeAgain(definition)
          else file.add(definition, text)
          for (const digest of drops) file.dropDefinition(definition, digest)
        }
        return list
      })
      this.#remember({ judged, changes })
      return judged
    } catch (error) {
      this.#fail(error)
      return shown.map(() => unusable)
    }
  }

  #remember({ changes }: JudgedList): void {
    for (const { row, definition, drops } of changes) {
      const pin = row === null ? this.#known.find(definition.server, definition.kind, definition.name) : this.#known.putPin(row)
      pin?.definitions.set(definition.digest, definition)
      for (const digest of drops) pin?.definitions.delete(digest)
    }
    const events = changes.flatMap(change => change.events)
    if (events.length > 0) this.#options.onEvents(events)
  }

  /** Reads the file again if somebody else has written. */
  #refresh(file: PinFile): boolean {
    const { version } = file
    if (version === this.#version) return false
    const before = this.#known
    this.#known = KnownPins.read(file)
    this.#version = version
    const changed = changedApprovals(before, this.#known)
    // Not from within a judgement: what is dropped may be what is being judged.
    if (changed.length > 0) setImmediate(() => { this.#options.onApproved(changed) })
    return true
  }

  #look(): void {
    const file = this.#file
    if (file === null) {
      if (this.#nowMs() >= this.#retryAtMs) this.#open(false)
      return
    }
    try {
      // An open file lives on after it was removed, and commands would write to another one.
      if (statSync(this.#options.file).ino !== this.#inode) throw new Error(`the pin database ${this.#options.file} was replaced`)
      this.#refresh(file)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Only a start may begin a new file: pins that vanish must not make everything a first sight. */
  #open(mayCreate: boolean): void {
    try {
      const file = new PinFile(this.#options.file, { busyMs, mayCreate })
      this.#file = file
      this.#inode = statSync(this.#options.file).ino
      this.#version = file.version
      this.#known = KnownPins.read(file)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#problem === null) return
    this.#problem = null
    this.#options.onTrouble(null)
    this.#options.onApproved([...this.#servers])
  }

  #fail(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error)
    this.#file?.close()
    this.#file = null
    this.#retryAtMs = this.#nowMs() + retryMs
    if (this.#problem !== null) return
    this.#problem = problem
    this.#options.onTrouble(problem)
    setImmediate(() => { this.#options.onApproved([...this.#servers]) })
  }
}

const factsOf = (judged: Judged = unusable): Pick<ListedEntry, 'pin' | 'flags'> => ({ pin: judged.pin, flags: [...new Set(judged.flags.map(({ code }) => code))] })
