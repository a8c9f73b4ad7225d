// May the answer pass? What a server returned is classified, labelled and decided again before a byte of it leaves.
import { hidesSecrets } from '../../policies/engine/settings.ts'
import { splice, type Edit, type StringLeaf } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { Classification } from '../exchange/finding.ts'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import type { McpReply } from '../exchange/mcp.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import { literalEdits, rewriteDocument } from '../redaction/rewrite.ts'
import { attributes } from '../telemetry/names.ts'
import { classify } from './classify.ts'
import { mcpFacts, type DecidedMcp } from './decide-mcp.ts'
import { decide } from './decide.ts'
import { carriedIn, learnDetected, learnReturned, whenKept } from './carried-labels.ts'
import { dutyLabels, labelChange } from './label-duties.ts'
import { commitOnce } from './label-session.ts'
import { skipsReplyLeaf } from './mcp-leaves.ts'
import { actionFor, hasRedaction, notAModel, restoresAtTools } from './redaction-plan.ts'
import { ownerOf } from './session-of.ts'
import { whenAgreed } from './when-agreed.ts'

export interface McpInspecting {
  readonly decided: DecidedMcp
  /** Of the server. */
  readonly labels: Labels
  readonly reply: McpReply
  readonly sessions: SessionStore
  readonly classifier: Classifier
  readonly taint: TaintBook
}

export interface InspectedMcp { readonly kind: 'result' | 'error'; readonly payload: string }


/** `server/tool` or `server/uri`, as the server calls it. */
export const originOf = ({ permit: { operation }, received: { entry } }: DecidedMcp): string =>
  `${entry?.server ?? ''}/${entry?.kind === 'template' ? operation.target ?? entry.originalName : entry?.originalName ?? ''}`

/** @throws Failure policy.denied | policy.approval_required | policy.unavailable | content.blocked */
export const inspectMcp = async (exchange: Exchange<Runtime>, inspecting: McpInspecting): Promise<InspectedMcp> => {
  const { decided, reply, classifier, sessions, taint } = inspecting
  const { ledger } = exchange
  const { operation } = decided.permit
  const before = performance.now()
  const looked = classify(reply.document, classifier, { ignores: skipsReplyLeaf, sourceOf: () => 'tool_result', ledger })
  const seen = looked instanceof Promise ? await looked : looked
  const whose = { owner: ownerOf(decided.principal), session: decided.keys.session }
  const source = joinLabels(inspecting.labels, dutyLabels(decided.permit.decision.duties))
  const carried = carriedIn(taint, whose, reply.document, skipsReplyLeaf)
  const labels = joinLabels(joinLabels(source, carried.labels), seen.labels)
  ledger.responseLabels = labels
  ledger.unseenAnswer = seen.classification.unseen
  const lasting = joinLabels(joinLabels(source, carried.labels), seen.lasting)
  const committed = commitOnce(sessions, decided, lasting)()
  if (committed instanceof Promise) await committed
  const request = ledger.decision
  const permit = decide(operation, mcpFacts({
    exchange, principal: decided.principal, session: decided.session, entry: decided.received.entry, kind: operation.kind,
    name: operation.target ?? operation.name, phase: 'response', args: operation.args,
    data: { ...labels, entities: seen.classification.entities, unseen: seen.classification.unseen, origins: carried.origins, bytes: reply.document.text.length },
  }), exchange)
  const wanted = dutyLabels(permit.decision.duties)
  const change = labelChange(decided.session, lasting, permit.decision.duties)
  ledger.responseLabels = joinLabels(labels, wanted)
  const origin = originOf(decided)
  const kept = whenKept(
    wanted !== noLabels && change !== null ? sessions.commit(decided.keys, change) : undefined,
    decided.call?.labelled(joinLabels(joinLabels(decided.session.labels, lasting), wanted)),
    learnReturned(taint, whose, reply.document, { labels: joinLabels(source, wanted), origin, skips: skipsReplyLeaf }),
    learnDetected(taint, whose, reply.document, seen.classification, { origin, secretsAreHidden: hidesSecrets(exchange.runtime.config.policy.settings) }),
  )
  if (kept instanceof Promise) await kept
  // An answer that passes says nothing new: the record keeps why the call was allowed, unless an observing layer would have stopped it.
  if (permit.decision.observed === null || permit.decision.observed.result === 'allow') ledger.decision = request
  const rewritten = whenAgreed(() => redacted(exchange, inspecting, seen.classification, permit.decision.duties))
  const payload = rewritten instanceof Promise ? await rewritten : rewritten
  if (exchange.span.sampled) exchange.span.set(attributes.inspectMs, performance.now() - before)
  return { kind: reply.kind, payload }
}

const redacted = (
  { ledger }: Exchange<Runtime>, { decided, reply }: McpInspecting,
  classification: Classification, duties: DecidedMcp['permit']['decision']['duties'],
): string => {
  const { document, payload } = reply
  const { pseudonyms } = decided.session
  const text = document.text.slice(payload.start, payload.end)
  const mayEdit = (leaf: StringLeaf): boolean => !skipsReplyLeaf(leaf)
  // Words of a server that look like a placeholder would be one as soon as the caller hands them to a tool that gets real values.
  if (!hasRedaction(duties, notAModel)) return restoresAtTools(duties) ? spliced(text, literalEdits(document, mayEdit), payload.start) : text
  const { edits, counts, blocked } = rewriteDocument(document, classification, { actionFor: actionFor(duties, notAModel), pseudonyms, mayEdit })
  if (blocked !== null) throw new Failure('content.blocked', `The result contains ${blocked} data, which policy does not let pass.`, { detail: { kind: blocked } })
  ledger.countRedactions(counts)
  return spliced(text, edits, payload.start)
}

const spliced = (text: string, edits: readonly Edit[], from: number): string =>
  splice(text, edits.map(edit => ({ start: edit.start - from, end: edit.end - from, text: edit.text })))
