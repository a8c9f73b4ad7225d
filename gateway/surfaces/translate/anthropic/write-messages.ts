// A conversation as an Anthropic Messages request. Roles alternate, results come first in their turn, and nothing may be empty.
import type { AssistantPart, Conversation, DocumentPart, ImagePart, MediaSource, TextPart, Turn, UserPart } from '../conversation.ts'
import { isCarried } from '../../carried.ts'
import { parsedObject } from '../members.ts'
import type { Writing } from '../target.ts'
import { nameFor } from '../tool-names.ts'
import { budgetOf } from '../thinking.ts'

type Json = Record<string, unknown>

const cacheOf = ({ cached }: { readonly cached: boolean }): Json => cached ? { cache_control: { type: 'ephemeral' } } : {}

const sourceOf = (source: MediaSource): Json => source.kind === 'url' ? { type: 'url', url: source.url } : { type: 'base64', media_type: source.mediaType, data: source.data }

const plainBlock = (part: TextPart | ImagePart | DocumentPart): Json | null => {
  if (part.kind === 'text') return part.text === '' ? null : { type: 'text', text: part.text, ...cacheOf(part) }
  if (part.kind === 'image') return { type: 'image', source: sourceOf(part.source), ...cacheOf(part) }
  return { type: 'document', source: sourceOf(part.source), ...part.name === null ? {} : { title: part.name }, ...cacheOf(part) }
}

const plainBlocks = (parts: readonly (TextPart | ImagePart | DocumentPart)[]): Json[] => parts.map(plainBlock).filter(block => block !== null)

/** Ids of other providers may hold what this API does not take. Equal ids stay equal. */
const idOf = (id: string): string => id.replace(/[^a-zA-Z0-9_-]/g, '_')

const userBlocks = (parts: readonly UserPart[]): Json[] => {
  const results = parts.filter(part => part.kind === 'tool-result').map(part => ({
    type: 'tool_result', tool_use_id: idOf(part.id), content: plainBlocks(part.parts), ...part.isError ? { is_error: true } : {}, ...cacheOf(part),
  }))
  return [...results, ...plainBlocks(parts.filter(part => part.kind !== 'tool-result'))]
}

const assistantBlock = (part: AssistantPart, { losses, names }: Writing, field: string): Json | null => {
  if (part.kind === 'text') return plainBlock(part)
  if (part.kind === 'tool-call') {
    const input = parsedObject(part.arguments)
    // A model wrote it, and the history has to go on: what is no object is carried as text in one.
    if (input === null) losses.lost(field)
    return { type: 'tool_use', id: idOf(part.id), name: nameFor('anthropic', part.name), input: input ?? { arguments: part.arguments }, ...cacheOf(part) }
  }
  if (part.redacted !== null) return { type: 'redacted_thinking', data: part.redacted }
  if (part.signature !== null && !isCarried(part.signature)) return { type: 'thinking', thinking: part.text, signature: part.signature }
  losses.lost(names.thinkingPart)
  return null
}

interface Message { readonly role: 'user' | 'assistant'; readonly content: Json[] }

const messageOf = (turn: Turn, writing: Writing): Message => {
  if (turn.role === 'user') return { role: 'user', content: userBlocks(turn.parts) }
  if (turn.role === 'assistant') return { role: 'assistant', content: turn.parts.map(part => assistantBlock(part, writing, 'messages.*.tool_calls.*.function.arguments')).filter(block => block !== null) }
  // Only the newest models take instructions between the turns; as the user's words every one hears them.
  writing.losses.lost(writing.names.systemTurn)
  return { role: 'user', content: plainBlocks(turn.parts) }
}

/** Neighbours of one role become one message; results stay in front. */
const messagesOf = (turns: readonly Turn[], writing: Writing): Message[] => {
  const messages: Message[] = []
  for (const turn of turns) {
    const message = messageOf(turn, writing)
    const last = messages.at(-1)
    if (message.content.length === 0) continue
    if (last?.role !== message.role) messages.push(message)
    else {
      const all = [...last.content, ...message.content]
      const isResult = (block: Json): boolean => block['type'] === 'tool_result'
      last.content.splice(0, last.content.length, ...all.filter(isResult), ...all.filter(block => !isResult(block)))
    }
  }
  return messages
}

