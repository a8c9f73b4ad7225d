// Chat Completions on the wire: whole answers, chunk streams and error bodies. Pure.
import { deltasOf, type Answer, type Dialect } from './dialect.ts'
import type { Asked } from './asked.ts'
import type { ProviderError } from './reply.ts'
import { tokensOf } from './asked.ts'
import { readChatCompletion } from './openai-request.ts'

// A fixed birthday: answers must not differ between two runs.
const createdS = 1_764_000_000

const finishReasons = { end: 'stop', tools: 'tool_calls', length: 'length', refusal: 'content_filter' } as const

const errorTypes: Readonly<Record<number, string>> = { 429: 'requests', 500: 'server_error', 503: 'server_error', 529: 'server_error' }

const usageOf = ({ usage, thinking }: Answer): object => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: tokensOf(thinking ?? ''), audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
})

const whole = (answer: Answer): string => JSON.stringify({
  id: answer.id, object: 'chat.completion', created: createdS, model: answer.model,
  choices: [{
    index: 0,
    message: {
      role: 'assistant',
      content: answer.text === '' ? null : answer.text,
      refusal: null,
      annotations: [],
      ...answer.toolCalls.length === 0 ? {} : {
        tool_calls: answer.toolCalls.map(call => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.argsText } })),
      },
    },
    logprobs: null,
    finish_reason: finishReasons[answer.stop],
  }],
  usage: usageOf(answer),
  service_tier: answer.serviceTier ?? 'default',
  system_fingerprint: 'fp_fake',
})

const toolDeltas = (answer: Answer): object[] => answer.toolCalls.flatMap((call, index) => [
  { tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }] },
  ...deltasOf(call.argsText, answer.deltaChars).map(fragment => ({ tool_calls: [{ index, function: { arguments: fragment } }] })),
])

const events = (answer: Answer, asked: Asked): string[] => {
  const chunk = (choices: object[], usage: object | null): string => `data: ${JSON.stringify({
    id: answer.id, object: 'chat.completion.chunk', created: createdS, model: answer.model, service_tier: answer.serviceTier ?? 'default', system_fingerprint: 'fp_fake',
    choices,
    // With include_usage every chunk has the field, null until the extra one; without it no chunk has it.
    ...asked.includeUsage ? { usage } : {},
  })}\n\n`
  const delta = (part: object, finish: string | null = null): string => chunk([{ index: 0, delta: part, logprobs: null, finish_reason: finish }], null)
  return [
    delta({ role: 'assistant', content: answer.text === '' ? null : '', refusal: null }),
    ...deltasOf(answer.text, answer.deltaChars).map(text => delta({ content: text })),
    ...toolDeltas(answer).map(part => delta(part)),
    delta({}, finishReasons[answer.stop]),
    ...asked.includeUsage ? [chunk([], usageOf(answer))] : [],
    'data: [DONE]\n\n',
  ]
}

const errorBody = (error: ProviderError): string => JSON.stringify({
  error: { message: error.message, type: error.type ?? errorTypes[error.status] ?? 'invalid_request_error', param: error.param ?? null, code: error.code ?? null },
})

const serialText = (serial: number): string => String(serial).padStart(8, '0')

export const openai: Dialect = {
  name: 'openai',
  read: readChatCompletion,
  answerId: serial => `chatcmpl-fake${serialText(serial)}`,
  toolCallId: serial => `call_fake${serialText(serial)}`,
  whole,
  events,
  errorBody,
  errorEvent: error => `data: ${errorBody(error)}\n\n`,
  headers: requestId => ({
    'x-request-id': requestId, 'openai-version': '2020-10-01', 'openai-processing-ms': '1', 'openai-organization': 'fake-organisation',
    'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '499',
  }),
}
