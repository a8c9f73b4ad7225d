// Thinking that another provider's model wrote was shown to the caller as a thinking block, and comes back with the history. No Anthropic
// model has signed it (foreign-signatures.ts), and one would refuse the request for it: it is taken out, which the API allows.
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import { isMarked } from '../foreign-signatures.ts'
import { isObject } from '../request-fields.ts'

/** Stands where the signature would: a mark without one. */
export const unsigned = 'portcullis.unsigned'

const isUnsigned = (block: unknown): boolean => isObject(block) && block['type'] === 'thinking' && typeof block['signature'] === 'string' && isMarked(block['signature'])

/** Cuts elements out of an array, each with one of the commas beside it. */
const cut = (document: JsonDocument, path: readonly (string | number)[], blocks: readonly unknown[]): Edit[] => {
  const spanOf = (at: number): { start: number; end: number } => document.locate([...path, at]) ?? { start: 0, end: 0 }
  const firstOfTail = blocks.findLastIndex(block => !isUnsigned(block)) + 1
  const edits = blocks.slice(0, firstOfTail).flatMap((block, at) => isUnsigned(block) ? [{ start: spanOf(at).start, end: spanOf(at + 1).start, text: '' }] : [])
  if (firstOfTail === blocks.length) return edits
  const end = spanOf(blocks.length - 1).end
  // A message of nothing else keeps its place.
  if (firstOfTail === 0) return [{ start: spanOf(0).start, end, text: '{"type":"text","text":"(thinking)"}' }]
  return [...edits, { start: spanOf(firstOfTail - 1).end, end, text: '' }]
}

/** The edits that take it out; none for a request that never met another provider's model. */
export const withoutUnsigned = (document: JsonDocument): Edit[] => {
  if (!document.text.includes('"portcullis.') || !isObject(document.value)) return []
  const { messages } = document.value
  if (!Array.isArray(messages)) return []
  return messages.flatMap((message: unknown, at) => {
    const content = isObject(message) ? message['content'] : undefined
    return Array.isArray(content) && content.some(isUnsigned) ? cut(document, ['messages', at, 'content'], content) : []
  })
}
