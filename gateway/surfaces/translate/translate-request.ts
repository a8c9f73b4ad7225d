// A request of one dialect, redacted already, as a request of another.
import type { ProviderDialect } from '../../../registry/provider.ts'
import type { Dialect } from '../../exchange/operation.ts'
import { bodyObject, type JsonObject } from '../request-fields.ts'
import { readJson } from '../json/read-json.ts'
import { readMessages } from './anthropic/read-messages.ts'
import { writeMessages } from './anthropic/write-messages.ts'
import { writeConverse } from './bedrock/write-converse.ts'
import type { Conversation } from './conversation.ts'
import { fieldNames } from './field-names.ts'
import { Losses } from './losses.ts'
import { readChat } from './openai/read-chat.ts'
import { writeChat } from './openai/write-chat.ts'
import type { Target, Writing } from './target.ts'

const readers: Readonly<Record<Dialect, (body: JsonObject, losses: Losses) => Conversation>> = { openai: readChat, anthropic: readMessages }

interface Writer { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly write: (conversation: Conversation, writing: Writing) => JsonObject }

const writers: Readonly<Record<ProviderDialect, Writer>> = {
  openai: { path: '/v1/chat/completions', headers: {}, write: writeChat },
  anthropic: { path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' }, write: writeMessages },
  // Bedrock's address names the model, and says whether it streams.
  bedrock: { path: '/converse', headers: {}, write: writeConverse },
}

export interface TranslatedRequest {
  /** Path behind the provider's base URL. */
  readonly path: string
  /** Headers that the provider's dialect asks for. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The caller's fields that the other dialect cannot say. */
  readonly lost: readonly string[]
}

/** As deep as requests may be at all (limits.json_depth is checked when they come in). */
const deepest = 512

/**
 * @param adapt what a cloud that hosts the model changes of the body that its dialect has.
 * @param text the request as it may leave: duties are carried out in the caller's dialect, where their places are known.
 * @throws Failure request.malformed for what cannot be understood well enough to be said differently
 */
export const translateRequest = (text: string, from: Dialect, to: ProviderDialect, target: Target, adapt: (body: JsonObject) => JsonObject = body => body): TranslatedRequest => {
  const losses = new Losses()
  const conversation = readers[from](bodyObject(readJson(text, { maxDepth: deepest }), new Set()), losses)
  const { headers, path, write } = writers[to]
  const body = JSON.stringify(adapt(write(conversation, { target, losses, names: fieldNames[from] })))
  return { path, headers, body, lost: losses.fields }
}
