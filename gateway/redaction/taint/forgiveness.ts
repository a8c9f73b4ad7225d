// What operators took off sessions: texts that came before do not put it back.
import { FairMap } from '../../exchange/fair-map.ts'
import { sensitivities, sensitivityRank, type Labels } from '../../exchange/labels.ts'
import type { KeptNote, NoteReader, Notes } from '../../exchange/notes.ts'
import type { Forgiven } from '../../exchange/taint.ts'

/** Sessions whose forgiveness is remembered, and how many times each. */
const mostSessions = 10_000
const mostTimes = 16

interface Given { readonly labels: readonly string[]; readonly above: Labels['sensitivity'] | null; /** Milliseconds since the epoch. */ readonly at: number }

const none: readonly Given[] = []

/** What is left of a source's labels for a session to which an operator forgave some of what came before. */
const without = (labels: Labels, { above, labels: forgiven }: Given): Labels => ({
  labels: labels.labels.filter(label => !forgiven.includes(label)),
  sensitivity: above !== null && sensitivityRank(labels.sensitivity) > sensitivityRank(above) ? above : labels.sensitivity,
})

const isGiven = (value: unknown): value is Given => {
  const { above, at, labels } = (value ?? {}) as Partial<Record<keyof Given, unknown>>
  return Array.isArray(labels) && labels.every(label => typeof label === 'string') && typeof at === 'number' && (above === null || sensitivities.some(one => one === above))
}

export class Forgiveness implements NoteReader {
  readonly #notes: Notes
  readonly #now: () => number
  /** By mark. */
  readonly #given = new FairMap<readonly Given[]>(mostSessions)

  /** When something was forgiven last, milliseconds since the epoch. */
  lastAt = -Infinity

  constructor(notes: Notes, now: () => number) {
    this.#notes = notes
    this.#now = now
    notes.readBy('forgiven', this)
  }

  /** Resolves when it is kept. */
  add(owner: string, session: string, { above, labels }: Forgiven): void | Promise<void> {
    const mark = this.#notes.markOf(session)
    const at = this.#now()
    const given = [...this.#given.get(mark) ?? none, { labels, above, at }].slice(-mostTimes)
    this.lastAt = Math.max(this.lastAt, at)
    this.#given.put(owner, mark, given)
    // Like the labels themselves it stays when the session's vault is forgotten.
    return this.#notes.put(owner, [{ kind: 'forgiven', id: mark, marks: [], body: Buffer.from(JSON.stringify(given)) }])
  }

  /** @param addedAt when the source last returned what has the labels */
  left(session: string, labels: Labels, addedAt: number): Labels {
    if (this.#given.size === 0) return labels
    let left = labels
    for (const one of this.#given.get(this.#notes.markOf(session)) ?? none) if (addedAt <= one.at) left = without(left, one)
    return left
  }

  noted(owner: string, { body, id }: KeptNote): void {
    const given: unknown = JSON.parse(body.toString())
    if (!Array.isArray(given) || !given.every(isGiven)) return
    for (const { at } of given) this.lastAt = Math.max(this.lastAt, at)
    // Two gateways may have been told at once.
    const known = this.#given.get(id) ?? none
    this.#given.put(owner, id, [...known, ...given.filter(one => !known.some(({ at }) => at === one.at))].sort((a, b) => a.at - b.at).slice(-mostTimes))
  }

  // Nothing ends it but its time.
  used(): void { /* It is not told. */ }

  forgotten(): void { /* It says nothing of what the session held. */ }
}
