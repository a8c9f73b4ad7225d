// The verbs of the pipeline as model traffic needs them, bound to the long-lived parts. assemble.ts writes their order; nothing here
// calls another verb.
import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { pricesOf } from '../../registry/compatible-servers.ts'
import type { Candidate } from '../../registry/registry.ts'
import type { Choice } from '../../router/route.ts'
import type { Answer } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import type { Principal } from '../exchange/principal.ts'
import { noTurn, type Turn } from '../exchange/root.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Release } from '../pipeline/fair-gate.ts'
import type { KeptAnswer, Noted } from '../pipeline/idempotency-book.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { ModelSurface } from '../surfaces/model-surface.ts'
import { headerOf, isObject } from '../surfaces/request-fields.ts'
import { requireHeader } from '../surfaces/translate/losses.ts'
import { genericTurn } from '../surfaces/turn/generic-turn.ts'
import { unseenLabel } from '../redaction/classify-document.ts'
import { textSources } from '../redaction/remote/text-source.ts'
import { attributes } from '../telemetry/names.ts'
import { responseHeadersToForward } from '../upstream/response-headers.ts'
import { attemptModel, type AttemptedModel } from './attempt-model.ts'
import type { Sending } from './one-attempt.ts'
import { authenticate } from './authenticate.ts'
import { classify, type Seen } from './classify.ts'
import { decideModel, type DecidedModel } from './decide-model.ts'
import { forward } from './forward.ts'
import { recallModel, replayModel, type Recalled } from './recall-model.ts'
import { receiveModel, type BodyReader, type ReceivedModel } from './receive-model.ts'
import { respondModel, type AnswerParts } from './respond-model.ts'
import { actionFor, notAModel } from './redaction-plan.ts'
import { createRephraser, type Rephraser } from './rephrase.ts'
import { resumeResponse, type ResumeParts } from './resume-response.ts'
import { routeModel } from './route-model.ts'
import { normalised, ownerOf } from './session-of.ts'
import { modelTextSource } from './text-source.ts'
import { textsAround, withSaid } from './values-around.ts'
import { modelTransform, type ModelSendable, type ModelTransform } from './transform-model.ts'
import { isCharged, type ModelOperation } from '../exchange/operation.ts'

type X = Exchange<Runtime, ServerResponse>
type Received = ReceivedModel & { readonly surface: ModelSurface }
type Classified = Received & Seen
type Decided = DecidedModel & { readonly surface: ModelSurface }

/** Who asks, and is there room? Shared with MCP traffic. */
export const frontStages = (parts: Parts) => ({
  authenticate: (x: Exchange<Runtime>): Principal => x.ledger.principal = authenticate(x.request.headers, x.runtime.keyring),
  /** At once where there is room: only who has to wait gets a promise. */
  admit: (x: Exchange<Runtime>, principal: Principal): void | Promise<void> => {
    const admitted = (release: Release): void => {
      x.atEnd(release)
      // The refusal itself is recorded: as soon as such a write succeeds, exchanges pass again.
      if (!parts.audit.writable) throw new Failure('audit.unavailable', 'The audit log cannot be written.', { retryAfterMs: 5000 })
    }
    const leave = new AbortController()
    const place = parts.admission.admit(x.request.headers, principal, x.runtime.admission, leave.signal)
    if (!(place instanceof Promise)) {
      admitted(place)
      return undefined
    }
    x.onGone(reason => { leave.abort(reason) })
    return place.then(admitted)
  },
})

const hostOf = (provider: Candidate['provider']): string => {
  let host = hosts.get(provider)
  if (host === undefined) hosts.set(provider, host = new URL(provider.base_url).hostname)
  return host
}
const hosts = new WeakMap<Candidate['provider'], string>()

/** Well-known values of `gen_ai.provider.name` that are not what the price table calls the same (OpenTelemetry semantic conventions). */
const wellKnown: Readonly<Record<string, string>> = { 'aws': 'aws.bedrock', 'azure': 'azure.ai.openai', 'google': 'gcp.vertex_ai', 'mistral': 'mistral_ai', 'x-ai': 'x_ai' }

