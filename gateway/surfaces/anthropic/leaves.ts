// Which strings of an Anthropic request belong to the protocol. Everything that is not listed is scanned and may be redacted.
import type { StringLeaf } from '../../exchange/document.ts'
import { isBinary } from '../../exchange/encoded-bytes.ts'
import { isSchemaGrammar, matchesAny, patterns, useOfOwned } from '../leaf-paths.ts'
import type { LeafUse } from '../model-surface.ts'

// Words of the protocol. They hold nothing to protect wherever they stand, and they are most of the strings of a long history.
const words: ReadonlySet<string> = new Set([
  'user', 'assistant', 'system', 'text', 'tool_use', 'tool_result', 'image', 'document', 'thinking', 'redacted_thinking', 'base64', 'ephemeral', 'auto', 'any', 'none',
  'tool', 'enabled', 'disabled', 'adaptive', 'object', 'string', 'number', 'integer', 'boolean', 'array', 'null', 'custom', '5m', '1h',
  'server_tool_use', 'web_search_tool_result', 'url', 'file', 'content', 'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf', 'text/plain',
])

// The last keys of the patterns below: only leaves under these need their path looked at.
const keys: ReadonlySet<string> = new Set([
  'model', 'role', 'type', 'id', 'name', 'tool_use_id', 'signature', 'thinking', 'data', 'media_type', 'file_id', 'ttl', 'service_tier', 'encrypted_content',
  'encrypted_index', 'effort', 'container', 'previous_message_id', 'inference_geo', 'format', '$ref', '$schema', '$id', 'required',
])

// A content block can stand in a message, in a tool result inside it, and in the system prompt.
const blocks = ['messages.#.content.#', 'messages.#.content.#.content.#', 'system.#'] as const
const owned = patterns(
  'model', 'service_tier', 'container', 'inference_geo', 'thinking.type', 'output_config.effort', 'tool_choice.type', 'tool_choice.name', 'thread.previous_message_id',
  'messages.#.role',
  ...blocks.flatMap(block => ['type', 'cache_control.type', 'cache_control.ttl', 'source.type', 'source.media_type', 'source.file_id'].map(rest => `${block}.${rest}`)),
  ...['id', 'tool_use_id', 'name', 'signature', 'caller.type', 'encrypted_content'].map(rest => `messages.#.content.#.${rest}`),
  'messages.#.content.#.content.#.encrypted_content', 'messages.#.content.#.citations.#.type', 'messages.#.content.#.citations.#.encrypted_index',
  'tools.#.type', 'tools.#.name', 'tools.#.cache_control.type', 'tools.#.cache_control.ttl',
)
const schemas = patterns('tools.#.input_schema.**', 'output_config.format.schema.**', 'output_format.schema.**')
const thinkingText = patterns('messages.#.content.#.thinking')
const opaqueData = patterns('messages.#.content.#.data')
const sourceData = patterns('messages.#.content.#.source.data', 'messages.#.content.#.content.#.source.data')

export const isThinking = ({ key, path }: StringLeaf): boolean => key === 'thinking' && matchesAny(path, thinkingText)

/** See LeafUse. Thinking is signed: a changed one would be refused by the provider, so it is only watched. */
export const anthropicLeafUse = (leaf: StringLeaf): LeafUse => {
  if (leaf.key === null || !keys.has(leaf.key)) return 'rewrite'
  if (words.has(leaf.value)) return 'ignore'
  const { path } = leaf
  if (matchesAny(path, owned)) return useOfOwned(leaf.value)
  if (matchesAny(path, schemas)) return isSchemaGrammar(leaf) ? 'ignore' : 'rewrite'
  if (matchesAny(path, thinkingText)) return 'watch'
  if (leaf.key !== 'data') return 'rewrite'
  if (matchesAny(path, opaqueData)) return useOfOwned(leaf.value)
  // A `document` block may carry plain text in source.data, which is content.
  return matchesAny(path, sourceData) && isBinary(leaf.value) ? 'ignore' : 'rewrite'
}
