// One call between a caller and a server that may want to know something first, whatever era each of them speaks. A session client is
// asked while the call waits; a stateless one gets its answer in parts and comes back.
import { hash } from 'node:crypto'
import { canonicalJson } from '../exchange/canonical-json.ts'
import { objectAt, splice, type JsonDocument } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { CallerSide, McpCall, McpConnection, McpReply, QuestionAnswer, ServerQuestion } from '../exchange/mcp.ts'
import { retryMembers, rpcCodes } from '../exchange/mcp-wire.ts'
import { stateSchema, type SealedState, type StateSealer } from '../sessions/sealed-state.ts'
import { canBeAsked, capabilityFor } from '../surfaces/mcp/client-capabilities.ts'
import { McpRefusal } from '../surfaces/mcp/refusal.ts'
import type { McpSession } from '../surfaces/mcp/session.ts'
import { ParkableCall, type Parking } from '../upstream/mcp-parking.ts'
import { askCaller, declined, notOffered, type LiveCaller } from './ask-caller.ts'
import { Question, type AskedIn } from './question.ts'

export interface Conversation {
  readonly connection: McpConnection
  readonly call: Pick<McpCall, 'method' | 'params' | 'paramHeaders' | 'timeoutMs' | 'limitMs' | 'onNotification'>
  readonly signal: AbortSignal
  readonly askedIn: AskedIn
  readonly parking: Parking
  readonly sealer: StateSealer
}

/** A server that keeps asking is not answering. */
const mostRounds = 16

const questionPatienceMs = 600_000

interface Asked { readonly questions: readonly ServerQuestion[]; readonly state: string | null }

/** What a stateless server wants to know before it answers; null where this is its answer. */
const askedBy = ({ kind, document }: McpReply): Asked | null => {
  const result = kind === 'result' ? objectAt(document, ['result']) : null
  // A task says so with its status, and is asked about again.
  if (result?.['resultType'] !== 'input_required' && result?.['status'] !== 'input_required') return null
  const requests = objectAt(document, ['result', 'inputRequests']) ?? {}
  const questions = Object.keys(requests).map((key): ServerQuestion => {
    const params = document.locate(['result', 'inputRequests', key, 'params'])
    const method = (requests[key] as { method?: unknown } | null)?.method
    return { key, method: typeof method === 'string' ? method : '', params: params === undefined ? null : document.text.slice(params.start, params.end) }
  })
  return { questions, state: typeof result['requestState'] === 'string' ? result['requestState'] : null }
}

/** A caller that a stateless server cannot ask while it answers. */
const silentCaller = (capabilities: string, logLevel: string | null): CallerSide =>
  ({ capabilities, logLevel, ask: () => Promise.resolve(notOffered) })

const withMembers = (params: string | null, members: string): string => {
  const text = params ?? '{}'
  const rest = text.slice(text.indexOf('{') + 1)
  return `{${members}${rest.trimStart().startsWith('}') ? '' : ','}${rest}`
}

/** Calls for a client of the session era. Without a session it cannot be asked. */
export const converseLive = async (conversation: Conversation, session: McpSession | null): Promise<McpReply> => {
  if (session === null) return conversation.connection.request({ ...conversation.call, signal: conversation.signal, caller: silentCaller('{}', null) })
  const { askedIn, call, connection, signal } = conversation
  const { owner, writer } = askedIn.decided.received
  const live: LiveCaller = { session, owner, writer, signal, patienceMs: questionPatienceMs }
  const caller: CallerSide = connection.era === 'modern' ? silentCaller(owner.capabilities, session.logLevel)
    : { capabilities: owner.capabilities, logLevel: null, ask: (question, takenBack) => askCaller(live, question, askedIn, takenBack) }
  let { params } = call
  for (let round = 0; round < mostRounds; round += 1) {
    const reply = await connection.request({ ...call, params, signal, caller })
    const asked = connection.era === 'modern' ? askedBy(reply) : null
    if (asked === null) return reply
    const answers = await Promise.all(asked.questions.map(async question => `${JSON.stringify(question.key)}:${resultOf(question, await askCaller(live, question, askedIn, signal))}`))
    params = withMembers(call.params, `"inputResponses":{${answers.join(',')}}${asked.state === null ? '' : `,"requestState":${JSON.stringify(asked.state)}`}`)
  }
  throw new Failure('upstream.protocol', `MCP server "${connection.server}" asked ${mostRounds} times and did not answer.`, { detail: { server: connection.server } })
}

