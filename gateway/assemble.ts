// The life of an exchange, readable from top to bottom, and the one place that joins the parts. The order of the verbs is written here
// and nowhere else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { asFailure, Failure } from './exchange/failure.ts'
import type { Principal } from './exchange/principal.ts'
import { constructParts, type PartsOptions } from './pipeline/construct-parts.ts'
import { Exchange } from './pipeline/exchange.ts'
import { Lifecycle, type Gateway, type LifecycleOptions } from './pipeline/lifecycle.ts'
import type { Parts } from './pipeline/parts.ts'
import type { Runtime } from './pipeline/runtime.ts'
import { serveKeptResponse } from './stages/serve-kept-response.ts'
import { listModels } from './stages/list-models.ts'
import { listServers } from './stages/list-servers.ts'
import { mcpStages, type McpStages } from './stages/mcp-stages.ts'
import { frontStages, modelStages, type FrontStages, type ModelStages } from './stages/model-stages.ts'
import { newMcpContext } from './stages/mcp-received.ts'
import { respondFailure } from './stages/respond.ts'
import { respondMcpFailure } from './stages/respond-mcp.ts'
import { serveBatch } from './stages/serve-batch.ts'
import { endpointOf, type Endpoint } from './surfaces/endpoints.ts'
import { listedModel } from './surfaces/gemini/path.ts'
import type { ModelListEntry, ModelSurface } from './surfaces/model-surface.ts'
import { modelSurfaces, surfaceOfStranger } from './surfaces/model-surfaces.ts'
import { registrySurface } from './surfaces/registry/surface.ts'

/** Every verb, as an object: the flow suite replaces one at a time to prove that its absence is noticed. */
export interface Stages { readonly front: FrontStages; readonly model: ModelStages; readonly mcp: McpStages }

export const stagesOf = (parts: Parts): Stages => ({ front: frontStages(parts), model: modelStages(parts), mcp: mcpStages(parts) })

type X = Exchange<Runtime, ServerResponse>
/** MCP also answers several exchanges with one response. */
type McpX = Exchange<Runtime>
type Row<Kind extends Endpoint['kind']> = Extract<Endpoint, { kind: Kind }>

/** What went wrong, for the caller. What is our own fault is logged as well: nobody else would notice. */
const failureOf = (thrown: unknown, x: McpX, { log }: Parts): Failure => {
  const failure = asFailure(thrown)
  if (failure.row.fault === 'us' && failure.cause !== undefined) log.error({ err: failure.cause, code: failure.code, exchange: x.id }, 'defect')
  return failure
}

/** Model traffic: chat, messages, token counts, embeddings. */
const serveModel = async (x: X, row: Row<'model'>, { front, model }: Stages, parts: Parts): Promise<void> => {
  const surface = modelSurfaces[row.dialect]
  try {
    const principal = front.authenticate(x) // who asks? from headers alone
    await front.admit(x, principal) // is there room?
    const received = await model.receive(x, row.name, surface) // what is asked?
    const classified = await model.classify(x, received) // what is in it?
    const decided = await model.decide(x, principal, classified) // is it allowed, with which duties?
    const { earlier, noted } = await model.recall(x, decided) // was it answered before?
    if (earlier !== null) {
      model.replay(x, earlier, surface)
      return
    }
    const choices = model.route(x, decided) // which models, in which order?
    const transform = model.transform(x, decided) // carries the duties out, anew for each destination
    const attempted = await model.attempt(x, decided, choices, {
      transform, forward: (sendable, sending) => model.forward(x, decided, sendable, sending), // gets the answer
    })
    model.respond(x, decided, attempted, noted) // inspects, restores, says it; records when it ends
  } catch (thrown) {
    respondFailure(x, failureOf(thrown, x, parts), surface)
  }
}

