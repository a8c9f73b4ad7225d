// The documented edits to an OpenAI request: the model's real name, usage in streams (budgets settle with it), and what the server is known
// to refuse or to call by another name.
import { quirksOf } from '../../../registry/compatible-servers.ts'
import type { Provider } from '../../../registry/provider.ts'
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import { memberEdits, renameEdits } from '../hosting/root-members.ts'
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
    const at = (document.locate([])?.start ?? 0) + 1
    return { start: at, end: at, text: '"stream_options":{"include_usage":true},' }
  }
  const inner = isObject(document.value) ? document.value['stream_options'] : null
  if (!isObject(inner)) return { ...options, text: '{"include_usage":true}' }
  const comma = Object.keys(inner).length > 0 ? ',' : ''
  return { start: options.start + 1, end: options.start + 1, text: `"include_usage":true${comma}` }
}

/** The limit under the only name that the server knows. */
const limitEdits = (document: JsonDocument, limit: 'max_tokens' | 'max_completion_tokens' | null): readonly Edit[] =>
  limit === null ? [] : renameEdits(document, limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens', limit)

const withoutStreamOptions = { drop: new Set(['stream_options']), set: {} }

/** How the server is told that usage is wanted, or spared of what it refuses. */
const streamEdits = (operation: ModelOperation, accepted: boolean): readonly Edit[] => {
  const { document } = operation
  if (accepted) return stripsUsage(operation) ? [usageEdit(document)] : []
  return isObject(document.value) && Object.hasOwn(document.value, 'stream_options') ? memberEdits(document, withoutStreamOptions).edits : []
}

export const openaiEdits = (operation: ModelOperation, upstreamModel: string, provider?: Provider): Edit[] => {
  const edits: Edit[] = []
  const model = operation.document.locate(['model'])
  if (operation.requested !== upstreamModel && model !== undefined) edits.push({ ...model, text: JSON.stringify(upstreamModel) })
  const quirks = provider === undefined ? null : quirksOf(provider)
  edits.push(...streamEdits(operation, quirks?.streamOptions ?? true))
  if (operation.kind === 'model.call') edits.push(...limitEdits(operation.document, quirks?.limit ?? null))
  return edits
}
