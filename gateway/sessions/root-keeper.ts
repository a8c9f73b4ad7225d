// Tells other gateways of the user requests that hold labels, and takes in what they tell.
import { hash, randomBytes } from 'node:crypto'
import type { KeptNote, Note, NoteReader, Notes } from '../exchange/notes.ts'
import { readRoot, writeRoot, type NotedRoot } from './root-note.ts'
import type { Root } from './root.ts'

export interface RootKeeperOptions {
  readonly notes: Notes
  readonly now: () => number
  readonly quietMs: number
  readonly told: (owner: string, root: NotedRoot) => void
}

/** A root that goes on is told of in so many parts of the time after which it is over. */
const partsOfQuiet = 8

const notedOf = ({ answered, awaitsTools, init, labels, lastMs, scopes, traces, wanted }: Root, self: Root): NotedRoot => ({
  request: init.request, session: init.session, tenant: init.tenant, startedMs: init.startedMs, lastMs, named: init.named, said: init.said, answered, awaitsTools,
  labels: labels.labels, entered: labels.entered(), traces: [...traces], wanted: [...wanted].map(([id, lane]) => [id, lane.id, lane.depth]),
  scopes: [...scopes].map(({ id, lanes }) => ({ id, lanes: [...lanes].filter(([, { root }]) => root === self).map(([lane, { depth }]) => [lane, depth] as const) })),
})

export class RootKeeper implements NoteReader {
  readonly #options: RootKeeperOptions
  readonly #ids = new WeakMap<Root, string>()
  /** Each process tells what it knows in a note of its own, and whoever reads joins them: none overwrites what another one told. */
  readonly #process = randomBytes(6).toString('base64url')
  #secret: Buffer | null = null

  constructor(options: RootKeeperOptions) {
    this.#options = options
    options.notes.readBy('root', this)
  }

  /** Something about it is new, or it is in use: told soon, where it holds labels. */
  changed(root: Root): void {
    if (!root.labels.isWorthKeeping) return
    const { notes, now, quietMs } = this.#options
    if (root.version !== root.noted.version) notes.later(root.init.owner, this.#note(root))
    else if (now() - root.noted.atMs > quietMs / partsOfQuiet) {
      root.noted.atMs = now()
      notes.touch(root.init.owner, 'root', [this.#idOf(root)], this.#marksOf(root))
    }
  }

  /** Its labels are told before what carries them leaves; where only other things are new it is told soon. */
  labelled(root: Root): void | Promise<void> {
    if (root.labels.isWorthKeeping && root.labels.labels !== root.noted.labels) return this.#options.notes.put(root.init.owner, this.#note(root))
    this.changed(root)
    return undefined
  }

  noted(owner: string, { body }: KeptNote): void {
    const root = readRoot(body)
    if (root === null || this.#options.now() - root.lastMs > this.#options.quietMs) return
    this.#options.told(owner, root)
  }

  // Calls that come to other gateways keep it alive there; the note keeps it for those that do not know it.
  used(): void { /* The time of its last call is with the calls. */ }

  forgotten(): void { /* Labels stay; a root ends by itself, and its note is gone. */ }

  #note(root: Root): readonly Note[] {
    root.noted = { atMs: this.#options.now(), version: root.version, labels: root.labels.labels }
    const body = writeRoot(notedOf(root, root))
    return body === null ? [] : [{ kind: 'root', id: this.#idOf(root), marks: this.#marksOf(root), body }]
  }

  #marksOf({ init }: Root): string[] { return [init.markOf(init.session)] }

  #idOf(root: Root): string {
    let id = this.#ids.get(root)
    if (id === undefined) this.#ids.set(root, id = hash('sha256', Buffer.concat([this.#secret ??= this.#options.notes.key('roots'), Buffer.from(root.init.request)]), 'base64url').slice(0, 22) + `.${this.#process}`)
    return id
  }
}
