// Labels in the embedded store: those of sessions and of their agents, what outlasts them, and what an operator takes off.
import { joinLabels, noLabels, sensitivityRank, type Labels } from '../exchange/labels.ts'
import type { HeldLabels, LabelRemoval, SessionKeys } from '../exchange/session.ts'
import type { LabelRow, SessionFile, SessionRow } from './session-file.ts'
import { stored } from './stored.ts'

/** What is in memory of a session, as far as labels are concerned. */
export interface LabelledSession { labels: Labels; readonly lastUsedAt: number }

export interface EmbeddedLabelsOptions {
  readonly file: SessionFile
  readonly now: () => number
  readonly sessionTtlMs: number
  readonly labelTtlMs: number
  /** The session where it is in memory. */
  readonly inMemory: (id: string) => LabelledSession | undefined
}

// Labels of agents stand in the file under their own prefix: the session that has no id is named like its agent, and expires earlier.
const labelScope = (agent: string): string => `agent ${agent}`

const onlyLabels = ({ labels, sensitivity }: Labels): Labels => ({ labels, sensitivity })

const without = ({ labels, sensitivity }: Labels, { labels: removed, lowerTo }: LabelRemoval): Labels => ({
  labels: labels.filter(label => !removed.includes(label)),
  sensitivity: lowerTo !== null && sensitivityRank(sensitivity) > sensitivityRank(lowerTo) ? lowerTo : sensitivity,
})

export class EmbeddedLabels {
  readonly #options: EmbeddedLabelsOptions
  readonly #agents = new Map<string, LabelRow | null>()

  constructor(options: EmbeddedLabelsOptions) { this.#options = options }

  ofAgent(agent: string): Labels {
    const { file, labelTtlMs, now } = this.#options
    let row = this.#agents.get(agent)
    if (row === undefined) this.#agents.set(agent, row = stored(() => file.label(labelScope(agent))) ?? null)
    return row === null || now() - row.addedAt > labelTtlMs ? noLabels : row
  }

  /** Written before it returns. @param row of the session, which has to be in the file when its labels are */
  add(keys: SessionKeys, session: LabelledSession, row: SessionRow, added: Labels): void {
    const { file, now } = this.#options
    const forSession = joinLabels(session.labels, added)
    const forAgent = { ...joinLabels(this.ofAgent(keys.agent), added), addedAt: now() }
    stored(() => file.group(() => {
      file.putSession(keys.session, row)
      if (forSession !== session.labels) file.putLabel(keys.session, { ...forSession, addedAt: now() })
      file.putLabel(labelScope(keys.agent), forAgent)
    }))
    session.labels = forSession
    this.#agents.set(keys.agent, forAgent)
  }

  held(keys: SessionKeys): HeldLabels {
    const { file, inMemory, now, sessionTtlMs } = this.#options
    return stored(() => {
      const session = inMemory(keys.session)
      const lastUsedAt = session?.lastUsedAt ?? file.session(keys.session)?.lastUsedAt
      const labels = lastUsedAt === undefined || now() - lastUsedAt > sessionTtlMs ? noLabels : session?.labels ?? file.label(keys.session) ?? noLabels
      return { session: onlyLabels(labels), agent: onlyLabels(this.ofAgent(keys.agent)), lasting: file.lasting.at(keys, now()) }
    })
  }

  remove(keys: SessionKeys, removal: LabelRemoval): void {
    const { file, inMemory, now } = this.#options
    const known = this.held(keys)
    const session = inMemory(keys.session)
    const ofAgent = file.label(labelScope(keys.agent))
    const left = without(known.session, removal)
    const agent = ofAgent === undefined ? null : { ...without(known.agent, removal), addedAt: ofAgent.addedAt }
    stored(() => file.group(() => {
      if (file.session(keys.session) !== undefined) file.putLabel(keys.session, { ...left, addedAt: now() })
      if (agent !== null) file.putLabel(labelScope(keys.agent), agent)
      if (removal.lasting) file.lasting.remove(keys, removal.labels)
    }))
    if (session !== undefined) session.labels = left
    this.#agents.set(keys.agent, agent)
  }

  /** Labels of agents that ended leave memory. */
  sweep(nowMs: number): void {
    for (const [agent, row] of this.#agents) if (row === null || nowMs - row.addedAt > this.#options.labelTtlMs) this.#agents.delete(agent)
  }
}
