// Labels of all sessions of one user request, so that a sub-agent in a session of its own begins with what its parent had read.
import { joinLabels, noLabels, sensitivityRank, type Labels } from '../exchange/labels.ts'

/** Sessions of one root that are told apart. Of more, all inherit with every call. */
const mostSessions = 256

export class RootLabels {
  readonly #markOf: (session: string) => string
  readonly #sessions = new Set<string>()
  /** Marks of those that came in at another gateway, or before a start. */
  readonly #elsewhere = new Set<string>()
  #labels: Labels = noLabels
  /** Grows with everything that is kept of it. */
  version = 0

  /** @param markOf a session as notes name it */
  constructor(markOf: (session: string) => string) { this.#markOf = markOf }

  get labels(): Labels { return this.#labels }

  /** What has no label and is internal at the most says nothing that would have to follow it. */
  get isWorthKeeping(): boolean { return this.#labels.labels.length > 0 || sensitivityRank(this.#labels.sensitivity) > sensitivityRank('internal') }

  /** @returns what a session inherits when it first comes; what others read afterwards is theirs */
  enter(session: string): Labels {
    if (this.#sessions.has(session)) return noLabels
    if (this.#sessions.size < mostSessions) {
      this.#sessions.add(session)
      this.version += 1
    }
    return this.#elsewhere.size > 0 && this.#elsewhere.has(this.#markOf(session)) ? noLabels : this.#labels
  }

  add(labels: Labels): void {
    const joined = joinLabels(this.#labels, labels)
    if (joined === this.#labels) return
    this.#labels = joined
    this.version += 1
  }

  /** Marks of the sessions that came in. */
  entered(): string[] { return [...new Set([...this.#elsewhere, ...[...this.#sessions].map(this.#markOf)])].slice(0, mostSessions) }

  /** What is known elsewhere of the same request. */
  join(labels: Labels, entered: readonly string[]): void {
    this.#labels = joinLabels(this.#labels, labels)
    for (const mark of entered) if (this.#elsewhere.size < mostSessions) this.#elsewhere.add(mark)
  }
}
