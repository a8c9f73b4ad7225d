// Names of tools between dialects: each takes its own characters and lengths. One that does not fit is cut and marked with a hash of the
// whole, and what the model calls by the name that it was told reaches the caller by its own.
import { hash } from 'node:crypto'
import type { WireDialect } from '../../../registry/provider.ts'
import { many } from '../gemini/fields.ts'
import { isObject } from '../request-fields.ts'
import { listOf, objectOf, objectsOf, textOf } from './members.ts'

interface Rule { readonly longest: number; readonly odd: RegExp }

const chat: Rule = { longest: 64, odd: /[^\w-]/g }
const rules: Partial<Readonly<Record<WireDialect, Rule>>> = { anthropic: { longest: 128, odd: /[^\w-]/g }, gemini: { longest: 128, odd: /^[^a-zA-Z_]|[^\w.:-]/g } }

const markLength = 8

/** The name as a dialect takes it. Equal names stay equal, different ones stay apart. */
export const nameFor = (dialect: WireDialect, name: string): string => {
  const { longest, odd } = rules[dialect] ?? chat
  const plain = name.replaceAll(odd, '_')
  if (plain === name && name.length <= longest) return name
  return `${plain.slice(0, longest - markLength - 1)}_${hash('sha256', name, 'hex').slice(0, markLength)}`
}

/** The name as chat completions take it. */
export const shortName = (name: string): string => nameFor('openai', name)

/** Every dialect declares its tools in `tools`: by name, in a function, or in lists of declarations. */
const declared = (tool: Readonly<Record<string, unknown>>): readonly (string | null)[] => {
  const lists = [...many(tool['functionDeclarations']), ...many(tool['function_declarations'])]
  return lists.length > 0 ? lists.map(one => textOf(objectOf(one)['name'])) : [textOf(tool['name']) ?? textOf(objectOf(tool['function'])['name'])]
}

/** The caller's names by those that were sent; null where all fit. @param body the caller's request @param to the provider's dialect */
export const callersNames = (body: unknown, to: WireDialect): ReadonlyMap<string, string> | null => {
  const { tools } = isObject(body) ? body : { tools: undefined }
  const names = objectsOf(listOf(many(tools))).flatMap(declared).filter(name => name !== null && nameFor(to, name) !== name)
  return names.length === 0 ? null : new Map(names.map(name => [nameFor(to, name ?? ''), name ?? '']))
}
