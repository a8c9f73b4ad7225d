// Tools that only Responses knows, as functions of other APIs: custom tools take free text in place of JSON arguments (there they are
// functions of one text; a grammar for it cannot be said), and namespaces group tools (there the group stands before the name).
import { isObject, type JsonObject } from '../../request-fields.ts'
import { objectsOf, parsedObject, textOf } from '../members.ts'
import { shortName } from '../tool-names.ts'

export const customToolSchema = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'], additionalProperties: false } as const

export const argumentsOfInput = (input: string): string => JSON.stringify({ input })

/** What a model wrote for a custom tool. Arguments of another shape are passed on as they are: the tool is the judge of them. */
export const inputOfArguments = (text: string): string => textOf(parsedObject(text)?.['input']) ?? text

export const nameIn = (namespace: string | null, name: string): string => namespace === null ? name : `${namespace}__${name}`

/** A tool as the caller calls it. */
export interface CallerTool { readonly name: string; readonly namespace: string | null; readonly custom: boolean }

const toolsOf = (tool: JsonObject): CallerTool[] => {
  const name = textOf(tool['name']) ?? ''
  if (tool['type'] === 'namespace') return objectsOf(tool['tools']).map(one => ({ name: textOf(one['name']) ?? '', namespace: name, custom: one['type'] === 'custom' }))
  return tool['type'] === 'custom' ? [{ name, namespace: null, custom: true }] : []
}

/** Those that a model calls by another name, or in another way, than the caller does: by what the model calls them. @param body the caller's request */
export const callerTools = (body: unknown): ReadonlyMap<string, CallerTool> => new Map(
  (isObject(body) ? objectsOf(body['tools']) : []).flatMap(toolsOf).flatMap(tool => {
    const name = nameIn(tool.namespace, tool.name)
    return [[name, tool], [shortName(name), tool]] as const
  }),
)
