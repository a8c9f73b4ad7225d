// Where each string of a model request comes from, in the shapes that the dialects have in common: system text, tool definitions, calls and
// results of tools, and everything else.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { TextSource } from '../redaction/remote/text-source.ts'

const atRoot: Readonly<Record<string, TextSource>> = {
  system: 'system', instructions: 'system', systemInstruction: 'system', system_instruction: 'system', tools: 'tool_definition', functions: 'tool_definition',
}
const byRole: Readonly<Record<string, TextSource>> = { system: 'system', developer: 'system', tool: 'tool_result', function: 'tool_result' }
const byType: Readonly<Record<string, TextSource>> = {
  tool_use: 'tool_call', server_tool_use: 'tool_call', mcp_tool_use: 'tool_call', function_call: 'tool_call', custom_tool_call: 'tool_call', mcp_call: 'tool_call',
  tool_result: 'tool_result', mcp_tool_result: 'tool_result', function_call_output: 'tool_result', custom_tool_call_output: 'tool_result',
}
const byKey: Readonly<Record<string, TextSource>> = {
  tool_calls: 'tool_call', function_call: 'tool_call', functionCall: 'tool_call', function_call_output: 'tool_result', functionResponse: 'tool_result', function_response: 'tool_result',
}

const entry = (table: Readonly<Record<string, TextSource>>, name: unknown): TextSource | undefined =>
  typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined

/** How far below the root the parts of a message stand; what is deeper belongs to them. */
const deepest = 6

export const modelTextSource = (document: JsonDocument) => ({ path }: StringLeaf): TextSource => {
  const first = entry(atRoot, path[0])
  if (first !== undefined) return first
  let source: TextSource = 'prompt'
  let at: unknown = document.value
  for (const step of path.slice(0, deepest)) {
    if (typeof at === 'object' && at !== null && !Array.isArray(at)) {
      const { role, type } = at as { readonly role?: unknown; readonly type?: unknown }
      source = entry(byKey, step) ?? entry(byType, type) ?? entry(byRole, role) ?? source
    }
    at = (at as Readonly<Record<string | number, unknown>> | null | undefined)?.[step]
  }
  return source
}
