// Drains the lists of one server over all their pages and keeps every entry's own text. It filters nothing and trusts nothing: what is
// malformed is left out and reported.
import type { Pin } from '../../policies/engine/contract.ts'
import type { JsonDocument, Span } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { McpConnection } from '../exchange/mcp.ts'
import { readParamMirrors, type ParamMirror } from '../exchange/mcp-param-headers.ts'
import { ownCall, payloadOf } from './mcp-hello.ts'

export type EntryKind = 'tool' | 'resource' | 'template' | 'prompt'

export interface ListedEntry {
  readonly kind: EntryKind
  /** Name of a tool or prompt, URI of a resource, URI template of a template. */
  readonly originalName: string
  /** The entry as the server wrote it. */
  readonly rawText: string
  /** The part of rawText that holds the JSON string of `name`; null where there is none. */
  readonly nameSpan: Span | null
  /** Likewise of `description`. */
  readonly descriptionSpan: Span | null
  readonly annotations: Readonly<Record<string, unknown>>
  /** Arguments of a tool that are repeated in headers. */
  readonly mirrors: readonly ParamMirror[]
  /** Parsed entry, for detectors and pins. */
  readonly value: Readonly<Record<string, unknown>>
  /** Is it what was approved? `none` until it is judged (pins/pin-book.ts). */
  readonly pin: Pin
  /** Codes of what stands out in it. */
  readonly flags: readonly string[]
}

/** What a server says of itself to a model, judged like its entries. */
export interface Instructions { readonly text: string; readonly pin: Pin; readonly flags: readonly string[] }

export interface ServerLists {
  readonly entries: readonly ListedEntry[]
  readonly instructions: Instructions | null
  /** Human-readable reports about what was left out. */
  readonly problems: readonly string[]
  /** How long the server said the lists are good for, in milliseconds; null when it did not say. */
  readonly ttlMs: number | null
}

interface ListShape { readonly kind: EntryKind; readonly method: string; readonly member: string; readonly identity: string; readonly capability: string }

const shapes: readonly ListShape[] = [
  { kind: 'tool', method: 'tools/list', member: 'tools', identity: 'name', capability: 'tools' },
  { kind: 'resource', method: 'resources/list', member: 'resources', identity: 'uri', capability: 'resources' },
  { kind: 'template', method: 'resources/templates/list', member: 'resourceTemplates', identity: 'uriTemplate', capability: 'resources' },
  { kind: 'prompt', method: 'prompts/list', member: 'prompts', identity: 'name', capability: 'prompts' },
]

const noFlags: readonly string[] = []
const mostPages = 100
const mostEntries = 10_000
const longestIdentity = 2048

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

const readEntry = (document: JsonDocument, shape: ListShape, index: number, value: unknown): ListedEntry | null => {
  const path = ['result', shape.member, index]
  const span = document.locate(path)
  if (!isRecord(value) || span === undefined) return null
  const identity = value[shape.identity]
  if (typeof identity !== 'string' || identity === '' || identity.length > longestIdentity) return null
  const within = (member: string): Span | null => {
    const found = document.locate([...path, member])
    return found === undefined ? null : { start: found.start - span.start, end: found.end - span.start }
  }
  return {
    kind: shape.kind, originalName: identity, value,
    rawText: document.text.slice(span.start, span.end),
    nameSpan: within('name'), descriptionSpan: within('description'),
    annotations: isRecord(value['annotations']) ? value['annotations'] : {},
    mirrors: [], pin: 'none', flags: noFlags,
  }
}

class Drain {
  readonly entries: ListedEntry[] = []
  readonly problems: string[] = []
  readonly instructions: Instructions | null
  ttlMs: number | null = null
  readonly #connection: McpConnection
  readonly #timeoutMs: number

  constructor(connection: McpConnection, timeoutMs: number) {
    this.#connection = connection
    this.instructions = connection.instructions === null ? null : { text: connection.instructions, pin: 'none', flags: noFlags }
    this.#timeoutMs = timeoutMs
  }

  async run(shape: ListShape): Promise<void> {
    const seen = new Set<string>()
    let cursor: string | null = null
    for (let page = 0; page < mostPages; page += 1) {
      cursor = await this.#page(shape, cursor)
      if (cursor === null) return
      if (seen.has(cursor)) break
      seen.add(cursor)
    }
    this.problems.push(`${shape.method} of server "${this.#connection.server}" does not end; the rest is left out`)
  }

  /** Returns the cursor of the next page, or null. */
  async #page(shape: ListShape, cursor: string | null): Promise<string | null> {
    const params = cursor === null ? null : `{"cursor":${JSON.stringify(cursor)}}`
    const reply = await this.#connection.request(ownCall(shape.method, params, this.#timeoutMs))
    const payload = payloadOf(reply)
    const { server } = this.#connection
    if (reply.kind === 'error') {
      // Servers that announce resources often have no templates.
      if (payload['code'] === -32601) return null
      throw new Failure('upstream.refused', `MCP server "${server}" refused ${shape.method} with JSON-RPC error ${String(Number(payload['code']))}.`, { detail: { server } })
    }
    const listed = payload[shape.member]
    if (!Array.isArray(listed)) throw new Failure('upstream.protocol', `MCP server "${server}" answered ${shape.method} without "${shape.member}".`, { detail: { server } })
    for (let index = 0; index < listed.length; index += 1) this.#take(shape, index, listed[index], reply.document)
    const { nextCursor, ttlMs } = payload
    if (typeof ttlMs === 'number' && ttlMs >= 0) this.ttlMs = Math.min(this.ttlMs ?? ttlMs, ttlMs)
    return typeof nextCursor === 'string' && nextCursor !== '' && this.entries.length < mostEntries ? nextCursor : null
  }

  #take(shape: ListShape, index: number, value: unknown, document: JsonDocument): void {
    if (this.entries.length >= mostEntries) return
    const entry = readEntry(document, shape, index, value)
    if (entry === null) this.problems.push(`${shape.method} of server "${this.#connection.server}": entry ${index} has no usable "${shape.identity}"`)
    else this.#keep(shape.kind === 'tool' ? this.#mirrored(entry) : entry)
    if (this.entries.length === mostEntries) this.problems.push(`server "${this.#connection.server}" lists more than ${mostEntries} entries; the rest is left out`)
  }

  #keep(entry: ListedEntry | null): void { if (entry !== null) this.entries.push(entry) }

  /** Null for a tool that clients must not use (2026-07-28, "Schema Extension"); to the older revisions the annotation means nothing. */
  #mirrored(entry: ListedEntry): ListedEntry | null {
    const read = readParamMirrors(entry.value['inputSchema'], entry.rawText)
    if (read.kind === 'mirrors') return read.mirrors.length === 0 ? entry : { ...entry, mirrors: read.mirrors }
    if (this.#connection.era === 'legacy') return entry
    this.problems.push(`tool ${JSON.stringify(entry.originalName)} of server "${this.#connection.server}" is left out: ${read.why}`)
    return null
  }
}

/** @throws Failure upstream.* when any announced list cannot be had: half a catalog would hide what changed. */
export const fetchLists = async (connection: McpConnection, timeoutMs: number): Promise<ServerLists> => {
  const drain = new Drain(connection, timeoutMs)
  // One after another: some stdio servers answer concurrent requests out of order badly, and this is no hot path.
  for (const shape of shapes) if (connection.capabilities[shape.capability] !== undefined) await drain.run(shape)
  return drain
}
