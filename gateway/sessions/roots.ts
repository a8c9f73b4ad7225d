// Which user request a call belongs to: named by the caller, or found by what the user said last. Bounded everywhere, because callers choose sessions,
// names and sub-agents. A root is over after a time of quiet, or when its user speaks again and nothing is under way. Those that hold labels are known
// to other gateways as well (root-keeper.ts).
import { FairMap } from '../exchange/fair-map.ts'
import { notesOfProcess, type Notes } from '../exchange/notes.ts'
import type { EnteringCall, RootBook, RootedCall, RootEnded, SubAgent, Turn } from '../exchange/root.ts'
import { forgetOldest } from './forget-oldest.ts'
import { Root, type Lane, type Place } from './root.ts'
import { RootKeeper } from './root-keeper.ts'
import type { NotedRoot } from './root-note.ts'
import { Scope } from './root-scope.ts'

export interface RootsOptions {
  readonly quietMs: number
  /** Roots, and sessions with what they usually spend, that are kept at most. */
  readonly max: number
  /** Where roots that hold labels are kept; without it they end with the process. */
  readonly notes?: Notes
  readonly onEnded?: RootEnded
  readonly clockMs?: () => number
}

const sweepEveryMs = 5000
/** Tool calls of one root that others are told of. */
const wantedPerRoot = 64
const tracesPerRoot = 4

interface Found extends Place { readonly root: Root }

const outermost: Lane = { id: '', depth: 0 }

/** The first words again, before anybody answered them, are a second try. After an answer the user says the same once more. */
const isSecondTry = (root: Root, said: NonNullable<Turn['said']>): boolean =>
  root.init.said?.digest === said.digest && root.init.said.at === said.at && !root.answered && root.answering === 0

export class Roots implements RootBook {
  readonly #options: RootsOptions
  readonly #now: () => number
  /** By owner and name, each owner's least recently used first; traces stand beside names. */
  readonly #roots: FairMap<Root>
  readonly #traces: FairMap<Root>
  readonly #scopes: FairMap<Scope>
  /** Tool calls that models asked for, by owner and id. */
  readonly #wanted: FairMap<Found>
  readonly #keeper: RootKeeper
  readonly #markOf: (session: string) => string
  readonly #timer: NodeJS.Timeout

  constructor(options: RootsOptions) {
    this.#options = options
    // Its own eviction ends roots before the map has to.
    this.#roots = new FairMap(options.max + 1)
    this.#traces = new FairMap(options.max)
    this.#scopes = new FairMap(options.max)
    this.#wanted = new FairMap(options.max)
    this.#now = options.clockMs ?? (() => Date.now())
    const notes = options.notes ?? notesOfProcess()
    this.#markOf = session => notes.markOf(session)
    this.#keeper = new RootKeeper({ notes, now: this.#now, quietMs: options.quietMs, told: (owner, root) => { this.#told(owner, root) } })
    this.#timer = setInterval(() => { this.sweep() }, Math.min(sweepEveryMs, options.quietMs)).unref()
  }

