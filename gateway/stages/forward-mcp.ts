// Sends one MCP call and relays what the server says meanwhile. Takes only what transform made.
import { asFailure } from '../exchange/failure.ts'
import type { McpReply } from '../exchange/mcp.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { DecidedMcp } from './decide-mcp.ts'
import { commitOnce } from './label-session.ts'
import type { McpRoute } from './route-mcp.ts'
import type { McpSendable } from './transform-mcp.ts'

export interface McpForwarding { readonly decided: DecidedMcp; readonly route: McpRoute; readonly sendable: McpSendable; readonly sessions: SessionStore }

const levelOf = (params: string | null): unknown => {
  try {
    return (JSON.parse(params ?? '{}') as { level?: unknown }).level
  } catch {
    return undefined
  }
}

/** @throws Failure upstream.* | client.gone */
export const forwardMcp = async (exchange: Exchange<Runtime>, { decided, route, sendable, sessions }: McpForwarding): Promise<McpReply> => {
  const { session, writer, message } = decided.received
  const commit = commitOnce(sessions, decided, route.labels)
  const stop = new AbortController()
  exchange.onGone(reason => { stop.abort(reason) })
  const flight = session?.begin(message.idText, stop)
  const began = performance.now()
  try {
    const reply = await route.connection.request({
      method: sendable.method, params: sendable.params, timeoutMs: route.timeoutMs,
      signal: stop.signal,
      onNotification: (method, params) => {
        if (method === 'notifications/message' && session?.wantsLog(levelOf(params)) === false) return
        commit()
        writer.notify(method, params)
      },
    })
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
