// The Responses API on the wire: whole responses, event streams and error bodies. Pure.
import { deltasOf, type Answer, type Dialect } from './dialect.ts'
import { tokensOf } from './asked.ts'
import { openai } from './openai.ts'
import { readResponse, type AskedResponse } from './responses-request.ts'
import { secretOf } from './responses-secret.ts'

// A fixed birthday: answers must not differ between two runs.
const createdS = 1_764_000_000

type Json = Readonly<Record<string, unknown>>

const usageOf = ({ usage, thinking }: Answer): Json => ({
  input_tokens: usage.input, input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: 0 },
  output_tokens: usage.output, output_tokens_details: { reasoning_tokens: tokensOf(thinking ?? '') }, total_tokens: usage.input + usage.output,
})

const idOf = (answer: Answer, prefix: string, at: number): string => `${prefix}_${answer.id.slice('resp_'.length)}${at}`

const textPart = (answer: Answer, text: string): Json =>
  answer.stop === 'refusal' ? { type: 'refusal', refusal: text } : { type: 'output_text', annotations: [], logprobs: [], text }

/** The output items of an answer, done. */
export const itemsOf = (answer: Answer, asked: AskedResponse): readonly Json[] => {
  const kinds: ((at: number) => Json)[] = [
    ...answer.thinking === null ? [] : [(at: number) => ({
      id: idOf(answer, 'rs', at), type: 'reasoning', summary: answer.thinking === '' ? [] : [{ type: 'summary_text', text: answer.thinking }],
      ...asked.encrypted ? { encrypted_content: secretOf(answer.thinking ?? '') } : {},
    })],
    ...answer.text === '' ? [] : [(at: number) => ({ id: idOf(answer, 'msg', at), type: 'message', status: 'completed', role: 'assistant', content: [textPart(answer, answer.text)] })],
    ...answer.toolCalls.map(call => (at: number) => ({ id: idOf(answer, 'fc', at), type: 'function_call', status: 'completed', call_id: call.id, name: call.name, arguments: call.argsText })),
  ]
  return kinds.map((make, at) => make(at))
}

const responseOf = (answer: Answer, asked: AskedResponse, status: string): Json => {
  const isOver = status !== 'in_progress'
  return {
    id: answer.id, object: 'response', created_at: createdS, status, background: false, error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null, instructions: null, max_output_tokens: null, model: answer.model,
    output: isOver ? itemsOf(answer, asked) : [], parallel_tool_calls: true, previous_response_id: null, reasoning: { effort: null, summary: null }, service_tier: answer.serviceTier ?? 'default',
    store: asked.store, temperature: 1, text: { format: { type: 'text' } }, tool_choice: 'auto', tools: [], top_p: 1, truncation: 'disabled',
    usage: isOver ? usageOf(answer) : null, metadata: {},
  }
}

const finalStatus = ({ stop }: Answer): string => stop === 'length' ? 'incomplete' : 'completed'

/** An event without its number. */
type Event = readonly [type: string, data: Json]

const textEvents = (answer: Answer, item: Json, index: number): Event[] => {
  const place = { item_id: item['id'], output_index: index, content_index: 0 }
  const kind = answer.stop === 'refusal' ? 'response.refusal' : 'response.output_text'
  const more = answer.stop === 'refusal' ? {} : { logprobs: [] }
  return [
    ['response.content_part.added', { ...place, part: textPart(answer, '') }],
    ...deltasOf(answer.text, answer.deltaChars).map((delta): Event => [`${kind}.delta`, { ...place, delta, ...more, obfuscation: 'xyz' }]),
    [`${kind}.done`, { ...place, ...answer.stop === 'refusal' ? { refusal: answer.text } : { text: answer.text }, ...more }],
    ['response.content_part.done', { ...place, part: textPart(answer, answer.text) }],
  ]
}

const thoughtEvents = (answer: Answer, item: Json, index: number): Event[] => {
  const place = { item_id: item['id'], output_index: index, summary_index: 0 }
  const text = answer.thinking ?? ''
  return text === '' ? [] : [
    ['response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } }],
    ...deltasOf(text, answer.deltaChars).map((delta): Event => ['response.reasoning_summary_text.delta', { ...place, delta }]),
    ['response.reasoning_summary_text.done', { ...place, text }],
    ['response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } }],
  ]
}

const callEvents = (answer: Answer, item: Json, index: number): Event[] => {
  const place = { item_id: item['id'], output_index: index }
  const text = String(item['arguments'])
  return [...deltasOf(text, answer.deltaChars).map((delta): Event => ['response.function_call_arguments.delta', { ...place, delta }]), ['response.function_call_arguments.done', { ...place, name: item['name'], arguments: text }]]
}

const begun = (item: Json): Json => ({
  ...item, ...item['type'] === 'message' ? { status: 'in_progress', content: [] } : item['type'] === 'reasoning' ? { summary: [] } : { status: 'in_progress', arguments: '' },
})

const itemEvents = (answer: Answer, item: Json, index: number): Event[] => [
  ['response.output_item.added', { output_index: index, item: begun(item) }],
  ...item['type'] === 'message' ? textEvents(answer, item, index) : item['type'] === 'reasoning' ? thoughtEvents(answer, item, index) : callEvents(answer, item, index),
  ['response.output_item.done', { output_index: index, item }],
]

const events = (answer: Answer, asked: AskedResponse): string[] => {
  const status = finalStatus(answer)
  const all: Event[] = [
    ['response.created', { response: responseOf(answer, asked, 'in_progress') }],
    ['response.in_progress', { response: responseOf(answer, asked, 'in_progress') }],
    ...itemsOf(answer, asked).flatMap((item, index) => itemEvents(answer, item, index)),
    [`response.${status}`, { response: responseOf(answer, asked, status) }],
  ]
  return all.map(([type, data], at) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data, sequence_number: at })}\n\n`)
}

export const responses: Dialect<AskedResponse> = {
  ...openai,
  name: 'openai-responses',
  read: body => readResponse(body),
  answerId: serial => `resp_fake${String(serial).padStart(8, '0')}`,
  whole: (answer, asked) => JSON.stringify(responseOf(answer, asked, finalStatus(answer))),
  events,
  errorEvent: error => `event: error\ndata: ${JSON.stringify({ type: 'error', code: error.code ?? 'server_error', message: error.message, param: null, sequence_number: 0 })}\n\n`,
}
