// The documented edits to a Responses request: the model's real name, and without reasoning that the provider never wrote.
import { mentions, type Edit, type JsonDocument } from '../../exchange/document.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import { isCarried } from '../carried.ts'
import { cutElements } from '../cut-elements.ts'
import { isObject } from '../request-fields.ts'

/** Ids of items that the gateway made: `rs_portcullis_…`. No provider can look them up. */
export const ownId = 'portcullis_'

/** Reasoning is looked up by its id or decrypted; what another provider's model thought is neither, and the request would be refused for it. */
const isForeignReasoning = (item: unknown): boolean => isObject(item) && item['type'] === 'reasoning'
  && (isCarried(item['encrypted_content']) || (typeof item['id'] === 'string' && item['id'].startsWith(`rs_${ownId}`)))

const withoutForeignReasoning = (document: JsonDocument): Edit[] => {
  if (!mentions(document, 'portcullis') || !isObject(document.value)) return []
  const { input } = document.value
  return Array.isArray(input) && input.some(isForeignReasoning) ? cutElements(document, ['input'], input, isForeignReasoning, null) : []
}

export const responsesEdits = ({ document, requested }: ModelOperation, upstreamModel: string): Edit[] => {
  const model = document.locate(['model'])
  const named = requested === upstreamModel || model === undefined ? [] : [{ ...model, text: JSON.stringify(upstreamModel) }]
  return [...named, ...withoutForeignReasoning(document)]
}
