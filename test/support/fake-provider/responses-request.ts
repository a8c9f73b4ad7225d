// Reads Responses requests as strictly as the real API does, so that a gateway that garbles one is found out.
import { z } from 'zod'
import { refuse, type Asked, type ToolResult } from './asked.ts'
import { refuseShape } from './openai-request.ts'
import { openSecret } from './responses-secret.ts'

const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('input_text'), text: z.string() }),
  z.looseObject({ type: z.literal('output_text'), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({ type: z.literal('input_image'), image_url: z.string().nullish(), file_id: z.string().nullish() }),
  z.looseObject({ type: z.literal('input_file') }),
])
const content = z.union([z.string(), z.array(part)])
const message = z.looseObject({ type: z.literal('message').optional(), role: z.enum(['user', 'assistant', 'system', 'developer']), content, id: z.string().startsWith('msg').optional() })
const call = z.looseObject({ type: z.literal('function_call'), call_id: z.string().min(1), name: z.string().min(1), arguments: z.string(), id: z.string().startsWith('fc').optional() })
const customCall = z.looseObject({ type: z.literal('custom_tool_call'), call_id: z.string().min(1), name: z.string().min(1), input: z.string(), id: z.string().startsWith('ctc').optional() })
const output = z.looseObject({ type: z.enum(['function_call_output', 'custom_tool_call_output']), call_id: z.string().min(1), output: content })
const reasoning = z.looseObject({
  type: z.literal('reasoning'), id: z.string().startsWith('rs').optional(), summary: z.array(z.looseObject({ type: z.literal('summary_text'), text: z.string() })), encrypted_content: z.string().nullish(),
})
const reference = z.looseObject({ type: z.literal('item_reference'), id: z.string().min(1) })
const item = z.union([call, customCall, output, reasoning, reference, message])
const tool = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('function'), name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), parameters: z.looseObject({}).nullish(), strict: z.boolean().nullish() }),
  z.looseObject({ type: z.literal('custom'), name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/) }),
  z.looseObject({ type: z.enum(['web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'mcp', 'local_shell', 'namespace']) }),
])
const knownWithoutShape = [
  'client_metadata', 'context_management', 'conversation', 'max_tool_calls', 'metadata', 'moderation', 'parallel_tool_calls', 'prompt', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier',
  'service_tier', 'stream_options', 'text', 'tool_choice', 'top_logprobs', 'top_p', 'truncation', 'user',
]
const requestSchema = z.strictObject({
  ...Object.fromEntries(knownWithoutShape.map(name => [name, z.unknown().optional()])),
  model: z.string().min(1),
  input: z.union([z.string(), z.array(item)]).optional(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  tools: z.array(tool).optional(),
  reasoning: z.looseObject({ effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(), summary: z.string().nullish() }).nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
})
export type Item = z.infer<typeof item>

const textOf = (value: z.infer<typeof content>): string =>
  typeof value === 'string' ? value : value.map(one => one.type === 'input_text' || one.type === 'output_text' ? one.text : '').filter(text => text !== '').join('\n')

type Call = z.infer<typeof call> | z.infer<typeof customCall>
const isCall = (one: Item): one is Call => one.type === 'function_call' || one.type === 'custom_tool_call'
const isOutput = (one: Item): one is z.infer<typeof output> => one.type === 'function_call_output' || one.type === 'custom_tool_call_output'
const isMessage = (one: Item): one is z.infer<typeof message> => one.type === undefined || one.type === 'message'

const checkCalls = (items: readonly Item[]): void => {
  const called = new Map(items.filter(isCall).map(one => [one.call_id, one]))
  const answered = new Set(items.filter(isOutput).map(one => one.call_id))
  for (const id of answered) if (!called.has(id)) refuse(`No tool call found for function call output with call_id ${id}.`, { param: 'input' })
  for (const id of called.keys()) if (!answered.has(id)) refuse(`No tool output found for function call ${id}.`, { param: 'input' })
}

/** Reasoning comes back encrypted as it was given out, or by the id of an item that is kept. */
const checkReasoning = (items: readonly Item[], kept: ReadonlySet<string>): void => {
  for (const one of items) {
    if (one.type === 'item_reference' && !kept.has(one.id)) refuse(`Item with id '${one.id}' not found.`, { status: 404, param: 'input' })
    if (one.type !== 'reasoning') continue
    if (typeof one.encrypted_content === 'string') {
      if (openSecret(one.encrypted_content) === null) refuse('The encrypted content could not be verified.', { code: 'invalid_encrypted_content' })
    } else if (one.id === undefined || !kept.has(one.id)) refuse(`Item with id '${one.id ?? ''}' not found. Items are not persisted when \`store\` is set to false.`, { status: 404, param: 'input' })
  }
}

const isSystem = (one: Item): boolean => isMessage(one) && (one.role === 'system' || one.role === 'developer')

/** What was said since the model last spoke. */
const lastTurn = (items: readonly Item[]): readonly Item[] => {
  const spoken = items.filter(one => !isSystem(one))
  return spoken.slice(spoken.findLastIndex(one => isCall(one) || one.type === 'reasoning' || (isMessage(one) && one.role === 'assistant')) + 1)
}

const thinkingOf = (reasoning: z.infer<typeof requestSchema>['reasoning']): Asked['thinking'] => {
  if (reasoning?.effort == null || reasoning.effort === 'none') return 'off'
  return reasoning.summary == null ? 'omitted' : 'shown'
}

export interface AskedResponse extends Asked {
  /** The conversation so far. */
  readonly items: readonly Item[]
  readonly store: boolean
  readonly encrypted: boolean
}

/**
 * Understands a Responses body.
 * @param before items of the response that it goes on from
 * @param kept ids of items that can be referred to
 * @throws Refusal with the API's own complaint
 */
export const readResponse = (body: unknown, before: readonly Item[] = [], kept: ReadonlySet<string> = new Set()): AskedResponse => {
  const parsed = requestSchema.safeParse(body)
  const request = parsed.success ? parsed.data : refuseShape(parsed.error)
  const own: readonly Item[] = typeof request.input === 'string' ? [{ role: 'user', content: request.input }] : request.input ?? []
  const items = [...before, ...own]
  if (items.length === 0) refuse('One of "input" or "previous_response_id" or \'prompt\' or \'conversation\' must be provided.', { code: 'missing_required_parameter' })
  checkCalls(items)
  checkReasoning(items, kept)
  const store = request.store !== false
  const turn = lastTurn(items)
  const names = new Map(items.filter(isCall).map(one => [one.call_id, one.name]))
  return {
    model: request.model, stream: request.stream === true,
    userText: turn.flatMap(one => isMessage(one) && one.role === 'user' ? [textOf(one.content)] : []).join('\n'),
    toolResults: turn.flatMap((one): ToolResult[] => isOutput(one) ? [{ tool: names.get(one.call_id) ?? '', text: textOf(one.output) }] : []),
    tools: (request.tools ?? []).map(one => 'name' in one && typeof one.name === 'string' ? one.name : one.type),
    inputText: JSON.stringify([request.instructions ?? '', items, request.tools ?? []]),
    includeUsage: true, thinking: thinkingOf(request.reasoning), cachedPrefix: null,
    items, store, encrypted: request.include?.includes('reasoning.encrypted_content') === true,
  }
}
