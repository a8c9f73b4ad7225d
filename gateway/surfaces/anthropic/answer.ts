// Anthropic answers: what they tell, and where placeholders become values again. Thinking and signatures are never touched.
import type { Usage } from '../../exchange/answer.ts'
import type { Edit, JsonDocument, StringLeaf } from '../../exchange/document.ts'
import type { JsonAnswerDialect, RestoreMode } from '../answer/json-codec.ts'
import { servedTier, tokenCount, type AnswerNotes } from '../answer/notes.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { unsigned } from './unsigned-thinking.ts'

/** Usage members as they came; in a stream later events overwrite earlier ones, because they are cumulative. */
const usageMembers = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'] as const
export type RawUsage = Partial<Record<typeof usageMembers[number], number>> & { readonly hourTokens?: number; readonly serviceTier?: string }

/** Fast answers have a price of their own, whatever tier they are served from (API reference, `usage.speed`). */
const tierOf = (value: JsonObject): string | undefined => value['speed'] === 'fast' ? 'fast' : servedTier(value['service_tier'])

export const mergeUsage = (known: RawUsage, value: unknown): RawUsage => {
  if (!isObject(value)) return known
  const merged: { -readonly [member in keyof RawUsage]: RawUsage[member] } = { ...known }
  for (const member of usageMembers) if (typeof value[member] === 'number') merged[member] = tokenCount(value[member])
  const created = value['cache_creation']
  if (isObject(created)) merged.hourTokens = tokenCount(created['ephemeral_1h_input_tokens'])
  const tier = tierOf(value)
  if (tier !== undefined && known.serviceTier !== 'fast') merged.serviceTier = tier
  return merged
}

/** Anthropic reports cache reads and writes beside input_tokens: `input` is their sum. It reports no reasoning count. */
export const anthropicUsage = (raw: RawUsage): Usage => {
  const cacheRead = raw.cache_read_input_tokens ?? 0
  const cacheWrite = raw.cache_creation_input_tokens ?? 0
  return {
    input: (raw.input_tokens ?? 0) + cacheRead + cacheWrite, output: raw.output_tokens ?? 0, cacheRead, cacheWrite, reasoning: 0,
    ...raw.hourTokens === undefined || raw.hourTokens === 0 ? {} : { cacheWrite1h: raw.hourTokens },
    ...raw.serviceTier === undefined ? {} : { serviceTier: raw.serviceTier },
  }
}

export const learnBlock = (block: unknown, notes: AnswerNotes): void => {
  if (isObject(block) && block['type'] === 'tool_use') notes.called(block['id'])
}

const learnMessage = (value: JsonObject, notes: AnswerNotes): void => {
  notes.named(value['id'], value['model'])
  notes.finished(value['stop_reason'])
  const { content } = value
  if (Array.isArray(content)) for (const block of content) learnBlock(block, notes)
  if (isObject(value['usage'])) notes.usage = anthropicUsage(mergeUsage({}, value['usage']))
}

const left: ReadonlySet<string> = new Set([
  'type', 'id', 'tool_use_id', 'name', 'signature', 'data', 'encrypted_content', 'encrypted_index', 'media_type', 'file_id',
])

/** For a leaf inside a content block: `inside` is its path from the block on. Tool input may use any key. */
export const blockRestoreMode = (key: string | null, inside: StringLeaf['path']): RestoreMode => {
  if (inside.length === 1 && key === 'thinking') return 'reasoning'
  return inside[0] === 'input' || (key !== null && !left.has(key)) ? 'text' : 'leave'
}

/** Thinking of which something was hidden is no longer what was signed: without its signature the gateway takes it out of later requests. */
const unsignedEdits = (document: JsonDocument, edits: readonly Edit[]): Edit[] => {
  const content: unknown = isObject(document.value) ? document.value['content'] : null
  return !Array.isArray(content) ? [] : content.flatMap((_block, at): Edit[] => {
    const text = document.locate(['content', at, 'thinking'])
    const signature = document.locate(['content', at, 'signature'])
    const hidden = text !== undefined && edits.some(({ start }) => start === text.start)
    return hidden && signature !== undefined ? [{ ...signature, text: JSON.stringify(unsigned) }] : []
  })
}

export const anthropicJsonAnswer: JsonAnswerDialect = {
  learn: (value, notes) => { if (isObject(value)) learnMessage(value, notes) },
  afterwards: unsignedEdits,
  restoreMode: ({ key, path }) => path[0] === 'content' ? blockRestoreMode(key, path.slice(2)) : 'leave',
}
