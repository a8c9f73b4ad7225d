// Progress and log messages of a call are part of its answer: what is in them is labelled, decided and redacted before the caller hears it.
import { hidesSecrets } from '../../policies/engine/settings.ts'
import { splice, type JsonDocument, type StringLeaf } from '../exchange/document.ts'
import { isOpaque } from '../exchange/encoded-bytes.ts'
import { asFailure } from '../exchange/failure.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { ReadJson } from '../exchange/mcp.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import { rewriteDocument } from '../redaction/rewrite.ts'
import { carriedIn, learnDetected, learnReturned, whenKept } from './carried-labels.ts'
import { classify, type Seen } from './classify.ts'
import { ask, refusal } from './decide.ts'
import { mcpFacts, type DecidedMcp } from './decide-mcp.ts'
import { originOf } from './inspect-mcp.ts'
import { dutyLabels } from './label-duties.ts'
import { commitOnce } from './label-session.ts'
import { actionFor, hasRedaction, notAModel } from './redaction-plan.ts'
import { ownerOf } from './session-of.ts'
import { whenAgreed } from './when-agreed.ts'

export interface NotificationInspecting {
  readonly exchange: Exchange<Runtime>
  readonly decided: DecidedMcp
  /** Of the server. */
  readonly labels: Labels
  readonly sessions: SessionStore
  readonly classifier: Classifier
  readonly taint: TaintBook
  readonly readJson: ReadJson
}

/** What the caller itself named, and words that the protocol defines. */
const owned: ReadonlySet<unknown> = new Set(['progressToken', 'level', 'taskId', 'status'])
const skips = ({ path, value }: StringLeaf): boolean => path.length === 1 && owned.has(path[0]) && isOpaque(value)

const emptyParams = '{}'

/** `kept`: what has to be before it is told. */
interface Judged { readonly text: () => string | null; readonly labels: Labels; readonly kept: void | Promise<void> }

/** The notification's params as the caller may read them; null where policy does not let it pass. Says nothing on the exchange's record but labels. */
const judged = ({ decided, exchange, labels: ofServer, taint }: NotificationInspecting, document: JsonDocument, seen: Seen): Judged => {
  const { operation } = decided.permit
  const whose = { owner: ownerOf(decided.principal), session: decided.keys.session }
  const source = joinLabels(ofServer, dutyLabels(decided.permit.decision.duties))
  const carried = carriedIn(taint, whose, document, skips)
  const labels = joinLabels(source, carried.labels)
  const all = joinLabels(labels, seen.labels)
  const lasting = joinLabels(labels, seen.lasting)
  const decision = ask(exchange.runtime.policy, mcpFacts({
    exchange, principal: decided.principal, session: decided.session, entry: decided.received.entry, kind: operation.kind, name: operation.target ?? operation.name, phase: 'response',
    args: operation.args, data: { ...all, entities: seen.classification.entities, unseen: seen.classification.unseen, origins: carried.origins, bytes: document.text.length },
  }))
  if (refusal(decision) !== null) return { text: () => null, labels: lasting, kept: undefined }
  const origin = originOf(decided)
  // Known again like the answer: a server could say everything on the way to it.
  const kept = whenKept(
    learnReturned(taint, whose, document, { labels: source, origin, skips }),
    learnDetected(taint, whose, document, seen.classification, { origin, secretsAreHidden: hidesSecrets(exchange.runtime.config.policy.settings) }),
    decided.call?.labelled(joinLabels(decided.session.labels, lasting)),
  )
  if (!hasRedaction(decision.duties, notAModel)) return { text: () => document.text, labels: lasting, kept }
  return {
    labels: lasting, kept,
    text: () => {
      const { blocked, counts, edits } = rewriteDocument(document, seen.classification, {
        actionFor: actionFor(decision.duties, notAModel), pseudonyms: decided.session.pseudonyms, mayEdit: leaf => !skips(leaf),
      })
      exchange.ledger.countRedactions(counts)
      return blocked === null ? splice(document.text, edits) : null
    },
  }
}

/**
 * Returns a function that passes the notifications of one call on, in their order. What cannot be judged does not pass; the answer to the call
 * then fails for the same reason.
 */
export const notificationInspector = (about: NotificationInspecting): ((params: string | null, relay: (params: string | null) => void) => void) => {
  const { classifier, decided, exchange: { ledger }, labels, readJson, sessions } = about
  const ofServer = commitOnce(sessions, decided, labels)
  let before: Promise<void> | null = null
  const pass = (params: string | null, relay: (params: string | null) => void): void | Promise<void> => {
    const document = readJson(params ?? emptyParams)
    const seen = classify(document, classifier, { ignores: skips, sourceOf: () => 'tool_result', ledger })
    return seen instanceof Promise ? seen.then(one => told(judged(about, document, one), params, relay)) : told(judged(about, document, seen), params, relay)
  }
  const told = ({ kept: known, labels: found, text }: Judged, params: string | null, relay: (params: string | null) => void): void | Promise<void> => {
    const tell = (shown: string | null): void => { if (shown !== null) relay(params === null ? null : shown) }
    const kept = whenKept(known, ofServer(), commitOnce(sessions, decided, found)())
    if (kept instanceof Promise) return kept.then(() => whenAgreed(text)).then(tell)
    const shown = whenAgreed(text)
    if (shown instanceof Promise) return shown.then(tell)
    tell(shown)
    return undefined
  }
  return (params, relay) => {
    if (before === null) {
      try {
        const passed = pass(params, relay)
        if (passed instanceof Promise) before = passed
      } catch (thrown) {
        before = Promise.reject(asFailure(thrown))
      }
    } else before = before.then(() => pass(params, relay))
    before?.catch(() => undefined)
  }
}