/** Answers travel back as results only: a client that fails has not been asked, or said no. */
const resultOf = ({ method }: ServerQuestion, { kind, text }: QuestionAnswer): string => {
  if (kind === 'result') return text
  if (method === 'elicitation/create') return '{"action":"cancel"}'
  const { message } = JSON.parse(text) as { message?: unknown }
  throw new Failure('policy.denied', `The server asked for ${method}, and the client refused: ${typeof message === 'string' ? message : 'no reason given'}`, { detail: { rule: 'client' } })
}

const invalidState = (): McpRefusal => new McpRefusal('Invalid requestState: it was not given for this request, or its time is over. Call again without it.', {
  code: 'request.malformed', rpcCode: rpcCodes.invalidParams, httpStatus: 200, idText: null, detail: { field: 'params.requestState' },
})

/** What a state is good for: this caller, this request, under this policy. */
const boundOf = ({ decided, exchange }: AskedIn): string => {
  const { message, owner } = decided.received
  const kept = Object.fromEntries(Object.entries(message.params ?? {}).filter(([key]) => key !== '_meta' && !(retryMembers as readonly string[]).includes(key)))
  return hash('sha256', canonicalJson([owner.principal, owner.session, message.method, kept, exchange.ledger.decision?.revision ?? '']))
}

const openState = ({ askedIn, connection, sealer }: Conversation, state: unknown): SealedState | null => {
  if (state === undefined) return null
  const opened = typeof state === 'string' ? sealer.open(boundOf(askedIn), state, stateSchema) : null
  if (opened?.server !== connection.server || opened.until <= Date.now()) throw invalidState()
  return opened
}

const asReply = (text: string, { readJson }: AskedIn): McpReply => {
  const document: JsonDocument = readJson(`{"result":${text}}`)
  return { kind: 'result', document, payload: document.locate(['result']) ?? { start: 0, end: 0 } }
}

const seal = ({ askedIn, connection, parking, sealer }: Conversation, holds: Pick<SealedState, 'upstream' | 'parked'>): string =>
  sealer.seal(boundOf(askedIn), { until: Date.now() + parking.ttlMs, server: connection.server, ...holds })

/** A stateless caller and a stateless server: what the server asks goes through, its state only sealed. */
const converseStateless = async (conversation: Conversation, opened: SealedState | null): Promise<McpReply> => {
  const { askedIn, call, connection, signal } = conversation
  if (opened !== null && opened.upstream === null) throw invalidState()
  const caller = silentCaller(askedIn.decided.received.owner.capabilities, null)
  const reply = await connection.request({ ...call, params: withState(call.params, opened?.upstream ?? null, askedIn), signal, caller })
  const asked = askedBy(reply)
  if (asked === null) return reply
  for (const question of asked.questions) await passOn(question, askedIn)
  const span = reply.document.locate(['result', 'requestState'])
  if (asked.state === null || span === undefined) return reply
  const { start, end } = reply.payload
  const sealed = JSON.stringify(seal(conversation, { upstream: asked.state, parked: null }))
  return asReply(splice(reply.document.text.slice(start, end), [{ start: span.start - start, end: span.end - start, text: sealed }]), askedIn)
}

const withState = (params: string | null, state: string | null, { readJson }: AskedIn): string | null => {
  if (params === null || state === null) return params
  const document = readJson(params)
  const span = document.locate(['requestState'])
  return span === undefined ? params : splice(document.text, [{ ...span, text: JSON.stringify(state) }])
}

