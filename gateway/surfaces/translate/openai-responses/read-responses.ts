// An OpenAI Responses request as a conversation (API reference, "Create a model response").
import { isObject, malformed, type JsonObject } from '../../request-fields.ts'
import { efforts, type Conversation, type Effort, type OutputFormat, type Thinking, type Tool, type ToolChoice } from '../conversation.ts'
import type { Losses } from '../losses.ts'
import { booleanOf, listOf, numberOf, objectOf, objectsOf, requiredText, textOf } from '../members.ts'
import { customToolSchema, nameIn } from './caller-tools.ts'
import { readItems } from './read-items.ts'

const read: ReadonlySet<string> = new Set([
  'model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls', 'max_output_tokens', 'temperature', 'top_p', 'text', 'reasoning', 'user', 'safety_identifier',
  'stream', 'include', 'truncation', 'service_tier', 'background',
  // Kept by the gateway, or echoed by it.
  'store', 'metadata', 'previous_response_id',
  // They change nothing about the answer: where it is cached, how its stream is padded, what Codex tells OpenAI of itself.
  'prompt_cache_key', 'prompt_cache_retention', 'stream_options', 'client_metadata',
])

const functionOf = (tool: JsonObject, namespace: string | null, field: string): Tool => {
  const name = nameIn(namespace, requiredText(tool['name'], `${field}.name`))
  if (tool['type'] === 'custom') return { name, description: textOf(tool['description']), schema: customToolSchema, strict: null, cached: false }
  const schema = isObject(tool['parameters']) ? tool['parameters'] : { type: 'object', properties: {} }
  return { name, description: textOf(tool['description']), schema, strict: booleanOf(tool['strict']), cached: false }
}

const isFunction = (type: unknown): boolean => type === 'function' || type === 'custom'

/** One tool, or those of a namespace. */
const functionsOf = (tool: JsonObject, namespace: string | null, field: string, losses: Losses): Tool[] => {
  if (objectOf(tool['format'])['type'] === 'grammar') losses.lost('tools.*.format')
  if (isFunction(tool['type'])) return [functionOf(tool, namespace, field)]
  if (tool['type'] === 'namespace' && namespace === null) {
    const name = requiredText(tool['name'], `${field}.name`)
    // What is said of the group has no place in any of its tools.
    if (textOf(tool['description']) !== null) losses.lost('tools.*.description')
    return objectsOf(tool['tools']).flatMap((one, at) => functionsOf(one, name, `${field}.tools.${at}`, losses))
  }
  // Tools that the provider runs itself: nobody else runs them.
  losses.lost(`tools.*.${textOf(tool['type']) ?? 'type'}`)
  return []
}

const toolChoiceOf = (value: unknown, losses: Losses): ToolChoice | null => {
  if (value === 'auto' || value === 'none') return { kind: value }
  if (value === 'required') return { kind: 'any' }
  const choice = objectOf(value)
  const name = textOf(choice['name'])
  if (isFunction(choice['type']) && name !== null) return { kind: 'tool', name: nameIn(textOf(choice['namespace']), name) }
  if (choice['type'] === 'allowed_tools') return { kind: choice['mode'] === 'required' ? 'any' : 'auto' }
  if (value !== undefined && value !== null) losses.lost('tool_choice')
  return null
}

/** With `allowed_tools` the model may use some of the tools: elsewhere it is told of no others. */
const allowedOf = (value: unknown): ((tool: Tool) => boolean) => {
  const choice = objectOf(value)
  if (choice['type'] !== 'allowed_tools') return () => true
  const allowed = objectsOf(choice['tools']).map(tool => ({ group: tool['type'] === 'namespace', name: nameIn(textOf(tool['namespace']), textOf(tool['name']) ?? '') }))
  return tool => allowed.some(({ group, name }) => group ? tool.name.startsWith(`${name}__`) : tool.name === name)
}

const toolsOf = (body: JsonObject, losses: Losses): Tool[] =>
  listOf(body['tools']).flatMap((tool, at) => functionsOf(objectOf(tool), null, `tools.${at}`, losses)).filter(allowedOf(body['tool_choice']))

const formatOf = (text: JsonObject, losses: Losses): OutputFormat | null => {
  losses.unread(text, new Set(['format']), 'text.')
  const format = objectOf(text['format'])
  if (format['type'] === 'json_object') return { kind: 'json' }
  if (format['type'] === 'json_schema' && isObject(format['schema'])) return { kind: 'schema', name: textOf(format['name']) ?? 'answer', schema: format['schema'], strict: booleanOf(format['strict']) }
  if (format['type'] !== undefined && format['type'] !== 'text') losses.lost('text.format')
  return null
}

const thinkingOf = (reasoning: JsonObject, losses: Losses): Thinking | null => {
  // A summary is asked for so that thinking is shown, which it is here.
  losses.unread(reasoning, new Set(['effort', 'summary', 'generate_summary']), 'reasoning.')
  const { effort } = reasoning
  if (effort === 'none') return { kind: 'off' }
  if ((efforts as readonly unknown[]).includes(effort)) return { kind: 'effort', effort: effort as Effort }
  if (effort !== undefined && effort !== null) losses.lost('reasoning.effort')
  return null
}

const noteDefaults = (body: JsonObject, losses: Losses): void => {
  if (body['truncation'] === 'auto') losses.lost('truncation')
  const tier = body['service_tier']
  if (tier !== undefined && tier !== null && tier !== 'auto' && tier !== 'default') losses.lost('service_tier')
  for (const wish of listOf(body['include'])) if (wish !== 'reasoning.encrypted_content') losses.lost('include')
}

/** What another provider cannot know of: without it the request would be about something else. @throws Failure request.malformed */
const checkSaid = (body: JsonObject): void => {
  for (const field of ['previous_response_id', 'conversation', 'prompt']) {
    if (body[field] !== undefined && body[field] !== null) throw malformed(field, 'is kept by another provider than the chosen model\'s; send the whole conversation as input')
  }
}

/** @throws Failure request.malformed */
export const readResponses = (body: JsonObject, losses: Losses): Conversation => {
  checkSaid(body)
  losses.unread(body, read)
  noteDefaults(body, losses)
  const turns = readItems(body['input'], losses)
  const first = turns.findIndex(turn => turn.role !== 'system')
  const leading = first === -1 ? turns.length : first
  const instructions = textOf(body['instructions'])
  return {
    system: [
      ...instructions === null || instructions === '' ? [] : [{ kind: 'text' as const, text: instructions, cached: false }],
      ...turns.slice(0, leading).flatMap(turn => turn.role === 'system' ? turn.parts : []),
    ],
    turns: turns.slice(leading),
    tools: toolsOf(body, losses), toolChoice: toolChoiceOf(body['tool_choice'], losses), parallelToolCalls: booleanOf(body['parallel_tool_calls']),
    maxOutputTokens: numberOf(body['max_output_tokens']), temperature: numberOf(body['temperature']), topP: numberOf(body['top_p']), topK: null,
    stop: [], seed: null, presencePenalty: null, frequencyPenalty: null,
    format: formatOf(objectOf(body['text']), losses), thinking: thinkingOf(objectOf(body['reasoning']), losses),
    user: textOf(body['safety_identifier']) ?? textOf(body['user']), stream: body['stream'] === true,
  }
}
