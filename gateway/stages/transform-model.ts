// Carries the duties out for one destination: redact, replace the alias, splice. Only this file makes a ModelSendable, and only from
// a Permit and a ranked choice: what leaves is what was decided.
import type { Choice } from '../../router/route.ts'
import type { Decision } from '../../policies/engine/contract.ts'
import { splice, type Edit, type StringLeaf } from '../exchange/document.ts'
import type { HttpSend } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import type { Classification } from '../exchange/finding.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { rewriteDocument } from '../redaction/rewrite.ts'
import { actionFor, hasRedaction } from './redaction-plan.ts'

/** What the transform of one exchange needs besides the permit. */
export interface ModelTransform {
  /** The bytes as they came, forwarded untouched when nothing is edited. */
  readonly bytes: Buffer
  readonly classification: Classification
  readonly pseudonyms: Pseudonyms
  /** May this string be changed? Signed and protocol-owned ones may not. */
  readonly mayEdit: (leaf: StringLeaf) => boolean
  /** Edits that the dialect needs: the model's real name, stream options. */
  readonly dialectEdits: (operation: ModelOperation, upstreamModel: string) => readonly Edit[]
  readonly credential: (provider: string) => string | null
}

let make: (choice: Choice, http: HttpSend, counts: Readonly<Record<string, number>>) => ModelSendable

/** A request that may leave: redacted for, and addressed to, one destination. */
export class ModelSendable {
  readonly choice: Choice
  readonly http: HttpSend
  readonly counts: Readonly<Record<string, number>>
  readonly #made = true

  private constructor(choice: Choice, http: HttpSend, counts: Readonly<Record<string, number>>) {
    this.choice = choice
    this.http = http
    this.counts = counts
  }

  get made(): boolean { return this.#made }

  private static make(choice: Choice, http: HttpSend, counts: Readonly<Record<string, number>>): ModelSendable {
    return new ModelSendable(choice, http, counts)
  }
  static { make = (choice, http, counts) => ModelSendable.make(choice, http, counts) }
}

interface Body { readonly body: Buffer | string; readonly counts: Readonly<Record<string, number>> }

const redact = (operation: ModelOperation, decision: Decision, local: boolean, parts: ModelTransform): { edits: readonly Edit[]; counts: Readonly<Record<string, number>> } => {
  if (!hasRedaction(decision.duties, local)) return { edits: [], counts: {} }
  const { edits, counts, blocked } = rewriteDocument(operation.document, parts.classification, {
    actionFor: actionFor(decision.duties, local), pseudonyms: parts.pseudonyms, mayEdit: parts.mayEdit,
  })
  if (blocked !== null) {
    throw new Failure('content.blocked', `The request contains ${blocked} data, which policy does not let pass.`, { detail: { kind: blocked } })
  }
  return { edits, counts }
}

const headersFor = (operation: ModelOperation, choice: Choice, parts: ModelTransform): Record<string, string> => {
  const { provider } = choice.candidate
  const headers: Record<string, string> = { ...provider.headers, ...operation.headers }
  headers['content-type'] = 'application/json'
  headers['accept-encoding'] = 'identity'
  const secret = parts.credential(provider.id)
  if (secret !== null) {
    if (provider.dialect === 'anthropic') headers['x-api-key'] = secret
    else headers.authorization = `Bearer ${secret}`
  }
  return headers
}

interface Base { readonly origin: string; readonly prefix: string }

/** Base URLs come from the configuration, so there are few; parsing one costs more than the rest of a transform. */
const bases = new Map<string, Base>()
const baseOf = (url: string): Base => {
  let base = bases.get(url)
  if (base === undefined) {
    const parsed = new URL(url)
    bases.set(url, base = { origin: parsed.origin, prefix: parsed.pathname.replace(/\/+$/, '') })
  }
  return base
}

/** Base URLs are written with or without "/v1" by convention of each dialect's SDKs: the endpoint's own prefix is not doubled. */
const pathFor = ({ prefix }: Base, path: string): string =>
  prefix + (prefix.endsWith('/v1') && path.startsWith('/v1/') ? path.slice(3) : path)

/**
 * The transform of one exchange. Bodies are remembered per destination class (local or not) and model name, so that a retry costs
 * nothing, and a fallback from a local to a cloud model is transformed again.
 */
export const modelTransform = (permit: Permit<ModelOperation>, parts: ModelTransform): ((choice: Choice) => ModelSendable) => {
  const { operation, decision } = permit
  const bodies = new Map<string, Body>()
  const bodyFor = (choice: Choice): Body => {
    const { local, model } = choice.candidate
    const key = `${local ? 'local' : 'remote'} ${model}`
    const known = bodies.get(key)
    if (known !== undefined) return known
    const redaction = redact(operation, decision, local, parts)
    const edits = [...redaction.edits, ...parts.dialectEdits(operation, model)]
    const made = { body: edits.length === 0 ? parts.bytes : splice(operation.document.text, edits), counts: redaction.counts }
    bodies.set(key, made)
    return made
  }
  return choice => {
    const { provider } = choice.candidate
    const { body, counts } = bodyFor(choice)
    const base = baseOf(provider.base_url)
    return make(choice, {
      origin: base.origin, path: pathFor(base, operation.path), method: 'POST', headers: headersFor(operation, choice, parts), body,
      connectTimeoutMs: provider.timeouts.connect_ms, firstByteTimeoutMs: provider.timeouts.first_byte_ms, idleTimeoutMs: provider.timeouts.idle_ms,
    }, counts)
  }
}
