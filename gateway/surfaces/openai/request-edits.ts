// The two documented edits to an OpenAI request: the model's real name, and usage in streams (budgets settle with it).
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import { isObject } from '../request-fields.ts'

const includesUsage = (document: JsonDocument): boolean => {
  const options = isObject(document.value) ? document.value['stream_options'] : undefined
  return isObject(options) && options['include_usage'] === true
}

/** True when the caller streams and did not ask for usage: we ask, and take the extra chunk out of the answer again. */
export const stripsUsage = (operation: ModelOperation): boolean => operation.stream && !includesUsage(operation.document)

const usageEdit = (document: JsonDocument): Edit => {
  const flag = document.locate(['stream_options', 'include_usage'])
  if (flag !== undefined) return { ...flag, text: 'true' }
  const options = document.locate(['stream_options'])
  // The root is an object with at least `model` in it, so a comma follows.
  if (options === undefined) {
    const at = document.text.indexOf('{') + 1
    return { start: at, end: at, text: '"stream_options":{"include_usage":true},' }
  }
  const inner = isObject(document.value) ? document.value['stream_options'] : null
  if (!isObject(inner)) return { ...options, text: '{"include_usage":true}' }
  const comma = Object.keys(inner).length > 0 ? ',' : ''
  return { start: options.start + 1, end: options.start + 1, text: `"include_usage":true${comma}` }
}

export const openaiEdits = (operation: ModelOperation, upstreamModel: string): Edit[] => {
  const edits: Edit[] = []
  const model = operation.document.locate(['model'])
  if (operation.requested !== upstreamModel && model !== undefined) edits.push({ ...model, text: JSON.stringify(upstreamModel) })
  if (stripsUsage(operation)) edits.push(usageEdit(operation.document))
  return edits
}
