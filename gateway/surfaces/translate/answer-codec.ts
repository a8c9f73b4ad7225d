// The codec for an answer in another dialect than the caller's.
import { randomBytes, randomUUID } from 'node:crypto'
import type { WireDialect } from '../../../registry/provider.ts'
import type { Dialect } from '../../exchange/operation.ts'
import { isObject } from '../request-fields.ts'
import type { AnswerCodec, AnswerCodecOptions } from '../model-surface.ts'
import { MessagesDecoder } from './anthropic/decode-messages.ts'
import { MessagesEncoder } from './anthropic/encode-messages.ts'
import { ConverseDecoder } from './bedrock/decode-converse.ts'
import type { AnswerDecoder, AnswerEncoder } from './events.ts'
import { callerTools } from './openai-responses/caller-tools.ts'
import { ResponsesDecoder } from './openai-responses/decode-responses.ts'
import { ResponsesEncoder } from './openai-responses/encode-responses.ts'
import { fieldOf } from '../gemini/fields.ts'
import { ContentDecoder } from './gemini/decode-content.ts'
import { ContentEncoder } from './gemini/encode-content.ts'
import { ChatDecoder } from './openai/decode-chat.ts'
import { ChatEncoder } from './openai/encode-chat.ts'
import { objectOf } from './members.ts'
import { callersNames } from './tool-names.ts'
import { ErrorCodec } from './translate-error.ts'
import { TranslatingCodec } from './translating-codec.ts'

const decoders: Readonly<Record<WireDialect, () => AnswerDecoder>> = {
  openai: () => new ChatDecoder(), 'openai-responses': () => new ResponsesDecoder(), anthropic: () => new MessagesDecoder(), gemini: () => new ContentDecoder(),
  bedrock: () => new ConverseDecoder(),
}

const wantsUsage = (body: unknown): boolean => {
  const options = isObject(body) ? body['stream_options'] : undefined
  return isObject(options) && options['include_usage'] === true
}

const wantsThoughts = (body: unknown): boolean => fieldOf(fieldOf(fieldOf(body, 'generationConfig'), 'thinkingConfig'), 'includeThoughts') === true

const encoders: Readonly<Record<Dialect, (options: AnswerCodecOptions, from: WireDialect) => AnswerEncoder>> = {
  openai: ({ operation }) => new ChatEncoder({
    model: operation.requested, id: `chatcmpl-${randomUUID()}`, createdS: Math.floor(Date.now() / 1000), includeUsage: wantsUsage(operation.document.value),
  }),
  anthropic: ({ operation }) => new MessagesEncoder({ model: operation.requested, id: `msg_${randomUUID().replaceAll('-', '')}`, inputTokens: operation.needs.inputTokens }),
  'openai-responses': ({ operation }) => new ResponsesEncoder({
    model: operation.requested, id: `resp_${randomBytes(24).toString('hex')}`, createdS: Math.floor(Date.now() / 1000), previous: operation.previous ?? null,
    request: objectOf(operation.document.value), tools: callerTools(operation.document.value),
  }),
  gemini: ({ operation }, from) => new ContentEncoder({
    model: operation.requested, id: randomUUID(), inputTokens: operation.needs.inputTokens, includeThoughts: wantsThoughts(operation.document.value), from,
  }),
}

/**
 * @param inner the caller's own codec for what is said in the end; it renames nothing, because encoders write the requested name.
 * @param from the provider's dialect.
 */
export const translatingCodec = (options: AnswerCodecOptions, from: WireDialect, inner: (options: AnswerCodecOptions) => AnswerCodec): AnswerCodec => {
  const to = options.operation.dialect
  if (options.status >= 400) return new ErrorCodec(options.status, to, options.errorName ?? null)
  const stream = options.contentType?.startsWith('text/event-stream') === true
  return new TranslatingCodec({
    decoder: decoders[from](), encoder: encoders[to](options, from), stream, names: callersNames(options.operation.document.value, from),
    inner: inner({ ...options, upstreamModel: options.operation.requested, stripUsage: false, translated: true, contentType: stream ? 'text/event-stream' : 'application/json' }),
  })
}
