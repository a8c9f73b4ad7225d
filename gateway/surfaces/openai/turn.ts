// Who moved last in an OpenAI chat: results of tools have a role of their own.
import type { JsonDocument } from '../../exchange/document.ts'
import { noTurn, type Turn } from '../../exchange/root.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { speakerOf } from '../turn/message.ts'
import { readTurn, textOf, type TurnDialect } from '../turn/read-turn.ts'

const functionOf = (value: unknown): string => isObject(value) ? JSON.stringify([value['name'], value['arguments'] ?? value['input']]) : ''

const callsOf = ({ tool_calls: calls, function_call: single }: JsonObject): string => Array.isArray(calls)
  ? calls.map(call => isObject(call) ? functionOf(call['function'] ?? call['custom']) : '').join('\n')
  : functionOf(single)

const dialect: TurnDialect = {
  speaker: speakerOf,
  words: (message, by) => by === 'model' ? callsOf(message) : textOf(message['content']),
}

export const openaiTurn = ({ value }: JsonDocument): Turn => {
  const messages = isObject(value) ? value['messages'] : null
  return Array.isArray(messages) ? readTurn(messages, dialect) : noTurn
}
