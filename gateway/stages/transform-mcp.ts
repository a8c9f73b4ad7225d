// Makes the call that leaves for one MCP server: its own name for the tool, redacted or restored arguments, our trace context. Only this
// file makes an McpSendable, and only from a Permit.
import { splice, type Edit, type JsonDocument, type StringLeaf } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import { paramHeaders } from '../exchange/mcp-param-headers.ts'
import type { McpOperation } from '../exchange/operation.ts'
import type { Permit } from '../exchange/permit.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { createRestorer } from '../redaction/restore.ts'
import { rewriteDocument } from '../redaction/rewrite.ts'
import type { DecidedMcp } from './decide-mcp.ts'
import { skipsRequestLeaf } from './mcp-leaves.ts'
import { actionFor, hasRedaction, mayRestore, notAModel, restoresAtTools } from './redaction-plan.ts'

export interface McpMade {
  readonly server: string
  readonly method: string
  /** JSON text of params, or null. */
  readonly params: string | null
  /** Arguments that the tool wants repeated in headers, as they leave. */
  readonly paramHeaders: Readonly<Record<string, string>>
  readonly counts: Readonly<Record<string, number>>
  readonly restored: number
  /** What looks like a pseudonym of the session and is none. */
  readonly unknown: number
}

let make: (permit: Permit<McpOperation>, made: McpMade) => McpSendable

/** A call that may leave. */
export class McpSendable implements McpMade {
  readonly server: string
  readonly method: string
  readonly params: string | null
  readonly paramHeaders: Readonly<Record<string, string>>
  readonly counts: Readonly<Record<string, number>>
  readonly restored: number
  readonly unknown: number
  readonly #permit: Permit<McpOperation>

  private constructor(permit: Permit<McpOperation>, made: McpMade) {
    this.#permit = permit
    this.server = made.server
    this.method = made.method
    this.params = made.params
    this.paramHeaders = made.paramHeaders
    this.counts = made.counts
    this.restored = made.restored
    this.unknown = made.unknown
  }

