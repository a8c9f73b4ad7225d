// The three tools that stand for a long list of them: one that finds, one that calls what only reads, one that calls anything. What is called
// through them is the inner call, under its real name, from the first stage on.
import { textWithout, type JsonDocument } from '../../exchange/document.ts'
import { Failure } from '../../exchange/failure.ts'
import type { McpRequest } from './read-message.ts'

export const searchNames = ['find_tools', 'call_read_tool', 'call_tool'] as const
export type SearchName = (typeof searchNames)[number]

const called = { type: 'object', properties: { name: { type: 'string', description: 'Name of a tool, as find_tools tells it.' }, arguments: { type: 'object', description: 'Its arguments, by its inputSchema.' } }, required: ['name'] }

const definitions: readonly object[] = [
  {
    name: 'find_tools', title: 'Find tools', annotations: { readOnlyHint: true, openWorldHint: false },
    description: 'Finds the tools that are offered here by words of what they do. Tells name, description and inputSchema of each; call them with call_read_tool or call_tool.',
    inputSchema: { type: 'object', properties: { query: { type: 'string', description: 'What the tool should do, in a few words.' }, limit: { type: 'integer', minimum: 1, maximum: 50 } }, required: ['query'] },
  },
  { name: 'call_read_tool', title: 'Call a tool that only reads', annotations: { readOnlyHint: true }, description: 'Calls a tool that find_tools lists under "reads". Others have to be called with call_tool.', inputSchema: called },
  { name: 'call_tool', title: 'Call a tool', annotations: { readOnlyHint: false, destructiveHint: true }, description: 'Calls any tool that find_tools tells of.', inputSchema: called },
]

/** What tools/list shows. */
export const searchEntries: readonly { readonly rawText: string }[] = definitions.map(definition => ({ rawText: JSON.stringify(definition) }))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

export const searchNameOf = ({ method, params }: McpRequest): SearchName | null => {
  const name = method === 'tools/call' ? params?.['name'] : undefined
  return searchNames.find(known => known === name) ?? null
}

const argumentsOf = ({ params }: McpRequest): Readonly<Record<string, unknown>> => isRecord(params?.['arguments']) ? params['arguments'] : {}

const wrong = (field: string, expected: string): Failure => new Failure('request.malformed', `params.arguments.${field} ${expected}.`, { detail: { field: `params.arguments.${field}` } })

export interface Search { readonly query: string; readonly limit: number | null }

/** @throws Failure request.malformed */
export const readSearch = (message: McpRequest): Search => {
  const { limit, query } = argumentsOf(message)
  if (typeof query !== 'string' || query.trim() === '') throw wrong('query', 'must be a few words')
  if (limit !== undefined && !(typeof limit === 'number' && Number.isInteger(limit) && limit >= 1)) throw wrong('limit', 'must be a whole number from 1')
  return { query, limit: limit ?? null }
}

/**
 * The call inside: the same message with the inner name and, byte for byte, the inner arguments.
 * @throws Failure request.malformed
 */
export const innerCall = (message: McpRequest, readJson: (text: string) => JsonDocument): McpRequest => {
  const { document } = message
  const { arguments: inner, name } = argumentsOf(message)
  if (typeof name !== 'string' || name === '') throw wrong('name', 'must be the name of a tool')
  if (searchNames.some(known => known === name)) throw wrong('name', 'must be a tool that find_tools tells of')
  if (inner !== undefined && !isRecord(inner)) throw wrong('arguments', 'must be an object')
  const span = document.locate(['params', 'arguments', 'arguments'])
  const given = inner === undefined || span === undefined ? '{}' : document.text.slice(span.start, span.end)
  const params = textWithout(document, ['params'], () => false, new Map([['name', JSON.stringify(name)], ['arguments', given]]))
  const made = readJson(`{"params":${params}}`)
  return { ...message, document: made, params: (made.value as { params: McpRequest['params'] }).params, paramsSpan: made.locate(['params']) ?? null }
}

/** JSON text of find_tools' result. `reads` names those that call_read_tool takes. */
export const foundText = (entries: readonly { readonly rawText: string; readonly exposedName: string }[], reads: readonly string[], isModern: boolean): string => {
  const found = `{"tools":[${entries.map(entry => entry.rawText).join(',')}],"reads":${JSON.stringify(reads)}}`
  return `{"content":[{"type":"text","text":${JSON.stringify(found)}}],"structuredContent":${found}${isModern ? ',"resultType":"complete"' : ''}}`
}
