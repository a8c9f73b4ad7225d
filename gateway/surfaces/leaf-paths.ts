// Tells by its place in the request whether a string belongs to the protocol. A key alone never decides: tool arguments and schemas may
// use any key, and a value must not escape scanning because it is called "id".
import type { StringLeaf } from '../exchange/document.ts'
import { isOpaque } from '../exchange/encoded-bytes.ts'
import type { LeafUse } from './model-surface.ts'

type Path = StringLeaf['path']

/**
 * Does the path match the pattern? "#" stands for any array index, "**" at the end for anything below.
 * Patterns are written "messages.#.content.#.id" and split once, when the tables are made.
 */
export type Pattern = readonly string[]

export const patterns = (...written: readonly string[]): readonly Pattern[] => written.map(one => one.split('.'))

const matchesOne = (path: Path, pattern: Pattern): boolean => {
  const open = pattern.at(-1) === '**'
  const length = open ? pattern.length - 1 : pattern.length
  if (open ? path.length < length : path.length !== length) return false
  for (let at = 0; at < length; at += 1) {
    const segment = path[at]
    if (pattern[at] === '#' ? typeof segment !== 'number' : pattern[at] !== segment) return false
  }
  return true
}

export const matchesAny = (path: Path, among: readonly Pattern[]): boolean => among.some(pattern => matchesOne(path, pattern))

/** What the protocol owns is left alone as long as it looks like it. Anything else in its place is looked at, and cannot be changed. */
export const useOfOwned = (value: string): LeafUse => isOpaque(value) ? 'ignore' : 'watch'

// Schema keywords whose strings are grammar, unless they stand inside data of the schema.
const schemaKeywords: ReadonlySet<string> = new Set(['type', 'format', '$ref', '$schema', '$id', 'required'])
const schemaData: ReadonlySet<string | number> = new Set(['default', 'const', 'enum', 'examples', 'example'])

/** True for grammar inside a JSON Schema; descriptions, defaults and enumerations are content. */
export const isSchemaGrammar = (leaf: StringLeaf): boolean =>
  isOpaque(leaf.value) && leaf.key !== null && schemaKeywords.has(leaf.key) && !leaf.path.some(segment => schemaData.has(segment))
