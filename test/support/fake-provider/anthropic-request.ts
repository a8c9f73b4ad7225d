// Reads Messages requests as strictly as the real API does, so that a gateway that garbles one is found out.
import { z } from 'zod'
import { refuse, type Asked, type ToolResult } from './asked.ts'
import { signatureOf } from './anthropic-signature.ts'

// Shapes follow the public API reference; blocks stay loose because betas add fields to them.
const cached = { cache_control: z.looseObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).nullish() }
const text = z.looseObject({ type: z.literal('text'), text: z.string().min(1, 'text content blocks must be non-empty'), ...cached })
const media = z.looseObject({ type: z.enum(['image', 'document', 'search_result', 'tool_reference']), ...cached })
const toolId = z.string().regex(/^[a-zA-Z0-9_-]+$/)
const block = z.discriminatedUnion('type', [
  text,
  media,
  z.looseObject({ type: z.literal('tool_use'), id: toolId, name: z.string().min(1), input: z.record(z.string(), z.unknown()), ...cached }),
  z.looseObject({ type: z.literal('tool_result'), tool_use_id: toolId, content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, media]))]).optional(), is_error: z.boolean().nullish(), ...cached }),
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
])
const content = z.union([z.string().min(1), z.array(block).min(1)])
const message = z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content })
const tool = z.looseObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/), input_schema: z.looseObject({ type: z.literal('object') }).optional(), type: z.string().nullish(), ...cached,
})
const thinking = z.looseObject({ type: z.enum(['enabled', 'disabled', 'adaptive']), budget_tokens: z.int().min(1024).optional(), display: z.enum(['summarized', 'omitted', 'updates']).nullish() })
const knownWithoutShape = [
  'cache_control', 'container', 'context_management', 'diagnostics', 'inference_geo', 'mcp_servers', 'metadata', 'output_config', 'output_format', 'service_tier',
  'speed', 'stop_sequences', 'temperature', 'tool_choice', 'top_k', 'top_p',
]
const countSchema = z.strictObject({
  ...Object.fromEntries(knownWithoutShape.map(name => [name, z.unknown().optional()])),
  model: z.string().min(1),
  messages: z.array(message).min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  tools: z.array(tool).optional(),
  thinking: thinking.optional(),
})
const requestSchema = countSchema.extend({ max_tokens: z.int().min(1), stream: z.boolean().optional() })
type Message = z.infer<typeof message>
type Block = z.infer<typeof block>
type Counted = z.infer<typeof countSchema>

/** First problem in the API's words. */
const refuseShape = (error: z.ZodError): never => {
  const issue = error.issues[0]
  const path = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') return refuse(`${[...issue.path, issue.keys[0]].join('.')}: Extra inputs are not permitted`)
  if (issue?.code === 'invalid_type' && issue.message.endsWith('received undefined')) return refuse(`${path}: Field required`)
  return refuse(`${path}: ${issue?.message ?? 'invalid'}`)
}

const blocksOf = (item: Message | undefined): readonly Block[] =>
  item === undefined ? [] : typeof item.content === 'string' ? [{ type: 'text', text: item.content }] : item.content

const plainText = (blocks: readonly { readonly type: string; readonly text?: unknown }[]): string =>
  blocks.flatMap(item => item.type === 'text' && typeof item.text === 'string' ? [item.text] : []).join('\n')

const resultText = (value: Extract<Block, { type: 'tool_result' }>['content']): string =>
  typeof value === 'string' ? value : plainText(value ?? [])

const usesIn = (item: Message | undefined): Map<string, string> =>
  new Map(blocksOf(item).flatMap(entry => entry.type === 'tool_use' ? [[entry.id, entry.name] as const] : []))

const resultsIn = (item: Message | undefined): string[] =>
  blocksOf(item).flatMap(entry => entry.type === 'tool_result' ? [entry.tool_use_id] : [])

