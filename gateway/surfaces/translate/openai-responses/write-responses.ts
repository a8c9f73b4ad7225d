// A conversation as an OpenAI Responses request. The provider is asked to keep nothing: the caller has the conversation.
import { carriedFor } from '../../carried.ts'
import type { AssistantPart, Conversation, DocumentPart, ImagePart, TextPart, Turn, UserPart } from '../conversation.ts'
import { detailFor } from '../image-detail.ts'
import { urlOfSource } from '../media.ts'
import type { Writing } from '../target.ts'
import { wordOf } from '../thinking.ts'
import { shortName } from '../tool-names.ts'

type Json = Record<string, unknown>

const noteCache = (parts: readonly { readonly cached?: boolean }[], { losses, names }: Writing): void => {
  if (parts.some(part => part.cached === true)) losses.lost(names.cached)
}

const contentPart = (part: TextPart | ImagePart | DocumentPart): Json => {
  if (part.kind === 'text') return { type: 'input_text', text: part.text }
  if (part.kind === 'image') return { type: 'input_image', detail: detailFor('openai-responses', part) ?? 'auto', image_url: urlOfSource(part.source) }
  if (part.source.kind === 'url') return { type: 'input_file', file_url: part.source.url }
  return { type: 'input_file', filename: part.name ?? 'document', file_data: urlOfSource(part.source) }
}

const outputOf = (parts: readonly (TextPart | ImagePart | DocumentPart)[], isError: boolean): string | Json[] => {
  const prefix = isError ? 'Error: ' : ''
  if (parts.every(part => part.kind === 'text')) return prefix + parts.map(part => part.text).join('\n\n')
  return [...isError ? [{ type: 'input_text', text: prefix.trim() }] : [], ...parts.map(contentPart)]
}

const userItems = (parts: readonly UserPart[], writing: Writing): Json[] => {
  noteCache(parts, writing)
  const results = parts.flatMap((part): Json[] => {
    if (part.kind !== 'tool-result') return []
    noteCache(part.parts, writing)
    return [{ type: 'function_call_output', call_id: part.id, output: outputOf(part.parts, part.isError) }]
  })
  const said = parts.filter(part => part.kind !== 'tool-result')
  return [...results, ...said.length === 0 ? [] : [{ type: 'message', role: 'user', content: said.map(contentPart) }]]
}

const assistantItem = (part: AssistantPart, { losses, names }: Writing): Json | null => {
  switch (part.kind) {
    case 'text': return part.text === '' ? null : { type: 'message', role: 'assistant', content: part.text }
    case 'tool-call': return { type: 'function_call', call_id: part.id, name: shortName(part.name), arguments: part.arguments }
    case 'thinking': {
      const carried = part.signature === null ? null : carriedFor('openai-responses', part.signature, part.text)
      if (carried === null) losses.lost(names.thinkingPart)
      return carried === null ? null : {
        type: 'reasoning', ...carried.id === null ? {} : { id: carried.id }, summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }], encrypted_content: carried.secret,
      }
    }
  }
}

const itemsOf = (turns: readonly Turn[], writing: Writing): Json[] => turns.flatMap((turn): Json[] => {
  switch (turn.role) {
    case 'user': return userItems(turn.parts, writing)
    case 'system': return [{ type: 'message', role: 'developer', content: turn.parts.map(contentPart) }]
    case 'assistant':
      noteCache(turn.parts.filter(part => part.kind !== 'thinking'), writing)
      return turn.parts.map(part => assistantItem(part, writing)).filter(item => item !== null)
  }
})

const toolsOf = ({ parallelToolCalls, toolChoice, tools }: Conversation, writing: Writing): Json => {
  if (tools.length === 0) return {}
  noteCache(tools, writing)
  return {
    tools: tools.map(tool => ({
      type: 'function', name: shortName(tool.name), ...tool.description === null ? {} : { description: tool.description }, parameters: tool.schema,
      // Here the default is true, and most schemas are not written for it.
      strict: tool.strict ?? false,
    })),
    ...toolChoice === null ? {} : { tool_choice: toolChoice.kind === 'tool' ? { type: 'function', name: shortName(toolChoice.name) } : toolChoice.kind === 'any' ? 'required' : toolChoice.kind },
    ...parallelToolCalls === null ? {} : { parallel_tool_calls: parallelToolCalls },
  }
}

const formatOf = ({ format }: Conversation): Json => {
  if (format === null) return {}
  if (format.kind === 'json') return { text: { format: { type: 'json_object' } } }
  return { text: { format: { type: 'json_schema', name: format.name, schema: format.schema, ...format.strict === null ? {} : { strict: format.strict } } } }
}

const thinkingOf = ({ thinking }: Conversation, { losses, names, target }: Writing): Json => {
  if (!target.capabilities.includes('thinking')) {
    if (thinking !== null && thinking.kind !== 'off') losses.lost(names.thinking)
    return {}
  }
  const encrypted = { include: ['reasoning.encrypted_content'] }
  if (thinking === null) return encrypted
  const effort = wordOf(thinking)
  if (effort === 'none') return { ...encrypted, reasoning: { effort } }
  return { ...encrypted, reasoning: { ...effort === null ? {} : { effort }, summary: 'auto' } }
}

const sampling = (conversation: Conversation, { losses, names }: Writing): Json => {
  const { frequencyPenalty, presencePenalty, seed, stop, temperature, topK, topP } = conversation
  for (const name of ['frequencyPenalty', 'presencePenalty', 'seed', 'topK'] as const) if ({ frequencyPenalty, presencePenalty, seed, topK }[name] !== null) losses.lost(names[name])
  if (stop.length > 0) losses.lost(names.stop)
  return { ...temperature === null ? {} : { temperature }, ...topP === null ? {} : { top_p: topP } }
}

/** Fewer are refused. */
const leastTokens = 16

/** @returns the body of POST /v1/responses */
export const writeResponses = (conversation: Conversation, writing: Writing): Json => {
  const { maxOutputTokens, stream, system, turns, user } = conversation
  const { target } = writing
  noteCache(system, writing)
  return {
    model: target.model, ...system.length === 0 ? {} : { instructions: system.map(part => part.text).join('\n\n') }, input: itemsOf(turns, writing),
    ...maxOutputTokens === null ? {} : { max_output_tokens: Math.max(leastTokens, Math.min(maxOutputTokens, target.maxOutputTokens)) },
    ...toolsOf(conversation, writing), ...formatOf(conversation), ...thinkingOf(conversation, writing), ...sampling(conversation, writing),
    ...user === null ? {} : { safety_identifier: user }, store: false, ...stream ? { stream: true } : {},
  }
}
