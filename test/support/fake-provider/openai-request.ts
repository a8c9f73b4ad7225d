// Reads Chat Completions requests as strictly as the real API does, so that a gateway that garbles one is found out.
import { z } from 'zod'
import { refuse, type Asked, type ToolResult } from './asked.ts'

const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
  z.looseObject({ type: z.literal('input_audio'), input_audio: z.looseObject({ data: z.string() }) }),
  z.looseObject({ type: z.literal('file'), file: z.looseObject({}) }),
])
const content = z.union([z.string(), z.array(part).min(1)])
const toolCall = z.looseObject({
  id: z.string().min(1), type: z.literal('function'), function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
})
const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('developer'), content }),
  z.looseObject({ role: z.literal('system'), content }),
  z.looseObject({ role: z.literal('user'), content }),
  z.looseObject({ role: z.literal('assistant'), content: content.nullish(), tool_calls: z.array(toolCall).min(1).nullish() }),
  z.looseObject({ role: z.literal('tool'), content, tool_call_id: z.string() }),
])
const tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({ name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), description: z.string().optional(), parameters: z.looseObject({}).optional() }),
})
const knownWithoutShape = [
  'audio', 'frequency_penalty', 'logit_bias', 'logprobs', 'metadata', 'modalities', 'parallel_tool_calls', 'prediction', 'presence_penalty',
  'prompt_cache_key', 'prompt_cache_retention', 'reasoning_effort', 'response_format', 'safety_identifier', 'seed', 'service_tier', 'stop', 'store',
  'top_logprobs', 'top_p', 'user', 'verbosity', 'web_search_options',
]
const requestSchema = z.strictObject({
  ...Object.fromEntries(knownWithoutShape.map(name => [name, z.unknown().optional()])),
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() }).nullish(),
  tools: z.array(tool).min(1).optional(),
  tool_choice: z.unknown().optional(),
  n: z.literal(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
})
type Message = z.infer<typeof message>

/** First problem in the API's words. */
export const refuseShape = (error: z.ZodError): never => {
  const issue = error.issues[0]
  const param = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') return refuse(`Unrecognized request argument supplied: ${issue.keys.join(', ')}`)
  return refuse(`Invalid value for '${param}': ${issue?.message ?? 'invalid'}`, { param })
}

const textOf = (value: z.infer<typeof content> | null | undefined): string =>
  typeof value === 'string' ? value : (value ?? []).map(item => item.type === 'text' ? item.text : '').filter(text => text !== '').join('\n')

const callsOf = (item: Message | undefined): z.infer<typeof toolCall>[] => item?.role === 'assistant' ? item.tool_calls ?? [] : []

/** Every call has its result before anything else is said, and every result its call. */
const checkToolOrder = (messages: readonly Message[]): void => {
  let open = new Set<string>()
  for (const [index, item] of messages.entries()) {
    if (item.role === 'tool') {
      if (!open.delete(item.tool_call_id)) {
        refuse("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", { param: `messages.[${index}].role` })
      }
      continue
    }
    refuseOpen(open)
    open = new Set(callsOf(item).map(call => call.id))
  }
  refuseOpen(open)
}

const refuseOpen = (open: ReadonlySet<string>): void => {
  if (open.size === 0) return
  refuse(`An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`, { param: 'messages' })
}

const lastResults = (messages: readonly Message[]): ToolResult[] => {
  const start = messages.findLastIndex(item => item.role !== 'tool')
  const names = new Map(callsOf(messages[start]).map(call => [call.id, call.function.name]))
  return messages.slice(start + 1).flatMap(item => item.role === 'tool' ? [{ tool: names.get(item.tool_call_id) ?? '', text: textOf(item.content) }] : [])
}

/** Understands a Chat Completions body. @throws Refusal with the API's own complaint */
export const readChatCompletion = (body: unknown): Asked => {
  const parsed = requestSchema.safeParse(body)
  const request = parsed.success ? parsed.data : refuseShape(parsed.error)
  const stream = request.stream === true
  if (request.stream_options != null && !stream) refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", { param: 'stream_options' })
  if (request.tool_choice !== undefined && request.tools === undefined) refuse("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", { param: 'tool_choice' })
  checkToolOrder(request.messages)
  const user = request.messages.findLast(item => item.role === 'user')
  return {
    model: request.model,
    stream,
    userText: textOf(user?.content),
    toolResults: lastResults(request.messages),
    tools: (request.tools ?? []).map(item => item.function.name),
    inputText: JSON.stringify([request.messages, request.tools ?? []]),
    includeUsage: request.stream_options?.include_usage === true,
    thinking: 'off',
    cachedPrefix: null,
  }
}
