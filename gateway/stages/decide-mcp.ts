// Decides MCP operations, and every entry of a list by the same rule as the call.
import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Facts } from '../../policies/engine/contract.ts'
import { hidesSecrets } from '../../policies/engine/settings.ts'
import { canonicalJson } from '../exchange/canonical-json.ts'
import { Failure } from '../exchange/failure.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { ActionKind, McpOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'
import type { Principal } from '../exchange/principal.ts'
import { noLoop, type LoopFacts, type RootedCall } from '../exchange/root.ts'
import type { CallBook } from '../exchange/model-call.ts'
import type { SessionKeys, SessionState } from '../exchange/session.ts'
import { shortDigest } from '../exchange/short-digest.ts'
import { noLabels } from '../exchange/labels.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { checkParamMirrors, type McpRequest } from '../surfaces/mcp/read-message.ts'
import type { CatalogEntry } from '../upstream/mcp-catalog-view.ts'
import type { Seen } from './classify.ts'
import type { Remembering } from './decide-model.ts'
import { ask, decide, refusal } from './decide.ts'
import { enterRoot, type Meta } from './enter-root.ts'
import { buildFacts } from './facts.ts'
import { isRead } from './find-tools.ts'
import { skipsRequestLeaf } from './mcp-leaves.ts'
import type { McpContext, ReceivedOperation } from './mcp-received.ts'
import { carriedIn, learnDetected, whenKept } from './carried-labels.ts'
import { dutyLabels, labelChange } from './label-duties.ts'
import { openSessionOfCall } from './open-session-of-call.ts'
import { withInherited } from './open-session.ts'
import { causedBy, provenanceOf } from './provenance.ts'
import { ownerOf } from './session-of.ts'
import { sqlFactsOf } from './sql-facts.ts'

export interface RememberingMcp extends Remembering { readonly calls: CallBook }

export interface DecidedMcp {
  readonly permit: Permit<McpOperation>
  readonly received: ReceivedOperation & Seen
  readonly principal: Principal
  readonly keys: SessionKeys
  readonly session: SessionState
  readonly labels: Labels
  /** The call in its root; null for lists and the like, which belong to none. */
  readonly call: RootedCall | null
}

const resourceOf = (runtime: Runtime, entry: CatalogEntry): Partial<Facts['resource']> => {
  const server = runtime.mcpServer(entry.server)
  return {
    server: entry.server, env: server?.env ?? null, trust: server?.trust ?? null, original_name: entry.originalName,
    tool: entry.kind === 'tool' ? entry.exposedName : null, annotations: entry.annotations, pin: entry.pin, flags: entry.flags,
  }
}

export interface FactsAbout {
  readonly exchange: Pick<Exchange<Runtime>, 'id' | 'runtime'>
  readonly principal: Principal
  readonly session: SessionState
  readonly entry: CatalogEntry | null
  readonly kind: ActionKind
  readonly name: string
  readonly phase: 'request' | 'response'
  readonly args: Facts['args']
  readonly data: Facts['data']
  /** Of the call that is asked for. */
  readonly loop?: LoopFacts
  readonly provenance?: Facts['provenance']
}

export const noData: Facts['data'] = Object.freeze({ ...noLabels, entities: Object.freeze({}), unseen: Object.freeze([]), origins: Object.freeze([]), bytes: 0 })

/** Facts about one MCP operation or list entry. */
export const mcpFacts = (about: FactsAbout): Facts => buildFacts({
  principal: about.principal, session: about.session, loop: about.loop ?? noLoop, action: { kind: about.kind, name: about.name, phase: about.phase },
  resource: about.entry === null ? {} : resourceOf(about.exchange.runtime, about.entry),
  args: about.args, sql: sqlFactsOf(about.args),
  data: { labels: about.data, entities: about.data.entities, unseen: about.data.unseen, origins: about.data.origins, bytes: about.data.bytes },
  ...about.provenance === undefined ? {} : { provenance: about.provenance }, estimateUsd: null, environment: about.exchange.runtime.config.environment, exchange: about.exchange.id,
})

const listKinds = { tool: 'tool.list', prompt: 'prompt.list', resource: 'resource.list', template: 'resource.list' } as const

/** May the caller see this entry? What needs an approval is seen: the agent has to be able to ask for it. */
export const isVisible = (exchange: Exchange<Runtime>, principal: Principal, session: SessionState, entry: CatalogEntry): boolean => {
  const refused = refusal(ask(exchange.runtime.policy, mcpFacts({
    exchange, principal, session, entry, kind: listKinds[entry.kind], name: entry.exposedName, phase: 'request', args: null, data: noData,
  })))
  return refused === null || refused.code === 'policy.approval_required'
}

/** Would the caller see it if its definition were an approved one? Then he is told why he does not: he saw it before, or will. */
const isWithheld = (exchange: Exchange<Runtime>, principal: Principal, session: SessionState, entry: CatalogEntry): boolean =>
  (entry.pin !== 'match' || entry.flags.length > 0) && isVisible(exchange, principal, session, { ...entry, pin: 'match', flags: [] })

