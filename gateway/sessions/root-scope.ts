// Where calls look for their root: what goes on in one session, or in all sessions of a key and agent for calls that name none.
import type { SubAgent } from '../exchange/root.ts'
import { forgetOldest } from './forget-oldest.ts'
import type { Root } from './root.ts'
import { SpendSpeed } from './spend-speed.ts'

/** Live roots of one session: conversations may be interleaved in one, and sub-agents are as many as their program starts. */
const rootsPerScope = 256
const scopesPerRoot = 16
const lanesPerScope = 64

export class Scope {
  readonly id: string
  readonly speed = new SpendSpeed()
  readonly roots: Root[] = []
  readonly lanes = new Map<string, { readonly root: Root; readonly depth: number }>()

  /** @param id of a session, or of a key and agent */
  constructor(id: string) { this.id = id }

  latest(isIt: (root: Root) => boolean): Root | undefined {
    let found: Root | undefined
    for (const root of this.roots) if (isIt(root) && (found === undefined || root.lastMs >= found.lastMs)) found = root
    return found
  }

  /** What goes on here: rather what waits for tools than what was used last. */
  current(): Root | undefined { return this.latest(root => root.awaitsTools) ?? this.latest(() => true) }

  /** Is it plain which of the roots waits for a tool that is called now? */
  get isSure(): boolean {
    let waiting = 0
    for (const root of this.roots) if (root.awaitsTools) waiting += 1
    return waiting < 2
  }

  put(root: Root): void {
    if (this.roots.includes(root)) return
    this.roots.push(root)
    root.scopes.add(this)
    root.changes += 1
    if (this.roots.length > rootsPerScope) this.roots.shift()?.scopes.delete(this)
    // A name may be used in any number of sessions.
    if (root.scopes.size <= scopesPerRoot) return
    const [first] = root.scopes
    first?.drop(root)
    if (first !== undefined) root.scopes.delete(first)
  }

  drop(root: Root): void {
    const at = this.roots.indexOf(root)
    if (at >= 0) this.roots.splice(at, 1)
    for (const [id, lane] of this.lanes) if (lane.root === root) this.lanes.delete(id)
  }

  bind({ id }: SubAgent, root: Root, depth: number): void {
    this.lanes.set(id, { root, depth })
    root.changes += 1
    forgetOldest(this.lanes, lanesPerScope)
  }
}