/** MCP traffic: the same verbs; what needs no decision is answered by the gateway itself. */
const serveMcp = async (x: McpX, endpoint: string, stages: Stages, parts: Parts): Promise<void> => {
  const { front, mcp } = stages
  const context = newMcpContext()
  try {
    const principal = front.authenticate(x)
    await front.admit(x, principal)
    const received = await mcp.receive(x, principal, endpoint, context)
    if (received.kind === 'batch') {
      await serveBatch(x, principal, received, element => serveMcp(element, endpoint, stages, parts)) // each message goes through all of this
      return
    }
    if (received.kind !== 'operation') {
      await mcp.answer(x, principal, received, endpoint)
      return
    }
    const classified = await mcp.classify(x, received)
    const decided = await mcp.decide(x, principal, classified, context)
    if (received.entry === null) {
      mcp.list(x, decided) // every entry is decided by the same rule as the call
      return
    }
    const route = await mcp.route(x, decided)
    const sendable = await mcp.transform(x, decided, route)
    const reply = await mcp.forward(x, decided, route, sendable)
    const inspected = await mcp.inspect(x, decided, route, reply)
    mcp.respond(x, decided, route, inspected)
  } catch (thrown) {
    respondMcpFailure(x, failureOf(thrown, x, parts), context)
  }
}

/** An answer of the gateway's own: said when it is on record. */
const sayJson = (x: X, body: string): void => {
  x.ledger.bytesOut = Buffer.byteLength(body)
  x.record(200, null, error => {
    if (error !== undefined) x.response.destroy()
    else x.response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(x.ledger.bytesOut), 'x-portcullis-exchange': x.id }).end(body)
  })
}

/** GET /v1/models and /v1/models/<name>, and the same under /v1beta. */
const serveModelList = async (x: X, surface: ModelSurface, path: string, { front }: Stages, parts: Parts): Promise<void> => {
  try {
    const principal: Principal = front.authenticate(x)
    await front.admit(x, principal)
    const only = listedModel(path)
    const entries = await listModels(x, principal, { dialect: surface.dialect, only }, parts.sessions)
    const body = only === null ? surface.renderModelList(entries) : surface.renderModel(theOne(entries, only))
    sayJson(x, body)
  } catch (thrown) {
    respondFailure(x, failureOf(thrown, x, parts), surface)
  }
}

const theOne = (entries: readonly ModelListEntry[], name: string): ModelListEntry => {
  const [entry] = entries
  if (entry === undefined) throw new Failure('route.none', `The model "${name}" is not configured, or not for this caller.`, { detail: { field: 'model' } })
  return entry
}

/** GET and DELETE /v1/responses/{id}: what the gateway itself keeps. */
const serveResponse = async (x: X, row: Row<'response'>, { front }: Stages, parts: Parts): Promise<void> => {
  const surface = modelSurfaces['openai-responses']
  try {
    const principal = front.authenticate(x)
    await front.admit(x, principal)
    const body = serveKeptResponse({ ...row, url: x.request.url ?? '/' }, principal, parts.responses)
    sayJson(x, body)
  } catch (thrown) {
    respondFailure(x, failureOf(thrown, x, parts), surface)
  }
}

/** GET /v0.1/servers…: what this gateway offers, as a read-only MCP registry. */
const serveRegistry = async (x: X, row: Row<'registry'>, { front }: Stages, parts: Parts): Promise<void> => {
  try {
    await front.admit(x, front.authenticate(x))
    const body = registrySurface.render(listServers(x, row))
    sayJson(x, body)
  } catch (thrown) {
    respondFailure(x, failureOf(thrown, x, parts), registrySurface)
  }
}

/** What no row of the table names. A stranger learns nothing but that a key is missing. */
const serveUnknown = async (x: X, refused: Failure, surface: Surface, { front }: Stages, parts: Parts): Promise<void> => {
  try {
    await front.admit(x, front.authenticate(x))
    throw refused
  } catch (thrown) {
    const failure = failureOf(thrown, x, parts)
    if (surface === 'mcp') respondMcpFailure(x, failure, newMcpContext())
    else respondFailure(x, failure, surface)
  }
}

