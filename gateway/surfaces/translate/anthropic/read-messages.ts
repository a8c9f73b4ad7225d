// An Anthropic Messages request as a conversation (API reference, "Create a Message").
import { Failure } from '../../../exchange/failure.ts'
import { isObject, malformed, requiredMessages, type JsonObject } from '../../request-fields.ts'
import { efforts, type AssistantPart, type Conversation, type DocumentPart, type Effort, type ImagePart, type MediaSource, type OutputFormat, type TextPart, type Thinking, type Tool, type ToolChoice, type ToolResultPart, type Turn, type UserPart } from '../conversation.ts'
import type { Losses } from '../losses.ts'
import { booleanOf, contentOf, listOf, numberOf, objectOf, requiredText, textOf } from '../members.ts'

const read: ReadonlySet<string> = new Set([
  'model', 'messages', 'system', 'max_tokens', 'metadata', 'stop_sequences', 'stream', 'temperature', 'top_p', 'top_k', 'tools', 'tool_choice', 'thinking', 'output_config',
])

const isCached = (block: JsonObject): boolean => isObject(block['cache_control'])

const sourceOf = (value: unknown): MediaSource | null => {
  const source = objectOf(value)
  const data = textOf(source['data'])
  const url = textOf(source['url'])
  if (source['type'] === 'base64' && data !== null) return { kind: 'base64', mediaType: textOf(source['media_type']) ?? 'application/octet-stream', data }
  return source['type'] === 'url' && url !== null ? { kind: 'url', url } : null
}

type Plain = TextPart | ImagePart | DocumentPart

const text = (value: string, cached: boolean): TextPart => ({ kind: 'text', text: value, cached })

const documentOf = (block: JsonObject, field: string, losses: Losses): Plain | null => {
  const title = textOf(block['title'])
  for (const member of ['citations', 'context']) if (block[member] !== undefined && block[member] !== null) losses.lost(`${field}.*.${member}`)
  const { source } = block
  const said = objectOf(source)
  // A document of plain text is text that the model reads.
  if (said['type'] === 'text' && typeof said['data'] === 'string') return text(title === null ? said['data'] : `${title}\n\n${said['data']}`, isCached(block))
  const found = sourceOf(source)
  return found === null ? null : { kind: 'document', source: found, name: title, cached: isCached(block) }
}

const plainOf = (block: JsonObject, field: string, losses: Losses): Plain | null => {
  if (block['type'] === 'text') {
    if (block['citations'] !== undefined && block['citations'] !== null) losses.lost(`${field}.*.citations`)
    return text(requiredText(block['text'], `${field}.*.text`), isCached(block))
  }
  if (block['type'] === 'document') return documentOf(block, field, losses)
  const source = block['type'] === 'image' ? sourceOf(block['source']) : null
  return source === null ? null : { kind: 'image', source, cached: isCached(block) }
}

const plainsOf = (content: unknown, field: string, losses: Losses): Plain[] => {
  if (content === undefined || content === null) return []
  const value = contentOf(content, field)
  if (typeof value === 'string') return [text(value, false)]
  return value.flatMap(block => {
    const part = plainOf(block, field, losses)
    if (part === null) losses.lost(`${field}.*.${textOf(block['type']) ?? 'type'}`)
    return part === null ? [] : [part]
  })
}

const inMessages = 'messages.*.content'

const resultOf = (block: JsonObject, losses: Losses): ToolResultPart => ({
  kind: 'tool-result', id: requiredText(block['tool_use_id'], `${inMessages}.*.tool_use_id`), parts: plainsOf(block['content'], `${inMessages}.*.content`, losses),
  isError: block['is_error'] === true, cached: isCached(block),
})

const userParts = (content: unknown, field: string, losses: Losses): UserPart[] => {
  const value = contentOf(content, field)
  if (typeof value === 'string') return [text(value, false)]
  return value.flatMap((block): UserPart[] => block['type'] === 'tool_result' ? [resultOf(block, losses)] : plainsOf([block], inMessages, losses))
}

const assistantPart = (block: JsonObject, losses: Losses): AssistantPart | null => {
  switch (block['type']) {
    case 'text': return text(textOf(block['text']) ?? '', isCached(block))
    case 'tool_use': return {
      kind: 'tool-call', id: requiredText(block['id'], `${inMessages}.*.id`), name: requiredText(block['name'], `${inMessages}.*.name`),
      arguments: JSON.stringify(block['input'] ?? {}), cached: isCached(block),
    }
    case 'thinking': return { kind: 'thinking', text: textOf(block['thinking']) ?? '', signature: textOf(block['signature']), redacted: null }
    case 'redacted_thinking': return { kind: 'thinking', text: '', signature: null, redacted: textOf(block['data']) }
    default:
      losses.lost(`${inMessages}.*.${textOf(block['type']) ?? 'type'}`)
      return null
  }
}

