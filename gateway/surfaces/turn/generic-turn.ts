// The turn of a dialect that has no reader of its own: conversations in `messages`, `input` (OpenAI Responses) or `contents` (Gemini), told
// by the shapes that their specifications have in common. What fits none of them says nothing.
import { canonicalJson } from '../../exchange/canonical-json.ts'
import type { JsonDocument } from '../../exchange/document.ts'
import { noTurn, type Turn } from '../../exchange/root.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { readTurn, textOf, type Speaker, type TurnDialect } from './read-turn.ts'

const partsOf = (message: JsonObject): readonly unknown[] => {
  const parts = message['parts'] ?? message['content']
  return Array.isArray(parts) ? parts : []
}

const holds = (message: JsonObject, isIt: (part: JsonObject) => boolean): boolean => partsOf(message).some(part => isObject(part) && isIt(part))

const isResult = (part: JsonObject): boolean => part['functionResponse'] !== undefined || part['function_response'] !== undefined || part['type'] === 'tool_result'

const byRole: Readonly<Record<string, Speaker>> = { assistant: 'model', model: 'model', tool: 'tool', function: 'tool', user: 'user' }

const speaker = (message: JsonObject): Speaker => {
  const { type, role } = message
  if (typeof type === 'string' && type !== 'message') return type.endsWith('_output') ? 'tool' : type.endsWith('_call') || type === 'reasoning' ? 'model' : 'other'
  // Gemini's role may be left out where a user speaks.
  const said = byRole[typeof role === 'string' ? role : 'user'] ?? 'other'
  return said === 'user' && holds(message, isResult) ? 'tool' : said
}

const callOf = (value: unknown): string => isObject(value) ? canonicalJson([value['name'] ?? null, value['args'] ?? value['arguments'] ?? value['input'] ?? value['action'] ?? null]) : ''

const partWords = (part: unknown): string => {
  if (!isObject(part)) return ''
  const result = part['functionResponse'] ?? part['function_response']
  if (isObject(result)) return canonicalJson([result['name'] ?? null, result['response'] ?? null])
  return part['type'] === 'tool_result' ? textOf(part['content']) : ''
}

const words = (message: JsonObject, by: Speaker): string => {
  if (by === 'user') return textOf(message['parts'] ?? message['content'])
  if (by === 'model') {
    const calls = partsOf(message).map(part => isObject(part) ? part['functionCall'] ?? part['function_call'] : null)
    return typeof message['type'] === 'string' && message['type'] !== 'message' && message['type'] !== 'reasoning' ? callOf(message) : calls.map(callOf).join('\n')
  }
  const { output } = message
  return output === undefined ? partsOf(message).map(partWords).join('\n') : typeof output === 'string' ? output : canonicalJson(output)
}

const dialect: TurnDialect = { speaker, words }

/** Who moved last in a request of any dialect. */
export const genericTurn = ({ value }: JsonDocument): Turn => {
  if (!isObject(value)) return noTurn
  const { input } = value
  const conversation = value['messages'] ?? value['contents'] ?? (typeof input === 'string' ? [{ role: 'user', content: input }] : input)
  return Array.isArray(conversation) ? readTurn(conversation, dialect) : noTurn
}
