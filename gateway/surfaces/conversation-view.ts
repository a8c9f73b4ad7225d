// What routing asks of a request's conversation, in whatever dialect: the texts that set the task, and whether a tool loop or signed thinking
// is under way. It reads the parsed document from its end, a bounded part of it, and copies nothing.
import type { JsonDocument } from '../exchange/document.ts'
import { isObject, type JsonObject } from './request-fields.ts'
import { isResultPart, messagesOf, partsOf, responseIn, signatureIn, speakerOf } from './turn/message.ts'

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

const lastParts = (message: JsonObject): readonly unknown[] => partsOf(message).slice(-mostParts)

/** Agents put reminders of their own beside what the user says. */
const isReminder = (text: string): boolean => text.startsWith('<system-reminder>')

const textOfPart = (part: unknown): string | null => {
  if (typeof part === 'string') return part
  return isObject(part) && !isResultPart(part) && typeof part['text'] === 'string' ? part['text'] : null
}

const lastTextOf = (message: JsonObject): string => {
  const parts = lastParts(message)
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
  const returned = responseIn(part)
  if (isObject(returned)) return isObject(returned['response']) && returned['response']['error'] !== undefined
  const text = textOfPart(part)
  return text !== null && looksFailed.test(text.slice(0, 200))
}

const isSignedPart = (part: unknown): boolean => isObject(part) && (typeof part['signature'] === 'string' || part['type'] === 'redacted_thinking' || typeof signatureIn(part) === 'string')

/** Google's own chat completions keep the signature of a call beside it. */
const isSignedCall = (call: unknown): boolean => isObject(call) && isObject(call['extra_content']) && typeof signatureIn(call['extra_content']['google']) === 'string'

const isSigned = (message: JsonObject): boolean => {
  if (message['type'] === 'reasoning') return typeof message['encrypted_content'] === 'string'
  const { tool_calls: calls } = message
  return lastParts(message).some(isSignedPart) || (Array.isArray(calls) && calls.some(isSignedCall))
}

const messagesIn = (body: JsonObject): readonly unknown[] => {
  const { prompt } = body
  return messagesOf(body) ?? (typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : [])
}

const asMessage = (item: unknown): JsonObject => isObject(item) ? item : { role: 'user', content: item }

/** From the end back to the last words of the user. */
interface Tail { lastText: string; toolLoop: boolean; toolErrors: number; signed: boolean }

const tailOf = (messages: readonly unknown[]): Tail => {
  const tail: Tail = { lastText: '', toolLoop: false, toolErrors: 0, signed: false }
  let counting = true
  for (let at = messages.length - 1; at >= Math.max(0, messages.length - farthest); at -= 1) {
    const message = asMessage(messages[at])
    const kind = speakerOf(message)
    if (at === messages.length - 1) tail.toolLoop = kind === 'tool'
    if (kind === 'model') tail.signed ||= isSigned(message)
    if (kind === 'tool' && counting) {
      counting = lastParts(message).some(isError)
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
    if (speakerOf(message) === 'user') return lastTextOf(message)
  }
  return ''
}

/** What came before is kept by the provider. */
const goesOn = (body: unknown): boolean => isObject(body) && typeof body['previous_response_id'] === 'string'

/** Never throws: what it does not know it does not see. */
export const conversationView = ({ value }: JsonDocument): ConversationView => {
  const messages = isObject(value) ? messagesIn(value) : []
  const tail = tailOf(messages)
  return {
    ...tail, firstText: firstTextOf(messages), length: messages.length,
    signed: tail.signed && tail.toolLoop,
    answered: goesOn(value) || (messages.length > 1 && messages.slice(-farthest).some(item => speakerOf(asMessage(item)) === 'model')),
  }
}