const welcome = JSON.stringify({ name: 'portcullis', endpoints: ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/messages/count_tokens', '/v1/embeddings', '/v1/models', '/v1beta/models/{model}:generateContent', '/v1beta/models/{model}:streamGenerateContent', '/v1beta/models/{model}:countTokens', '/v1beta/models/{model}:embedContent', '/v1beta/models/{model}:batchEmbedContents', '/v1beta/models', '/mcp', '/v0.1/servers'] })

type Surface = ModelSurface | typeof registrySurface | 'mcp'

const surfaceFor = (request: IncomingMessage, path: string): Surface => {
  if (path.startsWith('/v0.1/')) return registrySurface
  return path === '/mcp' || path.startsWith('/mcp/') ? 'mcp' : surfaceOfStranger(path, request.headers)
}

const notServed = (row: Row<'unknown' | 'wrong-method'>): Failure => row.kind === 'unknown'
  ? new Failure('request.unsupported', 'The gateway has no such endpoint.', { detail: { field: 'path' } })
  : new Failure('request.method', `This endpoint takes ${row.allow}.`, { detail: { field: 'method', allow: row.allow } })

/** Routes one request of the data plane by the closed table of endpoints. */
export const dispatcher = (parts: Parts, runtime: () => Runtime, stages: Stages) => (request: IncomingMessage, response: ServerResponse): void => {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const row = endpointOf(request.method ?? '', path)
  if (row.kind === 'us') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(welcome.length) }).end(request.method === 'HEAD' ? undefined : welcome)
    return
  }
  const surface = surfaceFor(request, path)
  const x = new Exchange<Runtime, ServerResponse>({
    runtime: runtime(), request, response, surface: surface === 'mcp' ? 'mcp' : surface.dialect, method: methodOf(row, path),
    recorder: parts, startSpan: method => parts.startSpan(`${request.method ?? ''} ${row.kind === 'mcp' ? '/mcp' : method}`, inbound(request)),
  })
  switch (row.kind) {
    case 'model': void serveModel(x, row, stages, parts); return
    case 'mcp': void serveMcp(x, row.server ?? '', stages, parts); return
    case 'registry': void serveRegistry(x, row, stages, parts); return
    case 'response': void serveResponse(x, row, stages, parts); return
    case 'models': void serveModelList(x, surfaceOfStranger(path, request.headers), path, stages, parts); return
    case 'unknown':
    case 'wrong-method': void serveUnknown(x, notServed(row), surface, stages, parts)
  }
}

/** What records and metrics call it: never a name that a caller made up. */
const methodOf = (row: Endpoint, path: string): string => {
  if (row.kind === 'registry') return '/v0.1/servers'
  if (row.kind === 'response') return '/v1/responses/{id}'
  if (row.kind === 'models') return '/v1/models'
  if (row.kind === 'model' && row.dialect === 'gemini') return `/v1beta/models/{model}:${row.name}`
  return row.kind === 'unknown' || row.kind === 'wrong-method' ? 'unknown' : path
}

const inbound = (request: IncomingMessage): string | undefined => {
  const header = request.headers.traceparent
  return typeof header === 'string' ? header : undefined
}

export interface AssembleOptions extends LifecycleOptions {
  /** Replaces verbs; only the flow suite does. */
  readonly alterStages?: (stages: Stages) => Stages
}

/** Starts a gateway. @throws ConfigError, or the system's error when an address cannot be bound */
export const assemble = (options: AssembleOptions): Promise<Gateway> => Lifecycle.start(options, {
  constructParts: (given: PartsOptions) => constructParts(given),
  dispatch: (parts, runtime) => dispatcher(parts, runtime, (options.alterStages ?? (stages => stages))(stagesOf(parts))),
})