const assistantParts = (content: unknown, field: string, losses: Losses): AssistantPart[] => {
  const value = contentOf(content, field)
  if (typeof value === 'string') return [text(value, false)]
  return value.map(block => assistantPart(block, losses)).filter(part => part !== null)
}

const turnOf = (message: JsonObject, at: number, losses: Losses): Turn => {
  const field = `messages.${at}.content`
  switch (message['role']) {
    case 'user': return { role: 'user', parts: userParts(message['content'], field, losses) }
    case 'assistant': return { role: 'assistant', parts: assistantParts(message['content'], field, losses) }
    case 'system': return { role: 'system', parts: plainsOf(message['content'], inMessages, losses).filter(part => part.kind === 'text') }
    default: throw malformed(`messages.${at}.role`, 'must be user, assistant or system')
  }
}

const toolsOf = (body: JsonObject, losses: Losses): Tool[] => listOf(body['tools']).flatMap((value, at): Tool[] => {
  const tool = objectOf(value)
  // Tools that the provider runs itself have a type of their own, and nobody else runs them.
  if (tool['type'] !== undefined && tool['type'] !== null && tool['type'] !== 'custom') {
    losses.lost(`tools.*.${textOf(tool['type']) ?? 'type'}`)
    return []
  }
  return [{
    name: requiredText(tool['name'], `tools.${at}.name`), description: textOf(tool['description']),
    schema: isObject(tool['input_schema']) ? tool['input_schema'] : { type: 'object', properties: {} }, strict: booleanOf(tool['strict']), cached: isCached(tool),
  }]
})

const toolChoiceOf = (choice: JsonObject, losses: Losses): ToolChoice | null => {
  const { type } = choice
  if (type === 'auto' || type === 'none' || type === 'any') return { kind: type }
  const name = textOf(choice['name'])
  if (type === 'tool' && name !== null) return { kind: 'tool', name }
  if (type !== undefined) losses.lost('tool_choice')
  return null
}

const thinkingOf = (body: JsonObject, losses: Losses): Thinking | null => {
  const { effort } = objectOf(body['output_config'])
  if ((efforts as readonly unknown[]).includes(effort)) return { kind: 'effort', effort: effort as Effort }
  const thinking = objectOf(body['thinking'])
  const tokens = numberOf(thinking['budget_tokens'])
  switch (thinking['type']) {
    case undefined: return null
    case 'disabled': return { kind: 'off' }
    case 'adaptive': return { kind: 'adaptive' }
    case 'enabled': if (tokens !== null) return { kind: 'budget', tokens }
  }
  losses.lost('thinking')
  return null
}

const formatOf = (body: JsonObject, losses: Losses): OutputFormat | null => {
  const config = objectOf(body['output_config'])
  losses.unread(config, new Set(['effort', 'format']), 'output_config.')
  const format = objectOf(config['format'])
  if (format['type'] === 'json_schema' && isObject(format['schema'])) return { kind: 'schema', name: 'answer', schema: format['schema'], strict: true }
  if (format['type'] !== undefined) losses.lost('output_config.format')
  return null
}

/**
 * A message thread is held by the provider that answered last, and the request has only what is new. Threads may be lost at any time, and
 * clients then start a new one with everything: what begins a thread is whole, and its `thread` is only a wish.
 */
const checkThread = (body: JsonObject): void => {
  if (objectOf(body['thread'])['type'] !== 'continue') return
  throw new Failure('request.thread', 'The chosen model\'s provider does not hold this thread.', { detail: { field: 'thread' } })
}

/** @throws Failure request.malformed | request.thread */
export const readMessages = (body: JsonObject, losses: Losses): Conversation => {
  checkThread(body)
  losses.unread(body, read)
  const choice = objectOf(body['tool_choice'])
  const parallel = booleanOf(choice['disable_parallel_tool_use'])
  return {
    system: plainsOf(body['system'], 'system', losses).filter(part => part.kind === 'text'),
    turns: requiredMessages(body).map((message, at) => turnOf(message, at, losses)),
    tools: toolsOf(body, losses), toolChoice: toolChoiceOf(choice, losses), parallelToolCalls: parallel === null ? null : !parallel,
    maxOutputTokens: numberOf(body['max_tokens']), temperature: numberOf(body['temperature']), topP: numberOf(body['top_p']), topK: numberOf(body['top_k']),
    stop: listOf(body['stop_sequences']).filter(entry => typeof entry === 'string'),
    seed: null, presencePenalty: null, frequencyPenalty: null,
    format: formatOf(body, losses), thinking: thinkingOf(body, losses), user: textOf(objectOf(body['metadata'])['user_id']), stream: body['stream'] === true,
  }
}