/** Calls and results come in pairs, in neighbouring messages. */
const checkToolPairs = (messages: readonly Message[]): void => {
  for (const [index, item] of messages.entries()) {
    const called = usesIn(messages[index - 1])
    const stray = resultsIn(item).find(id => !called.has(id))
    if (stray !== undefined) {
      refuse(`messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`)
    }
    const answered = resultsIn(messages[index + 1])
    const open = [...usesIn(item).keys()].filter(id => !answered.includes(id))
    if (open.length > 0) {
      refuse(`messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`)
    }
  }
}

/** Thinking blocks come back signed and unchanged, or not at all. */
const checkSignatures = (messages: readonly Message[]): void => {
  for (const [index, item] of messages.entries()) {
    for (const [at, entry] of blocksOf(item).entries()) {
      if (entry.type === 'thinking' && entry.signature !== signatureOf(entry.thinking)) refuse(`messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block`)
    }
  }
}

/**
 * Neighbouring user messages count as one. Claude Code puts "system" messages between them: they are not the user's words and do not end the
 * user's turn.
 */
const lastUserTurn = (messages: readonly Message[]): { blocks: readonly Block[]; before: Message | undefined } => {
  const spoken = messages.filter(item => item.role !== 'system')
  const start = spoken.findLastIndex(item => item.role === 'assistant')
  return { blocks: spoken.slice(start + 1).flatMap(blocksOf), before: spoken[start] }
}

/** Everything up to the last cache mark, without the marks themselves: two requests share a cache entry when these are equal. */
const cachedPrefixOf = (request: Counted): string | null => {
  const parts: readonly unknown[] = [
    ...request.tools ?? [],
    ...typeof request.system === 'string' ? [request.system] : request.system ?? [],
    ...request.messages.flatMap(blocksOf),
  ]
  const marked = (part: unknown): boolean => typeof part === 'object' && part !== null && 'cache_control' in part && part.cache_control != null
  const end = parts.findLastIndex(marked)
  if (end === -1) return null
  return JSON.stringify(parts.slice(0, end + 1), (key, value: unknown) => key === 'cache_control' ? undefined : value)
}

const inputTextOf = (request: Counted): string => JSON.stringify([request.system ?? '', request.messages, request.tools ?? []])

const check = (request: Counted): void => {
  if (request.messages[0]?.role !== 'user') refuse('messages.0: first message must use the "user" role')
  checkToolPairs(request.messages)
  checkSignatures(request.messages)
  const names = (request.tools ?? []).map(item => item.name)
  if (new Set(names).size !== names.length) refuse('tools: Tool names must be unique.')
}

/** Understands a Messages body. @throws Refusal with the API's own complaint */
export const readMessages = (body: unknown): Asked => {
  const parsed = requestSchema.safeParse(body)
  const request = parsed.success ? parsed.data : refuseShape(parsed.error)
  check(request)
  const budget = request.thinking?.budget_tokens
  if (budget !== undefined && budget >= request.max_tokens) refuse('`max_tokens` must be greater than `thinking.budget_tokens`.')
  const turn = lastUserTurn(request.messages)
  const names = usesIn(turn.before)
  const toolResults = turn.blocks.flatMap((entry): ToolResult[] =>
    entry.type === 'tool_result' ? [{ tool: names.get(entry.tool_use_id) ?? '', text: resultText(entry.content) }] : [])
  return {
    model: request.model,
    stream: request.stream === true,
    userText: plainText(turn.blocks),
    toolResults,
    tools: (request.tools ?? []).map(item => item.name),
    inputText: inputTextOf(request),
    includeUsage: true,
    thinking: request.thinking === undefined || request.thinking.type === 'disabled' ? 'off' : request.thinking.display === 'omitted' ? 'omitted' : 'shown',
    cachedPrefix: cachedPrefixOf(request),
  }
}

/** Understands a count_tokens body and returns the text to count. @throws Refusal */
export const readCountTokens = (body: unknown): string => {
  const parsed = countSchema.safeParse(body)
  const request = parsed.success ? parsed.data : refuseShape(parsed.error)
  check(request)
  return inputTextOf(request)
}
