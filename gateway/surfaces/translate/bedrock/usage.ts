// Token counts of the Converse API. As with Anthropic, `inputTokens` leaves out what came from or went to the cache.
import type { Usage } from '../../../exchange/answer.ts'
import { tokenCount } from '../../answer/notes.ts'
import { isObject } from '../../request-fields.ts'

export const converseUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const cacheRead = tokenCount(value['cacheReadInputTokens'])
  const cacheWrite = tokenCount(value['cacheWriteInputTokens'])
  let hour = 0
  for (const one of Array.isArray(value['cacheDetails']) ? value['cacheDetails'] as readonly unknown[] : []) if (isObject(one) && one['ttl'] === '1h') hour += tokenCount(one['inputTokens'])
  return {
    input: tokenCount(value['inputTokens']) + cacheRead + cacheWrite, output: tokenCount(value['outputTokens']), cacheRead, cacheWrite, reasoning: 0,
    ...hour === 0 ? {} : { cacheWrite1h: hour },
  }
}