/** Decides a question that the caller answers in another request. @returns its params as the caller may see them @throws Failure */
const passOn = async (question: ServerQuestion, askedIn: AskedIn): Promise<string | null> => {
  const permitted = await Question.permit(question, askedIn)
  if (permitted === null) throw new Failure('upstream.protocol', `MCP server "${askedIn.server}" asked for ${JSON.stringify(question.method)}, which no server may ask.`, { detail: { server: askedIn.server } })
  permitted.question.passedOn()
  return permitted.params
}

const answersIn = (params: string | null, { readJson }: AskedIn): readonly (readonly [string, string])[] => {
  const document = readJson(params ?? '{}')
  return Object.keys(objectAt(document, ['inputResponses']) ?? {}).flatMap(key => {
    const span = document.locate(['inputResponses', key])
    return span === undefined || objectAt(document, ['inputResponses', key]) === null ? [] : [[key, document.text.slice(span.start, span.end)] as const]
  })
}

/** A stateless caller and a server of the session era: the call waits here while the caller is asked. */
const converseParked = async (conversation: Conversation, opened: SealedState | null): Promise<McpReply> => {
  const { askedIn, call, connection, parking, signal } = conversation
  const { owner } = askedIn.decided.received
  const ownerKey = `${owner.principal} ${owner.session}`
  const parked = resumed(conversation, opened, ownerKey) ?? new ParkableCall(connection.server, owner.capabilities)
  const stop = (): void => { parked.cancel() }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  parked.onNotification = call.onNotification
  if (opened === null) parked.start(connection, call)
  else for (const [key, text] of answersIn(call.params, askedIn)) parked.answer(key, { kind: 'result', text })
  try {
    for (;;) {
      const event = await parked.next()
      if (event.kind === 'reply') return event.reply
      const requests: string[] = []
      for (const question of event.questions) requests.push(...await requestTexts(parked, question, askedIn))
      if (requests.length === 0) continue
      parked.onNotification = null
      const state = seal(conversation, { upstream: null, parked: parking.park(parked, ownerKey) })
      return asReply(`{"resultType":"input_required","inputRequests":{${requests.join(',')}},"requestState":${JSON.stringify(state)}}`, askedIn)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const resumed = ({ parking }: Conversation, opened: SealedState | null, ownerKey: string): ParkableCall | null => {
  if (opened === null) return null
  const parked = opened.parked === null ? null : parking.take(opened.parked, ownerKey)
  if (parked === null) throw invalidState()
  return parked
}

/** The question as a member of inputRequests; nothing where the server has been told no. @throws McpRefusal where the caller cannot be asked */
const requestTexts = async (parked: ParkableCall, question: ServerQuestion, askedIn: AskedIn): Promise<string[]> => {
  const capability = capabilityFor(question.method)
  if (capability === undefined) {
    parked.answer(question.key, notOffered)
    return []
  }
  if (!canBeAsked(parked.capabilities, capability)) {
    parked.cancel()
    throw new McpRefusal(`Missing required client capability: ${capability}`, {
      code: 'request.unsupported', rpcCode: rpcCodes.missingClientCapability, httpStatus: 400, idText: askedIn.decided.received.message.idText,
      data: { requiredCapabilities: { [capability]: {} } }, detail: { field: 'io.modelcontextprotocol/clientCapabilities' },
    })
  }
  try {
    const params = await passOn(question, askedIn)
    return [`${JSON.stringify(question.key)}:{"method":${JSON.stringify(question.method)}${params === null ? '' : `,"params":${params}`}}`]
  } catch (thrown) {
    parked.answer(question.key, declined(question, thrown instanceof Failure ? thrown.message : 'The gateway failed unexpectedly.'))
    return []
  }
}

/** Calls for a stateless caller. @throws Failure upstream.* | policy.* | McpRefusal -32602 for a state that is not good for this */
export const converseInRounds = (conversation: Conversation): Promise<McpReply> => {
  const { askedIn, connection } = conversation
  const opened = openState(conversation, askedIn.decided.received.message.params?.['requestState'])
  return connection.era === 'modern' ? converseStateless(conversation, opened) : converseParked(conversation, opened)
}
