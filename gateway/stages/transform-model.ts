// Carries the duties out for one destination: redact, replace the alias, splice. Only this file makes a ModelSendable, and only from
// a Permit and a ranked choice: what leaves is what was decided.
import { quirksOf } from '../../registry/compatible-servers.ts'
import { speaks, spokenTo, type Provider } from '../../registry/provider.ts'
import type { Choice } from '../../router/route.ts'
import type { Decision } from '../../policies/engine/contract.ts'
import { isPassageEdit, splice, spliceBytes, type Edit, type StringLeaf } from '../exchange/document.ts'
import type { HttpSend } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import type { Classification } from '../exchange/finding.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { rewriteDocument } from '../redaction/rewrite.ts'
import { exposedIn } from '../redaction/watched.ts'
import { addressOf, baseOf } from '../surfaces/hosting/address.ts'
import { callIdEdits, withoutCallIds, wrapsItsRequest } from '../surfaces/hosting/call-ids.ts'
import { hostedRequest, type HostedRequest } from '../surfaces/hosting/hosted-request.ts'
import { nestedEdits } from '../surfaces/hosting/nested-members.ts'
import { memberEdits, withMembers } from '../surfaces/hosting/root-members.ts'
import { withoutBlocksOf } from '../surfaces/reasoning.ts'
import { isObject } from '../surfaces/request-fields.ts'
import { checkRequired } from '../surfaces/translate/losses.ts'
import { translateRequest } from '../surfaces/translate/translate-request.ts'
import { actionFor, asksForRephrasing, bindingText, client, dependsOnProvider, hasRedaction, mayRestore, type Destination } from './redaction-plan.ts'
import type { Rephraser } from './rephrase.ts'
import { unhideable, withoutValuesAround, type ActionFor, type Find } from './values-around.ts'

/** What the transform of one exchange needs besides the permit. */
export interface ModelTransform {
  /** The bytes as they came, forwarded untouched when nothing is edited. */
  readonly bytes: Buffer
  readonly classification: Classification
  /** Looks into what stands around the body. */
  readonly find: Find
  readonly pseudonyms: Pseudonyms
  /** May this string be changed? Signed and protocol-owned ones may not. */
  readonly mayEdit: (leaf: StringLeaf) => boolean
  /** What is looked at and may not be changed; of that, what is a model's reasoning, and what stands in place of it. */
  readonly isWatched: (leaf: StringLeaf) => boolean
  /** Who says so: what the same said of the leaves of a passage once holds in every document. */
  readonly saidBy: object
  readonly reasoning: { readonly isReasoning: (leaf: StringLeaf) => boolean; readonly instead: string } | null
  /** Edits that the dialect needs: the model's real name, stream options. */
  readonly dialectEdits: (operation: ModelOperation, upstreamModel: string, provider: Provider) => readonly Edit[]
  /** Path for a destination, where the dialect names the model there. */
  readonly pathFor?: ((operation: ModelOperation, upstreamModel: string) => string) | undefined
  /** The caller's Idempotency-Key as one destination gets it, or null where it sent none. */
  readonly idempotencyKey: ((candidate: string) => string) | null
  /** For a destination that gets texts only rewritten; made where a duty asks for it. */
  readonly rephraser: () => Rephraser
  /** What the caller named as fields that it cannot do without, or null. */
  readonly required: string | null
}

interface Made {
  readonly choice: Choice
  readonly http: HttpSend
  readonly counts: Readonly<Record<string, number>>
  readonly lost: readonly string[]
  readonly answered: string | null
}

let make: (made: Made) => ModelSendable

/** A request that may leave: redacted for, and addressed to, one destination. */
export class ModelSendable {
  readonly choice: Choice
  readonly http: HttpSend
  readonly counts: Readonly<Record<string, number>>
  /** Fields that the provider's dialect cannot say. */
  readonly lost: readonly string[]
  /** An answer that takes no provider, where its dialect has no such question. */
  readonly answered: string | null
  readonly #made = true

  private constructor({ answered, choice, counts, http, lost }: Made) {
    this.choice = choice
    this.http = http
    this.counts = counts
    this.lost = lost
    this.answered = answered
  }

