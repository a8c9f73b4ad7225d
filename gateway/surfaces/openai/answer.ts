// OpenAI answers that are one JSON: what they tell, and where placeholders become values again.
import type { Usage } from '../../exchange/answer.ts'
import type { StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { servedTier, tokenCount, type AnswerNotes } from '../answer/notes.ts'
import { isObject, type JsonObject } from '../request-fields.ts'

/** Counts of kinds of tokens that have prices of their own, where there are any. */
const countsIn = (details: unknown, names: Readonly<Record<string, string>>): Record<string, number> => {
  if (!isObject(details)) return {}
  const found: Record<string, number> = {}
  for (const [member, name] of Object.entries(names)) {
    const count = tokenCount(details[member])
    if (count > 0) found[name] = count
  }
  return found
}

const inputKinds = { audio_tokens: 'audioInput', image_tokens: 'imageInput' } as const
const outputKinds = { audio_tokens: 'audioOutput', image_tokens: 'imageOutput' } as const

const objectIn = (value: unknown): JsonObject => isObject(value) ? value : {}

/** Both APIs call them alike. */
export const inputCounts = (details: unknown): Record<string, number> => countsIn(details, inputKinds)
export const outputCounts = (details: unknown): Record<string, number> => countsIn(details, outputKinds)

/** OpenRouter: its own charge, and what the operator's own key at the model's maker was charged besides. */
export const costOf = (value: JsonObject): { readonly costUsd?: number } => {
  if (typeof value['cost'] !== 'number') return {}
  const elsewhere = value['is_byok'] === true ? tokenCount(objectIn(value['cost_details'])['upstream_inference_cost']) : 0
  return { costUsd: tokenCount(value['cost']) + elsewhere }
}

/**
 * OpenAI counts cached tokens inside prompt_tokens and reasoning inside completion_tokens. Others of this dialect have places of their own for
 * cache hits (DeepSeek, Moonshot), or count reasoning beside completion_tokens (xAI), which their total tells.
 */
export const openaiUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const promptDetails = objectIn(value['prompt_tokens_details'])
  const input = tokenCount(value['prompt_tokens'])
  const completion = tokenCount(value['completion_tokens'])
  const reasoning = tokenCount(objectIn(value['completion_tokens_details'])['reasoning_tokens'])
  return {
    input, reasoning,
    output: reasoning > 0 && tokenCount(value['total_tokens']) === input + completion + reasoning ? completion + reasoning : completion,
    cacheRead: tokenCount(promptDetails['cached_tokens'] ?? value['prompt_cache_hit_tokens'] ?? value['cached_tokens']),
    cacheWrite: tokenCount(promptDetails['cache_write_tokens']),
    ...costOf(value), ...inputCounts(promptDetails), ...outputCounts(value['completion_tokens_details']),
  }
}

/** Usage of an answer or of a chunk: Groq also puts it into a member of its own. */
export const usageIn = (value: JsonObject): Usage | null => openaiUsage(value['usage']) ?? openaiUsage(objectIn(value['x_groq'])['usage'])

/** The tier that served the call is said beside the usage, not in it. */
export const withServiceTier = (usage: Usage | null, said: unknown): Usage | null => {
  const serviceTier = servedTier(said)
  return usage === null || serviceTier === undefined ? usage : { ...usage, serviceTier }
}

const learnCalls = (said: unknown, notes: AnswerNotes): void => {
  const calls = isObject(said) ? said['tool_calls'] : null
  if (Array.isArray(calls)) for (const call of calls) if (isObject(call)) notes.called(call['id'])
}

/** Learns from a completion or from one chunk of it. */
export const learnOpenai = (value: unknown, notes: AnswerNotes): void => {
  if (!isObject(value)) return
  notes.named(value['id'], value['model'])
  notes.usage = withServiceTier(usageIn(value), value['service_tier']) ?? notes.usage
  const { choices } = value
  if (!Array.isArray(choices)) return
  for (const choice of choices) {
    if (!isObject(choice)) continue
    notes.finished(choice['finish_reason'])
    learnCalls(choice['message'] ?? choice['delta'], notes)
  }
}

const left: ReadonlySet<string> = new Set(['role', 'type', 'id', 'name', 'finish_reason', 'token', 'data', 'signature', 'encrypted_content'])

/** What servers call the text in which a model thinks. */
export const reasoningFields = ['reasoning_content', 'reasoning'] as const

/** Text and tool arguments of the message; reasoning stays as the model wrote it, as with Anthropic's signed thinking. */
export const openaiRestoreMode = ({ key, path }: StringLeaf): RestoreMode => {
  if (path[0] === 'error') return key === 'message' ? 'text' : 'leave'
  if (path[0] !== 'choices' || path.includes('logprobs') || key === null || left.has(key)) return 'leave'
  if (path.includes('reasoning_details') || reasoningFields.some(field => path[3] === field)) return 'reasoning'
  return key === 'arguments' ? 'json' : 'text'
}

export const openaiJsonAnswer: JsonAnswerDialect = { learn: learnOpenai, restoreMode: openaiRestoreMode }
