// To which user request does a call belong? Asked before it is decided: policy sees what that request has come to. What callers send only
// sorts their own calls; it opens nothing.
import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../exchange/principal.ts'
import type { Asking, NamedRoot, RootBook, RootedCall } from '../exchange/root.ts'
import type { SessionKeys } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { readTraceParent } from '../telemetry/traceparent.ts'
import { normalised } from './session-of.ts'

export const rootHeader = 'x-portcullis-root'

/** Member of W3C Baggage in which trusted callers name the root. */
const baggageMember = 'portcullis.root'

/** Longer baggage is not looked through (W3C Baggage, "Limits": 8192 bytes). */
const longestBaggage = 8192

const single = (value: unknown): string | null => typeof value === 'string' && value !== '' ? value : null

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const inBaggage = (baggage: string | null): string | null => {
  if (baggage === null || baggage.length > longestBaggage) return null
  for (const member of baggage.split(',')) {
    const [pair = ''] = member.split(';', 1)
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === baggageMember) return decoded(pair.slice(at + 1).trim())
  }
  return null
}

/** Over MCP trace context travels in `_meta` (SEP-414). */
export type Meta = Readonly<Record<string, unknown>> | null

/** What names the root of a call: our own header, or baggage and trace where the operator trusts callers' traces. */
export const namedRoot = (headers: IncomingHttpHeaders, meta: Meta, trustInbound: boolean): NamedRoot => {
  const trusted = (name: 'baggage' | 'traceparent'): string | null => !trustInbound ? null : single(headers[name]) ?? single(meta?.[name])
  const explicit = single(headers[rootHeader]) ?? inBaggage(trusted('baggage'))
  return {
    root: explicit === null || explicit === '' ? null : normalised(explicit),
    trace: readTraceParent(trusted('traceparent'))?.traceId ?? null,
  }
}

export interface Entering { readonly roots: RootBook; readonly asking: Asking; /** params._meta of an MCP message. */ readonly meta?: Meta }

/** Finds or begins the root of a call; its end is counted when the exchange ends, whatever happened. */
export const enterRoot = (
  exchange: Exchange<Runtime>, { agent, key, subject }: Principal, keys: SessionKeys, { roots, asking, meta = null }: Entering,
): RootedCall | Promise<RootedCall> => {
  const entered = roots.enter({
    exchange: exchange.id, keys, tenant: subject.tenant, owner: `${subject.tenant}/${key}`, depth: agent.depth,
    named: namedRoot(exchange.request.headers, meta, exchange.runtime.config.telemetry.trust_inbound), asking: delegated(asking, agent),
  })
  return entered instanceof Promise ? entered.then(call => begun(exchange, call)) : begun(exchange, entered)
}

/** An agent to which another one delegated is a sub-agent, whatever its program says. */
const delegated = (asking: Asking, { chain, id }: Principal['agent']): Asking => {
  if (asking.kind !== 'model' || asking.turn.by !== null || chain.length === 0) return asking
  return { ...asking, turn: { ...asking.turn, by: { id, parent: chain.at(-1) ?? null } } }
}

const begun = (exchange: Exchange<Runtime>, call: RootedCall): RootedCall => {
  const { ledger, response } = exchange
  if (!response.headersSent) response.setHeader?.(rootHeader, call.request)
  ledger.root = call.begun
  exchange.atEnd(failure => {
    ledger.root = call.end({ failure, model: ledger.route?.chosen ?? null, usage: ledger.usage, costUsd: ledger.costUsd, wantsTools: ledger.wantsTools, toolCalls: ledger.toolCalls })
  })
  return call
}
