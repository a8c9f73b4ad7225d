// What routing asks of a request's conversation, in whatever dialect: the texts that set the task, and whether a tool loop or signed thinking
// is under way. It reads the parsed document from its end, a bounded part of it, and copies nothing.
import type { JsonDocument } from '../exchange/document.ts'
import { isObject, type JsonObject } from './request-fields.ts'

export interface ConversationView {
  /** First words of the user: what a conversation is recognised by, its history being sent again with each call. */
  readonly firstText: string
  /** Last words of the user, tool results aside. */
  readonly lastText: string
  /** Messages so far. */
  readonly length: number
  /** The request ends with results of tools: the model that asked for them has to go on. */
  readonly toolLoop: boolean
  /** Failed tool results at the end, one after the other. */
  readonly toolErrors: number
  /** The answer under way holds thinking that only the model that signed it takes back. */
  readonly signed: boolean
  /** Some model has answered before. */
  readonly answered: boolean
}

/** Messages that are looked at from the end. */
const farthest = 64
/** Parts of one message that are looked at. */
const mostParts = 64

type Kind = 'user' | 'result' | 'model' | 'other'

const partsOf = (message: JsonObject): readonly unknown[] => {
  const held = message['content'] ?? message['parts'] ?? message['output']
  return Array.isArray(held) ? held.slice(-mostParts) as readonly unknown[] : held === undefined || held === null ? [] : [held]
}

const isResultPart = (part: unknown): part is JsonObject => isObject(part) && (part['type'] === 'tool_result' || part['functionResponse'] !== undefined)

const kindOf = (message: JsonObject): Kind => {
  const { role, type } = message
  if (role === 'tool' || role === 'function' || type === 'function_call_output' || type === 'custom_tool_call_output') return 'result'
  if (role === 'assistant' || role === 'model' || type === 'function_call' || type === 'reasoning') return 'model'
  if (role !== 'user' && role !== undefined) return 'other'
  return partsOf(message).some(isResultPart) ? 'result' : 'user'
}

/** Agents put reminders of their own beside what the user says. */
const isReminder = (text: string): boolean => text.startsWith('<system-reminder>')

const textOfPart = (part: unknown): string | null => {
  if (typeof part === 'string') return part
  return isObject(part) && !isResultPart(part) && typeof part['text'] === 'string' ? part['text'] : null
}

const lastTextOf = (message: JsonObject): string => {
  const parts = partsOf(message)
  let found = ''
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const text = textOfPart(parts[at])
    if (text === null || text === '') continue
    if (!isReminder(text)) return text
    found = text
  }
  return found
}

const looksFailed = /^\s*(?:error\b|traceback\b|exception\b|fatal\b|command failed|exit code:? [1-9])/i

const isError = (part: unknown): boolean => {
  if (isObject(part) && part['is_error'] !== undefined) return part['is_error'] === true
  if (isObject(part) && isObject(part['functionResponse'])) return isObject(part['functionResponse']['response']) && part['functionResponse']['response']['error'] !== undefined
  const text = textOfPart(part)
  return text !== null && looksFailed.test(text.slice(0, 200))
}

const isSigned = (message: JsonObject): boolean => message['type'] === 'reasoning' ? typeof message['encrypted_content'] === 'string'
  : partsOf(message).some(part => isObject(part) && (typeof part['signature'] === 'string' || part['type'] === 'redacted_thinking' || typeof part['thoughtSignature'] === 'string'))

const messagesIn = (body: JsonObject): readonly unknown[] => {
  const listed = body['messages'] ?? body['input'] ?? body['contents']
  if (Array.isArray(listed)) return listed as readonly unknown[]
  const text = typeof listed === 'string' ? listed : body['prompt']
  return typeof text === 'string' ? [{ role: 'user', content: text }] : []
}

const asMessage = (item: unknown): JsonObject => isObject(item) ? item : { role: 'user', content: item }

/** From the end back to the last words of the user. */
interface Tail { lastText: string; toolLoop: boolean; toolErrors: number; signed: boolean }

const tailOf = (messages: readonly unknown[]): Tail => {
  const tail: Tail = { lastText: '', toolLoop: false, toolErrors: 0, signed: false }
  let counting = true
  for (let at = messages.length - 1; at >= Math.max(0, messages.length - farthest); at -= 1) {
    const message = asMessage(messages[at])
    const kind = kindOf(message)
    if (at === messages.length - 1) tail.toolLoop = kind === 'result'
    if (kind === 'model') tail.signed ||= isSigned(message)
    if (kind === 'result' && counting) {
      counting = partsOf(message).some(isError)
      if (counting) tail.toolErrors += 1
    }
    if (kind !== 'user') continue
    tail.lastText = lastTextOf(message)
    if (tail.lastText !== '') return tail
  }
  return tail
}

const firstTextOf = (messages: readonly unknown[]): string => {
  for (let at = 0; at < Math.min(4, messages.length); at += 1) {
    const message = asMessage(messages[at])
    if (kindOf(message) === 'user') return lastTextOf(message)
  }
  return ''
}

/** Never throws: what it does not know it does not see. */
export const conversationView = ({ value }: JsonDocument): ConversationView => {
  const messages = isObject(value) ? messagesIn(value) : []
  const tail = tailOf(messages)
  return {
    ...tail, firstText: firstTextOf(messages), length: messages.length,
    signed: tail.signed && tail.toolLoop,
    answered: messages.length > 1 && messages.slice(-farthest).some(item => kindOf(asMessage(item)) === 'model'),
  }
}
