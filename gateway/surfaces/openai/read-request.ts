// OpenAI requests (chat completions, embeddings) as operations. It checks what the gateway relies on and leaves the rest to the provider.
import type { JsonDocument } from '../../exchange/document.ts'
import type { ModelNeeds, ModelOperation } from '../../exchange/operation.ts'
import type { RequestHeaders } from '../model-surface.ts'
import {
  askedChoices, askedTier, bodyObject, estimatedTokens, hasTools, headerOf, isObject, malformed, optionalBoolean, optionalCount, pickHeaders, requiredMessages, requiredName,
  type JsonObject,
} from '../request-fields.ts'

const reliedOn: ReadonlySet<string> = new Set([
  'model', 'messages', 'input', 'stream', 'stream_options', 'tools', 'functions', 'max_tokens', 'max_completion_tokens', 'prompt_cache_key', 'safety_identifier', 'user', 'n',
])

/**
 * | header | why it is forwarded |
 * |---|---|
 * | openai-beta | selects beta behaviour; part of the dialect |
 * | accept, user-agent | servers choose and diagnose by them; neither is a credential |
 * | x-client-request-id | the client's own support id |
 * | x-stainless-* | what the official SDKs say of themselves; providers pick workarounds by it |
 *
 * Idempotency-Key is honoured by the gateway; each destination gets one of its own.
 * Never: authorization, x-api-key, cookie (credentials of the gateway), openai-organization and openai-project (they choose who pays, which
 * is the operator's choice), and anything that is not listed.
 */
const forwarded: ReadonlySet<string> = new Set(['openai-beta', 'accept', 'user-agent', 'x-client-request-id'])
const forwardedPrefixes = ['x-stainless-'] as const

/** Length of an inline image, or null where the part is none. */
const imageLength = (part: unknown): number | null => {
  if (!isObject(part) || part['type'] !== 'image_url') return null
  const image = part['image_url']
  const url = isObject(image) ? image['url'] : image
  return typeof url === 'string' && url.startsWith('data:') ? url.length : 0
}

interface Images { vision: boolean; characters: number }

const imagesIn = (messages: readonly JsonObject[]): Images => {
  const images: Images = { vision: false, characters: 0 }
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue
    for (const part of content) {
      const length = imageLength(part)
      if (length === null) continue
      images.vision = true
      images.characters += length
    }
  }
  return images
}

/** Which of the two names counts is the server's choice: where both are given, the larger one bounds the call. */
const outputLimit = (body: JsonObject): number | null => {
  const [newer, older] = [optionalCount(body, 'max_completion_tokens'), optionalCount(body, 'max_tokens')]
  return newer === null || older === null ? newer ?? older : Math.max(newer, older)
}

const chatNeeds = (body: JsonObject, document: JsonDocument): ModelNeeds => {
  const images = imagesIn(requiredMessages(body))
  return {
    tools: hasTools(body) || (Array.isArray(body['functions']) && body['functions'].length > 0),
    vision: images.vision,
    inputTokens: estimatedTokens(document, images.characters),
    maxOutputTokens: outputLimit(body),
    ...askedChoices(body, 'n'), ...askedTier(body['service_tier']),
  }
}

const embeddingNeeds = (body: JsonObject, document: JsonDocument): ModelNeeds => {
  const { input } = body
  if (typeof input !== 'string' && !Array.isArray(input)) throw malformed('input', 'must be a string or an array, e.g. ["first text", "second text"]')
  return { tools: false, vision: false, inputTokens: estimatedTokens(document, 0), maxOutputTokens: null }
}

const checkStreamOptions = (body: JsonObject): void => {
  const options = body['stream_options']
  if (options === undefined || options === null) return
  if (!isObject(options)) throw malformed('stream_options', 'must be an object, e.g. {"include_usage": true}')
  optionalBoolean(options, 'include_usage')
}

/** @throws Failure request.malformed */
export const readOpenaiRequest = (name: ModelOperation['name'], path: string, headers: RequestHeaders, document: JsonDocument): ModelOperation => {
  const body = bodyObject(document, reliedOn)
  const embeddings = name === 'embeddings'
  const requested = requiredName(body)
  checkStreamOptions(body)
  return {
    kind: embeddings ? 'model.embed' : 'model.call',
    name,
    dialect: 'openai',
    requested,
    stream: !embeddings && optionalBoolean(body, 'stream'),
    needs: embeddings ? embeddingNeeds(body, document) : chatNeeds(body, document),
    document,
    path,
    headers: pickHeaders(headers, forwarded, forwardedPrefixes),
  }
}

/**
 * OpenAI has no session id. `prompt_cache_key` is one in effect (clients set it per conversation, for cache affinity). `user` and
 * `safety_identifier` name a person with many conversations, which would share one vault and one label set: they are not used.
 */
export const openaiSessionHint = (headers: RequestHeaders, document: JsonDocument): string | null => {
  const key = isObject(document.value) ? document.value['prompt_cache_key'] : undefined
  if (typeof key === 'string' && key !== '') return key
  // Codex sends its conversation id in a header of its own.
  return headerOf(headers, 'session_id')
}
