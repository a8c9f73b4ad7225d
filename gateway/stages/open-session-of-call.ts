// Opens the session of an MCP call: that of the model that asked for it, where one did. Who asked may be known only when the session is loaded,
// because another gateway, or this one before its last start, passed the model's answer.
import type { AskedBy, CallBook } from '../exchange/model-call.ts'
import type { Principal } from '../exchange/principal.ts'
import type { SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { ReceivedOperation } from './mcp-received.ts'
import { loadSession, type Opened } from './open-session.ts'
import { askerOf } from './provenance.ts'
import { ownerOf, sessionOfCall } from './session-of.ts'

export interface OpenedCall {
  /** Null where no model asked. */
  readonly asker: AskedBy | null
  readonly keys: SessionKeys
  readonly loaded: Opened
}

const noModels: readonly string[] = Object.freeze([])

/** @throws Failure quota.exceeded | state.unavailable */
export const openSessionOfCall = (
  exchange: Pick<Exchange<Runtime>, 'request' | 'runtime'>, principal: Principal, received: ReceivedOperation, { calls, sessions }: { readonly calls: CallBook; readonly sessions: SessionStore },
): OpenedCall | Promise<OpenedCall> => {
  const { request: { headers }, runtime } = exchange
  const find = (): { readonly asker: AskedBy | null; readonly keys: SessionKeys } => {
    const asker = askerOf(received, ownerOf(principal), calls)
    return { asker, keys: sessionOfCall(principal, headers, asker) }
  }
  const load = (keys: SessionKeys, counts: boolean): Opened | Promise<Opened> => loadSession(sessions, principal, headers, { keys, counts, limits: runtime.limitsOf(principal, keys, noModels) })
  const first = find()
  const known = calls.version
  const opened = (loaded: Opened): OpenedCall | Promise<OpenedCall> => {
    // Also where one was found: another session may have asked for the same elsewhere, and then neither is guessed.
    if (calls.version === known) return { ...first, loaded }
    const again = find()
    if (again.keys.session === first.keys.session) return { ...again, loaded }
    const reloaded = load(again.keys, false)
    return reloaded instanceof Promise ? reloaded.then(one => ({ ...again, loaded: one })) : { ...again, loaded: reloaded }
  }
  const loaded = load(first.keys, true)
  return loaded instanceof Promise ? loaded.then(opened) : opened(loaded)
}
