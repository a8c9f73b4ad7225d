// Who moved last in an Anthropic conversation: results of tools are messages of the user's role, and a program's reminders, too.
import { canonicalJson } from '../../exchange/canonical-json.ts'
import type { JsonDocument } from '../../exchange/document.ts'
import { noTurn, type SubAgent, type Turn } from '../../exchange/root.ts'
import type { RequestHeaders } from '../model-surface.ts'
import { headerOf, isObject, type JsonObject } from '../request-fields.ts'
import type { Speaker } from '../turn/message.ts'
import { readTurn, textOf, type TurnDialect } from '../turn/read-turn.ts'

const blocksOf = ({ content }: JsonObject, type: string): readonly JsonObject[] =>
  Array.isArray(content) ? content.filter((block): block is JsonObject => isObject(block) && block['type'] === type) : []

/** Claude Code speaks to its model in the user's name; what it marks like this no user said. */
const isReminder = (block: unknown): boolean => isObject(block) && typeof block['text'] === 'string' && block['text'].trimStart().startsWith('<system-reminder>')

const userSpeaker = (message: JsonObject): Speaker => {
  const { content } = message
  // A user who interrupts a tool speaks beside its result: that continues, too.
  if (blocksOf(message, 'tool_result').length > 0) return 'tool'
  return Array.isArray(content) && content.length > 0 && content.every(isReminder) ? 'other' : 'user'
}

/** What a user said is found again in later requests, where reminders may come and go beside it. */
const saidIn = ({ content }: JsonObject): string => textOf(Array.isArray(content) ? content.filter(block => !isReminder(block)) : content)

const dialect: TurnDialect = {
  speaker: message => message['role'] === 'assistant' ? 'model' : message['role'] === 'user' ? userSpeaker(message) : 'other',
  words: (message, by) => {
    if (by === 'user') return saidIn(message)
    if (by === 'model') return blocksOf(message, 'tool_use').map(({ name, input }) => canonicalJson([name ?? null, input ?? null])).join('\n')
    return blocksOf(message, 'tool_result').map(({ content }) => textOf(content)).join('\n')
  },
}

/** Claude Code's sub-agents ask under ids of their own, in the session of the one that started them. */
const subAgentOf = (headers: RequestHeaders): SubAgent | null => {
  const id = headerOf(headers, 'x-claude-code-agent-id')
  return id === null || id === '' ? null : { id, parent: headerOf(headers, 'x-claude-code-parent-agent-id') }
}

export const anthropicTurn = ({ value }: JsonDocument, headers: RequestHeaders): Turn => {
  const messages = isObject(value) ? value['messages'] : null
  return Array.isArray(messages) ? readTurn(messages, dialect, subAgentOf(headers)) : noTurn
}
