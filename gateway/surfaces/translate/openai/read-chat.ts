// An OpenAI chat completion request as a conversation (API reference, "Create chat completion").
import { markSignature } from '../../carried.ts'
import { isObject, malformed, requiredMessages, type JsonObject } from '../../request-fields.ts'
import { efforts, type AssistantPart, type Conversation, type DocumentPart, type Effort, type ImagePart, type OutputFormat, type TextPart, type Thinking, type Tool, type ToolChoice, type Turn, type UserPart } from '../conversation.ts'
import { askedDetail } from '../image-detail.ts'
import type { Losses } from '../losses.ts'
import { sourceOfUrl } from '../media.ts'
import { booleanOf, contentOf, listOf, numberOf, objectOf, objectsOf, requiredText, textOf } from '../members.ts'

const text = (value: string): TextPart => ({ kind: 'text', text: value, cached: false })

const read: ReadonlySet<string> = new Set([
  'model', 'messages', 'tools', 'tool_choice', 'parallel_tool_calls', 'max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'stop', 'seed',
  'presence_penalty', 'frequency_penalty', 'response_format', 'reasoning_effort', 'user', 'safety_identifier', 'stream', 'stream_options', 'n',
  // They change nothing about the answer: where it is cached and kept is the provider's business.
  'prompt_cache_key', 'prompt_cache_retention', 'store', 'metadata',
])

type Media = ImagePart | DocumentPart

const mediaOf = (part: JsonObject): Media | null => {
  if (part['type'] === 'image_url') {
    const image = part['image_url']
    const source = sourceOfUrl(typeof image === 'string' ? image : textOf(objectOf(image)['url']) ?? '')
    return source === null ? null : { kind: 'image', source, cached: false, detail: askedDetail(objectOf(image)['detail']) }
  }
  const file = objectOf(part['file'])
  const data = textOf(file['file_data'])
  const source = data === null ? null : sourceOfUrl(data)
  return source === null ? null : { kind: 'document', source, name: textOf(file['filename']), cached: false }
}

type Part = TextPart | Media

const partsOf = (content: unknown, field: string, losses: Losses): Part[] => {
  const value = contentOf(content, field)
  if (typeof value === 'string') return value === '' ? [] : [text(value)]
  return value.flatMap((part): Part[] => {
    if (part['type'] === 'text') return textOf(part['text']) === '' ? [] : [text(requiredText(part['text'], `${field}.*.text`))]
    if (part['type'] === 'refusal') return [text(textOf(part['refusal']) ?? '')]
    const media = mediaOf(part)
    if (media !== null) return [media]
    losses.lost(`messages.*.content.*.${textOf(part['type']) ?? 'type'}`)
    return []
  })
}

const textsOf = (content: unknown, field: string, losses: Losses): TextPart[] => partsOf(content, field, losses).filter(part => part.kind === 'text')

/** Where Google's own chat completions keep the signature of a call. */
const signatureIn = (call: JsonObject): string | null => {
  const signature = textOf(objectOf(objectOf(call['extra_content'])['google'])['thought_signature'])
  return signature === null ? null : markSignature('gemini', signature)
}

const callsOf = (message: JsonObject, field: string, losses: Losses): AssistantPart[] => listOf(message['tool_calls']).flatMap((call, at) => {
  const called = objectOf(objectOf(call)['function'])
  const id = textOf(objectOf(call)['id'])
  if (id === null || textOf(called['name']) === null) {
    if (objectOf(call)['type'] !== 'custom') throw malformed(`${field}.tool_calls.${at}`, 'must have an id and a function with a name')
    losses.lost('messages.*.tool_calls.*.custom')
    return []
  }
  return [{ kind: 'tool-call', id, name: requiredText(called['name'], field), arguments: textOf(called['arguments']) ?? '{}', cached: false, signature: signatureIn(objectOf(call)) }]
})

/** OpenRouter says whose a signature is (`format`); without a word it is Anthropic's. */
const isAnthropics = ({ format }: JsonObject): boolean => typeof format !== 'string' || format.startsWith('anthropic-')

/** Servers that show their reasoning call it one or the other; without a signature it is only text. */
const thinkingOf = (message: JsonObject): AssistantPart[] => {
  const said = textOf(message['reasoning_content']) ?? textOf(message['reasoning'])
  const details = objectsOf(message['reasoning_details'])
  const parts = details.flatMap((detail): AssistantPart[] => {
    const redacted = detail['type'] === 'reasoning.encrypted' ? textOf(detail['data']) : null
    if (redacted !== null) return [{ kind: 'thinking', text: '', signature: null, redacted: isAnthropics(detail) ? redacted : null }]
    const shown = textOf(detail['text'])
    return shown === null ? [] : [{ kind: 'thinking', text: shown, signature: isAnthropics(detail) ? textOf(detail['signature']) : null, redacted: null }]
  })
  return parts.length > 0 || said === null || said === '' ? parts : [{ kind: 'thinking', text: said, signature: null, redacted: null }]
}

