// What the gateway answers itself over MCP: the handshake, ping, log levels, notifications, the session's stream and its end.
import { Failure } from '../exchange/failure.ts'
import type { Principal } from '../exchange/principal.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { answerDiscover, answerInitialize, answerPing, answerSetLevel } from '../surfaces/mcp/local-answers.ts'
import { replyAccepted, resultText } from '../surfaces/mcp/reply.ts'
import type { McpSessions } from '../surfaces/mcp/sessions.ts'
import { listenMcp, type McpListening } from './listen-mcp.ts'
import { principalKey, statelessOwner, type McpReceived } from './mcp-received.ts'
import { visibleHellos } from './visible-hellos.ts'

export interface McpAnswering { readonly sessions: McpSessions; readonly version: string; readonly listening: McpListening }

interface At { readonly principal: Principal; readonly endpoint: string }

type Local = Extract<McpReceived, { kind: 'local' }>
type Resulting = Local & { readonly method: Exclude<Local['method'], 'subscriptions/listen'> }

interface LocalResult { readonly result: string; readonly headers: Readonly<Record<string, string>> }

/** The session is opened first, so that each server is greeted once, by the connection that the session will use. */
const initialize = async (exchange: Exchange<Runtime>, { message }: Local, at: At, parts: McpAnswering): Promise<LocalResult> => {
  const checked = answerInitialize(message, [], parts.version)
  const session = parts.sessions.open({ principal: principalKey(at.principal), endpoint: at.endpoint, ...checked.session })
  try {
    const hellos = await visibleHellos(exchange, { ...at, owner: session.owner }, parts.listening)
    return { result: answerInitialize(message, hellos, parts.version).result, headers: { 'mcp-session-id': session.id } }
  } catch (thrown) {
    parts.sessions.end(session)
    throw thrown
  }
}

const discover = async (exchange: Exchange<Runtime>, { message }: Local, at: At, parts: McpAnswering): Promise<LocalResult> => {
  const hellos = await visibleHellos(exchange, { ...at, owner: statelessOwner(principalKey(at.principal), at.endpoint, message) }, parts.listening)
  return { result: answerDiscover(hellos, parts.version), headers: {} }
}

const localResult = (exchange: Exchange<Runtime>, received: Resulting, at: At, parts: McpAnswering): LocalResult | Promise<LocalResult> => {
  switch (received.method) {
    case 'initialize': return initialize(exchange, received, at, parts)
    case 'server/discover': return discover(exchange, received, at, parts)
    case 'ping': return { result: answerPing(), headers: {} }
    case 'logging/setLevel': {
      if (received.session === null) throw new Failure('request.session', 'logging/setLevel needs a session.')
      return { result: answerSetLevel(received.message, received.session), headers: {} }
    }
  }
}

const sendLocal = async (exchange: Exchange<Runtime>, received: Resulting, at: At, parts: McpAnswering): Promise<void> => {
  const { result, headers } = await localResult(exchange, received, at, parts)
  const text = resultText(received.message.idText, result)
  const { response, ledger } = exchange
  ledger.bytesOut = Buffer.byteLength(text)
  exchange.record(200, null, error => {
    if (response.destroyed) return
    if (error !== undefined) {
      response.destroy()
      return
    }
    response.writeHead(200, { ...headers, 'x-portcullis-exchange': exchange.id, 'content-type': 'application/json', 'content-length': String(ledger.bytesOut) })
    response.end(text)
  })
}

/** Answers everything that is not an operation. @throws Failure request.* | McpRefusal */
export const answerMcp = async (
  exchange: Exchange<Runtime>, principal: Principal, received: Exclude<McpReceived, { kind: 'operation' | 'batch' }>, endpoint: string, parts: McpAnswering,
): Promise<void> => {
  const { response } = exchange
  switch (received.kind) {
    case 'local':
      return received.method === 'subscriptions/listen' ? listenMcp(exchange, principal, { message: received.message, endpoint }, parts.listening)
        : sendLocal(exchange, { ...received, method: received.method }, { principal, endpoint }, parts)
    case 'accepted': {
      received.take?.()
      exchange.record(202, null, () => { replyAccepted(response) })
      return
    }
    case 'end': {
      parts.sessions.end(received.session)
      exchange.record(204, null, () => { response.writeHead(204, {}); response.end() })
      return
    }
    case 'attach': {
      // Recorded when it begins: the stream lives as long as the session and takes no place among the exchanges in flight.
      exchange.record(200, null, error => { if (error === undefined) received.session.attach(response); else response.destroy() })
    }
  }
}
