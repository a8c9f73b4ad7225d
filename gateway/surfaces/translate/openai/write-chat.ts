// A conversation as an OpenAI chat completion request. Servers of this dialect differ: what only some know is sent only where it is needed.
import { unsigned } from '../../anthropic/unsigned-thinking.ts'
import type { AssistantPart, Conversation, DocumentPart, ImagePart, TextPart, ToolCallPart, ToolResultPart, Turn, UserPart } from '../conversation.ts'
import { detailFor } from '../image-detail.ts'
import { urlOfSource } from '../media.ts'
import type { Target, Writing } from '../target.ts'
import { wordOf } from '../thinking.ts'
import { shortName } from '../tool-names.ts'

type Json = Record<string, unknown>

const noteCache = (parts: readonly { readonly kind: string; readonly cached?: boolean }[], { losses, names }: Writing): void => {
  if (parts.some(part => part.cached === true)) losses.lost(names.cached)
}

const joined = (parts: readonly TextPart[]): string => parts.map(part => part.text).join('\n\n')

const contentPart = (part: TextPart | ImagePart | DocumentPart, writing: Writing): Json | null => {
  if (part.kind === 'text') return { type: 'text', text: part.text }
  if (part.kind === 'image') {
    const detail = detailFor('openai', part)
    return { type: 'image_url', image_url: { url: urlOfSource(part.source), ...detail === null ? {} : { detail } } }
  }
  if (part.source.kind === 'url') {
    writing.losses.lost(writing.names.document)
    return null
  }
  return { type: 'file', file: { filename: part.name ?? 'document', file_data: urlOfSource(part.source) } }
}

/** One text is said as a string, which every server understands. */
const contentOf = (parts: readonly (TextPart | ImagePart | DocumentPart)[], writing: Writing): string | Json[] => {
  noteCache(parts, writing)
  if (parts.every(part => part.kind === 'text') && parts.length <= 1) return parts[0]?.text ?? ''
  return parts.map(part => contentPart(part, writing)).filter(part => part !== null)
}

/** Results hold text only here; what a tool showed besides follows as the user's. */
const resultMessage = (part: ToolResultPart, writing: Writing): Json => {
  noteCache([part, ...part.parts], writing)
  const said = joined(part.parts.filter(one => one.kind === 'text'))
  return { role: 'tool', tool_call_id: part.id, content: part.isError ? `Error: ${said}` : said }
}

const isResult = (part: UserPart): part is ToolResultPart => part.kind === 'tool-result'

const userMessages = (parts: readonly UserPart[], writing: Writing): Json[] => {
  const results = parts.filter(isResult)
  const shown = results.flatMap(result => result.parts.filter(part => part.kind !== 'text'))
  const said = [...shown, ...parts.filter(part => !isResult(part))]
  return [...results.map(part => resultMessage(part, writing)), ...said.length === 0 ? [] : [{ role: 'user', content: contentOf(said, writing) }]]
}

/** Reasoning that the same kind of server wrote, where it wants it back. Other models neither need nor accept it; it stays with the caller. */
const echoOf = (parts: readonly AssistantPart[], { losses, names, target }: Writing): Json => {
  const thoughts = parts.filter(part => part.kind === 'thinking')
  const own = thoughts.filter(part => part.redacted === null && (part.signature === null || part.signature === unsigned))
  const member = target.quirks?.echoesReasoning ?? null
  if (thoughts.length > (member === null ? 0 : own.length)) losses.lost(names.thinkingPart)
  return member === null || own.length === 0 ? {} : { [member]: own.map(part => part.text).join('') }
}

const assistantMessage = (turn: Extract<Turn, { role: 'assistant' }>, writing: Writing): Json => {
  noteCache(turn.parts, writing)
  const echo = echoOf(turn.parts, writing)
  const texts = turn.parts.filter(part => part.kind === 'text')
  const calls = turn.parts.filter((part): part is ToolCallPart => part.kind === 'tool-call')
  return {
    // Only calls may stand for a text: Ollama refuses a turn with neither, which is what is left of one that only thought.
    role: 'assistant', content: texts.length === 0 && calls.length > 0 ? null : joined(texts), ...echo,
    ...calls.length === 0 ? {} : { tool_calls: calls.map(call => ({ id: call.id, type: 'function', function: { name: shortName(call.name), arguments: call.arguments } })) },
  }
}

