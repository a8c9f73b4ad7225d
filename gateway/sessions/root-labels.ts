// Labels of all sessions of one user request, so that a sub-agent in a session of its own begins with what its parent had read.
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'

/** Sessions of one root that are told apart. Of more, all inherit with every call. */
const mostSessions = 256

export class RootLabels {
  readonly #sessions = new Set<string>()
  #labels: Labels = noLabels

  /** @returns what a session inherits when it first comes; what others read afterwards is theirs */
  enter(session: string): Labels {
    if (this.#sessions.has(session)) return noLabels
    if (this.#sessions.size < mostSessions) this.#sessions.add(session)
    return this.#labels
  }

  add(labels: Labels): void { this.#labels = joinLabels(this.#labels, labels) }
}
