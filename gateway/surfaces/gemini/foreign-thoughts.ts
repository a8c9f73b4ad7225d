// Signatures of other providers' models in Gemini's field for them. It holds bytes, which SDKs decode and encode again, so a marked signature
// is written in base64. A Gemini model would refuse one: it is taken out of a history before one sees it.
import { mentions, type Edit, type JsonDocument, type StringLeaf } from '../../exchange/document.ts'
import { isCarried } from '../carried.ts'
import { isObject } from '../request-fields.ts'
import { camelOf } from './fields.ts'

/** What the API documents for calls that no Gemini model has made (thought signatures, FAQ): they are not checked then. */
export const unchecked = 'skip_thought_signature_validator'

/** Gemini 3 and later refuse a history in which the first call of a turn is not signed. */
export const checksSignatures = (model: string): boolean => /gemini-(?:[3-9]|\d\d)/.test(model)

/** Base64 of the mark's first bytes. */
const beginning = 'cG9ydGN1bGxpcy'

/** Stands on calls that no Gemini model has made, so that one takes the history later. */
export const unsignedCall = Buffer.from('portcullis.unsigned').toString('base64')

export const encodeForeign = (marked: string): string => Buffer.from(marked).toString('base64')

/** The marked signature, or null for one of Gemini's own. */
export const decodeForeign = (signature: string): string | null => {
  if (!signature.startsWith(beginning)) return null
  const marked = Buffer.from(signature, 'base64').toString()
  return isCarried(marked) ? marked : null
}

const inHistory = (path: StringLeaf['path']): boolean => {
  const fields = path.filter(segment => typeof segment === 'string').map(camelOf)
  return fields.length === 3 && fields[0] === 'contents' && fields[1] === 'parts' && fields[2] === 'thoughtSignature'
}

const isCall = (document: JsonDocument, path: StringLeaf['path']): boolean => {
  let at: unknown = document.value
  for (const segment of path.slice(0, -1)) at = (at as Readonly<Record<string | number, unknown>>)[segment]
  return isObject(at) && (Object.hasOwn(at, 'functionCall') || Object.hasOwn(at, 'function_call'))
}

/** The edits that take them out; none for a history that never met another provider's model. No bytes are the same as no field. */
export const withoutForeign = (document: JsonDocument, upstreamModel: string): Edit[] => {
  if (!mentions(document, `"${beginning}`)) return []
  return document.strings
    .filter(({ key, path, value }) => key !== null && camelOf(key) === 'thoughtSignature' && decodeForeign(value) !== null && inHistory(path))
    .map(({ end, path, start }) => ({ start, end, text: checksSignatures(upstreamModel) && isCall(document, path) ? `"${unchecked}"` : '""' }))
}
