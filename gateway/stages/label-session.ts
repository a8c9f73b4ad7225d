// Labels stick to a session before the first byte of what carries them leaves.
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { DecidedMcp } from './decide-mcp.ts'

/** Returns a function that puts the labels on the session at its first call, if it does not have them yet. What carries them leaves when that is done. */
export const commitOnce = (sessions: SessionStore, decided: DecidedMcp, labels: Labels): (() => void | Promise<void>) => {
  let done = joinLabels(decided.session.labels, labels) === decided.session.labels
  return () => {
    if (done) return undefined
    done = true
    return sessions.commit(decided.keys, { addLabels: labels })
  }
}
