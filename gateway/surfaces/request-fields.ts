// Checks shared by the dialects' request readers. Only what the gateway relies on is checked; the rest is the provider's business.
import type { JsonDocument } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { RequestHeaders } from './model-surface.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A failure that names the field. The value is never shown. */
export const malformed = (field: string, expected: string): Failure =>
  new Failure('request.malformed', `${field}: ${expected}`, { detail: { field } })

/**
 * The body as an object. Some servers match field names without case (Go's decoder takes the last match), so that `Model` beside `model`
 * would be decided as one thing and answered as another: spellings of the fields that we rely on are refused.
 */
export const bodyObject = (document: JsonDocument, reliedOn: ReadonlySet<string>): JsonObject => {
  const { value } = document
  if (!isObject(value)) throw malformed('body', 'must be a JSON object, e.g. {"model": "…", "messages": […]}')
  for (const key in value) {
    if (reliedOn.has(key)) continue
    const lower = key.toLowerCase()
    if (lower !== key && reliedOn.has(lower)) throw malformed(key, `must be spelled "${lower}"`)
  }
  return value
}

/** Longer than any name, an ARN included. Names are kept, recorded and repeated in errors. */
const longestName = 512

export const requiredName = (body: JsonObject): string => {
  const { model } = body
  if (typeof model !== 'string' || model === '') throw malformed('model', 'must be a non-empty string, e.g. a name from GET /v1/models')
  if (model.length > longestName) throw malformed('model', `must be at most ${longestName} characters`)
  return model
}

export const optionalBoolean = (body: JsonObject, field: string): boolean => {
  const value = body[field]
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw malformed(field, 'must be true or false')
  return value
}

/** Token limits: a whole number from 0, or absent. */
export const optionalCount = (body: JsonObject, field: string): number | null => {
  const value = body[field]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(field, 'must be a whole number, e.g. 1024')
  return value
}

export const requiredMessages = (body: JsonObject): readonly JsonObject[] => {
  const { messages } = body
  if (!Array.isArray(messages) || messages.length === 0) {
    throw malformed('messages', 'must be an array with at least one message, e.g. [{"role": "user", "content": "Hello"}]')
  }
  messages.forEach((message, at) => {
    if (!isObject(message)) throw malformed(`messages.${at}`, 'must be an object with role and content')
    if (typeof message['role'] !== 'string') throw malformed(`messages.${at}.role`, 'must be a string, e.g. "user"')
  })
  return messages as readonly JsonObject[]
}

export const hasTools = (body: JsonObject): boolean => {
  const { tools } = body
  if (tools === undefined || tools === null) return false
  if (!Array.isArray(tools)) throw malformed('tools', 'must be an array of tool definitions')
  return tools.length > 0
}

/** The service tier that is asked for: what is reserved for the call depends on it. What it means is the provider's business. */
export const askedTier = (value: unknown): { readonly serviceTier?: string } => typeof value === 'string' ? { serviceTier: value } : {}

/** How many answers are asked for at once: each is paid. */
export const askedChoices = (body: JsonObject, field: string): { readonly choices?: number } => {
  const choices = optionalCount(body, field) ?? 1
  return choices > 1 ? { choices } : {}
}

const charactersPerToken = 4

/** A rough count, for fitting context windows and reserving money: text length / 4, images not counted. */
export const estimatedTokens = (document: JsonDocument, imageCharacters: number): number =>
  Math.ceil((document.length - imageCharacters) / charactersPerToken)

/** The first value of a header, or null. */
export const headerOf = (headers: RequestHeaders, name: string): string | null => {
  const value = headers[name]
  if (typeof value === 'string') return value
  return value?.[0] ?? null
}

/** Picks the listed headers; repeated ones are joined, as HTTP lets them be. */
export const pickHeaders = (headers: RequestHeaders, listed: ReadonlySet<string>, prefixes: readonly string[] = []): Record<string, string> => {
  const picked: Record<string, string> = {}
  for (const name in headers) {
    if (!listed.has(name) && !prefixes.some(prefix => name.startsWith(prefix))) continue
    const value = headers[name]
    if (value !== undefined) picked[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return picked
}
