// The verbs of the pipeline as MCP traffic needs them, bound to the long-lived parts. assemble.ts writes their order; nothing here calls
// another verb.
import { asFailure } from '../exchange/failure.ts'
import type { McpReply } from '../exchange/mcp.ts'
import { rpcCodes } from '../exchange/mcp-wire.ts'
import type { Principal } from '../exchange/principal.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { answerMcp } from './answer-mcp.ts'
import { classify, type Seen } from './classify.ts'
import { decideMcp, isVisible, type DecidedMcp } from './decide-mcp.ts'
import { skipsRequestLeaf } from './mcp-leaves.ts'
import { forwardMcp } from './forward-mcp.ts'
import { inspectMcp, type InspectedMcp } from './inspect-mcp.ts'
import type { McpContext, McpReceived, ReceivedBatch, ReceivedOperation } from './mcp-received.ts'
import { receiveMcp } from './receive-mcp.ts'
import { respondList, respondMcp } from './respond-mcp.ts'
import { routeMcp, type McpRoute } from './route-mcp.ts'
import { transformMcp, type McpSendable } from './transform-mcp.ts'
import { whenAgreed } from './when-agreed.ts'

type X = Exchange<Runtime>
/** Levels of nesting that an upstream's answer may have. */
const answerDepth = 512
type Classified = ReceivedOperation & Seen

const isHeaderMismatch = ({ kind, document }: McpReply): boolean =>
  kind === 'error' && (document.value as { error: { code?: unknown } }).error.code === rpcCodes.headerMismatch

export const mcpStages = (parts: Parts) => ({
  receive: (x: X, principal: Principal, endpoint: string, context: McpContext): Promise<McpReceived> =>
    receiveMcp(x, principal, endpoint, { readJson: parts.readJson, sessions: parts.mcpSessions, catalog: parts.mcpCatalog, sealer: parts.stateSealer, required: parts.mcpRequired }, context),

  answer: (x: X, principal: Principal, received: Exclude<McpReceived, ReceivedOperation | ReceivedBatch>, endpoint: string): Promise<void> =>
    answerMcp(x, principal, received, endpoint, { sessions: parts.mcpSessions, version: parts.version, listening: {
      listeners: parts.mcpListeners, catalog: parts.mcpCatalog, pool: parts.mcpPool, sessions: parts.sessions,
      report: (server, err) => { parts.log.warn({ err, server }, 'an MCP server could not be asked for resource updates') },
    } }),

  /** At once, unless a remote detector has to be asked. */
  classify: (x: X, received: ReceivedOperation): Classified | Promise<Classified> => {
    const seen = classify(received.operation.document, parts.classifier, { ignores: skipsRequestLeaf, sourceOf: () => 'tool_call', ledger: x.ledger })
    return seen instanceof Promise ? seen.then(known => ({ ...received, ...known })) : { ...received, ...seen }
  },

  decide: (x: X, principal: Principal, seen: Classified, context: McpContext): Promise<DecidedMcp> =>
    decideMcp(x, principal, seen, parts, context),

  route: (x: X, decided: DecidedMcp): Promise<McpRoute> => routeMcp(x, decided, parts.mcpPool),

  transform: async (_x: X, decided: DecidedMcp, route: McpRoute): Promise<McpSendable> => {
    try {
      return await whenAgreed(() => transformMcp(decided, route.connection.server, { sampled: route.span.sampled, traceparent: route.span.traceparent() }))
    } catch (thrown) {
      route.span.end({ errorType: asFailure(thrown).code })
      throw thrown
    }
  },

  forward: async (x: X, decided: DecidedMcp, route: McpRoute, sendable: McpSendable): Promise<McpReply> => {
    x.ledger.countRedactions(sendable.counts)
    x.ledger.restored = sendable.restored
    x.ledger.unknown = sendable.unknown
    const reply = await forwardMcp(x, {
      decided, route, sendable, sessions: parts.sessions, classifier: parts.classifier, taint: parts.taint, parking: parts.mcpParking, sealer: parts.stateSealer,
      readJson: text => parts.readJson(text, { maxDepth: answerDepth }),
    })
    decided.call?.returned(reply.document.text.slice(reply.payload.start, reply.payload.end))
    // The tool wants other headers than when it was listed: whoever asks again gets the new list (2026-07-28, streamable HTTP, "Client Behavior").
    if (isHeaderMismatch(reply)) parts.mcpCatalog.forget(decided.received.owner)
    return reply
  },

  inspect: (x: X, decided: DecidedMcp, route: McpRoute, reply: McpReply): InspectedMcp | Promise<InspectedMcp> =>
    inspectMcp(x, { decided, labels: route.labels, reply, sessions: parts.sessions, classifier: parts.classifier, taint: parts.taint }),

  respond: (x: X, decided: DecidedMcp, route: McpRoute, inspected: InspectedMcp): void => {
    respondMcp(x, decided.received, inspected, { from: route.connection.era, readJson: text => parts.readJson(text, { maxDepth: answerDepth }) })
  },

  /** Lists have no upstream call of their own: the catalog is there, each entry is decided, and what may be seen is said. */
  list: (x: X, { received, principal, session }: DecidedMcp): void => {
    respondList(x, received, entry => isVisible(x, principal, session, entry))
  },
})

export type McpStages = ReturnType<typeof mcpStages>