/** Clients let call_read_tool pass without asking anybody. @throws Failure request.malformed */
const checkThrough = ({ searching }: ReceivedOperation, entry: CatalogEntry): void => {
  if (searching?.through !== 'call_read_tool' || isRead(entry, searching.rule)) return
  throw new Failure('request.malformed', `"${entry.exposedName}" does more than read, as far as is known.`, { detail: { field: 'params.arguments.name', remedy: 'Call it with call_tool.' } })
}

/** @throws Failure request.malformed, McpRefusal where headers and arguments disagree */
const checkCalled = (received: ReceivedOperation, entry: CatalogEntry, headers: IncomingHttpHeaders): void => {
  checkThrough(received, entry)
  if (received.searching?.through == null) checkParamMirrors(received.message, entry.mirrors, headers)
}

/** What is one more call in the fan-out of a user request. */
const countedAs: Readonly<Partial<Record<ActionKind, 'tool' | 'read'>>> = { 'tool.call': 'tool', 'tool.task': 'read', 'resource.read': 'read', 'prompt.get': 'read' }

const metaOf = ({ params }: McpRequest): Meta => {
  const meta = params?.['_meta']
  return typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? meta as Readonly<Record<string, unknown>> : null
}

const rooted = (
  exchange: Exchange<Runtime>, principal: Principal, keys: SessionKeys, { message, operation, roots }: Pick<Remembering, 'roots'> & Pick<ReceivedOperation, 'message' | 'operation'>,
): RootedCall | Promise<RootedCall> | null => {
  const kind = countedAs[operation.kind]
  if (kind === undefined) return null
  const { args, name, originalName, server, target } = operation
  const meta = metaOf(message)
  const caused = meta?.[causedBy]
  // An unknown name belongs to no server: what the caller wrote stands for it.
  const call = shortDigest(canonicalJson([name, server, originalName ?? target, args]))
  return enterRoot(exchange, principal, keys, { roots, meta, asking: { kind, call, caused: typeof caused === 'string' ? caused : null } })
}

/** @throws Failure policy.denied | policy.approval_required | policy.unavailable | quota.exceeded | state.unavailable, McpRefusal where headers and arguments disagree */
export const decideMcp = async (
  exchange: Exchange<Runtime>, principal: Principal, received: ReceivedOperation & Seen, { sessions, roots, taint, calls }: RememberingMcp, context: McpContext,
): Promise<DecidedMcp> => {
  const { ledger, request } = exchange
  const { operation, entry, classification, message } = received
  const owner = ownerOf(principal)
  const opening = openSessionOfCall(exchange, principal, received, { calls, sessions })
  const { asker, keys, loaded } = opening instanceof Promise ? await opening : opening
  ledger.session = keys.session
  ledger.entities = classification.entities
  ledger.unseen = classification.unseen
  const entered = rooted(exchange, principal, keys, { message, operation, roots })
  const call = entered instanceof Promise ? await entered : entered
  const whose = { owner, session: keys.session }
  const carried = carriedIn(taint, whose, operation.document, skipsRequestLeaf)
  const { inherited, session } = withInherited(loaded, call)
  const own = joinLabels(received.labels, carried.labels)
  const labels = joinLabels(session.labels, own)
  ledger.labels = labels
  let permit: Permit<McpOperation>
  try {
    permit = decide(operation, mcpFacts({
      exchange, principal, session, entry, kind: operation.kind, name: operation.target ?? operation.name, phase: 'request', args: operation.args,
      loop: call?.facts ?? noLoop, provenance: provenanceOf(received, asker), data: { ...own, entities: classification.entities, unseen: classification.unseen, origins: carried.origins, bytes: ledger.bytesIn },
    }), exchange)
  } catch (thrown) {
    // Whether the caller may know that the thing exists decides how the refusal reads.
    context.visible = entry !== null && (isVisible(exchange, principal, session, entry) || isWithheld(exchange, principal, session, entry))
    throw thrown
  }
  // Who may call a thing knows that it exists: what stops the call from now on is told with its rule.
  context.visible = true
  // Not before: the refusal would tell that there is such a tool.
  if (entry !== null) checkCalled(received, entry, request.headers)
  const span = message.paramsSpan
  exchange.recordIntent(hash('sha256', span === null ? '' : operation.document.text.slice(span.start, span.end)))
  const learnt = learnDetected(taint, whose, operation.document, classification, { origin: null, secretsAreHidden: hidesSecrets(exchange.runtime.config.policy.settings) })
  const lasting = joinLabels(received.lasting, carried.labels)
  const inRoot = call?.labelled(joinLabels(joinLabels(session.labels, lasting), dutyLabels(permit.decision.duties)))
  const change = labelChange(session, lasting, permit.decision.duties, inherited)
  const kept = whenKept(learnt, inRoot, change === null ? undefined : sessions.commit(keys, change))
  if (kept instanceof Promise) await kept
  return { permit, received, principal, keys, session, labels, call }
}
