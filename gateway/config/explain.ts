// Turns zod's issues into problems with an example, taken from the schema's own metadata, so that text and schema cannot disagree.
import type { z } from 'zod'
import { configJsonSchema, knownKeys, nodeAt, sampleOf, type SchemaNode } from './config-json-schema.ts'
import type { ConfigProblem } from './config-error.ts'
import { nearName } from './near-name.ts'

export { configJsonSchema } from './config-json-schema.ts'

type Issue = z.core.$ZodIssue

/** `providers[0].base_url` from a path of keys and indexes. */
export const dotted = (path: readonly PropertyKey[]): string =>
  path.map(key => typeof key === 'number' ? `[${key}]` : `.${String(key)}`).join('').replace(/^\./, '')

const exampleOf = (root: SchemaNode, path: readonly PropertyKey[]): string | undefined => {
  const node = nodeAt(root, path)
  const value = node === undefined ? undefined : sampleOf(node)
  // An element without an example of its own has the list's.
  if (value === undefined) return typeof path.at(-1) === 'number' ? exampleOf(root, path.slice(0, -1)) : undefined
  const key = path.findLast(step => typeof step === 'string')
  if (key === undefined) return JSON.stringify(value)
  return `${key}: ${JSON.stringify(typeof path.at(-1) === 'number' ? [value] : value)}`
}

const wrongAtRoot = (issue: Issue): boolean => issue.path.length === 0 && issue.code === 'invalid_type'
const weight = (branch: readonly Issue[]): number => branch.reduce((sum, issue) =>
  sum + (wrongAtRoot(issue) ? 100 : issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)

/** What fits none of several alternatives is explained by the one that it fits best: "invalid input" helps nobody. */
const flattened = (issue: Issue): readonly Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const best = issue.errors.reduce((least, branch) => weight(branch) < weight(least) ? branch : least)
  return best.flatMap(inner => flattened({ ...inner, path: [...issue.path, ...inner.path] }))
}

const isMissing = (input: unknown, path: readonly PropertyKey[]): boolean => {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return true
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return false
}

const explainUnknown = (root: SchemaNode, path: readonly PropertyKey[], key: string): ConfigProblem => {
  const known = knownKeys(nodeAt(root, path))
  if (known.includes(key)) return { path: dotted([...path, key]), problem: 'does not go together with the other fields here: keep one kind or the other' }
  const meant = nearName(key, known)
  const example = meant === undefined ? undefined : exampleOf(root, [...path, meant])
  return {
    path: dotted([...path, key]),
    problem: `unknown field${meant === undefined ? '.' : `; did you mean \`${meant}\`?`} Known here: ${known.join(', ')}`,
    ...(example === undefined ? {} : { example }),
  }
}

const exampleFor = (root: SchemaNode, issue: Issue): string | undefined => {
  if (issue.code === 'custom') {
    const own: unknown = issue.params?.example
    if (typeof own === 'string') return own
    // A rule over several fields: the example of an object would be made of its fields and might break the same rule.
    if (nodeAt(root, issue.path)?.properties !== undefined) return undefined
  }
  return exampleOf(root, issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path)
}

/**
 * One problem per issue; an unknown key names what it may have meant.
 * @param input what was parsed, to tell a missing field from a wrong one.
 */
export const explainIssues = (issues: readonly Issue[], input: unknown): ConfigProblem[] => {
  const root = configJsonSchema()
  return issues.flatMap(flattened).flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map(key => explainUnknown(root, issue.path, key))
    const message = issue.code === 'invalid_key' ? issue.issues[0]?.message ?? issue.message : issue.message
    const example = exampleFor(root, issue)
    return [{
      path: dotted(issue.path),
      problem: isMissing(input, issue.path) ? 'is missing' : message,
      ...(example === undefined ? {} : { example }),
    }]
  })
}
