// Decides a model call: session, labels and candidates become facts, and the policy's answer becomes a Permit and an intent record.
import type { IncomingHttpHeaders } from 'node:http'
import { hidesSecrets } from '../../policies/engine/settings.ts'
import type { StringLeaf } from '../exchange/document.ts'
import type { Classification } from '../exchange/finding.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'
import type { RootBook, Turn } from '../exchange/root.ts'
import type { Principal } from '../exchange/principal.ts'
import type { SessionKeys, SessionState, SessionStore } from '../exchange/session.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { CandidateSet, Runtime } from '../pipeline/runtime.ts'
import { decide } from './decide.ts'
import { enterRoot } from './enter-root.ts'
import { buildFacts } from './facts.ts'
import { carriedIn, learnDetected, whenKept } from './carried-labels.ts'
import { dutyLabels, labelChange } from './label-duties.ts'
import { loadSession, withInherited } from './open-session.ts'
import { ownerOf, sessionOf } from './session-of.ts'
import type { Seen } from './classify.ts'
import type { ReceivedModel } from './receive-model.ts'
import type { Continued } from './resume-response.ts'

/** What outlives the call. */
export interface Remembering { readonly sessions: SessionStore; readonly roots: RootBook; readonly taint: TaintBook }

export interface DecidedModel {
  readonly permit: Permit<ModelOperation>
  readonly keys: SessionKeys
  readonly session: SessionState
  readonly classification: Classification
  readonly labels: Labels
  readonly set: CandidateSet
  readonly bytes: Buffer
  readonly continued: Continued | null
}

/** What goes on from a response belongs to its session: placeholders in it mean what they meant there. */
const keysOf = (principal: Principal, headers: IncomingHttpHeaders, { continued, sessionHint }: ReceivedModel): SessionKeys => {
  const keys = sessionOf(principal, headers, sessionHint)
  const session = continued?.session ?? null
  return session === null || headers['x-portcullis-session'] !== undefined ? keys : { ...keys, session }
}

/** Counting and embedding answer nobody: what they are for comes in a call of its own. */
const answersUser = ({ kind, name }: ModelOperation): boolean => kind === 'model.call' && name !== 'messages.count_tokens' && name !== 'countTokens'

/** @throws Failure policy.denied | policy.approval_required | policy.unavailable | quota.exceeded | state.unavailable */
export const decideModel = async (
  exchange: Exchange<Runtime>, principal: Principal, received: ReceivedModel & Seen & { readonly turn: Turn; readonly surface: { readonly skipLeaf: (leaf: StringLeaf) => boolean } }, { sessions, roots, taint }: Remembering,
): Promise<DecidedModel> => {
  const { runtime, ledger, request, id } = exchange
  const { operation, bytes, classification, digest } = received
  const keys = keysOf(principal, request.headers, received)
  const set = runtime.candidatesFor(operation.requested, operation.dialect)
  const loading = loadSession(sessions, principal, request.headers, { keys, limits: runtime.limitsOf(principal, keys, set.ids) })
  const loaded = loading instanceof Promise ? await loading : loading
  ledger.session = keys.session
  ledger.entities = classification.entities
  ledger.unseen = classification.unseen
  const entered = enterRoot(exchange, principal, keys, { roots, asking: { kind: 'model', turn: received.turn, answers: answersUser(operation) } })
  const call = entered instanceof Promise ? await entered : entered
  const whose = { owner: ownerOf(principal), session: keys.session }
  const carried = carriedIn(taint, whose, operation.document, received.surface.skipLeaf)
  const { inherited, session } = withInherited(loaded, call)
  const own = joinLabels(received.labels, carried.labels)
  const labels = joinLabels(session.labels, own)
  ledger.labels = labels
  const permit = decide(operation, buildFacts({
    principal, session, loop: call.facts, action: { kind: operation.kind, name: operation.name, phase: 'request' },
    resource: { requested: operation.requested, candidates: set.view }, args: null, sql: null,
    data: { labels: own, entities: classification.entities, unseen: classification.unseen, origins: carried.origins, bytes: bytes.length },
    estimateUsd: null, environment: runtime.config.environment, exchange: id,
  }), exchange)
  exchange.recordIntent(digest())
  const learnt = learnDetected(taint, whose, operation.document, classification, { origin: null, secretsAreHidden: hidesSecrets(runtime.config.policy.settings) })
  const lasting = joinLabels(received.lasting, carried.labels)
  const rooted = call.labelled(joinLabels(joinLabels(session.labels, lasting), dutyLabels(permit.decision.duties)))
  const change = labelChange(session, lasting, permit.decision.duties, inherited)
  // Kept before anything leaves: a session that showed a secret stays marked even if this process dies during the call, and so does its text.
  const kept = whenKept(learnt, rooted, change === null ? undefined : sessions.commit(keys, change))
  if (kept instanceof Promise) await kept
  return { permit, keys, session, classification, labels, set, bytes, continued: received.continued ?? null }
}
