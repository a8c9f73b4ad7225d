// Keeps of the facts only what the policy refers to: input size is what an evaluation costs, and volatile fields that nobody asks for
// must not make equal facts look different.
import type { Facts } from './contract.ts'

/** Writes the projected facts as JSON text. */
export type Projection = (facts: Facts) => string

interface Tree { readonly children: Map<string, Tree>; whole: boolean }

const treeOf = (paths: readonly string[]): Tree => {
  const root: Tree = { children: new Map(), whole: false }
  for (const path of paths) {
    let node = root
    for (const step of path === '' ? [] : path.split('.')) {
      let child = node.children.get(step)
      if (child === undefined) node.children.set(step, child = { children: new Map(), whole: false })
      node = child
    }
    node.whole = true
  }
  return root
}

type Writer = (value: unknown) => string

const compile = (node: Tree): Writer => {
  if (node.whole || node.children.size === 0) return value => JSON.stringify(value) as string | undefined ?? 'null'
  const members = [...node.children].sort(([a], [b]) => a < b ? -1 : 1).map(([name, child]) => ({ name, prefix: `${JSON.stringify(name)}:`, write: compile(child) }))
  return value => {
    if (typeof value !== 'object' || value === null) return 'null'
    let out = '{'
    for (const { name, prefix, write } of members) {
      out += (out.length > 1 ? ',' : '') + prefix + write((value as Record<string, unknown>)[name])
    }
    return `${out}}`
  }
}

/** @param inputs dotted paths below input, from the bundle's manifest; "" is everything. */
export const projection = (inputs: readonly string[]): Projection => compile(treeOf(inputs)) as Projection
