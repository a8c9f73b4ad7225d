// The turn of a dialect that has no reader of its own: conversations in `messages`, `input` (OpenAI Responses) or `contents` (Gemini), told
// by the shapes that their specifications have in common. What fits none of them says nothing.
import { canonicalJson } from '../../exchange/canonical-json.ts'
import type { JsonDocument } from '../../exchange/document.ts'
import { noTurn, type Turn } from '../../exchange/root.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { callIn, messagesOf, partsOf, responseIn, speakerOf, type Speaker } from './message.ts'
import { readTurn, textOf, type TurnDialect } from './read-turn.ts'

const callOf = (value: unknown): string => isObject(value) ? canonicalJson([value['name'] ?? null, value['args'] ?? value['arguments'] ?? value['input'] ?? value['action'] ?? null]) : ''

const partWords = (part: unknown): string => {
  const result = responseIn(part)
  if (isObject(result)) return canonicalJson([result['name'] ?? null, result['response'] ?? null])
  return isObject(part) && part['type'] === 'tool_result' ? textOf(part['content']) : ''
}

const words = (message: JsonObject, by: Speaker): string => {
  if (by === 'user') return textOf(partsOf(message))
  if (by === 'model') {
    return typeof message['type'] === 'string' && message['type'] !== 'message' && message['type'] !== 'reasoning' ? callOf(message) : partsOf(message).map(part => callOf(callIn(part))).join('\n')
  }
  const { output } = message
  return output === undefined ? partsOf(message).map(partWords).join('\n') : typeof output === 'string' ? output : canonicalJson(output)
}

const dialect: TurnDialect = { speaker: speakerOf, words }

/** Who moved last in a request of any dialect. */
export const genericTurn = ({ value }: JsonDocument): Turn => {
  const conversation = isObject(value) ? messagesOf(value) : null
  return conversation === null ? noTurn : readTurn(conversation, dialect)
}
