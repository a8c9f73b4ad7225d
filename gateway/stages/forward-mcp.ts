// Sends one MCP call and relays what the server says meanwhile. Takes only what transform made.
import { asFailure, Failure } from '../exchange/failure.ts'
import type { McpReply, ReadJson } from '../exchange/mcp.ts'
import { metaKeys } from '../exchange/mcp-wire.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import type { StateSealer } from '../sessions/sealed-state.ts'
import { passesLevel, type LogLevel } from '../surfaces/mcp/session.ts'
import type { Parking } from '../upstream/mcp-parking.ts'
import { converseInRounds, converseLive, type Conversation } from './converse-mcp.ts'
import type { DecidedMcp } from './decide-mcp.ts'
import { notificationInspector } from './inspect-notification.ts'
import type { McpRoute } from './route-mcp.ts'
import { withTaskId, withTaskIds } from './task-ids.ts'
import type { McpSendable } from './transform-mcp.ts'

export interface McpForwarding {
  readonly decided: DecidedMcp
  readonly route: McpRoute
  readonly sendable: McpSendable
  readonly sessions: SessionStore
  readonly classifier: Classifier
  readonly taint: TaintBook
  readonly readJson: ReadJson
  readonly parking: Parking
  readonly sealer: StateSealer
}

const levelOf = (params: string | null): unknown => {
  try {
    return (JSON.parse(params ?? '{}') as { level?: unknown }).level
  } catch {
    return undefined
  }
}

/** Which log messages the caller wants: a session's level (every one until it said so), or the request's own (none unless it says so). */
const wantedLevel = ({ message, session }: DecidedMcp['received']): LogLevel | 'all' | 'none' => {
  if (message.era === 'legacy') return session?.logLevel ?? 'all'
  const meta = message.params?.['_meta'] as Readonly<Record<string, unknown>> | undefined
  return (meta?.[metaKeys.logLevel] ?? 'none') as LogLevel | 'none'
}

const conversationOf = (exchange: Exchange<Runtime>, forwarding: McpForwarding, signal: AbortSignal): Conversation => {
  const { classifier, decided, parking, readJson, route, sealer, sendable, sessions, taint } = forwarding
  const { writer } = decided.received
  const level = wantedLevel(decided.received)
  const inspected = notificationInspector({ exchange, decided, labels: route.labels, sessions, classifier, taint, readJson })
  return {
    connection: route.connection, signal, parking, sealer,
    askedIn: { exchange, decided, labels: route.labels, server: sendable.server, sessions, classifier, taint, readJson },
    call: {
      method: sendable.method, params: sendable.params, paramHeaders: sendable.paramHeaders, timeoutMs: route.timeoutMs, limitMs: route.limitMs,
      onNotification: (method, params) => {
        if (method === 'notifications/message' && (level === 'none' || !passesLevel(level, levelOf(params)))) return
        inspected(params, shown => { writer.notify(method, withTaskId(shown, decided.permit.operation.task, readJson)) })
      },
    },
  }
}

const subscribing = new Set(['resources/subscribe', 'resources/unsubscribe'])

const replyTo = (exchange: Exchange<Runtime>, forwarding: McpForwarding, signal: AbortSignal): Promise<McpReply> => {
  const { decided, readJson, route: { connection }, sendable } = forwarding
  const { session, message } = decided.received
  if (message.era === 'legacy' && subscribing.has(sendable.method)) {
    if (session === null) throw new Failure('request.session', `${sendable.method} needs a session.`)
    if (connection.era === 'legacy') return converseLive(conversationOf(exchange, forwarding, signal), session)
    connection.watch(session.subscriptionsWith(sendable.method, decided.permit.operation.target, sendable.server))
    const document = readJson('{"result":{}}')
    return Promise.resolve({ kind: 'result', document, payload: document.locate(['result']) ?? { start: 0, end: 0 } })
  }
  const conversation = conversationOf(exchange, forwarding, signal)
  return message.era === 'modern' ? converseInRounds(conversation) : converseLive(conversation, session)
}

/** @throws Failure upstream.* | client.gone | policy.* | McpRefusal */
export const forwardMcp = async (exchange: Exchange<Runtime>, forwarding: McpForwarding): Promise<McpReply> => {
  const { decided, route, sendable } = forwarding
  const { session, message } = decided.received
  const stop = new AbortController()
  exchange.onGone(reason => { stop.abort(reason) })
  const flight = session?.begin(message.idText, stop)
  const began = performance.now()
  try {
    const level = wantedLevel(decided.received)
    const telling = level === 'all' || level === 'none' ? undefined : route.connection.logFrom(level)
    if (telling !== undefined) await telling
    const answer = await replyTo(exchange, forwarding, stop.signal)
    const { endpoint, owner } = decided.received
    const reply = withTaskIds(answer, { operation: decided.permit.operation, owner, endpoint, sealer: forwarding.sealer, readJson: forwarding.readJson })
    if (reply.kind === 'result') session?.followed(sendable.method, decided.permit.operation.target, sendable.server)
    route.span.end(reply.kind === 'error' ? { errorType: 'jsonrpc' } : {})
    return reply
  } catch (thrown) {
    route.span.end({ errorType: asFailure(thrown).code })
    throw thrown
  } finally {
    exchange.ledger.upstreamMs += performance.now() - began
    flight?.end()
  }
}
