// Which strings of an OpenAI request belong to the protocol. Everything that is not listed is scanned and may be redacted.
import type { StringLeaf } from '../../exchange/document.ts'
import { isBinary, isBinaryUrl } from '../../exchange/encoded-bytes.ts'
import { isSchemaGrammar, matchesAny, patterns, useOfOwned } from '../leaf-paths.ts'
import type { LeafUse } from '../model-surface.ts'

// Words of the protocol. They hold nothing to protect wherever they stand, and they are most of the strings of a long history.
const words: ReadonlySet<string> = new Set([
  'user', 'assistant', 'system', 'developer', 'tool', 'function', 'text', 'image_url', 'input_audio', 'file', 'refusal', 'auto', 'none', 'required',
  'object', 'string', 'number', 'integer', 'boolean', 'array', 'null', 'low', 'medium', 'high', 'minimal', 'json_schema', 'json_object', 'default',
])

// The last keys of the patterns below: only leaves under these need their path looked at.
const keys: ReadonlySet<string> = new Set([
  'model', 'role', 'type', 'id', 'name', 'tool_call_id', 'detail', 'data', 'format', 'file_id', 'file_data', 'service_tier', 'reasoning_effort', 'verbosity',
  'modalities', 'encoding_format', 'syntax', 'voice', '$ref', '$schema', '$id', 'required', 'url', 'image_url', 'prompt_cache_retention',
])

const owned = patterns(
  'model', 'service_tier', 'reasoning_effort', 'verbosity', 'modalities.#', 'encoding_format', 'prompt_cache_retention', 'audio.voice', 'audio.format',
  'messages.#.role', 'messages.#.tool_call_id', 'messages.#.audio.id',
  'messages.#.tool_calls.#.id', 'messages.#.tool_calls.#.type', 'messages.#.tool_calls.#.function.name', 'messages.#.tool_calls.#.custom.name',
  'messages.#.function_call.name',
  'messages.#.content.#.type', 'messages.#.content.#.image_url.detail', 'messages.#.content.#.input_audio.format', 'messages.#.content.#.file.file_id',
  'tools.#.type', 'tools.#.function.name', 'tools.#.custom.name', 'tools.#.custom.format.type', 'tools.#.custom.format.grammar.syntax', 'functions.#.name',
  'tool_choice.type', 'tool_choice.function.name', 'tool_choice.custom.name', 'function_call.name',
  'response_format.type', 'response_format.json_schema.name',
)
const schemas = patterns('tools.#.function.parameters.**', 'functions.#.parameters.**', 'response_format.json_schema.schema.**')
const media = patterns('messages.#.content.#.image_url.url', 'messages.#.content.#.image_url', 'messages.#.content.#.input_audio.data', 'messages.#.content.#.file.file_data')

/** See LeafUse. Inline images, sound and files that are no text are ignored; addresses are content. */
export const openaiLeafUse = (leaf: StringLeaf): LeafUse => {
  if (leaf.key === null || !keys.has(leaf.key)) return 'rewrite'
  if (words.has(leaf.value)) return 'ignore'
  const { path } = leaf
  if (matchesAny(path, owned)) return useOfOwned(leaf.value)
  if (matchesAny(path, schemas) && isSchemaGrammar(leaf)) return 'ignore'
  return matchesAny(path, media) && (isBinaryUrl(leaf.value) || isBinary(leaf.value)) ? 'ignore' : 'rewrite'
}
