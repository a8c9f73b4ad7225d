// The verbs of the pipeline as model traffic needs them, bound to the long-lived parts. assemble.ts writes their order; nothing here
// calls another verb.
import type { ServerResponse } from 'node:http'
import type { Candidate } from '../../registry/registry.ts'
import type { Choice } from '../../router/route.ts'
import type { Answer } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import type { Principal } from '../exchange/principal.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { ModelSurface } from '../surfaces/model-surface.ts'
import { headerOf } from '../surfaces/request-fields.ts'
import { requireHeader } from '../surfaces/translate/losses.ts'
import { attributes } from '../telemetry/names.ts'
import { responseHeadersToForward } from '../upstream/response-headers.ts'
import { attemptModel, type AttemptedModel } from './attempt-model.ts'
import { authenticate } from './authenticate.ts'
import { classify, type Seen } from './classify.ts'
import { decideModel, type DecidedModel } from './decide-model.ts'
import { forward } from './forward.ts'
import { receiveModel, type ReceivedModel } from './receive-model.ts'
import { respondModel } from './respond-model.ts'
import { route } from './route.ts'
import { modelTransform, type ModelSendable } from './transform-model.ts'
import type { ModelOperation } from '../exchange/operation.ts'

type X = Exchange<Runtime, ServerResponse>
type Received = ReceivedModel & { readonly surface: ModelSurface }
type Classified = Received & Seen
type Decided = DecidedModel & { readonly surface: ModelSurface }

/** Who asks, and is there room? Shared with MCP traffic. */
export const frontStages = (parts: Parts) => ({
  authenticate: (x: Exchange<Runtime>): Principal => x.ledger.principal = authenticate(x.request.headers, x.runtime.keyring),
  admit: (x: Exchange<Runtime>, principal: Principal): void => {
    x.atEnd(parts.admission.admit(x.request.headers, principal, x.runtime.admission))
    // The refusal itself is recorded: as soon as such a write succeeds, exchanges pass again.
    if (!parts.audit.writable) throw new Failure('audit.unavailable', 'The audit log cannot be written.', { retryAfterMs: 5000 })
  },
})

const hostOf = (provider: Candidate['provider']): string => {
  let host = hosts.get(provider)
  if (host === undefined) hosts.set(provider, host = new URL(provider.base_url).hostname)
  return host
}
const hosts = new WeakMap<Candidate['provider'], string>()

const startCall = (x: X, { choice: { candidate } }: ModelSendable, operation: ModelOperation): ReturnType<X['span']['child']> => {
  const what = operation.kind === 'model.embed' ? 'embeddings' : 'chat'
  return x.span.child(`${what} ${candidate.model}`, 'client', x.span.sampled ? {
    [attributes.operationName]: what,
    [attributes.providerName]: candidate.provider.prices_as ?? candidate.provider.dialect,
    [attributes.requestModel]: candidate.model,
    [attributes.serverAddress]: hostOf(candidate.provider),
  } : {})
}

export const modelStages = (parts: Parts) => ({
  receive: async (x: X, name: ModelOperation['name'], surface: ModelSurface): Promise<Received> =>
    ({ ...await receiveModel(x, name, surface, parts.readJson), surface }),

  classify: (_x: X, received: Received): Classified =>
    ({ ...received, ...classify(received.operation.document, parts.classifier, received.surface.skipLeaf) }),

  decide: async (x: X, principal: Principal, seen: Classified): Promise<Decided> =>
    ({ ...await decideModel(x, principal, seen, parts.sessions), surface: seen.surface }),

  route: (_x: X, decided: Decided): readonly Choice[] => route(decided.permit, decided.set.candidates, parts.health.of),

  transform: (x: X, decided: Decided): ((choice: Choice) => ModelSendable) => modelTransform(decided.permit, {
    bytes: decided.bytes, classification: decided.classification, pseudonyms: decided.session.pseudonyms,
    mayEdit: leaf => decided.surface.leafUse(leaf) === 'rewrite', dialectEdits: decided.surface.modelEdits,
    credential: x.runtime.credential, required: headerOf(x.request.headers, requireHeader),
  }),

  forward: async (x: X, decided: Decided, sendable: ModelSendable, signal: AbortSignal): Promise<Answer> => {
    const span = startCall(x, sendable, decided.permit.operation)
    try {
      const answer = await forward(sendable, parts.http, { signal, traceparent: span.traceparent() })
      span.end({ status: answer.status })
      return answer
    } catch (thrown) {
      span.end({ errorType: errorType(thrown) })
      throw thrown
    }
  },

  attempt: (x: X, decided: Decided, choices: readonly Choice[], run: {
    transform: (choice: Choice) => ModelSendable
    forward: (sendable: ModelSendable, signal: AbortSignal) => Promise<Answer>
  }): Promise<AttemptedModel> => attemptModel(x, decided.keys, choices, {
    sessions: parts.sessions, health: parts.health, inputTokens: decided.permit.operation.needs.inputTokens,
    isCharged: decided.permit.operation.name !== 'messages.count_tokens', ...run,
  }),

  respond: (x: X, decided: Decided, attempted: AttemptedModel): void => respondModel(x, attempted, {
    sessions: parts.sessions, keys: decided.keys, pseudonyms: decided.session.pseudonyms, duties: decided.permit.decision.duties, budgets: decided.session.budgets,
    operation: decided.permit.operation, headersToForward: responseHeadersToForward, surface: decided.surface,
  }),
})

const errorType = (thrown: unknown): string => thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'gateway.bug'

export type ModelStages = ReturnType<typeof modelStages>
export type FrontStages = ReturnType<typeof frontStages>