const turnOf = (message: JsonObject, field: string, losses: Losses): Turn | { readonly role: 'tool'; readonly part: UserPart } => {
  const { content, role } = message
  switch (role) {
    case 'system': case 'developer': return { role: 'system', parts: textsOf(content, `${field}.content`, losses) }
    case 'user': return { role: 'user', parts: partsOf(content, `${field}.content`, losses) }
    case 'tool': return {
      role: 'tool',
      part: { kind: 'tool-result', id: requiredText(message['tool_call_id'], `${field}.tool_call_id`), parts: partsOf(content, `${field}.content`, losses), isError: false, cached: false },
    }
    case 'assistant': {
      const said = content === null || content === undefined ? [] : textsOf(content, `${field}.content`, losses)
      const refusal = textOf(message['refusal'])
      return { role: 'assistant', parts: [...thinkingOf(message), ...said, ...refusal === null ? [] : [text(refusal)], ...callsOf(message, field, losses)] }
    }
    default: throw malformed(`${field}.role`, 'must be system, developer, user, assistant or tool for a model whose provider speaks another dialect')
  }
}

const turnsOf = (body: JsonObject, losses: Losses): Turn[] => {
  const turns: Turn[] = []
  requiredMessages(body).forEach((message, at) => {
    const turn = turnOf(message, `messages.${at}`, losses)
    const last = turns.at(-1)
    if (turn.role !== 'tool') turns.push(turn)
    // Results of parallel calls come one message each, and belong to one turn.
    else if (last?.role === 'user' && last.parts.every(part => part.kind === 'tool-result')) turns[turns.length - 1] = { role: 'user', parts: [...last.parts, turn.part] }
    else turns.push({ role: 'user', parts: [turn.part] })
  })
  return turns
}

const toolsOf = (body: JsonObject, losses: Losses): Tool[] => listOf(body['tools']).flatMap((tool, at): Tool[] => {
  const declared = objectOf(objectOf(tool)['function'])
  if (objectOf(tool)['type'] !== 'function') {
    losses.lost(`tools.*.${textOf(objectOf(tool)['type']) ?? 'type'}`)
    return []
  }
  return [{
    name: requiredText(declared['name'], `tools.${at}.function.name`), description: textOf(declared['description']),
    schema: isObject(declared['parameters']) ? declared['parameters'] : { type: 'object', properties: {} }, strict: booleanOf(declared['strict']), cached: false,
  }]
})

const toolChoiceOf = (value: unknown, losses: Losses): ToolChoice | null => {
  if (value === 'auto' || value === 'none') return { kind: value }
  if (value === 'required') return { kind: 'any' }
  const name = textOf(objectOf(objectOf(value)['function'])['name'])
  if (name !== null) return { kind: 'tool', name }
  if (value !== undefined && value !== null) losses.lost('tool_choice')
  return null
}

const formatOf = (value: unknown, losses: Losses): OutputFormat | null => {
  const format = objectOf(value)
  if (format['type'] === 'json_object') return { kind: 'json' }
  const declared = objectOf(format['json_schema'])
  if (format['type'] === 'json_schema' && isObject(declared['schema'])) {
    return { kind: 'schema', name: textOf(declared['name']) ?? 'answer', schema: declared['schema'], strict: booleanOf(declared['strict']) }
  }
  if (format['type'] !== undefined && format['type'] !== 'text') losses.lost('response_format')
  return null
}

const thinkingWish = (value: unknown, losses: Losses): Thinking | null => {
  if (value === 'none') return { kind: 'off' }
  if ((efforts as readonly unknown[]).includes(value)) return { kind: 'effort', effort: value as Effort }
  if (value !== undefined && value !== null) losses.lost('reasoning_effort')
  return null
}

/** @throws Failure request.malformed */
export const readChat = (body: JsonObject, losses: Losses): Conversation => {
  losses.unread(body, read)
  if (numberOf(body['n']) !== null && body['n'] !== 1) losses.lost('n')
  const turns = turnsOf(body, losses)
  const first = turns.findIndex(turn => turn.role !== 'system')
  const leading = first === -1 ? turns.length : first
  const { stop } = body
  return {
    system: turns.slice(0, leading).flatMap(turn => turn.role === 'system' ? turn.parts : []),
    turns: turns.slice(leading),
    tools: toolsOf(body, losses), toolChoice: toolChoiceOf(body['tool_choice'], losses), parallelToolCalls: booleanOf(body['parallel_tool_calls']),
    maxOutputTokens: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    temperature: numberOf(body['temperature']), topP: numberOf(body['top_p']), topK: null,
    stop: typeof stop === 'string' ? [stop] : listOf(stop).filter(entry => typeof entry === 'string'),
    seed: numberOf(body['seed']), presencePenalty: numberOf(body['presence_penalty']), frequencyPenalty: numberOf(body['frequency_penalty']),
    format: formatOf(body['response_format'], losses), thinking: thinkingWish(body['reasoning_effort'], losses),
    user: textOf(body['safety_identifier']) ?? textOf(body['user']), stream: body['stream'] === true,
  }
}