  get made(): boolean { return this.#made }

  private static make(made: Made): ModelSendable { return new ModelSendable(made) }
  static { make = made => ModelSendable.make(made) }
}

interface Body {
  readonly body: Buffer | string
  readonly counts: Readonly<Record<string, number>>
  readonly path: string
  /** Headers of the dialect: the caller's own, or what the other one asks for. */
  readonly headers: Readonly<Record<string, string>>
  readonly lost: readonly string[]
}

/** What a choice is to the duties. */
export const destinationOf = ({ candidate: { local, provider, trust } }: Choice): Destination => ({ local, provider: provider.id, trust })

const redact = (operation: ModelOperation, { duties }: Decision, to: Destination, parts: ModelTransform): { edits: readonly Edit[]; counts: Readonly<Record<string, number>> } => {
  if (!hasRedaction(duties, to)) return { edits: [], counts: {} }
  const isRestored = mayRestore(duties, client)
  const action = actionFor(duties, to)
  const { edits, counts, blocked } = rewriteDocument(operation.document, parts.classification, {
    actionFor: action, pseudonyms: parts.pseudonyms, mayEdit: parts.mayEdit, isOurs: kind => !isRestored(kind),
    mark: { by: parts.saidBy, duties: bindingText(duties, to) },
    ...asksForRephrasing(duties, to) ? { rephraser: parts.rephraser() } : {},
  })
  if (blocked !== null) {
    throw new Failure('content.blocked', `The request contains ${blocked} data, which policy does not let pass.`, { detail: { kind: blocked } })
  }
  const cut = withoutExposed(operation, action, parts)
  return { edits: cut.length === 0 ? edits : together(edits, cut), counts }
}

/** What should be hidden and cannot be changed is taken out with its block where it is reasoning; anywhere else it stops the request. @throws Failure content.blocked */
const withoutExposed = ({ document }: ModelOperation, action: ActionFor, { classification, isWatched, pseudonyms, reasoning, saidBy }: ModelTransform): Edit[] => {
  const isReasoning = reasoning?.isReasoning ?? (() => false)
  const exposed = exposedIn(document, classification, { actionFor: action, pseudonyms, isWatched, isReasoning, by: saidBy })
  const stuck = exposed.find(({ leaf }) => !isReasoning(leaf))
  if (stuck !== undefined) {
    throw unhideable(stuck.leaf.path.join('.'), stuck.kind)
  }
  return reasoning === null || exposed.length === 0 ? [] : withoutBlocksOf(document, exposed.map(({ leaf }) => leaf), reasoning.instead)
}

/** Everything but the credential, which is put on when the request is sent. */
const headersFor = (ofDialect: Readonly<Record<string, string>>, { candidate: { id, provider } }: Choice, { idempotencyKey }: ModelTransform): Record<string, string> => {
  const headers: Record<string, string> = { ...provider.headers, ...ofDialect, 'content-type': 'application/json', 'accept-encoding': 'identity' }
  if (idempotencyKey !== null) headers['idempotency-key'] = idempotencyKey(id)
  return headers
}

/** Edits by themselves that were made for a passage as a whole, where others are to be made in it. */
const apart = (redactions: readonly Edit[], isTouched: (edit: Edit) => boolean): readonly Edit[] =>
  redactions.flatMap(edit => isPassageEdit(edit) && isTouched(edit) ? edit.within : [edit])

/** What the dialect takes out as a whole needs no redaction in it. */
const together = (redactions: readonly Edit[], dialect: readonly Edit[]): readonly Edit[] => {
  if (dialect.length === 0) return redactions
  const small = apart(redactions, ({ end, start }) => dialect.some(edit => edit.start < end && start < edit.end))
  return [...small.filter(({ start, end }) => !dialect.some(edit => edit.start <= start && end <= edit.end)), ...dialect]
}

const nothingToSend: Body = { body: '', counts: {}, path: '', headers: {}, lost: [] }

const isNative = (operation: ModelOperation, { candidate }: Choice): boolean => speaks(candidate.provider, operation.dialect)

const knowsNoCallIds = ({ dialect, hosting }: Provider): boolean => dialect === 'gemini' && hosting.kind === 'vertex'

/** The request in the words of a provider that speaks differently. @throws Failure route.lossy | request.malformed */
const translated = (operation: ModelOperation, text: string, { candidate }: Choice, parts: ModelTransform): Omit<Body, 'counts'> => {
  const { provider } = candidate
  let hosted: HostedRequest | null = null
  const made = translateRequest(text, operation.dialect, spokenTo(provider, operation.dialect), { ...candidate, quirks: quirksOf(provider) }, {
    stream: operation.stream,
    adapt: body => {
      hosted = hostedRequest(provider, { headers: operation.headers, counting: false, has: member => Object.hasOwn(body, member) })
      if (hosted === null) return body
      const changed = withMembers(body, hosted.change)
      return knowsNoCallIds(provider) ? withoutCallIds(changed) : changed
    },
  })
  const { headers, lost: heldBack } = hosted as HostedRequest | null ?? { headers: made.headers, lost: [] }
  const lost = [...made.lost, ...heldBack]
  checkRequired(parts.required, lost)
  return { body: made.body, headers, lost, path: made.path }
}

/** As the caller wrote it, but for what a cloud wants otherwise. */
const hostedBody = (operation: ModelOperation, redactions: readonly Edit[], choice: Choice, parts: ModelTransform): Omit<Body, 'counts'> | null => {
  const { model, provider } = choice.candidate
  const { document, headers } = operation
  const hosted = hostedRequest(provider, {
    headers, counting: operation.name === 'messages.count_tokens', has: member => isObject(document.value) && Object.hasOwn(document.value, member),
  })
  if (hosted === null) return null
  const nested = knowsNoCallIds(provider) ? callIdEdits(document) : nestedEdits(document, hosted.betas)
  const lost = [...hosted.lost, ...nested.lost]
  checkRequired(parts.required, lost)
  const { edits, isGone } = memberEdits(document, hosted.change)
  const ofDialect = parts.dialectEdits(operation, hosted.namesModel ? model : operation.requested, provider)
  const others = together(apart(redactions, () => true), ofDialect).filter(edit => !isGone(edit) && !nested.isGone(edit))
  return { body: spliceBytes(document, [...edits, ...nested.edits, ...others]), path: parts.pathFor?.(operation, model) ?? operation.path, headers: hosted.headers, lost }
}

/** Bedrock counts tokens by an operation of its own, which is not asked; Vertex takes no request that is wrapped in another. */
const canCount = ({ document }: ModelOperation, { candidate: { provider } }: Choice): boolean =>
  provider.hosting.kind !== 'bedrock' && !(knowsNoCallIds(provider) && wrapsItsRequest(document.value))

/** Counting tokens is a question of some dialects only, each in its own way: elsewhere the estimate answers that the gateway itself works with. */
const answeredHere = (operation: ModelOperation, choice: Choice): string | null => {
  const counted = { 'messages.count_tokens': 'input_tokens', 'countTokens': 'totalTokens' }[operation.name as string]
  return counted === undefined || (isNative(operation, choice) && canCount(operation, choice)) ? null : JSON.stringify({ [counted]: operation.needs.inputTokens })
}

/**
 * The transform of one exchange. Bodies are remembered per destination class (local or not) and model name, so that a retry costs
 * nothing, and a fallback from a local to a cloud model is transformed again.
 */
export const modelTransform = (permit: Permit<ModelOperation>, parts: ModelTransform): ((choice: Choice) => ModelSendable) => {
  const { operation, decision } = permit
  const bodies = new Map<string, Body>()
  const bodyFor = (choice: Choice): Body => {
    const { local, model, provider } = choice.candidate
    const native = isNative(operation, choice)
    // Translation looks at the model itself: what it can do, how much it may say. Clouds and servers with ways of their own are asked in their own
    // way, and policy may trust one provider with more than another.
    const key = native && provider.hosting.kind === 'direct' && provider.dialect !== 'openai' && !dependsOnProvider(decision.duties) ? `${local ? 'local' : 'remote'} ${model}` : choice.candidate.id
    const known = bodies.get(key)
    if (known !== undefined) return known
    const to = destinationOf(choice)
    const redaction = redact(operation, decision, to, parts)
    const shown = hasRedaction(decision.duties, to) ? withoutValuesAround(operation, actionFor(decision.duties, to), parts.find) : operation
    const made = { counts: redaction.counts, ...native ? nativeBody(shown, redaction.edits, choice) : translated(shown, splice(operation.document.text, redaction.edits), choice, parts) }
    bodies.set(key, made)
    return made
  }
  const nativeBody = (shown: ModelOperation, redactions: readonly Edit[], choice: Choice): Omit<Body, 'counts'> => {
    const hosted = hostedBody(shown, redactions, choice, parts)
    if (hosted !== null) return hosted
    const { model, provider } = choice.candidate
    const edits = together(redactions, parts.dialectEdits(operation, model, provider))
    return { body: edits.length === 0 ? parts.bytes : spliceBytes(operation.document, edits), path: parts.pathFor?.(operation, model) ?? operation.path, headers: shown.headers, lost: [] }
  }
  return choice => {
    const { model, provider } = choice.candidate
    const answered = answeredHere(operation, choice)
    const { body, counts, headers, lost, path } = answered === null ? bodyFor(choice) : nothingToSend
    const http: HttpSend = {
      origin: baseOf(provider.base_url).origin, path: addressOf(provider, { path, model, stream: operation.stream }), method: 'POST', headers: headersFor(headers, choice, parts), body,
      connectTimeoutMs: provider.timeouts.connect_ms, firstByteTimeoutMs: provider.timeouts.first_byte_ms, idleTimeoutMs: provider.timeouts.idle_ms,
      totalTimeoutMs: provider.timeouts.total_ms,
    }
    return make({ choice, http, counts, lost, answered })
  }
}
