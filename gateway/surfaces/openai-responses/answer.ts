// Responses that are one JSON, and the same object where streams repeat it: what it tells, and where placeholders become values again.
import type { Usage } from '../../exchange/answer.ts'
import type { StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { tokenCount, type AnswerNotes } from '../answer/notes.ts'
import type { AnswerCodecOptions } from '../model-surface.ts'
import { costOf, inputCounts, outputCounts, withServiceTier } from '../openai/answer.ts'
import { isObject, type JsonObject } from '../request-fields.ts'

/** Cached tokens are counted inside input_tokens and reasoning inside output_tokens already. */
export const responsesUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const input = value['input_tokens_details']
  const output = value['output_tokens_details']
  return {
    input: tokenCount(value['input_tokens']),
    output: tokenCount(value['output_tokens']),
    cacheRead: isObject(input) ? tokenCount(input['cached_tokens']) : 0,
    cacheWrite: isObject(input) ? tokenCount(input['cache_write_tokens']) : 0,
    reasoning: isObject(output) ? tokenCount(output['reasoning_tokens']) : 0,
    ...costOf(value), ...inputCounts(input), ...outputCounts(output),
  }
}

/** Usage of a response object, with the tier that served it. */
export const usageOfResponse = (response: JsonObject): Usage | null => withServiceTier(responsesUsage(response['usage']), response['service_tier'])

/** Learns from an item that is whole. */
export const learnItem = (item: unknown, notes: AnswerNotes): void => {
  if (isObject(item) && (item['type'] === 'function_call' || item['type'] === 'custom_tool_call')) notes.called(item['call_id'])
}

/** Learns from a response object, finished or not. */
export const learnResponse = (value: unknown, notes: AnswerNotes): void => {
  if (!isObject(value)) return
  notes.named(value['id'], value['model'])
  notes.usage = usageOfResponse(value) ?? notes.usage
  const { incomplete_details: details, output, status } = value
  if (Array.isArray(output)) for (const item of output) learnItem(item, notes)
  if (status === 'completed' || status === 'failed' || status === 'cancelled') notes.finished(status)
  else if (status === 'incomplete') notes.finished(isObject(details) && typeof details['reason'] === 'string' ? details['reason'] : status)
}

const left: ReadonlySet<string> = new Set([
  'type', 'id', 'call_id', 'item_id', 'role', 'status', 'phase', 'name', 'namespace', 'encrypted_content', 'file_id', 'container_id', 'server_label', 'model', 'token', 'obfuscation', 'detail',
])

const modelsOwn: ReadonlySet<unknown> = new Set(['output', 'output_text', 'error'])

/**
 * Everything that the model wrote. What a response repeats of its request (instructions, tools) is what its provider was told, and is
 * restored as well; where the gateway repeats it, it is what the caller wrote, and stays.
 */
export const responsesRestoreMode = ({ translated }: Pick<AnswerCodecOptions, 'translated'>) => ({ key, path }: StringLeaf): RestoreMode => {
  if (key === null || left.has(key) || path.includes('logprobs')) return 'leave'
  if (translated === true && path[0] === 'response' && !modelsOwn.has(path[1])) return 'leave'
  return key === 'arguments' ? 'json' : 'text'
}

const inWhole = (options: AnswerCodecOptions): JsonAnswerDialect['restoreMode'] => {
  const mode = responsesRestoreMode(options)
  return options.translated === true ? leaf => mode({ ...leaf, path: ['response', ...leaf.path] }) : mode
}

export const responsesJsonAnswer = (options: AnswerCodecOptions): JsonAnswerDialect => ({ learn: learnResponse, restoreMode: inWhole(options) })
