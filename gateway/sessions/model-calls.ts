// Tool calls that models asked for, in this process and for a time: by id, and by keyed digests of their arguments. Arguments are not kept.
import { hash, randomBytes } from 'node:crypto'
import { canonicalJson } from '../exchange/canonical-json.ts'
import { FairMap } from '../exchange/fair-map.ts'
import type { AskedBy, CallBook, CarriedOut, SaidCall } from '../exchange/model-call.ts'

export interface MemoryCallsOptions {
  readonly windowMs: number
  /** Ids, and different arguments, that are kept at most of all owners together. */
  readonly most: number
  readonly clockMs?: () => number
}

interface Emitted { readonly id: string | null; readonly name: string; readonly digest: string; readonly by: AskedBy; readonly at: number }

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

export class MemoryCalls implements CallBook {
  readonly #options: MemoryCallsOptions
  readonly #now: () => number
  readonly #secret = randomBytes(16).toString('base64')
  readonly #byId: FairMap<Emitted>
  readonly #byArgs: FairMap<readonly Emitted[]>

  constructor(options: MemoryCallsOptions) {
    this.#options = options
    this.#now = options.clockMs ?? Date.now
    this.#byId = new FairMap(options.most)
    this.#byArgs = new FairMap(options.most)
  }

  emitted(owner: string, { args, id, name }: SaidCall, by: AskedBy): void {
    const digest = this.#digest(args)
    if (digest === null) return
    const emitted = { id, name, digest, by, at: this.#now() }
    if (id !== null) this.#byId.put(owner, `${owner}/${id}`, emitted)
    const key = `${owner}/${digest}`
    this.#byArgs.put(owner, key, [...(this.#byArgs.get(key) ?? []).slice(1 - mostOfOneKind), emitted])
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
      return hash('sha256', this.#secret + canonicalJson(args ?? {}), 'base64url').slice(0, 22)
    } catch (thrown) {
      if (thrown instanceof RangeError) return null
      throw thrown
    }
  }
}
