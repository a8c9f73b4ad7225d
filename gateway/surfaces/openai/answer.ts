// OpenAI answers that are one JSON: what they tell, and where placeholders become values again.
import type { Usage } from '../../exchange/answer.ts'
import type { StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { tokenCount, type AnswerNotes } from '../answer/notes.ts'
import { isObject } from '../request-fields.ts'

/** OpenAI counts cached tokens inside prompt_tokens and reasoning inside completion_tokens already. */
export const openaiUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const promptDetails = value['prompt_tokens_details']
  const completionDetails = value['completion_tokens_details']
  return {
    input: tokenCount(value['prompt_tokens']),
    output: tokenCount(value['completion_tokens']),
    cacheRead: isObject(promptDetails) ? tokenCount(promptDetails['cached_tokens']) : 0,
    cacheWrite: 0,
    reasoning: isObject(completionDetails) ? tokenCount(completionDetails['reasoning_tokens']) : 0,
  }
}

/** Learns from a completion or from one chunk of it. */
export const learnOpenai = (value: unknown, notes: AnswerNotes): void => {
  if (!isObject(value)) return
  notes.named(value['id'], value['model'])
  notes.usage = openaiUsage(value['usage']) ?? notes.usage
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
