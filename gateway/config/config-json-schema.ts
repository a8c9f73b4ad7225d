// The configuration schema as JSON Schema, and ways to look things up in it. It knows the schema's shape and nothing about mistakes.
import { z } from 'zod'
import { configSchema } from './schema.ts'

export interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
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

/** The node itself and every alternative inside it. */
const branches = (node: SchemaNode): readonly SchemaNode[] =>
  [node, ...[...node.anyOf ?? [], ...node.oneOf ?? [], ...node.allOf ?? []].flatMap(branches)]

const childOf = (node: SchemaNode, key: PropertyKey): SchemaNode | undefined => {
  for (const branch of branches(node)) {
    const child = typeof key === 'number' ? branch.items : branch.properties?.[String(key)]
      ?? (typeof branch.additionalProperties === 'object' ? branch.additionalProperties : undefined)
    if (child !== undefined) return child
  }
  return undefined
}

/** The node at a path of keys and indexes. */
export const nodeAt = (root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined => {
  let node: SchemaNode | undefined = root
  for (const key of path) node = node === undefined ? undefined : childOf(node, key)
  return node
}

/** Field names that a node knows, whichever alternative they belong to. */
export const knownKeys = (node: SchemaNode | undefined): string[] =>
  node === undefined ? [] : [...new Set(branches(node).flatMap(branch => Object.keys(branch.properties ?? {})))]

/** A value that the schema's own metadata offers; an object without one is made of its required fields. Null says nothing and is passed over. */
export const sampleOf = (node: SchemaNode): unknown => {
  const all = branches(node)
  const given = all.map(branch => branch.examples?.[0] ?? branch.enum?.[0]).find(value => value !== undefined && value !== null)
  if (given !== undefined) return given
  const object = all.find(branch => (branch.required ?? []).length > 0)
  if (object !== undefined) return Object.fromEntries(object.required?.map(name => [name, sampleOf(object.properties?.[name] ?? {})]) ?? [])
  const list = all.find(branch => branch.items !== undefined)
  if (list?.items !== undefined) return [sampleOf(list.items)].filter(item => item !== undefined)
  const part = all.find(branch => branch.properties !== undefined)?.properties ?? {}
  const [name, first] = Object.entries(part)[0] ?? []
  return name === undefined || first === undefined ? node.default ?? undefined : { [name]: sampleOf(first) }
}
