// Turns zod's issues into problems with an example, taken from the schema's own metadata, so that text and schema cannot disagree.
import { z } from 'zod'
import { configSchema } from './schema.ts'
import type { ConfigProblem } from './config-error.ts'

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly additionalProperties?: SchemaNode | boolean
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly allOf?: readonly SchemaNode[]
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
}

/** JSON Schema of the configuration file, as a person writes it (defaults not yet applied). */
export const configJsonSchema = (): SchemaNode =>
  z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as SchemaNode

const branches = (node: SchemaNode): readonly SchemaNode[] => [node, ...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]

const childOf = (node: SchemaNode, key: PropertyKey): SchemaNode | undefined => {
  for (const branch of branches(node)) {
    const child = typeof key === 'number' ? branch.items : branch.properties?.[String(key)]
      ?? (typeof branch.additionalProperties === 'object' ? branch.additionalProperties : undefined)
    if (child !== undefined) return child
  }
  return undefined
}

const exampleOf = (path: readonly PropertyKey[]): string | undefined => {
  let node: SchemaNode | undefined = configJsonSchema()
  for (const key of path) node = node === undefined ? undefined : childOf(node, key)
  if (node === undefined) return undefined
  for (const branch of branches(node)) {
    const value = branch.examples?.[0] ?? branch.enum?.[0] ?? branch.default
    if (value !== undefined) return `${String(path.at(-1))}: ${JSON.stringify(value)}`
  }
  return undefined
}

/** `providers[0].base_url` from a path of keys and indexes. */
export const dotted = (path: readonly PropertyKey[]): string =>
  path.map(key => typeof key === 'number' ? `[${key}]` : `.${String(key)}`).join('').replace(/^\./, '')

const similar = (name: string, known: readonly string[]): string | undefined =>
  known.find(candidate => candidate.startsWith(name.slice(0, 4)) || name.startsWith(candidate.slice(0, 4)))

const knownKeys = (path: readonly PropertyKey[]): string[] => {
  let node: SchemaNode | undefined = configJsonSchema()
  for (const key of path) node = node === undefined ? undefined : childOf(node, key)
  return node === undefined ? [] : branches(node).flatMap(branch => Object.keys(branch.properties ?? {}))
}

/** One problem per issue; an unknown key names what it may have meant. */
export const explainIssues = (issues: readonly z.core.$ZodIssue[]): ConfigProblem[] => issues.flatMap((issue): ConfigProblem[] => {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path)
    return issue.keys.map(key => {
      const meant = similar(key, known)
      return {
        path: dotted([...issue.path, key]),
        problem: `unknown field${meant === undefined ? '' : `; did you mean \`${meant}\`?`} Known here: ${known.join(', ')}`,
      }
    })
  }
  const example = exampleOf(issue.path)
  return [{ path: dotted(issue.path), problem: issue.message, ...(example === undefined ? {} : { example }) }]
})
