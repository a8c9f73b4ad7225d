// A conversation as a request of the Converse API (Amazon Bedrock API reference, "Converse"). Roles alternate, results come first in their
// turn, and no text may be blank.
import { hash } from 'node:crypto'
import { isCarried } from '../../carried.ts'
import type { AssistantPart, Conversation, DocumentPart, ImagePart, TextPart, ToolCallPart, ToolResultPart, Turn, UserPart } from '../conversation.ts'
import { parsedObject } from '../members.ts'
import type { Writing } from '../target.ts'
import { shortName } from '../tool-names.ts'
import { mark, marked, type Converse, type Json } from './converse.ts'
import { DocumentNames, documentBlock, imageBlock } from './media.ts'
import { familyOf } from './model-family.ts'
import { toolsOf } from './write-tools.ts'

const textBlock = ({ text }: TextPart): Json | null => text.trim() === '' ? null : { text }

const plainBlock = (part: TextPart | ImagePart | DocumentPart, { documents, losses, names }: Converse): Json | null => {
  if (part.kind === 'text') return textBlock(part)
  const block = part.kind === 'image' ? imageBlock(part) : documentBlock(part, documents)
  if (block === null) losses.lost(part.kind === 'document' ? names.document : part.source.kind === 'url' ? names.imageUrl : names.image)
  return block
}

const longestId = 64

/** Ids of other providers may be longer, or hold what this API does not take. Equal ids stay equal. */
const idOf = (id: string): string => {
  const plain = id.replace(/[^a-zA-Z0-9_-]/g, '_')
  return plain.length <= longestId ? plain : hash('sha256', id, 'hex').slice(0, longestId)
}

const resultBlocks = (part: ToolResultPart, converse: Converse): Json[] => {
  const content = part.parts.map(one => plainBlock(one, converse)).filter(block => block !== null)
  for (const one of part.parts) if (one.cached && !part.cached) converse.losses.lost(converse.names.cached)
  return marked({ toolResult: { toolUseId: idOf(part.id), content: content.length === 0 ? [{ text: '(empty)' }] : content, ...part.isError ? { status: 'error' } : {} } }, part, converse)
}

const userBlocks = (parts: readonly UserPart[], converse: Converse): Json[] => {
  const results = parts.flatMap(part => part.kind === 'tool-result' ? resultBlocks(part, converse) : [])
  const said = parts.flatMap(part => part.kind === 'tool-result' ? [] : marked(plainBlock(part, converse), part, converse))
  // A paper comes with words about it, or is refused.
  const isSilent = said.some(block => 'document' in block) && !said.some(block => 'text' in block)
  return [...results, ...said, ...isSilent ? [{ text: '(document)' }] : []]
}

const callBlock = (part: ToolCallPart, { losses }: Converse): Json => {
  const input = parsedObject(part.arguments)
  // A model wrote it, and the history has to go on: what is no object is carried as text in one.
  if (input === null) losses.lost('messages.*.tool_calls.*.function.arguments')
  return { toolUse: { toolUseId: idOf(part.id), name: shortName(part.name), input: input ?? { arguments: part.arguments } } }
}

const assistantBlocks = (part: AssistantPart, converse: Converse): Json[] => {
  if (part.kind === 'text') return marked(textBlock(part), part, converse)
  if (part.kind === 'tool-call') return marked(callBlock(part, converse), part, converse)
  if (converse.family.takesReasoning) {
    if (part.redacted !== null) return [{ reasoningContent: { redactedContent: part.redacted } }]
    if (part.signature !== null && !isCarried(part.signature)) return [{ reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } }]
  }
  converse.losses.lost(converse.names.thinkingPart)
  return []
}

interface Message { readonly role: 'user' | 'assistant'; readonly content: Json[] }

const messageOf = (turn: Turn, converse: Converse): Message => {
  if (turn.role === 'user') return { role: 'user', content: userBlocks(turn.parts, converse) }
  if (turn.role === 'assistant') return { role: 'assistant', content: turn.parts.flatMap(part => assistantBlocks(part, converse)) }
  converse.losses.lost(converse.names.systemTurn)
  return { role: 'user', content: turn.parts.flatMap(part => marked(textBlock(part), part, converse)) }
}

const isResult = (block: Json): boolean => 'toolResult' in block

