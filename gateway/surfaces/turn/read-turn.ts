// Who moved last: a user, or a tool loop? Read from the end of a request, as far back as the user's last words and no further.
import { shortDigest } from '../../exchange/short-digest.ts'
import { noTurn, type SubAgent, type Turn } from '../../exchange/root.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import type { Speaker } from './message.ts'

export interface TurnDialect {
  readonly speaker: (message: JsonObject) => Speaker
  /** What of a message counts: what a user said, which tools a model called with what, what they returned. Never ids: these differ each time. */
  readonly words: (message: JsonObject, speaker: Speaker) => string
}

const speakerAt = (messages: readonly unknown[], at: number, dialect: TurnDialect): Speaker => {
  const message = messages[at]
  return isObject(message) ? dialect.speaker(message) : 'other'
}

const lastOf = (messages: readonly unknown[], from: number, dialect: TurnDialect, wanted: (speaker: Speaker) => boolean): number => {
  let at = from
  while (at >= 0 && !wanted(speakerAt(messages, at, dialect))) at -= 1
  return at
}

/** Our own refusals end with the id of their exchange; but for that they say the same each time. */
const withoutExchange = (text: string): string => text.includes('(exchange ') ? text.replaceAll(/\(exchange [0-9a-f-]{36}\)/g, '') : text

/** The calls that a model made last and their results, which are the messages up to `end`. */
const stepOf = (messages: readonly unknown[], end: number, dialect: TurnDialect): string => {
  const words: string[] = []
  let seen: Speaker = 'tool'
  for (let at = end; at >= 0; at -= 1) {
    const message = messages[at]
    const speaker = speakerAt(messages, at, dialect)
    if (speaker === 'user' || (speaker === 'tool' && seen === 'model')) break
    if (speaker === 'other' || !isObject(message)) continue
    seen = speaker
    words.push(dialect.words(message, speaker))
  }
  return shortDigest(withoutExchange(words.join('\0')))
}

/** Reads a conversation, oldest message first. */
export const readTurn = (messages: readonly unknown[], dialect: TurnDialect, by: SubAgent | null = null): Turn => {
  // A program may end with words of its own, or with the beginning of the answer.
  const last = lastOf(messages, messages.length - 1, dialect, speaker => speaker === 'user' || speaker === 'tool')
  if (last < 0) return by === null ? noTurn : { ...noTurn, by }
  const kind = speakerAt(messages, last, dialect) === 'user' ? 'user' : 'loop'
  const at = kind === 'user' ? last : lastOf(messages, last, dialect, speaker => speaker === 'user')
  const message = messages[at]
  return {
    kind, by, length: messages.length,
    said: isObject(message) ? { digest: shortDigest(dialect.words(message, 'user')), at } : null,
    step: kind === 'loop' ? stepOf(messages, last, dialect) : null,
  }
}

const longText = 256

/** Media are told apart by their length and a piece of their middle: the ends of pictures are often the same. */
const mediaMark = (part: JsonObject, depth = 2): string => Object.values(part).map(value => {
  if (typeof value === 'string') return value.length < longText ? value : `${value.length}:${value.slice(value.length >> 1, (value.length >> 1) + 64)}`
  return isObject(value) && depth > 0 ? mediaMark(value, depth - 1) : ''
}).join(' ')

/** Text of a string or of text parts. */
export const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map(part => {
    if (typeof part === 'string') return part
    if (!isObject(part)) return ''
    return typeof part['text'] === 'string' ? part['text'] : mediaMark(part)
  }).join('\n')
}
