// Names of tools between dialects: Anthropic takes 128 characters, OpenAI's APIs 64. A longer one is cut and marked with a hash of the
// whole, and what the model calls by the short name reaches the caller by its own.
import { hash } from 'node:crypto'
import { isObject } from '../request-fields.ts'
import { objectsOf, textOf } from './members.ts'

const longest = 64
const markLength = 8

/** Equal names stay equal, different ones stay apart. */
export const shortName = (name: string): string =>
  name.length <= longest ? name : `${name.slice(0, longest - markLength - 1)}_${hash('sha256', name, 'hex').slice(0, markLength)}`

/** The caller's names by the short ones that were sent; null where all fit. @param body the caller's request */
export const longNames = (body: unknown): ReadonlyMap<string, string> | null => {
  const names = (isObject(body) ? objectsOf(body['tools']) : []).map(tool => textOf(tool['name'])).filter(name => name !== null && name.length > longest)
  return names.length === 0 ? null : new Map(names.map(name => [shortName(name ?? ''), name ?? '']))
}
