// Custom tools take free text in place of JSON arguments (API reference, "Custom tool"). No other API has them: there they are functions of
// one text, and what the model writes into it becomes free text again. A grammar for it cannot be said.
import { isObject } from '../../request-fields.ts'
import { objectsOf, parsedObject, textOf } from '../members.ts'

export const customToolSchema = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'], additionalProperties: false } as const

export const argumentsOfInput = (input: string): string => JSON.stringify({ input })

/** What a model wrote for a custom tool. Arguments of another shape are passed on as they are: the tool is the judge of them. */
export const inputOfArguments = (text: string): string => textOf(parsedObject(text)?.['input']) ?? text

/** @param body the caller's request */
export const customToolNames = (body: unknown): ReadonlySet<string> =>
  new Set((isObject(body) ? objectsOf(body['tools']) : []).filter(tool => tool['type'] === 'custom').map(tool => textOf(tool['name']) ?? ''))
