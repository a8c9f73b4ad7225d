// Gemini answers: what they tell, and where placeholders become values again. Thoughts and signatures are never touched.
import type { Usage } from '../../exchange/answer.ts'
import type { JsonDocument, StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { tokenCount, type AnswerNotes } from '../answer/notes.ts'
import { isObject, type JsonObject } from '../request-fields.ts'

/** Cached tokens are inside promptTokenCount; thoughts are beside candidatesTokenCount, and are paid for as output. */
export const geminiUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const reasoning = tokenCount(value['thoughtsTokenCount'])
  return {
    input: tokenCount(value['promptTokenCount']) + tokenCount(value['toolUsePromptTokenCount']),
    output: tokenCount(value['candidatesTokenCount']) + reasoning,
    cacheRead: tokenCount(value['cachedContentTokenCount']), cacheWrite: 0, reasoning,
  }
}

export const candidatesOf = (value: JsonObject): readonly unknown[] => Array.isArray(value['candidates']) ? value['candidates'] : []

/** Learns from an answer or from one chunk of it. There is no last event: a finish reason, or a blocked prompt, says that the answer is whole. */
export const learnGemini = (value: unknown, notes: AnswerNotes): void => {
  if (!isObject(value)) return
  notes.named(value['responseId'], value['modelVersion'])
  notes.usage = geminiUsage(value['usageMetadata']) ?? notes.usage
  const { promptFeedback } = value
  if (isObject(promptFeedback) && typeof promptFeedback['blockReason'] === 'string') {
    notes.finished(promptFeedback['blockReason'])
    notes.complete = true
  }
  for (const candidate of candidatesOf(value)) {
    if (!isObject(candidate) || typeof candidate['finishReason'] !== 'string') continue
    notes.finished(candidate['finishReason'])
    notes.complete = true
  }
}

/** Text of a part that is no thought. */
export const shownText = (part: unknown): string | null =>
  isObject(part) && part['thought'] !== true && typeof part['text'] === 'string' ? part['text'] : null

const codeMembers: ReadonlySet<string> = new Set(['executableCode.code', 'codeExecutionResult.output'])

/** For a leaf of a part, its own text aside: arguments of calls, and code that the provider ran. */
export const partRestoreMode = ({ form, path }: StringLeaf): RestoreMode => {
  // candidates.#.content.parts.# and what is inside
  if (form === 'number' || path[0] !== 'candidates' || path[2] !== 'content' || path[3] !== 'parts') return 'leave'
  return (path[5] === 'functionCall' && path[6] === 'args') || (path.length === 7 && codeMembers.has(`${String(path[5])}.${String(path[6])}`)) ? 'text' : 'leave'
}

const partAt = (document: JsonDocument, path: StringLeaf['path']): unknown => {
  let at: unknown = document.value
  for (const segment of path) at = (at as Readonly<Record<string | number, unknown>>)[segment]
  return at
}

export const geminiJsonAnswer: JsonAnswerDialect = {
  learn: learnGemini,
  modelPath: ['modelVersion'],
  restoreMode: (leaf, document) => {
    const { path } = leaf
    const isText = path.length === 6 && path[0] === 'candidates' && path[3] === 'parts' && path[5] === 'text'
    if (isText) return shownText(partAt(document, path.slice(0, 5))) === null ? 'leave' : 'text'
    return partRestoreMode(leaf)
  },
}
