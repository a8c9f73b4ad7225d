// A request that goes on from an earlier response of ours, with that conversation put into its input: what follows sees a request as if the
// caller had sent it all, and scans, decides and redacts it all.
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import type { ResumeLookup, Resumed } from '../model-surface.ts'
import { isObject } from '../request-fields.ts'
import { previousId } from './read-request.ts'

/** What becomes of the members that stand around the input once the conversation is in it. */
const detached = (document: JsonDocument): Edit[] => {
  const span = document.locate(['previous_response_id'])
  return span === undefined ? [] : [{ ...span, text: 'null' }]
}

const referenceOf = (item: unknown, lookup: ResumeLookup): string | null => {
  if (!isObject(item) || typeof item['id'] !== 'string' || !(item['type'] === 'item_reference' || Object.keys(item).length === 1)) return null
  return lookup.item(item['id'])
}

/** Items that are only named are said, where they are ours. */
const dereferenced = (document: JsonDocument, input: readonly unknown[], lookup: ResumeLookup): Edit[] => input.flatMap((item, at) => {
  const text = referenceOf(item, lookup)
  const span = text === null ? undefined : document.locate(['input', at])
  return text === null || span === undefined ? [] : [{ ...span, text }]
})

const within = (text: string, start: number, end: number, edits: readonly Edit[]): string => {
  let out = ''
  let at = start
  for (const edit of edits) {
    out += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return out + text.slice(at, end)
}

/**
 * The edits that make a request whole, and its own part of the conversation.
 * @throws Failure request.malformed
 */
export const resumeRequest = (document: JsonDocument, lookup: ResumeLookup): Resumed => {
  const body = isObject(document.value) ? document.value : {}
  const { text } = document
  const { input } = body
  const span = document.locate(['input'])
  const previous = previousId(body)
  const items = previous === null ? null : lookup.items(previous)
  const joined = (own: string): string => [...items ?? [], own].filter(part => part.trim() !== '').join(',')
  if (Array.isArray(input) && span !== undefined) {
    const references = dereferenced(document, input, lookup)
    const own = within(text, span.start + 1, span.end - 1, references)
    if (items === null) return { edits: references, own }
    return { edits: [...detached(document), { ...span, text: `[${joined(own)}]` }], own }
  }
  const own = span === undefined || typeof input !== 'string' ? '' : `{"type":"message","role":"user","content":${text.slice(span.start, span.end)}}`
  if (items === null) return { edits: [], own }
  if (span !== undefined) return { edits: [...detached(document), { ...span, text: `[${joined(own)}]` }], own }
  const at = document.locate(['previous_response_id']) ?? { start: 0, end: 0 }
  return { edits: [{ ...at, text: `null,"input":[${joined(own)}]` }], own }
}
