// Loads the session of a call with every label that it has from the start: those fixed for its key, those of the session that its agent names as its
// parent, and (once its root is known) those of the user request that it belongs to. No header takes a label away.
import type { IncomingHttpHeaders } from 'node:http'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import { noLimits, type Limits } from '../exchange/limits.ts'
import type { Principal } from '../exchange/principal.ts'
import type { RootedCall } from '../exchange/root.ts'
import type { SessionKeys, SessionState, SessionStore } from '../exchange/session.ts'
import { normalised, ownerOf } from './session-of.ts'

/** An agent that starts another in a session of its own says so with the id of its own session. */
export const parentHeader = 'x-portcullis-parent-session'

export interface Opened {
  /** Its labels are those of its own and all that it inherits. */
  readonly session: SessionState
  /** What it inherits and does not have yet. */
  readonly inherited: Labels
}

const parentOf = (principal: Principal, headers: IncomingHttpHeaders, keys: SessionKeys): SessionKeys | null => {
  const named = headers[parentHeader]
  if (typeof named !== 'string' || named === '') return null
  const session = `${ownerOf(principal)}/${normalised(named)}`
  return session === keys.session ? null : { ...keys, session }
}

/** @param counts false: the call was counted already. @throws Failure quota.exceeded | state.unavailable */
export const loadSession = (
  sessions: SessionStore, principal: Principal, headers: IncomingHttpHeaders, { counts = true, keys, limits }: { readonly keys: SessionKeys; readonly limits: Limits; readonly counts?: boolean },
): Opened | Promise<Opened> => {
  const parent = parentOf(principal, headers, keys)
  const loaded = sessions.load(keys, limits, counts)
  const fixed = principal.labels ?? noLabels
  if (parent === null) return loaded instanceof Promise ? loaded.then(session => opened(session, fixed)) : opened(loaded, fixed)
  return Promise.all([loaded, sessions.load(parent, noLimits)]).then(([session, { labels }]) => opened(session, joinLabels(fixed, labels)))
}

const opened = (session: SessionState, inherited: Labels): Opened => {
  const labels = joinLabels(session.labels, inherited)
  return labels === session.labels ? { session, inherited: noLabels } : { session: { ...session, labels }, inherited }
}

/** With what the user request has come to hold that the call belongs to. */
export const withInherited = ({ inherited, session }: Opened, call: RootedCall | null): Opened => {
  if (call === null || call.inherited === noLabels) return { session, inherited }
  const more = opened(session, call.inherited)
  return { session: more.session, inherited: joinLabels(inherited, more.inherited) }
}
