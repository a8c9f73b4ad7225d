// Gemini answers: what they tell, and where placeholders become values again. Thoughts and signatures are never touched.
import type { Usage } from '../../exchange/answer.ts'
import type { JsonDocument, StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { servedTier, tokenCount, type AnswerNotes } from '../answer/notes.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { tierWord } from './fields.ts'

/** Vertex says it in words of its own; capacity that is paid for beforehand is charged like any other. */
const tiersOfTraffic: Readonly<Record<string, string>> = { ON_DEMAND_PRIORITY: 'priority', ON_DEMAND_FLEX: 'flex' }

/** The tier that served a call, from its usage or from the header `x-gemini-service-tier`; undefined where it is the usual one. */
export const geminiTier = (value: unknown): string | undefined => servedTier(typeof value === 'string' ? tierWord(value) : value)

const kindsOfInput: Readonly<Record<string, 'audioInput' | 'imageInput'>> = { AUDIO: 'audioInput', IMAGE: 'imageInput' }
const kindsOfOutput: Readonly<Record<string, 'audioOutput' | 'imageOutput'>> = { AUDIO: 'audioOutput', IMAGE: 'imageOutput' }

/** Counts by modality; only those that have prices of their own. */
const countsIn = (details: unknown, kinds: Readonly<Record<string, string>>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const one of Array.isArray(details) ? details : []) {
    const kind = isObject(one) && typeof one['modality'] === 'string' ? kinds[one['modality']] : undefined
    const count = isObject(one) ? tokenCount(one['tokenCount']) : 0
    if (kind !== undefined && count > 0) counts[kind] = (counts[kind] ?? 0) + count
  }
  return counts
}

/** Cached tokens are inside promptTokenCount; thoughts are beside candidatesTokenCount, and are paid for as output. */
export const geminiUsage = (value: unknown): Usage | null => {
  if (!isObject(value)) return null
  const reasoning = tokenCount(value['thoughtsTokenCount'])
  const { serviceTier: tier, trafficType } = value
  const serviceTier = typeof trafficType === 'string' ? tiersOfTraffic[trafficType] : geminiTier(tier)
  return {
    input: tokenCount(value['promptTokenCount']) + tokenCount(value['toolUsePromptTokenCount']),
    output: tokenCount(value['candidatesTokenCount']) + reasoning,
    cacheRead: tokenCount(value['cachedContentTokenCount']), cacheWrite: 0, reasoning,
    ...countsIn(value['promptTokensDetails'], kindsOfInput), ...countsIn(value['candidatesTokensDetails'], kindsOfOutput), ...serviceTier === undefined ? {} : { serviceTier },
  }
}

export const candidatesOf = (value: JsonObject): readonly unknown[] => Array.isArray(value['candidates']) ? value['candidates'] : []

/** Not every model gives its calls ids. */
const learnCalls = (content: unknown, notes: AnswerNotes): void => {
  const parts = isObject(content) ? content['parts'] : null
  if (Array.isArray(parts)) for (const part of parts) if (isObject(part) && isObject(part['functionCall'])) notes.called(part['functionCall']['id'])
}

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
    if (!isObject(candidate)) continue
    learnCalls(candidate['content'], notes)
    if (typeof candidate['finishReason'] !== 'string') continue
    notes.finished(candidate['finishReason'])
    notes.complete = true
  }
}

/** Text of a part that is one. */
export const thoughtText = (part: unknown): string | null =>
  isObject(part) && part['thought'] === true && typeof part['text'] === 'string' ? part['text'] : null

/** Text of a part that is no thought. */
export const shownText = (part: unknown): string | null =>
  isObject(part) && part['thought'] !== true && typeof part['text'] === 'string' ? part['text'] : null

const codeMembers: ReadonlySet<string> = new Set(['executableCode.code', 'codeExecutionResult.output'])

/** Why a model stopped, and the sources of what it said, in its words and theirs. */
const besideParts: ReadonlySet<unknown> = new Set(['finishMessage', 'groundingMetadata', 'citationMetadata'])

/** For a leaf of a part, its own text aside: arguments of calls, and code that the provider ran. */
export const partRestoreMode = ({ form, key, path }: StringLeaf): RestoreMode => {
  if (form === 'value' && ((path[0] === 'error' && key === 'message') || (path[0] === 'candidates' && besideParts.has(path[2])))) return 'text'
  // candidates.#.content.parts.# and what is inside
  if (path[0] !== 'candidates' || path[2] !== 'content' || path[3] !== 'parts') return 'leave'
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
    if (isText) return shownText(partAt(document, path.slice(0, 5))) === null ? 'reasoning' : 'text'
    return partRestoreMode(leaf)
  },
}
