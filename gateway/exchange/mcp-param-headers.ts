// Arguments that a tool wants mirrored as Mcp-Param-* headers (2026-07-28, transports/streamable-http, "Custom Headers from Tool Parameters"):
// which they are, how they are written and how they are checked. Read once per listed tool, never per call.
import { decodeHeaderValue, encodeHeaderValue } from './mcp-wire.ts'

export interface ParamMirror {
  /** Lower case, as it stands in node's header records. */
  readonly header: string
  /** Keys from the arguments down to the value. */
  readonly path: readonly string[]
}

export type ParamMirrors =
  | { readonly kind: 'mirrors'; readonly mirrors: readonly ParamMirror[] }
  /** The definition breaks a rule, so clients must not use the tool. */
  | { readonly kind: 'invalid'; readonly why: string }

const annotation = 'x-mcp-header'
const prefix = 'mcp-param-'
const none: ParamMirrors = { kind: 'mirrors', mirrors: [] }
const mirroredTypes = new Set<unknown>(['string', 'integer', 'boolean'])
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

type Json = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An annotation counts as one wherever a schema can stand; a property that happens to have its name is none. */
class Walk {
  readonly mirrors: ParamMirror[] = []
  readonly #seen = new Set<string>()

  /** `path` is null where the value is no longer reachable by `properties` alone. @returns what is wrong, or null */
  schema(schema: unknown, path: readonly string[] | null): string | null {
    if (Array.isArray(schema)) return this.#first(schema, part => this.schema(part, null))
    if (!isRecord(schema)) return null
    const wrong = annotation in schema ? this.#take(schema, path) : null
    return wrong ?? this.#first(Object.entries(schema), ([keyword, value]) => this.#keyword(keyword, value, path))
  }

  #keyword(keyword: string, value: unknown, path: readonly string[] | null): string | null {
    // Values, not schemas: what looks like an annotation in there is data.
    if (keyword === 'const' || keyword === 'enum' || keyword === 'default' || keyword === 'examples' || keyword === annotation) return null
    const isMap = keyword === 'properties' || keyword === '$defs' || keyword === 'definitions' || keyword === 'patternProperties' || keyword === 'dependentSchemas'
    if (!isMap || !isRecord(value)) return this.schema(value, null)
    const reachable = keyword === 'properties' ? path : null
    return this.#first(Object.entries(value), ([name, part]) => this.schema(part, reachable === null ? null : [...reachable, name]))
  }

  #take(schema: Json, path: readonly string[] | null): string | null {
    const name = schema[annotation]
    if (typeof name !== 'string' || !token.test(name)) return `${annotation} must be the name of a header`
    if (path === null || path.length === 0) return `${annotation} ${name} stands where no argument can be reached by properties alone`
    if (!mirroredTypes.has(schema['type'])) return `${annotation} ${name} needs the type string, integer or boolean`
    const header = prefix + name.toLowerCase()
    if (this.#seen.has(header)) return `${annotation} ${name} is used twice`
    this.#seen.add(header)
    this.mirrors.push({ header, path })
    return null
  }

  #first<Part>(parts: readonly Part[], check: (part: Part) => string | null): string | null {
    for (const part of parts) {
      const wrong = check(part)
      if (wrong !== null) return wrong
    }
    return null
  }
}

/**
 * Reads a tool's inputSchema.
 * @param text the tool as its server wrote it: most tools mirror nothing, and their schemas are not walked.
 */
export const readParamMirrors = (inputSchema: unknown, text: string): ParamMirrors => {
  if (!text.includes(annotation) && !text.includes('\\u')) return none
  const walk = new Walk()
  const why = walk.schema(inputSchema, [])
  if (why !== null) return { kind: 'invalid', why }
  return walk.mirrors.length === 0 ? none : { kind: 'mirrors', mirrors: walk.mirrors }
}

const valueAt = (args: unknown, path: readonly string[]): unknown => {
  let at = args
  for (const key of path) at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined
  return at
}

/** Null for what has no header: absent, null, or a value that the schema does not allow anyway. */
const textOf = (value: unknown): string | null => {
  if (typeof value === 'string') return value
  return typeof value === 'boolean' || Number.isSafeInteger(value) ? String(value) : null
}

/** The headers that mirror these arguments. */
export const paramHeaders = (mirrors: readonly ParamMirror[], args: unknown): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const { header, path } of mirrors) {
    const text = textOf(valueAt(args, path))
    if (text !== null) headers[header] = encodeHeaderValue(text)
  }
  return headers
}

const sameValue = (value: unknown, expected: string, raw: string): boolean => {
  // What is not printable ASCII had to be encoded; a byte of it must not be taken for the character that it may have been meant as.
  if (!/^[\t\x20-\x7e]*$/.test(raw)) return false
  const decoded = decodeHeaderValue(raw)
  if (decoded === expected) return true
  return typeof value === 'number' && decoded !== null && /^-?\d+(?:\.0+)?$/.test(decoded) && Number(decoded) === value
}

/** The first header that is missing, or says something else than the arguments; null when all agree. */
export const mismatchedParamHeader = (mirrors: readonly ParamMirror[], args: unknown, headers: Readonly<Record<string, string | readonly string[] | undefined>>): string | null => {
  for (const { header, path } of mirrors) {
    const value = valueAt(args, path)
    const expected = textOf(value)
    const given = headers[header]
    const raw = typeof given === 'string' ? given.trim() : given?.join(', ')
    if (expected === null ? raw !== undefined : raw === undefined || !sameValue(value, expected, raw)) return header
  }
  return null
}