const providerName = ({ provider }: Candidate): string => {
  const name = pricesOf(provider)
  return wellKnown[name] ?? name
}

const startCall = (x: X, { choice: { candidate } }: ModelSendable, operation: ModelOperation): ReturnType<X['span']['child']> => {
  const what = operation.kind === 'model.embed' ? 'embeddings' : 'chat'
  return x.span.child(`${what} ${candidate.model}`, 'client', x.span.sampled ? {
    [attributes.operationName]: what,
    [attributes.providerName]: providerName(candidate),
    [attributes.requestModel]: candidate.model,
    [attributes.serverAddress]: hostOf(candidate.provider),
  } : {})
}

/**
 * A key per destination: another provider, or another body for another model, is another call. And no caller can guess another's, whose
 * answer a provider might give it.
 */
const upstreamIdempotencyKey = (x: X): ((candidate: string) => string) | null => {
  const sent = headerOf(x.request.headers, 'idempotency-key')
  const { principal } = x.ledger
  return sent === null || sent === '' ? null : candidate => hash('sha256', JSON.stringify([principal?.subject.tenant, principal?.key, sent, candidate]))
}

/** Callers are known by then: a request is received after who sent it. */
const resumed = (x: X, received: ReceivedModel, surface: ModelSurface, parts: ResumeParts): ReceivedModel =>
  x.ledger.principal === null ? received : resumeResponse(x, x.ledger.principal, received, surface, parts)

/** Bodies are compared with what the same caller sent in the same dialect, and in the same session where a header names one. */
const whoseBody = ({ ledger: { principal }, request: { headers } }: X, { dialect }: ModelSurface): string =>
  JSON.stringify([principal === null ? null : ownerOf(principal), dialect, normalised(headerOf(headers, 'x-portcullis-session') ?? headerOf(headers, 'x-claude-code-session-id') ?? '')])

const rememberingOf = (x: X, decided: Decided, { responses }: Parts): AnswerParts['remembering'] => {
  const { continued, keys, permit: { operation } } = decided
  const body = operation.document.value
  if (continued === null || x.ledger.principal === null || (isObject(body) && body['store'] === false)) return null
  return { responses, owner: ownerOf(x.ledger.principal), session: keys.session, items: continued.items, inputTokens: operation.needs.inputTokens }
}

const turnOf = (x: X, { operation, surface }: Classified): Turn =>
  operation.kind === 'model.embed' ? noTurn : surface.turn?.(operation.document, x.request.headers) ?? genericTurn(operation.document)

/**
 * What may not leave as it is may not be in what a local model made of it. Where the text came from is not known any more, so every remote
 * detector that looks at texts of any source is asked; each once.
 */
const rephraserOf = (x: X, { permit, session }: Decided, { classifier, ...parts }: Parts): Rephraser => {
  const action = actionFor(permit.decision.duties, notAModel)
  return createRephraser(x, {
    pseudonyms: session.pseudonyms,
    unwanted: async text => {
      const ofEachSource = parts.readJson(JSON.stringify(textSources.map(() => text)), { maxDepth: 2 })
      const looked = await classifier.look(ofEachSource, () => false, ({ path }) => textSources[Number(path[0])] ?? 'prompt')
      if (classifier.labelsOf(looked).labels.includes(unseenLabel)) return null
      return looked.perLeaf.flatMap(({ findings }) => findings).filter(({ kind }) => action(kind) !== 'allow')
    },
  }, parts)
}

