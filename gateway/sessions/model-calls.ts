// Tool calls that models asked for, for a time: by id, and by keyed digests of their arguments. Arguments are not kept. All of it is in memory; notes
// keep it beyond the process and bring what passed at other gateways.
import { hash } from 'node:crypto'
import { canonicalJson } from '../exchange/canonical-json.ts'
import { FairMap } from '../exchange/fair-map.ts'
import type { AskedBy, CallBook, CarriedOut, SaidCall } from '../exchange/model-call.ts'
import { notesOfProcess, type KeptNote, type NoteReader, type Notes } from '../exchange/notes.ts'
import { readCall, writeCall, type Emitted } from './call-note.ts'

export interface MemoryCallsOptions {
  readonly windowMs: number
  /** Ids, and different arguments, that are kept at most of all owners together. */
  readonly most: number
  /** Where it is kept; without it, it ends with the process. */
  readonly notes?: Notes
  readonly clockMs?: () => number
}

/** Calls with the same arguments that are told apart: `{}` is what many tools take. */
const mostOfOneKind = 32

/** Clients replace what a provider does not take in names. */
const normalised = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, '_').toLowerCase()

/** Clients put names of their own before a tool's (`mcp__gateway__files__read`); none puts anything behind it. */
const isSameTool = (said: string, carriedOut: string): boolean => {
  const [model, tool] = [normalised(said), normalised(carriedOut)]
  return tool !== '' && (model === tool || model.endsWith(`_${tool}`))
}

/** Placeholders mean something else in each session: where several asked for the same, none of them is guessed. */
const ofOneSession = ({ by }: Emitted, alike: readonly Emitted[]): AskedBy => alike.every(one => one.by.session === by.session) ? by : { ...by, session: null }

export class MemoryCalls implements CallBook, NoteReader {
  version = 0
  readonly #options: MemoryCallsOptions
  readonly #now: () => number
  readonly #notes: Notes
  #secret: string | null = null
  readonly #byId: FairMap<Emitted>
  readonly #byArgs: FairMap<readonly Emitted[]>

  constructor(options: MemoryCallsOptions) {
    this.#options = options
    this.#now = options.clockMs ?? Date.now
    this.#byId = new FairMap(options.most)
    this.#byArgs = new FairMap(options.most)
    this.#notes = options.notes ?? notesOfProcess()
    this.#notes.readBy('call', this)
  }

  emitted(owner: string, { args, id, name }: SaidCall, by: AskedBy): void {
    const digest = this.#digest(args)
    if (digest === null) return
    const emitted: Emitted = { id, name, digest, by, at: this.#now() }
    this.#keep(owner, emitted)
    // Not waited for: a client that carries it out at another gateway before it is there was not asked to, as far as that one knows.
    const body = writeCall(emitted)
    if (body !== null) this.#notes.later(owner, [{ kind: 'call', id: this.#noteId(emitted), marks: by.session === null ? [] : [this.#notes.markOf(by.session)], body }])
  }

  #keep(owner: string, emitted: Emitted): void {
    if (emitted.id !== null) this.#byId.put(owner, `${owner}/${emitted.id}`, emitted)
    const key = `${owner}/${emitted.digest}`
    this.#byArgs.put(owner, key, [...(this.#byArgs.get(key) ?? []).slice(1 - mostOfOneKind), emitted])
  }

  /** The same call of the same session is one note. */
  #noteId({ by, digest, id, name }: Emitted): string { return this.#keyed(JSON.stringify([digest, id, name, by.session])) }

  noted(owner: string, { body }: KeptNote): void {
    const emitted = readCall(body)
    if (emitted === null || this.#now() - emitted.at > this.#options.windowMs) return
    const id = this.#noteId(emitted)
    if (this.#byArgs.get(`${owner}/${emitted.digest}`)?.some(one => one.at >= emitted.at && this.#noteId(one) === id) === true) return
    this.#keep(owner, emitted)
    this.version += 1
  }

  // A call that is asked for again is a note again.
  used(): void { /* It is not told. */ }

  forgotten(owner: string, mark: string): void {
    const isOf = ({ by: { session } }: Emitted): boolean => session !== null && this.#notes.markOf(session) === mark
    for (const [key, emitted] of [...this.#byId.of(owner)]) if (isOf(emitted)) this.#byId.delete(key)
    for (const [key, all] of [...this.#byArgs.of(owner)]) {
      const left = all.filter(one => !isOf(one))
      if (left.length === all.length) continue
      if (left.length === 0) this.#byArgs.delete(key)
      else this.#byArgs.put(owner, key, left)
    }
  }

  askedBy(owner: string, { args, id, name }: CarriedOut): AskedBy | null {
    const digest = this.#digest(args)
    if (digest === null) return null
    const is = (one: Emitted | undefined): boolean => one?.digest === digest && isSameTool(one.name, name) && this.#now() - one.at <= this.#options.windowMs
    const byId = id === null ? undefined : this.#byId.get(`${owner}/${id}`)
    const kept = this.#byArgs.get(`${owner}/${digest}`) ?? []
    const alike = kept.filter(is)
    if (byId !== undefined && is(byId)) return ofOneSession(byId, alike.filter(one => one.id === id))
    const found = alike.at(-1)
    // Where none more is kept, there may have been others.
    return found === undefined ? null : kept.length < mostOfOneKind ? ofOneSession(found, alike) : { ...found.by, session: null }
  }

  /** Null for what nests too deeply to be compared: nobody asked for it. */
  #digest(args: unknown): string | null {
    try {
      return this.#keyed(canonicalJson(args ?? {}))
    } catch (thrown) {
      if (thrown instanceof RangeError) return null
      throw thrown
    }
  }

  #keyed(text: string): string { return hash('sha256', (this.#secret ??= this.#notes.key('calls').toString('base64')) + text, 'base64url').slice(0, 22) }
}
