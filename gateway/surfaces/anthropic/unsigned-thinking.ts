// Thinking that another provider's model wrote was shown to the caller as a thinking block, and comes back with the history. No Anthropic
// model has signed it (carried.ts), and one would refuse the request for it: it is taken out, which the API allows.
import { mentions, type Edit, type JsonDocument } from '../../exchange/document.ts'
import { isCarried, ownMark } from '../carried.ts'
import { cutElements } from '../cut-elements.ts'
import { isObject } from '../request-fields.ts'

/** Stands where the signature would. */
export const unsigned = `${ownMark}unsigned`

const isUnsigned = (block: unknown): boolean => isObject(block) && block['type'] === 'thinking' && isCarried(block['signature'])

/** The edits that take it out; none for a request that never met another provider's model. */
export const withoutUnsigned = (document: JsonDocument): Edit[] => {
  if (!mentions(document, ownMark) || !isObject(document.value)) return []
  const { messages } = document.value
  if (!Array.isArray(messages)) return []
  return messages.flatMap((message: unknown, at) => {
    const content = isObject(message) ? message['content'] : undefined
    // A message of nothing else keeps its place.
    return Array.isArray(content) && content.some(isUnsigned) ? cutElements(document, ['messages', at, 'content'], content, isUnsigned, '{"type":"text","text":"(thinking)"}') : []
  })
}