const messagesOf = (turns: readonly Turn[], writing: Writing): Json[] => turns.flatMap(turn => {
  switch (turn.role) {
    case 'user': return userMessages(turn.parts, writing)
    case 'assistant': return [assistantMessage(turn, writing)]
    case 'system': return [{ role: 'system', content: joined(turn.parts) }]
  }
})

const toolsOf = ({ parallelToolCalls, toolChoice, tools }: Conversation, writing: Writing): Json => {
  if (tools.length === 0) return {}
  noteCache(tools.map(tool => ({ kind: 'tool', cached: tool.cached })), writing)
  return {
    tools: tools.map(tool => ({
      type: 'function',
      function: { name: shortName(tool.name), ...tool.description === null ? {} : { description: tool.description }, parameters: tool.schema, ...tool.strict === true ? { strict: true } : {} },
    })),
    ...toolChoice === null ? {} : { tool_choice: toolChoice.kind === 'tool' ? { type: 'function', function: { name: shortName(toolChoice.name) } } : toolChoice.kind === 'any' ? 'required' : toolChoice.kind },
    ...parallelToolCalls === null ? {} : { parallel_tool_calls: parallelToolCalls },
  }
}

const formatOf = ({ format }: Conversation): Json => {
  if (format === null) return {}
  if (format.kind === 'json') return { response_format: { type: 'json_object' } }
  return { response_format: { type: 'json_schema', json_schema: { name: format.name, schema: format.schema, ...format.strict === null ? {} : { strict: format.strict } } } }
}

const thinkingOf = ({ thinking }: Conversation, { losses, names, target }: Writing): Json => {
  if (thinking === null || thinking.kind === 'adaptive') return {}
  // Models that do not reason refuse the member, even to switch it off.
  if (!target.capabilities.includes('thinking')) {
    if (thinking.kind !== 'off') losses.lost(names.thinking)
    return {}
  }
  const word = wordOf(thinking)
  return { reasoning_effort: word === 'minimal' ? target.quirks?.leastEffort ?? word : word }
}

/** What the server would refuse the whole request for. */
const isRefused = (member: 'user' | 'seed', name: string, { losses, target }: Writing): boolean => {
  const refused = target.quirks?.refuses.includes(member) === true
  if (refused) losses.lost(name)
  return refused
}

const sampling = (conversation: Conversation, writing: Writing): Json => {
  const { losses, names } = writing
  const { frequencyPenalty, presencePenalty, seed, stop, temperature, topK, topP } = conversation
  if (topK !== null) losses.lost(names.topK)
  return {
    ...temperature === null ? {} : { temperature }, ...topP === null ? {} : { top_p: topP }, ...stop.length === 0 ? {} : { stop },
    ...seed === null || isRefused('seed', names.seed, writing) ? {} : { seed }, ...presencePenalty === null ? {} : { presence_penalty: presencePenalty }, ...frequencyPenalty === null ? {} : { frequency_penalty: frequencyPenalty },
  }
}

/** OpenAI's own reasoning models refuse max_tokens, and other servers do not know its successor. */
const limitMember = ({ model, quirks }: Target): 'max_tokens' | 'max_completion_tokens' => quirks?.limit ?? (/^(?:gpt-[5-9]|o\d)/.test(model) ? 'max_completion_tokens' : 'max_tokens')

/** @returns the body of POST /v1/chat/completions */
export const writeChat = (conversation: Conversation, writing: Writing): Json => {
  const { maxOutputTokens, stream, system, turns, user } = conversation
  const { target } = writing
  noteCache(system, writing)
  return {
    model: target.model,
    messages: [...system.length === 0 ? [] : [{ role: 'system', content: joined(system) }], ...messagesOf(turns, writing)],
    ...maxOutputTokens === null ? {} : { [limitMember(target)]: Math.min(maxOutputTokens, target.maxOutputTokens) },
    ...toolsOf(conversation, writing), ...formatOf(conversation), ...thinkingOf(conversation, writing), ...sampling(conversation, writing),
    ...user === null || isRefused('user', writing.names.user, writing) ? {} : { user },
    ...stream ? { stream: true, ...target.quirks?.streamOptions === false ? {} : { stream_options: { include_usage: true } } } : {},
  }
}
