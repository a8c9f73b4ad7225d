// The Messages API on the wire: whole answers, event streams and error bodies. Pure.
import { signatureOf } from './anthropic-signature.ts'
import { readMessages } from './anthropic-request.ts'
import { deltasOf, type Answer, type Dialect } from './dialect.ts'
import type { ProviderError } from './reply.ts'

const stopReasons = { end: 'end_turn', tools: 'tool_use', length: 'max_tokens', refusal: 'refusal' } as const

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error', 413: 'request_too_large',
  429: 'rate_limit_error', 500: 'api_error', 529: 'overloaded_error',
}

// Unlike OpenAI, `input_tokens` excludes what came from or went to the cache.
const usageOf = ({ serviceTier, usage }: Answer, outputTokens: number): object => ({
  input_tokens: usage.input - usage.cacheRead - usage.cacheWrite,
  cache_creation_input_tokens: usage.cacheWrite,
  cache_read_input_tokens: usage.cacheRead,
  cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite - (usage.cacheWrite1h ?? 0), ephemeral_1h_input_tokens: usage.cacheWrite1h ?? 0 },
  output_tokens: outputTokens,
  service_tier: serviceTier ?? 'standard',
})

/** Arguments that are not JSON cannot be told in a whole answer; the stream sends them as they are. */
const inputOf = (argsText: string): unknown => {
  try {
    return JSON.parse(argsText) as unknown
  } catch {
    return {}
  }
}

const whole = (answer: Answer): string => JSON.stringify({
  id: answer.id, type: 'message', role: 'assistant', model: answer.model,
  content: [
    ...answer.thinking === null ? [] : [{ type: 'thinking', thinking: answer.thinking, signature: signatureOf(answer.thinking) }],
    ...answer.text === '' ? [] : [{ type: 'text', text: answer.text }],
    ...answer.toolCalls.map(call => ({ type: 'tool_use', id: call.id, name: call.name, input: inputOf(call.argsText) })),
  ],
  stop_reason: stopReasons[answer.stop], stop_sequence: null,
  usage: usageOf(answer, answer.usage.output),
})

interface StreamedBlock {
  readonly start: object
  readonly deltas: readonly object[]
}

const thinkingBlock = (thinking: string, cut: (text: string) => string[]): StreamedBlock => ({
  start: { type: 'thinking', thinking: '', signature: '' },
  deltas: [...cut(thinking).map(thought => ({ type: 'thinking_delta', thinking: thought })), { type: 'signature_delta', signature: signatureOf(thinking) }],
})

const streamedBlocks = (answer: Answer): StreamedBlock[] => {
  const cut = (text: string): string[] => deltasOf(text, answer.deltaChars)
  const text: StreamedBlock = { start: { type: 'text', text: '' }, deltas: cut(answer.text).map(piece => ({ type: 'text_delta', text: piece })) }
  const calls = answer.toolCalls.map((call): StreamedBlock => ({
    start: { type: 'tool_use', id: call.id, name: call.name, input: {} },
    // The real API opens with an empty fragment.
    deltas: ['', ...cut(call.argsText)].map(fragment => ({ type: 'input_json_delta', partial_json: fragment })),
  }))
  return [...answer.thinking === null ? [] : [thinkingBlock(answer.thinking, cut)], ...answer.text === '' ? [] : [text], ...calls]
}

const event = (data: { readonly type: string } & Readonly<Record<string, unknown>>): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

const events = (answer: Answer): string[] => {
  const blocks = streamedBlocks(answer).flatMap(({ start, deltas }, index) => [
    event({ type: 'content_block_start', index, content_block: start }),
    ...index === 0 ? [event({ type: 'ping' })] : [],
    ...deltas.map(delta => event({ type: 'content_block_delta', index, delta })),
    event({ type: 'content_block_stop', index }),
  ])
  return [
    event({
      type: 'message_start',
      message: { id: answer.id, type: 'message', role: 'assistant', model: answer.model, content: [], stop_reason: null, stop_sequence: null, usage: usageOf(answer, 1) },
    }),
    ...blocks,
    // Usage here is cumulative: it replaces what message_start said.
    event({ type: 'message_delta', delta: { stop_reason: stopReasons[answer.stop], stop_sequence: null }, usage: usageOf(answer, answer.usage.output) }),
    event({ type: 'message_stop' }),
  ]
}

const errorObject = (error: ProviderError, requestId: string): { readonly type: 'error' } & Record<string, unknown> => ({
  type: 'error', error: { type: error.type ?? errorTypes[error.status] ?? 'api_error', message: error.message, ...error.details === undefined ? {} : { details: error.details } }, request_id: requestId,
})

const serialText = (serial: number): string => String(serial).padStart(8, '0')

export const anthropic: Dialect = {
  name: 'anthropic',
  read: readMessages,
  answerId: serial => `msg_fake${serialText(serial)}`,
  toolCallId: serial => `toolu_fake${serialText(serial)}`,
  whole,
  events,
  errorBody: (error, requestId) => JSON.stringify(errorObject(error, requestId)),
  errorEvent: (error, requestId) => event(errorObject(error, requestId)),
  headers: requestId => ({
    'request-id': requestId, 'anthropic-organization-id': 'fake-organisation',
    'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '49',
  }),
}
