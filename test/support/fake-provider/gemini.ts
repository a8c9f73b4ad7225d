// The Gemini API on the wire: whole answers, event streams and error bodies. Pure.
import { tokensOf } from './asked.ts'
import { deltasOf, type Answer, type AnsweredToolCall, type Dialect } from './dialect.ts'
import { callSignature, readGenerateContent } from './gemini-request.ts'
import type { ProviderError } from './reply.ts'

const finishReasons = { end: 'STOP', tools: 'STOP', length: 'MAX_TOKENS', refusal: 'SAFETY' } as const

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE', 529: 'UNAVAILABLE',
}

/** Thoughts are counted beside the answer. */
const usageOf = ({ thinking, usage }: Answer): object => {
  const thoughts = tokensOf(thinking ?? '')
  return {
    promptTokenCount: usage.input, candidatesTokenCount: usage.output - thoughts, totalTokenCount: usage.input + usage.output,
    ...usage.cacheRead > 0 ? { cachedContentTokenCount: usage.cacheRead } : {}, ...thoughts > 0 ? { thoughtsTokenCount: thoughts } : {},
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
  }
}

const argsOf = (argsText: string): unknown => {
  try {
    return JSON.parse(argsText) as unknown
  } catch {
    return {}
  }
}

/** Of parallel calls only the first is signed. */
const callPart = (call: AnsweredToolCall, at: number): object => ({
  functionCall: { id: call.id, name: call.name, args: argsOf(call.argsText) }, ...at === 0 ? { thoughtSignature: callSignature(call.name, call.argsText) } : {},
})

const response = (answer: Answer, parts: readonly object[], candidate: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, ...candidate, index: 0 }], usageMetadata: usageOf(answer), modelVersion: answer.model, responseId: answer.id,
})

const whole = (answer: Answer): string => JSON.stringify(response(answer, [
  ...answer.thinking === null ? [] : [{ text: answer.thinking, thought: true }], ...answer.text === '' ? [] : [{ text: answer.text }], ...answer.toolCalls.map(callPart),
], { finishReason: finishReasons[answer.stop] }), null, 2)

/** Google ends its lines with carriage returns, too. */
const event = (data: object): string => `data: ${JSON.stringify(data)}\r\n\r\n`

const events = (answer: Answer): string[] => [
  ...deltasOf(answer.thinking ?? '', answer.deltaChars).map(text => event(response(answer, [{ text, thought: true }]))),
  ...deltasOf(answer.text, answer.deltaChars).map(text => event(response(answer, [{ text }]))),
  ...answer.toolCalls.map((call, at) => event(response(answer, [callPart(call, at)]))),
  event(response(answer, [{ text: '' }], { finishReason: finishReasons[answer.stop] })),
]

const errorObject = (error: ProviderError): object => ({ error: { code: error.status, message: error.message, status: error.type ?? statuses[error.status] ?? 'INTERNAL' } })

const serialText = (serial: number): string => String(serial).padStart(8, '0')

export const gemini: Dialect = {
  name: 'gemini',
  read: readGenerateContent,
  answerId: serial => `fake${serialText(serial)}`,
  toolCallId: serial => `fake${serialText(serial)}`,
  whole,
  events,
  errorBody: error => JSON.stringify(errorObject(error), null, 2),
  errorEvent: error => event(errorObject(error)),
  headers: () => ({ 'server-timing': 'gfet4t7; dur=1', 'x-content-type-options': 'nosniff', 'vary': 'Origin, X-Origin, Referer' }),
}