const toolChoiceOf = ({ parallelToolCalls, toolChoice }: Conversation): Json => {
  if (toolChoice === null && parallelToolCalls !== false) return {}
  const single = parallelToolCalls === false && toolChoice?.kind !== 'none' ? { disable_parallel_tool_use: true } : {}
  if (toolChoice?.kind === 'tool') return { tool_choice: { type: 'tool', name: nameFor('anthropic', toolChoice.name), ...single } }
  return { tool_choice: { type: toolChoice?.kind ?? 'auto', ...single } }
}

const toolsOf = (conversation: Conversation): Json => conversation.tools.length === 0 ? {} : {
  tools: conversation.tools.map(tool => ({
    name: nameFor('anthropic', tool.name), ...tool.description === null ? {} : { description: tool.description }, input_schema: { ...tool.schema, type: 'object' },
    ...tool.strict === true ? { strict: true } : {}, ...cacheOf(tool),
  })),
  ...toolChoiceOf(conversation),
}

/** With thinking on, an answer that called tools has to come back with its signed thinking; callers of other dialects do not keep that. */
const canThink = ({ toolChoice, turns }: Conversation): boolean => {
  if (toolChoice?.kind === 'any' || toolChoice?.kind === 'tool') return false
  const last = turns.findLast(turn => turn.role === 'assistant')
  return last === undefined || !last.parts.some(part => part.kind === 'tool-call') || last.parts.some(part => part.kind === 'thinking' && (part.redacted !== null || (part.signature !== null && !isCarried(part.signature))))
}

const leastBudget = 1024

const thinkingOf = (conversation: Conversation, maxTokens: number, { losses, names, target }: Writing): Json => {
  const { thinking } = conversation
  if (thinking === null || thinking.kind === 'off') return {}
  const wanted = thinking.kind === 'budget' ? thinking.tokens : thinking.kind === 'effort' ? budgetOf(thinking.effort) : budgetOf('medium')
  const budget = Math.min(wanted, Math.floor(maxTokens / 2))
  if (budget >= leastBudget && target.capabilities.includes('thinking') && canThink(conversation)) return { thinking: { type: 'enabled', budget_tokens: budget } }
  losses.lost(names.thinking)
  return {}
}

const samplingOf = (conversation: Conversation, isThinking: boolean, { losses, names }: Writing): Json => {
  const { frequencyPenalty, presencePenalty, seed, stop, temperature, topK, topP } = conversation
  for (const name of ['frequencyPenalty', 'presencePenalty', 'seed'] as const) if ({ frequencyPenalty, presencePenalty, seed }[name] !== null) losses.lost(names[name])
  // Above 1 this API knows nothing, and with thinking it takes 1 only.
  if (temperature !== null && (temperature > 1 || (isThinking && temperature !== 1))) losses.lost(names.temperature)
  // Blank stop sequences are refused.
  const stops = stop.filter(sequence => sequence.trim() !== '')
  if (stops.length < stop.length) losses.lost(names.stop)
  return {
    ...temperature === null || isThinking ? {} : { temperature: Math.min(1, temperature) }, ...topP === null || isThinking ? {} : { top_p: topP }, ...topK === null || isThinking ? {} : { top_k: topK },
    ...stops.length === 0 ? {} : { stop_sequences: stops },
  }
}

const formatOf = ({ format }: Conversation, { losses, names, target }: Writing): Json => {
  if (format === null) return {}
  if (format.kind === 'schema' && target.capabilities.includes('json_schema')) return { output_config: { format: { type: 'json_schema', schema: format.schema } } }
  losses.lost(names.format)
  return {}
}

/** @returns the body of POST /v1/messages */
export const writeMessages = (conversation: Conversation, writing: Writing): Json => {
  const { maxOutputTokens, stream, system, turns, user } = conversation
  const { target } = writing
  const maxTokens = Math.max(1, Math.min(maxOutputTokens ?? target.maxOutputTokens, target.maxOutputTokens))
  const instructions = plainBlocks(system)
  const thinking = thinkingOf(conversation, maxTokens, writing)
  const messages = messagesOf(turns, writing)
  // A conversation begins with the user here.
  if (messages[0]?.role !== 'user') messages.unshift({ role: 'user', content: [{ type: 'text', text: '(continued)' }] })
  return {
    model: target.model, max_tokens: maxTokens, messages, ...instructions.length === 0 ? {} : { system: instructions },
    ...toolsOf(conversation), ...thinking, ...samplingOf(conversation, 'thinking' in thinking, writing), ...formatOf(conversation, writing),
    ...user === null ? {} : { metadata: { user_id: user } }, ...stream ? { stream: true } : {},
  }
}
