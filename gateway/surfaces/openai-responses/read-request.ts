// OpenAI Responses requests as operations (API reference, "Create a model response"). It checks what the gateway relies on and leaves the
// rest to the provider.
import type { JsonDocument } from '../../exchange/document.ts'
import { Failure } from '../../exchange/failure.ts'
import type { HeldElsewhere, ModelOperation } from '../../exchange/operation.ts'
import type { RequestHeaders } from '../model-surface.ts'
import {
  askedTier, bodyObject, estimatedTokens, hasTools, headerOf, isObject, malformed, optionalBoolean, optionalCount, pickHeaders, requiredName, type JsonObject,
} from '../request-fields.ts'

const reliedOn: ReadonlySet<string> = new Set([
  'model', 'input', 'instructions', 'stream', 'tools', 'max_output_tokens', 'previous_response_id', 'conversation', 'prompt', 'prompt_cache_key', 'store', 'background',
])

/**
 * | header | why it is forwarded |
 * |---|---|
 * | openai-beta | selects beta behaviour; part of the dialect |
 * | accept, user-agent | servers choose and diagnose by them; neither is a credential |
 * | idempotency-key, x-client-request-id | the client's own retry and support ids |
 * | session_id, conversation_id, originator | what Codex says of itself; caches are found by it |
 * | x-stainless-* | what the official SDKs say of themselves; providers pick workarounds by it |
 *
 * Never: authorization, x-api-key, cookie, chatgpt-account-id (credentials, and who pays), openai-organization and openai-project, and
 * anything that is not listed.
 */
const forwarded: ReadonlySet<string> = new Set([
  'openai-beta', 'accept', 'user-agent', 'idempotency-key', 'x-client-request-id', 'session_id', 'conversation_id', 'originator',
])
const forwardedPrefixes = ['x-stainless-'] as const

interface Images { vision: boolean; characters: number }

/** Pictures and papers stand in messages and in the outputs of functions. */
const lookForImages = (parts: unknown, images: Images): void => {
  if (!Array.isArray(parts)) return
  for (const part of parts) {
    if (!isObject(part)) continue
    const isImage = part['type'] === 'input_image'
    const inline = isImage ? part['image_url'] : part['type'] === 'input_file' ? part['file_data'] : undefined
    images.vision ||= isImage
    if (typeof inline === 'string' && (!isImage || inline.startsWith('data:'))) images.characters += inline.length
  }
}

const checkInput = (body: JsonObject): readonly JsonObject[] => {
  const { input } = body
  if (typeof input === 'string') return []
  // What the conversation is about may stand elsewhere: in a stored prompt, or in what the provider keeps.
  if (input === undefined && ['previous_response_id', 'conversation', 'prompt'].some(field => body[field] !== undefined && body[field] !== null)) return []
  if (!Array.isArray(input)) throw malformed('input', 'must be a string or an array of items, e.g. [{"role": "user", "content": "Hello"}]')
  input.forEach((item, at) => { if (!isObject(item)) throw malformed(`input.${at}`, 'must be an object, e.g. {"role": "user", "content": "Hello"}') })
  return input as readonly JsonObject[]
}

/** The response that a request goes on from. @throws Failure request.malformed */
export const previousId = (body: JsonObject): string | null => {
  const id = body['previous_response_id']
  if (id === undefined || id === null) return null
  if (typeof id !== 'string' || id === '') throw malformed('previous_response_id', 'must be the id of an earlier response, e.g. "resp_…"')
  return id
}

/** What only its provider can look up. */
const heldElsewhere = (body: JsonObject): HeldElsewhere | null => {
  const previous = previousId(body)
  if (previous !== null) return { field: 'previous_response_id', id: previous, provider: null }
  const { conversation, prompt } = body
  const id = isObject(conversation) ? conversation['id'] : conversation
  if (typeof id === 'string') return { field: 'conversation', id, provider: null }
  return isObject(prompt) && typeof prompt['id'] === 'string' ? { field: 'prompt', id: prompt['id'], provider: null } : null
}

const checkForeground = (body: JsonObject): void => {
  if (!optionalBoolean(body, 'background')) return
  throw new Failure('request.malformed', 'background: an answer that is made later could not be fetched through the gateway.', {
    detail: { field: 'background', remedy: 'Leave background out; use "stream": true for answers that take long.' },
  })
}

/** @throws Failure request.malformed */
export const readResponsesRequest = (name: ModelOperation['name'], path: string, headers: RequestHeaders, document: JsonDocument): ModelOperation => {
  const body = bodyObject(document, reliedOn)
  const requested = requiredName(body)
  const { instructions } = body
  if (instructions !== undefined && instructions !== null && typeof instructions !== 'string') throw malformed('instructions', 'must be a string')
  checkForeground(body)
  optionalBoolean(body, 'store')
  const images: Images = { vision: false, characters: 0 }
  for (const { content, output } of checkInput(body)) {
    lookForImages(content, images)
    lookForImages(output, images)
  }
  return {
    kind: 'model.call', name, dialect: 'openai-responses', requested, document, path, stream: optionalBoolean(body, 'stream'),
    needs: { tools: hasTools(body), vision: images.vision, inputTokens: estimatedTokens(document, images.characters), maxOutputTokens: optionalCount(body, 'max_output_tokens'), ...askedTier(body['service_tier']) },
    headers: pickHeaders(headers, forwarded, forwardedPrefixes), held: heldElsewhere(body), previous: null,
  }
}

/**
 * Codex sends its conversation id in a header of its own; other clients set `prompt_cache_key` per conversation, or name a conversation
 * that the provider keeps. `user` and `safety_identifier` name a person with many conversations.
 */
export const responsesSessionHint = (headers: RequestHeaders, document: JsonDocument): string | null => {
  const body = isObject(document.value) ? document.value : {}
  const { conversation } = body
  const known = [body['prompt_cache_key'], isObject(conversation) ? conversation['id'] : conversation, headerOf(headers, 'session_id'), headerOf(headers, 'conversation_id')]
  return known.find((id): id is string => typeof id === 'string' && id !== '') ?? null
}
