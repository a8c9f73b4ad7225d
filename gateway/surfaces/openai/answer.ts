// OpenAI answers that are one JSON: what they tell, and where placeholders become values again.
import type { Usage } from '../../exchange/answer.ts'
import type { StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { servedTier, tokenCount, type AnswerNotes } from '../answer/notes.ts'
import { isObject } from '../request-fields.ts'

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

/** OpenAI counts cached tokens inside prompt_tokens and reasoning inside completion_tokens already. Some servers count cache writes, too. */
export const openaiUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const promptDetails = value['prompt_tokens_details']
  const completionDetails = value['completion_tokens_details']
  return {
    input: tokenCount(value['prompt_tokens']),
    output: tokenCount(value['completion_tokens']),
    cacheRead: isObject(promptDetails) ? tokenCount(promptDetails['cached_tokens']) : 0,
    cacheWrite: isObject(promptDetails) ? tokenCount(promptDetails['cache_write_tokens']) : 0,
    reasoning: isObject(completionDetails) ? tokenCount(completionDetails['reasoning_tokens']) : 0,
    ...countsIn(promptDetails, inputKinds), ...countsIn(completionDetails, outputKinds),
  }
}

/** The tier that served the call is said beside the usage, not in it. */
export const withServiceTier = (usage: Usage | null, said: unknown): Usage | null => {
  const serviceTier = servedTier(said)
  return usage === null || serviceTier === undefined ? usage : { ...usage, serviceTier }
}

/** Learns from a completion or from one chunk of it. */
export const learnOpenai = (value: unknown, notes: AnswerNotes): void => {
  if (!isObject(value)) return
  notes.named(value['id'], value['model'])
  notes.usage = withServiceTier(openaiUsage(value['usage']), value['service_tier']) ?? notes.usage
  const { choices } = value
  if (Array.isArray(choices)) for (const choice of choices) if (isObject(choice)) notes.finished(choice['finish_reason'])
}

const left: ReadonlySet<string> = new Set(['role', 'type', 'id', 'name', 'finish_reason', 'token', 'data', 'reasoning_content', 'reasoning', 'signature', 'encrypted_content'])

/** Text and tool arguments of the message; reasoning stays as the model wrote it, as with Anthropic's signed thinking. */
const restoreMode = ({ key, path }: StringLeaf): RestoreMode => {
  if (path[0] !== 'choices' || path.includes('logprobs') || key === null || left.has(key)) return 'leave'
  return key === 'arguments' ? 'json' : 'text'
}

export const openaiJsonAnswer: JsonAnswerDialect = { learn: learnOpenai, restoreMode }
