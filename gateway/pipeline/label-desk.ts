// Where operators see which labels a session holds, and take some off. Nothing that an agent sends leads here: it is reached through the admin
// listener with its key alone. What was taken off is on record before it is.
import type { HeldLabels, LabelRemoval, SessionKeys, SessionStore } from '../exchange/session.ts'
import { recorded, type AuditLog } from '../exchange/record.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { Runtime } from './runtime.ts'

export interface LabelDeskParts { readonly sessions: SessionStore; readonly taint: TaintBook; readonly audit: AuditLog }

export interface ApprovedRemoval extends LabelRemoval {
  readonly session: string
  /** Who says so, and why; both go on record. */
  readonly by: string
  readonly reason: string
  readonly client: string | null
}

/** Unknown sessions, and such of keys that are not configured any more, have no holders that could be asked. */
export class UnknownSession extends Error {}

const keyless = { subject: 'local/local', agent: 'local' } as const

/** A session says whose it is: `<tenant>/<key>/<id>`; its agent and subject are those of the key. @throws UnknownSession */
const keysOf = (session: string, { config }: Pick<Runtime, 'config'>): SessionKeys => {
  const [tenant = '', name = '', ...id] = session.split('/')
  const key = config.keys.find(one => one.name === name && one.subject.tenant === tenant)
  if (id.join('/') === '' || (key === undefined && (tenant !== 'local' || name !== 'none'))) {
    throw new UnknownSession(`"${session}" is no session of a configured key; the audit log has them as <tenant>/<key>/<id>`)
  }
  const subject = key === undefined ? keyless.subject : `${key.subject.tenant}/${key.subject.id}`
  return { session, agent: `${tenant}/${name}/~${key?.agent.id ?? keyless.agent}`, subject }
}

const allOf = ({ agent, lasting, session }: HeldLabels): Labels => joinLabels(joinLabels(session, agent), { labels: lasting.map(({ label }) => label), sensitivity: 'public' })

export class LabelDesk {
  readonly #parts: LabelDeskParts
  readonly #runtime: () => Runtime

  constructor(parts: LabelDeskParts, runtime: () => Runtime) {
    this.#parts = parts
    this.#runtime = runtime
  }

  /** @throws UnknownSession, Failure state.unavailable */
  async held(session: string): Promise<HeldLabels> { return this.#parts.sessions.held(keysOf(session, this.#runtime())) }

  /** @returns what is held afterwards. @throws UnknownSession, Failure state.unavailable, Error when it cannot be recorded */
  async remove(removal: ApprovedRemoval): Promise<HeldLabels> {
    const { audit, sessions, taint } = this.#parts
    const { by, client, labels, lasting, lowerTo, reason, session } = removal
    const keys = keysOf(session, this.#runtime())
    const before = allOf(await sessions.held(keys))
    await recorded(audit, { phase: 'declassified', session, labels, lowerTo, lasting, before, by, reason, client })
    await sessions.removeLabels(keys, removal)
    // Its history is sent again with the next call: what came before stays off.
    await taint.forgive(session.split('/', 2).join('/'), session, { labels, above: lowerTo })
    return sessions.held(keys)
  }
}
