// Anthropic requests (messages, count_tokens) as operations. It checks what the gateway relies on and leaves the rest to the provider.
import type { JsonDocument } from '../../exchange/document.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import type { RequestHeaders } from '../model-surface.ts'
import {
  askedTier, bodyObject, estimatedTokens, hasTools, headerOf, isObject, malformed, optionalBoolean, optionalCount, pickHeaders, requiredMessages, requiredName,
  type JsonObject,
} from '../request-fields.ts'

const reliedOn: ReadonlySet<string> = new Set(['model', 'messages', 'system', 'stream', 'tools', 'max_tokens', 'metadata'])

/**
 * | header | why it is forwarded |
 * |---|---|
 * | anthropic-version, anthropic-beta | Claude Code's gateway contract: unchanged, or features break |
 * | anthropic-dangerous-direct-browser-access | the SDK sends it from browsers and the API answers by it; no credential |
 * | x-claude-code-session-id, x-app | sent by Claude Code; the contract asks to leave its headers alone |
 * | accept, user-agent | servers choose and diagnose by them; neither is a credential |
 * | x-stainless-* | what the official SDKs say of themselves; the provider picks workarounds by it |
 *
 * Idempotency-Key is honoured by the gateway; each destination gets one of its own.
 * Never: authorization, x-api-key, cookie (credentials of the gateway) and anything that is not listed.
 */
const forwarded: ReadonlySet<string> = new Set([
  'anthropic-version', 'anthropic-beta', 'anthropic-dangerous-direct-browser-access', 'x-claude-code-session-id', 'x-app', 'accept', 'user-agent',
])
const forwardedPrefixes = ['x-stainless-'] as const

interface Images { vision: boolean; characters: number }

/** Images stand in messages and inside tool results. */
const lookForImages = (content: unknown, images: Images): void => {
  if (!Array.isArray(content)) return
  for (const block of content) {
    if (!isObject(block)) continue
    if (block['type'] === 'tool_result') lookForImages(block['content'], images)
    if (block['type'] !== 'image' && block['type'] !== 'document') continue
    const { source } = block
    images.vision ||= block['type'] === 'image'
    if (isObject(source) && source['type'] === 'base64' && typeof source['data'] === 'string') images.characters += source['data'].length
  }
}

const checkSystem = (body: JsonObject): void => {
  const { system } = body
  if (system !== undefined && typeof system !== 'string' && !Array.isArray(system)) throw malformed('system', 'must be a string or an array of text blocks')
}

/** A message thread that stopped in the middle of a turn goes on without a word from the caller. */
const goesOn = ({ messages, thread }: JsonObject): boolean => Array.isArray(messages) && messages.length === 0 && isObject(thread) && thread['type'] === 'continue'

/** @throws Failure request.malformed */
export const readAnthropicRequest = (name: ModelOperation['name'], path: string, headers: RequestHeaders, document: JsonDocument): ModelOperation => {
  const body = bodyObject(document, reliedOn)
  const requested = requiredName(body)
  checkSystem(body)
  const images: Images = { vision: false, characters: 0 }
  if (!goesOn(body)) for (const { content } of requiredMessages(body)) lookForImages(content, images)
  return {
    kind: 'model.call',
    name,
    dialect: 'anthropic',
    requested,
    stream: name === 'messages' && optionalBoolean(body, 'stream'),
    needs: {
      tools: hasTools(body),
      vision: images.vision,
      inputTokens: estimatedTokens(document, images.characters),
      // Counting produces no output, whatever the body says.
      maxOutputTokens: name === 'messages' ? optionalCount(body, 'max_tokens') : 0,
      ...askedTier(body['speed'] === 'fast' ? 'fast' : body['service_tier']),
    },
    document,
    path,
    headers: pickHeaders(headers, forwarded, forwardedPrefixes),
  }
}

const sessionInUserId = /_session_([0-9a-f-]{36})$/

/** `metadata.user_id` as Claude Code fills it: "user_…_account_…_session_<uuid>", in newer versions a JSON with session_id. */
const sessionOfUserId = (userId: string): string | null => {
  if (!userId.startsWith('{')) return sessionInUserId.exec(userId)?.[1] ?? null
  try {
    const parsed: unknown = JSON.parse(userId)
    return isObject(parsed) && typeof parsed['session_id'] === 'string' && parsed['session_id'] !== '' ? parsed['session_id'] : null
  } catch {
    return null
  }
}

/** The session id of Claude Code: its header first, then what it writes into the metadata. Any other user_id names a person, not a session. */
export const anthropicSessionHint = (headers: RequestHeaders, document: JsonDocument): string | null => {
  const header = headerOf(headers, 'x-claude-code-session-id')
  if (header !== null && header !== '') return header
  const metadata = isObject(document.value) ? document.value['metadata'] : undefined
  const userId = isObject(metadata) ? metadata['user_id'] : undefined
  return typeof userId === 'string' ? sessionOfUserId(userId) : null
}
