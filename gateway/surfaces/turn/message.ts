// One message, item or content of a conversation, read by the shapes that all dialects' specifications have: who speaks, in which parts, and
// which of them are calls of functions and their results. Gemini's fields may be spelled either way, and stand without their brackets.
import { isObject, type JsonObject } from '../request-fields.ts'

/** `other`: words of the program itself (system, developer), which move nothing. */
export type Speaker = 'user' | 'model' | 'tool' | 'other'

/** Every part: blocks, parts, or the output of an item. A text alone is one part. */
export const partsOf = (message: JsonObject): readonly unknown[] => {
  const held = message['content'] ?? message['parts'] ?? message['output']
  return Array.isArray(held) ? held as readonly unknown[] : held === undefined || held === null ? [] : [held]
}

/** The call of a function that a Gemini part holds. */
export const callIn = (part: unknown): unknown => isObject(part) ? part['functionCall'] ?? part['function_call'] : undefined
/** What a function returned, in a Gemini part. */
export const responseIn = (part: unknown): unknown => isObject(part) ? part['functionResponse'] ?? part['function_response'] : undefined
export const signatureIn = (part: unknown): unknown => isObject(part) ? part['thoughtSignature'] ?? part['thought_signature'] : undefined

export const isResultPart = (part: unknown): boolean => isObject(part) && (part['type'] === 'tool_result' || responseIn(part) !== undefined)

const byRole: ReadonlyMap<unknown, Speaker> = new Map<unknown, Speaker>([['assistant', 'model'], ['model', 'model'], ['tool', 'tool'], ['function', 'tool'], ['user', 'user'], [undefined, 'user']])

/** Items that are no messages (Responses): what a model did, what came of it, and what only the program and its provider know. */
const byType = (type: string): Speaker => {
  if (type.endsWith('_output') || type === 'mcp_approval_response') return 'tool'
  return type.endsWith('_call') || type === 'reasoning' || type === 'mcp_approval_request' ? 'model' : 'other'
}

export const speakerOf = (message: JsonObject): Speaker => {
  const { role, type } = message
  if (typeof type === 'string' && type !== 'message') return byType(type)
  // Gemini's role may be left out where a user speaks.
  const said = byRole.get(role) ?? 'other'
  return said === 'user' && partsOf(message).some(isResultPart) ? 'tool' : said
}

/** Messages of a request, oldest first; a text alone is a user's. Null where there is nothing of the kind. */
export const messagesOf = (body: JsonObject): readonly unknown[] | null => {
  const listed = body['messages'] ?? body['contents'] ?? body['input']
  if (Array.isArray(listed)) return listed as readonly unknown[]
  if (typeof listed === 'string') return [{ role: 'user', content: listed }]
  return isObject(listed) ? [listed] : null
}