  /** Roots that go on. */
  get size(): number { return this.#roots.size }

  enter(call: EnteringCall): RootedCall {
    const now = this.#now()
    const scope = this.#scope(call.owner, call.keys.session)
    const { root, lane, sure } = this.#find(call, scope, now)
    this.#use(root, call, scope)
    const rooted = root.enter(call, { sure, lane: { id: lane.id, depth: lane.depth + call.depth } }, this.#now)
    this.#keeper.changed(root)
    return {
      ...rooted,
      labelled: labels => {
        void rooted.labelled(labels)
        return this.#keeper.labelled(root)
      },
      end: how => {
        for (const id of how.toolCalls) this.#want(call.owner, id, { root, lane, sure })
        const record = rooted.end(how)
        this.#keeper.changed(root)
        return record
      },
    }
  }

  #want(owner: string, id: string, found: Found): void {
    this.#wanted.put(owner, `${owner}/${id}`, found)
    found.root.wanted.delete(id)
    found.root.wanted.set(id, found.lane)
    forgetOldest(found.root.wanted, wantedPerRoot)
    found.root.changes += 1
  }

  /** What another gateway says of a root, or this one said before its last start. */
  #told(owner: string, { answered, awaitsTools, entered, labels, lastMs, named, request, said, scopes, session, startedMs, tenant, traces, wanted }: NotedRoot): void {
    const key = `${owner}/${request}`
    const known = this.#alive(this.#roots.get(key), this.#now())
    const root = known ?? new Root({ request, owner, tenant, session, startedMs, named, said, speed: this.#scope(owner, session).speed, markOf: this.#markOf })
    if (known === undefined) {
      while (this.#roots.size >= this.#options.max) this.#evict()
      Object.assign(root, { answered, awaitsTools })
    }
    root.lastMs = Math.max(root.lastMs, lastMs)
    root.labels.join(labels, entered)
    this.#roots.put(owner, key, root)
    for (const { id, lanes } of scopes) {
      const scope = this.#scope(owner, id)
      scope.put(root)
      for (const [lane, depth] of lanes) if (!scope.lanes.has(lane)) scope.bind({ id: lane, parent: null }, root, depth)
    }
    for (const trace of traces) this.#traces.put(owner, `${owner}/${trace}`, root)
    for (const [id, lane, depth] of wanted) if (this.#wanted.get(`${owner}/${id}`) === undefined) this.#wanted.put(owner, `${owner}/${id}`, { root, lane: { id: lane, depth }, sure: true })
  }

  /** The request in which a model asked for this very call. */
  #causeOf({ asking, owner }: EnteringCall, now: number): Found | undefined {
    const found = asking.kind === 'model' || asking.caused === null ? undefined : this.#wanted.get(`${owner}/${asking.caused}`)
    return found !== undefined && this.#alive(found.root, now) !== undefined ? found : undefined
  }

  /** Every root is over: what is counted at the end of one must not be lost with the process. */
  close(): void {
    clearInterval(this.#timer)
    for (const root of this.#roots.values()) this.#end(root)
  }

  /** Ends what has been quiet for too long. */
  sweep(): void {
    const now = this.#now()
    for (const root of this.#roots.values()) this.#alive(root, now)
  }

  #find(call: EnteringCall, scope: Scope, now: number): Found {
    const { asking, named, owner } = call
    const by = asking.kind === 'model' ? asking.turn.by : null
    if (named.root !== null) {
      const known = this.#alive(this.#roots.get(`${owner}/${named.root}`), now)
      return this.#inLane(known ?? this.#start(call, scope, now), by, scope)
    }
    const cause = this.#causeOf(call, now)
    if (cause !== undefined) return cause
    const traced = named.trace === null ? undefined : this.#alive(this.#traces.get(`${owner}/${named.trace}`), now)
    if (traced !== undefined) return this.#inLane(traced, by, scope)
    if (by !== null) return this.#inLane(this.#ofSubAgent(by, scope, now) ?? this.#start(call, scope, now), by, scope)
    const going = asking.kind === 'model' ? this.#byTurn(asking.turn, scope, now) : this.#alive(scope.current(), now)
    return { root: going ?? this.#start(call, scope, now), lane: outermost, sure: asking.kind === 'model' || scope.isSure }
  }

  /** Sub-agents stay with the request in which they were first seen, and stand one deeper than the one that started them. */
  #inLane(root: Root, by: SubAgent | null, scope: Scope): Found {
    if (by === null) return { root, lane: outermost, sure: true }
    const known = scope.lanes.get(by.id)
    const parent = by.parent === null ? undefined : scope.lanes.get(by.parent)
    const depth = known?.depth ?? (parent?.depth ?? 0) + 1
    if (known?.root !== root) scope.bind(by, root, depth)
    return { root, lane: { id: by.id, depth }, sure: true }
  }

  #ofSubAgent({ id, parent }: SubAgent, scope: Scope, now: number): Root | undefined {
    return this.#alive(scope.lanes.get(id)?.root, now) ?? (parent === null ? undefined : this.#alive(scope.lanes.get(parent)?.root, now)) ?? this.#alive(scope.current(), now)
  }

  #byTurn({ kind, said }: Turn, scope: Scope, now: number): Root | undefined {
    if (kind === 'user' && said !== null) return this.#alive(scope.latest(root => isSecondTry(root, said)), now)
    const known = said === null ? undefined : scope.latest(root => root.init.said?.digest === said.digest)
    // Words of a user that nobody has seen, in the middle of a loop: its program rewrote the history, or the gateway was started meanwhile.
    return this.#alive(known ?? (said === null ? scope.current() : scope.latest(root => root.awaitsTools)), now)
  }

  #alive(root: Root | undefined, now: number): Root | undefined {
    if (root === undefined || root.over) return undefined
    if (root.open > 0 || now - root.lastMs <= this.#options.quietMs) return root
    this.#end(root)
    return undefined
  }

  #start({ asking, exchange, keys, named, owner, tenant }: EnteringCall, scope: Scope, now: number): Root {
    const turn = asking.kind === 'model' ? asking.turn : null
    // A user who speaks again is done with what was asked before.
    if (turn?.kind === 'user' && turn.by === null) for (const root of scope.roots.filter(one => one.isDone)) this.#end(root)
    const root = new Root({
      request: named.root ?? exchange, owner, tenant, session: keys.session, startedMs: now, named: named.root !== null || named.trace !== null,
      said: turn?.said ?? null, speed: scope.speed, markOf: this.#markOf,
    })
    while (this.#roots.size >= this.#options.max) this.#evict()
    return root
  }

  /** Moves a root to the young end, and shows it to all who may look for it. */
  #use(root: Root, { keys, named, owner }: EnteringCall, scope: Scope): void {
    this.#roots.put(root.init.owner, `${root.init.owner}/${root.init.request}`, root)
    if (named.trace !== null) {
      this.#traces.put(owner, `${owner}/${named.trace}`, root)
      if (!root.traces.has(named.trace)) root.changes += 1
      root.traces.add(named.trace)
      forgetOldest(root.traces, tracesPerRoot)
    }
    scope.put(root)
    if (keys.agent !== keys.session) this.#scope(owner, keys.agent).put(root)
  }

  /** One of whoever has most, rather one that is not under way; but no caller may keep all of them busy. */
  #evict(): void {
    let victim: Root | undefined
    let looked = 0
    for (const [, root] of this.#roots.ofHeaviest()) {
      victim ??= root
      looked += 1
      if (root.open === 0) victim = root
      if (root.open === 0 || looked === 16) break
    }
    if (victim !== undefined) this.#end(victim)
  }

  #end(root: Root): void {
    root.over = true
    this.#roots.delete(`${root.init.owner}/${root.init.request}`)
    for (const scope of root.scopes) scope.drop(root)
    // One that only others had calls in is theirs to count.
    if (root.record().calls > 0) this.#options.onEnded?.(root.record(), root.init.tenant)
  }

  #scope(owner: string, id: string): Scope {
    const scope = this.#scopes.get(id) ?? new Scope(id)
    this.#scopes.put(owner, id, scope)
    return scope
  }
}