const messagesOf = (turns: readonly Turn[], converse: Converse): Message[] => {
  const messages: Message[] = []
  for (const turn of turns) {
    const message = messageOf(turn, converse)
    const last = messages.at(-1)
    if (message.content.length === 0) continue
    if (last?.role !== message.role) messages.push(message)
    // Behind a mark nothing is moved: it would be cached differently each time.
    else if (last.content.includes(mark)) last.content.push(...message.content)
    else {
      const all = [...last.content, ...message.content]
      last.content.splice(0, last.content.length, ...all.filter(isResult), ...all.filter(block => !isResult(block)))
    }
  }
  if (messages[0]?.role !== 'user') messages.unshift({ role: 'user', content: [{ text: '(continued)' }] })
  return messages
}

/** With thinking on, an answer that called tools has to come back with its signed reasoning; callers of other dialects do not keep that. */
const canThink = ({ toolChoice, turns }: Conversation): boolean => {
  if (toolChoice?.kind === 'any' || toolChoice?.kind === 'tool') return false
  const last = turns.findLast(turn => turn.role === 'assistant')
  return last === undefined || !last.parts.some(part => part.kind === 'tool-call') || last.parts.some(part => part.kind === 'thinking' && (part.signature ?? part.redacted) !== null)
}

/** Fields of the maker's own. */
const additionalOf = (conversation: Conversation, maxTokens: number, { family, losses, names, target }: Converse): Json => {
  const { thinking, topK } = conversation
  const mayThink = target.capabilities.includes('thinking') && (!family.takesReasoning || canThink(conversation))
  const wanted = thinking === null ? {} : mayThink ? family.thinking(thinking, maxTokens) : thinking.kind === 'off' ? {} : null
  if (wanted === null) losses.lost(names.thinking)
  const isThinking = wanted !== null && 'thinking' in wanted
  const sampled = topK === null ? {} : isThinking ? null : family.topK(topK)
  if (sampled === null) losses.lost(names.topK)
  return { ...wanted, ...sampled }
}

/** Claude samples in its own way while it thinks. */
const samplingOf = ({ temperature, topP }: Conversation, isThinking: boolean, { losses, names }: Converse): Json => {
  if ((temperature ?? 0) > 1 || (isThinking && temperature !== null && temperature !== 1)) losses.lost(names.temperature)
  if (isThinking) return {}
  return { ...temperature === null ? {} : { temperature: Math.min(temperature, 1) }, ...topP === null ? {} : { topP } }
}

const inferenceOf = (conversation: Conversation, maxTokens: number | null, isThinking: boolean, converse: Converse): Json => {
  const { losses, names } = converse
  const { frequencyPenalty, presencePenalty, seed, stop } = conversation
  for (const [value, name] of [[seed, names.seed], [presencePenalty, names.presencePenalty], [frequencyPenalty, names.frequencyPenalty]] as const) if (value !== null) losses.lost(name)
  const stops = stop.filter(one => one.trim() !== '').slice(0, 4)
  if (stops.length < stop.length) losses.lost(names.stop)
  const config: Json = { ...maxTokens === null ? {} : { maxTokens }, ...samplingOf(conversation, isThinking, converse), ...stops.length === 0 ? {} : { stopSequences: stops } }
  return Object.keys(config).length === 0 ? {} : { inferenceConfig: config }
}

const formatOf = ({ format }: Conversation, { losses, names, target }: Converse): Json => {
  if (format === null) return {}
  if (format.kind === 'schema' && target.capabilities.includes('json_schema')) {
    return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: format.name, schema: JSON.stringify(format.schema) } } } } }
  }
  losses.lost(names.format)
  return {}
}

/** @returns the body of POST /model/{id}/converse or /converse-stream: both take the same */
export const writeConverse = (conversation: Conversation, writing: Writing): Json => {
  const { target } = writing
  const converse: Converse = { ...writing, family: familyOf(target.model), documents: new DocumentNames() }
  const maxTokens = conversation.maxOutputTokens === null ? null : Math.max(1, Math.min(conversation.maxOutputTokens, target.maxOutputTokens))
  const system = conversation.system.flatMap(part => marked(textBlock(part), part, converse))
  const additional = additionalOf(conversation, maxTokens ?? target.maxOutputTokens, converse)
  const isThinking = 'thinking' in additional
  // Who asks is the operator's to tell AWS, not the caller's.
  if (conversation.user !== null) writing.losses.lost(writing.names.user)
  return {
    messages: messagesOf(conversation.turns, converse), ...system.length === 0 ? {} : { system },
    // A budget for thinking has to be smaller than a limit that is not the model's default, which may be anything.
    ...inferenceOf(conversation, maxTokens ?? (isThinking ? target.maxOutputTokens : null), isThinking, converse), ...toolsOf(conversation, converse),
    ...Object.keys(additional).length === 0 ? {} : { additionalModelRequestFields: additional }, ...formatOf(conversation, converse),
  }
}