export const modelStages = (parts: Parts) => ({
  receive: async (x: X, name: ModelOperation['name'], surface: ModelSurface): Promise<Received> => {
    const readBody: BodyReader = (bytes, limits) => parts.bodies.read(whoseBody(x, surface), bytes, limits)
    return { ...resumed(x, await receiveModel(x, name, surface, readBody), surface, { readBody, responses: parts.responses }), surface }
  },

  /** At once, unless a remote detector has to be asked. */
  classify: (x: X, received: Received): Classified | Promise<Classified> => {
    const { operation, surface } = received
    const { document } = operation
    const seen = classify(document, parts.classifier, {
      ignores: surface.skipLeaf, sourceOf: modelTextSource(document), ledger: x.ledger, ...parts.classifier.looksBeside ? { beside: textsAround(operation) } : {},
    })
    return seen instanceof Promise ? seen.then(known => ({ ...received, ...known })) : { ...received, ...seen }
  },

  decide: async (x: X, principal: Principal, seen: Classified): Promise<Decided> =>
    ({ ...await decideModel(x, principal, { ...seen, turn: turnOf(x, seen) }, parts), surface: seen.surface }),

  recall: (x: X, decided: Decided): Promise<Recalled> => recallModel(x, decided, parts.idempotency),

  replay: (x: X, earlier: KeptAnswer, surface: ModelSurface): void => { replayModel(x, earlier, surface) },

  route: (x: X, decided: Decided): readonly Choice[] => routeModel(x, decided, { health: parts.health.of, restMs: parts.health.restMs, book: parts.routes, nowMs: Date.now }),

  transform: (x: X, decided: Decided): ((choice: Choice) => ModelSendable) => modelTransform(decided.permit, {
    bytes: decided.bytes, classification: decided.classification, find: withSaid((text, key) => parts.classifier.findOnce(text, key), decided.classification.beside), pseudonyms: decided.session.pseudonyms, ...usesIn(decided), dialectEdits: decided.surface.modelEdits, pathFor: decided.surface.pathFor,
    rephraser: () => rephraserOf(x, decided, parts),
    idempotencyKey: upstreamIdempotencyKey(x), required: headerOf(x.request.headers, requireHeader),
  }),

  forward: async (x: X, decided: Decided, sendable: ModelSendable, { credential, signal }: Sending): Promise<Answer> => {
    const span = startCall(x, sendable, decided.permit.operation)
    try {
      const answer = await forward(sendable, parts.http, {
        signal, credential, traceparent: span.traceparent(), authorizer: parts.authorizer,
      })
      span.end({ status: answer.status })
      return answer
    } catch (thrown) {
      span.end({ errorType: errorType(thrown) })
      throw thrown
    }
  },

  attempt: (x: X, decided: Decided, choices: readonly Choice[], run: {
    transform: (choice: Choice) => ModelSendable
    forward: (sendable: ModelSendable, sending: Sending) => Promise<Answer>
  }): Promise<AttemptedModel> => attemptModel(x, decided.keys, choices, {
    sessions: parts.sessions, health: parts.health, limits: parts.limits, credentials: parts.credentials, hedges: decided.set.hedge,
    inputTokens: decided.permit.operation.needs.inputTokens, isCharged: isCharged(decided.permit.operation), ...run,
  }),

  respond: (x: X, decided: Decided, attempted: AttemptedModel, noted: Noted | null = null): void => respondModel(x, attempted, {
    sessions: parts.sessions, keys: decided.keys, pseudonyms: decided.session.pseudonyms, classifier: parts.classifier, duties: decided.permit.decision.duties, budgets: decided.session.budgets,
    onCall: (call, model) => { if (x.ledger.principal !== null) parts.calls.emitted(ownerOf(x.ledger.principal), call, { model, labels: decided.labels, session: decided.keys.session }) },
    operation: decided.permit.operation, noted, headersToForward: responseHeadersToForward, surface: decided.surface, remembering: rememberingOf(x, decided, parts),
  }),
})

/** What may happen to which string of a request. */
const usesIn = ({ permit: { operation: { document } }, surface }: Decided): Pick<ModelTransform, 'isWatched' | 'mayEdit' | 'reasoning' | 'saidBy'> => ({
  mayEdit: leaf => surface.leafUse(leaf, document) === 'rewrite',
  isWatched: leaf => surface.leafUse(leaf, document) === 'watch',
  saidBy: surface,
  reasoning: surface.reasoning === undefined ? null : { isReasoning: leaf => surface.reasoning?.isReasoning(leaf, document) === true, instead: surface.reasoning.instead },
})

const errorType = (thrown: unknown): string => thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'gateway.bug'

export type ModelStages = ReturnType<typeof modelStages>
export type FrontStages = ReturnType<typeof frontStages>
