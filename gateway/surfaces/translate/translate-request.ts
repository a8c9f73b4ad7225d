// A request of one dialect, redacted already, as a request of another.
import type { WireDialect } from '../../../registry/provider.ts'
import type { Dialect } from '../../exchange/operation.ts'
import { bodyObject, type JsonObject } from '../request-fields.ts'
import { readJson } from '../json/read-json.ts'
import { readMessages } from './anthropic/read-messages.ts'
import { writeMessages } from './anthropic/write-messages.ts'
import { writeConverse } from './bedrock/write-converse.ts'
import type { Conversation } from './conversation.ts'
import { fieldNames } from './field-names.ts'
import { losesDetail } from './image-detail.ts'
import { Losses } from './losses.ts'
import { readResponses } from './openai-responses/read-responses.ts'
import { writeResponses } from './openai-responses/write-responses.ts'
import { geminiPath } from '../gemini/path.ts'
import { readContents } from './gemini/read-contents.ts'
import { writeContents } from './gemini/write-contents.ts'
import { readChat } from './openai/read-chat.ts'
import { writeChat } from './openai/write-chat.ts'
import type { Target, Writing } from './target.ts'

const readers: Readonly<Record<Dialect, (body: JsonObject, losses: Losses) => Conversation>> = {
  openai: readChat, 'openai-responses': readResponses, anthropic: readMessages, gemini: readContents,
}

interface Writer { readonly path: string | ((model: string, stream: boolean) => string); readonly headers: Readonly<Record<string, string>>; readonly write: (conversation: Conversation, writing: Writing) => JsonObject }

/** A stream is a method of its own here. */
const contentPath = (model: string, stream: boolean): string =>
  geminiPath({ version: 'v1beta', model, method: stream ? 'streamGenerateContent' : 'generateContent' }, stream ? '?alt=sse' : '')

const writers: Readonly<Record<WireDialect, Writer>> = {
  openai: { path: '/v1/chat/completions', headers: {}, write: writeChat },
  anthropic: { path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' }, write: writeMessages },
  'openai-responses': { path: '/v1/responses', headers: {}, write: writeResponses },
  gemini: { path: contentPath, headers: {}, write: writeContents },
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

export interface Passage {
  /** Where the request does not say it itself. */
  readonly stream?: boolean | undefined
  /** What a cloud that hosts the model changes of the body that its dialect has. */
  readonly adapt?: (body: JsonObject) => JsonObject
}

/** As deep as requests may be at all (limits.json_depth is checked when they come in). */
const deepest = 512

/**
 * @param text the request as it may leave: duties are carried out in the caller's dialect, where their places are known.
 * @throws Failure request.malformed for what cannot be understood well enough to be said differently
 */
export const translateRequest = (text: string, from: Dialect, to: WireDialect, target: Target, { adapt, stream }: Passage = {}): TranslatedRequest => {
  const losses = new Losses()
  const read = readers[from](bodyObject(readJson(text, { maxDepth: deepest }), new Set()), losses)
  const conversation = stream === undefined ? read : { ...read, stream }
  const { headers, path, write } = writers[to]
  if (losesDetail(conversation, to)) losses.lost(fieldNames[from].imageDetail)
  const written = write(conversation, { target, losses, names: fieldNames[from] })
  const body = JSON.stringify(adapt === undefined ? written : adapt(written))
  return { path: typeof path === 'string' ? path : path(target.model, conversation.stream), headers, body, lost: losses.fields }
}
