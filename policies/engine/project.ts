// Keeps of the facts only what the policy refers to: input size is what an evaluation costs, and volatile fields that nobody asks for
// must not make equal facts look different. It never invents a value that the facts do not have.
import type { Facts } from './contract.ts'

/** Writes the projected facts as JSON text. */
export type Projection = (facts: Facts) => string

interface Tree { readonly children: Map<string, Tree>; whole: boolean; measured: boolean }

const treeOf = (paths: readonly string[]): Tree => {
  const root: Tree = { children: new Map(), whole: false, measured: false }
  for (const path of paths) {
    const steps = path === '' ? [] : path.split('.')
    const measured = steps.at(-1) === '#'
    let node = root
    for (const step of measured ? steps.slice(0, -1) : steps) {
      let child = node.children.get(step)
      if (child === undefined) node.children.set(step, child = { children: new Map(), whole: false, measured: false })
      node = child
    }
    if (measured) node.measured = true
    else node.whole = true
  }
  return root
}

/** Undefined: there is nothing to write. */
type Writer = (value: unknown) => string | undefined

const wholeWriter: Writer = value => JSON.stringify(value)

/** Members by the same writer; what has no members is written as it is. */
const memberWriter = (write: Writer): Writer => value => {
  if (typeof value !== 'object' || value === null) return wholeWriter(value)
  if (Array.isArray(value)) return `[${value.map(member => write(member) ?? 'null').join(',')}]`
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${write(member) ?? 'null'}`).join(',')}}`
}

// A member that the facts do not have is left out, never written as null: `not input.args.confirm` has to hold where nobody confirmed.
const fieldWriter = (children: ReadonlyMap<string, Tree>): Writer => {
  const fields = [...children].sort(([a], [b]) => a < b ? -1 : 1).map(([name, child]) => ({ name, prefix: `${JSON.stringify(name)}:`, write: writerOf(child) }))
  return value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value === undefined ? undefined : 'null'
    let out = '{'
    for (const { name, prefix, write } of fields) {
      const text = Object.hasOwn(value, name) ? write((value as Record<string, unknown>)[name]) : undefined
      if (text !== undefined) out += (out.length > 1 ? ',' : '') + prefix + text
    }
    return `${out}}`
  }
}

const writerOf = (node: Tree): Writer => {
  const each = node.children.get('*')
  const named = node.children.size - (each === undefined ? 0 : 1)
  if (node.whole || (named > 0 && (node.measured || each !== undefined))) return wholeWriter
  if (each !== undefined) return memberWriter(writerOf(each))
  return node.measured ? memberWriter(() => 'null') : fieldWriter(node.children)
}

/** @param inputs paths below input as the bundle's manifest lists them (toolchain/inputs-of.ts); "" is everything. */
export const projection = (inputs: readonly string[]): Projection => {
  const write = writerOf(treeOf(inputs))
  return facts => write(facts) ?? '{}'
}
