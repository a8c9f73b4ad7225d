// Which strings of a Responses request belong to the protocol. Everything that is not listed is scanned and may be redacted.
import type { StringLeaf } from '../../exchange/document.ts'
import { isBinary, isBinaryUrl } from '../../exchange/encoded-bytes.ts'
import { isSchemaGrammar, matchesAny, patterns, useOfOwned } from '../leaf-paths.ts'
import type { LeafUse } from '../model-surface.ts'

// Words of the protocol. They hold nothing to protect wherever they stand, and they are most of the strings of a long history.
const words: ReadonlySet<string> = new Set([
  'user', 'assistant', 'system', 'developer', 'message', 'input_text', 'output_text', 'input_image', 'input_file', 'refusal', 'reasoning', 'summary_text', 'reasoning_text',
  'function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output', 'item_reference', 'completed', 'in_progress', 'incomplete', 'function', 'custom',
  'text', 'json_schema', 'json_object', 'auto', 'none', 'required', 'object', 'string', 'number', 'integer', 'boolean', 'array', 'null', 'low', 'medium', 'high', 'minimal',
  'commentary', 'final_answer', 'web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'local_shell', 'shell', 'apply_patch', 'mcp',
])

// The last keys of the patterns below: only leaves under these need their path looked at.
const keys: ReadonlySet<string> = new Set([
  'model', 'role', 'type', 'id', 'name', 'call_id', 'status', 'phase', 'namespace', 'encrypted_content', 'detail', 'image_url', 'file_id', 'file_data', 'service_tier', 'effort',
  'summary', 'verbosity', 'truncation', 'include', 'previous_response_id', 'conversation', 'version', 'mode', 'syntax', 'prompt_cache_retention', 'tool_choice', 'server_label',
  'connector_id', 'vector_store_ids', 'container', 'file_ids', '$ref', '$schema', '$id', 'required', 'format', 'execution', 'call_ids', 'approval_request_id',
])

const owned = patterns(
  'model', 'service_tier', 'truncation', 'include.#', 'previous_response_id', 'conversation', 'conversation.id', 'prompt.id', 'prompt.version', 'prompt_cache_retention',
  'reasoning.effort', 'reasoning.summary', 'text.verbosity', 'text.format.type', 'text.format.name', 'tool_choice', 'tool_choice.type', 'tool_choice.name', 'tool_choice.mode',
  'tool_choice.server_label', 'tool_choice.tools.#.type', 'tool_choice.tools.#.name', 'tool_choice.tools.#.server_label',
  ...['type', 'role', 'id', 'status', 'phase', 'call_id', 'name', 'namespace', 'encrypted_content', 'execution', 'server_label', 'approval_request_id', 'summary.#.type'].map(rest => `input.#.${rest}`),
  ...['content', 'output'].flatMap(list => ['type', 'detail', 'file_id'].map(rest => `input.#.${list}.#.${rest}`)),
  'tools.#.type', 'tools.#.name', 'tools.#.format.type', 'tools.#.format.syntax', 'tools.#.server_label', 'tools.#.connector_id', 'tools.#.vector_store_ids.#',
  'tools.#.container', 'tools.#.container.type', 'tools.#.container.file_ids.#', 'tools.#.tools.#.type', 'tools.#.tools.#.name',
)
const schemas = patterns('tools.#.parameters.**', 'tools.#.output_schema.**', 'tools.#.tools.#.parameters.**', 'text.format.schema.**')
const media = patterns(...['content', 'output'].flatMap(list => ['image_url', 'file_data'].map(rest => `input.#.${list}.#.${rest}`)))

/**
 * See LeafUse. Reasoning comes back as its provider wrote it: its encrypted half is never touched, and what is hidden of its summary is what
 * the provider did not see in the first place. Inline images and files that are no text are ignored; addresses are content.
 */
export const responsesLeafUse = (leaf: StringLeaf): LeafUse => {
  if (leaf.key === null || !keys.has(leaf.key)) return 'rewrite'
  if (words.has(leaf.value)) return 'ignore'
  const { path } = leaf
  if (matchesAny(path, owned)) return useOfOwned(leaf.value)
  if (matchesAny(path, schemas) && isSchemaGrammar(leaf)) return 'ignore'
  return matchesAny(path, media) && (isBinaryUrl(leaf.value) || isBinary(leaf.value)) ? 'ignore' : 'rewrite'
}
