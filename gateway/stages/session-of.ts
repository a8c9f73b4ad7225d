// Which session an exchange belongs to. A client-sent id partitions; it never crosses principals, because every key starts with theirs.
import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { AskedBy } from '../exchange/model-call.ts'
import type { Principal } from '../exchange/principal.ts'
import type { SessionKeys } from '../exchange/session.ts'
import { writtenName } from '../redaction/written-name.ts'

const plain = /^[\w.:-]{1,128}$/

/** Ids are caller-controlled: anything unusual, or what looks like somebody's data, is replaced by its digest, so that it can neither collide nor grow nor tell. */
export const normalised = (id: string): string => plain.test(id) && writtenName(id) === id ? id : `sha256:${hash('sha256', id)}`

/** Whose everything is that outlives a call: never shared between principals. */
export const ownerOf = (principal: Principal): string => `${principal.subject.tenant}/${principal.key}`

/** Who holds labels beside a session. */
export const holdersOf = (principal: Principal): Pick<SessionKeys, 'agent' | 'subject'> =>
  ({ agent: `${ownerOf(principal)}/~${principal.agent.id}`, subject: `${principal.subject.tenant}/${principal.subject.id}` })

/** A tool call that a model asked for belongs to the session of that model, unless the caller names another. @param asker null where none did */
export const sessionOfCall = (principal: Principal, headers: IncomingHttpHeaders, asker: AskedBy | null): SessionKeys => {
  const keys = sessionOf(principal, headers, null)
  const explicit = headers['x-portcullis-session']
  const session = asker?.session ?? null
  return session === null || (explicit !== undefined && explicit !== '') ? keys : { ...keys, session }
}

/**
 * Session keys of an exchange: the explicit `x-portcullis-session` header, else the dialect's own hint, else a window that
 * rolls with use per key and agent.
 */
export const sessionOf = (principal: Principal, headers: IncomingHttpHeaders, hint: string | null): SessionKeys => {
  const explicit = headers['x-portcullis-session']
  const id = typeof explicit === 'string' && explicit !== '' ? normalised(explicit) : hint !== null ? normalised(hint) : `~${principal.agent.id}`
  const owner = ownerOf(principal)
  return { session: `${owner}/${id}`, ...holdersOf(principal) }
}