  get operation(): McpOperation { return this.#permit.operation }

  private static make(permit: Permit<McpOperation>, made: McpMade): McpSendable { return new McpSendable(permit, made) }
  static { make = (permit, made) => McpSendable.make(permit, made) }
}

/** The server's own name where the caller sees another. */
const renaming = ({ permit: { operation }, received: { message } }: DecidedMcp): Edit[] => {
  const { document, target, originalName, task } = operation
  if (task !== null) {
    const id = document.locate(['params', 'taskId'])
    return id === undefined ? [] : [{ ...id, text: JSON.stringify(task.own) }]
  }
  if (target === originalName || originalName === null) return []
  const path = message.method === 'completion/complete' ? ['params', 'ref', 'name'] : ['params', 'name']
  const span = document.locate(path)
  return span === undefined ? [] : [{ ...span, text: JSON.stringify(originalName) }]
}

interface Content { readonly edits: readonly Edit[]; readonly counts: Readonly<Record<string, number>>; readonly restored: number; readonly unknown: number }

const redact = ({ permit: { operation, decision }, received, session }: DecidedMcp): Omit<Content, 'restored' | 'unknown'> => {
  if (!hasRedaction(decision.duties, notAModel)) return { edits: [], counts: {} }
  // Whatever looks like a pseudonym here is one that its sink decides about: it is neither hidden again nor taken for somebody's own words.
  const { edits, counts, blocked } = rewriteDocument(operation.document, received.classification, {
    actionFor: actionFor(decision.duties, notAModel), pseudonyms: session.pseudonyms, mayEdit: leaf => !skipsRequestLeaf(leaf), isOurs: () => true,
  })
  if (blocked !== null) throw new Failure('content.blocked', `The arguments contain ${blocked} data, which policy does not let pass.`, { detail: { kind: blocked } })
  return { edits, counts }
}

/** Below the arguments, where the leaf is in them: a key stands at its member. A member of `_meta` may have the name of an argument. */
const placeOf = ({ path }: StringLeaf): readonly (string | number)[] | null => path[1] === 'arguments' ? path.slice(2) : null

/** A prompt or a resource may have the name of a tool, and is none. */
const toolOf = ({ kind, originalName }: McpOperation): string | null => kind === 'tool.call' || kind === 'tool.task' ? originalName : null

const probeOf = (pseudonyms: Pseudonyms): { readonly mayHold: (text: string) => boolean } => {
  const restorer = createRestorer(pseudonyms, { mayRestore: () => false, escape: 'none' })
  return { mayHold: text => restorer.mayHold(text) }
}

/**
 * Real values for pseudonyms, only where policy trusts this place with the kind. A string that was redacted is left redacted, and one that
 * is altered is left as it is: here it may be anybody's word.
 */
const contentEdits = (decided: DecidedMcp, server: string): Content => {
  const { permit: { operation, decision: { duties } }, session } = decided
  const redacted = redact(decided)
  if (!restoresAtTools(duties)) return { ...redacted, restored: 0, unknown: 0 }
  const { mayHold } = probeOf(session.pseudonyms)
  let restored = 0
  let unknown = 0
  const taken = new Set(redacted.edits.map(edit => edit.start))
  const restores = operation.document.strings.flatMap((leaf: StringLeaf): Edit[] => {
    if (!mayHold(leaf.value) || skipsRequestLeaf(leaf) || taken.has(leaf.start)) return []
    const sink = { at: 'tool', server, tool: toolOf(operation), path: placeOf(leaf) } as const
    const restorer = createRestorer(session.pseudonyms, { mayRestore: mayRestore(duties, sink), escape: 'none', altered: 'count' })
    const text = restorer.text(leaf.value)
    restored += restorer.restored
    unknown += restorer.unknown
    return text === leaf.value ? [] : [{ start: leaf.start, end: leaf.end, text: JSON.stringify(text) }]
  })
  return { edits: [...redacted.edits, ...restores], counts: redacted.counts, restored, unknown }
}

const traced = ['traceparent', 'tracestate', 'baggage'] as const

const isTraced = (document: JsonDocument): boolean => traced.some(key => document.locate(['params', '_meta', key]) !== undefined)

/** Trace context travels in `_meta` (SEP-414); the caller's own, and its baggage, end here. */
const traceEdits = (document: JsonDocument, { sampled, traceparent }: SpanName): Edit[] => {
  if (!sampled && !isTraced(document)) return []
  const quoted = JSON.stringify(traceparent)
  const meta = document.locate(['params', '_meta'])
  if (meta === undefined) {
    const params = document.locate(['params'])
    return params === undefined ? [] : [insertInto(document, params.start, ['params'], `"_meta":{"traceparent":${quoted}}`)]
  }
  const edits = ['tracestate', 'baggage'].flatMap((key): Edit[] => {
    const span = document.locate(['params', '_meta', key])
    return span === undefined ? [] : [{ ...span, text: '""' }]
  })
  const own = document.locate(['params', '_meta', 'traceparent'])
  return [...edits, own === undefined ? insertInto(document, meta.start, ['params', '_meta'], `"traceparent":${quoted}`) : { ...own, text: quoted }]
}

const insertInto = (document: JsonDocument, start: number, path: readonly string[], member: string): Edit => {
  let at: unknown = document.value
  for (const key of path) at = (at as Record<string, unknown>)[key]
  const empty = typeof at !== 'object' || at === null || Object.keys(at).length === 0
  return { start: start + 1, end: start + 1, text: empty ? member : `${member},` }
}

const nothing: Readonly<Record<string, string>> = Object.freeze({})

/** From the params that leave: a header with what was taken out of the body would give it away. */
const mirrored = ({ received: { entry } }: DecidedMcp, params: string | null): Readonly<Record<string, string>> => {
  if (entry === null || entry.mirrors.length === 0 || params === null) return nothing
  return paramHeaders(entry.mirrors, (JSON.parse(params) as { arguments?: unknown }).arguments)
}

/** Of the client span. One that nobody records is told only in place of the caller's own. */
interface SpanName { readonly traceparent: string; readonly sampled: boolean }

/** @throws Failure content.blocked */
export const transformMcp = (decided: DecidedMcp, server: string, span: SpanName): McpSendable => {
  const { permit, received: { message } } = decided
  const { document } = permit.operation
  const content = contentEdits(decided, server)
  const edits = [...renaming(decided), ...content.edits, ...traceEdits(document, span)]
  const inside = message.paramsSpan
  const params = inside === null ? null : splice(document.text.slice(inside.start, inside.end), edits.map(edit => ({
    start: edit.start - inside.start, end: edit.end - inside.start, text: edit.text,
  })))
  return make(permit, { server, method: message.method, params, paramHeaders: mirrored(decided, params), counts: content.counts, restored: content.restored, unknown: content.unknown })
}
