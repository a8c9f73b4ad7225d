// Which parts of the input a policy refers to, read from OPA's own syntax tree. The engine hands over nothing else, so whatever is not
// understood here has to count as read as a whole.
//
// Paths are written with dots. `*` is every member (`resource.candidates.*.id`), and a final `#` is what kind of value it is and how many
// members it has under which keys, but not what they are.

interface Term { readonly type?: string; readonly value?: unknown }

const fields = (node: unknown): Readonly<Record<string, unknown>> => typeof node === 'object' && node !== null ? node as Record<string, unknown> : {}

const isRef = (node: unknown): node is { readonly type: 'ref'; readonly value: readonly Term[] } => {
  const { type, value } = fields(node)
  return type === 'ref' && Array.isArray(value)
}

/** The path of a reference, or null where it is none to the input. */
const pathOf = (terms: readonly Term[]): string | null => {
  if (terms[0]?.type !== 'var' || terms[0].value !== 'input') return null
  const steps: string[] = []
  for (const term of terms.slice(1)) {
    // What stands first says which part of the facts it is; a variable there could be any.
    if (term.type !== 'string' && steps.length > 0) steps.push('*')
    else if (term.type === 'string' && typeof term.value === 'string' && !/[.*#]/.test(term.value)) steps.push(term.value)
    else break
  }
  while (steps.at(-1) === '*') steps.pop()
  return steps.join('.')
}

/** Builtins that tell no more of their argument than its type, its size and its keys. */
const measuring = ['count', 'is_array', 'object.keys']

/** A call `[operator, argument, …]` that measures a part of the input gives the path of that part. */
const measuredPath = (call: readonly unknown[], builtins: ReadonlySet<string>): string | null => {
  const [operator, argument] = call
  if (call.length !== 2 || !isRef(operator) || !isRef(argument)) return null
  if (!builtins.has(operator.value.map(({ value }) => String(value)).join('.'))) return null
  const path = pathOf(argument.value)
  return path === null || path === '' ? null : path
}

class Collector {
  readonly found = new Set<string>()
  readonly #measuring: ReadonlySet<string>

  constructor(measuringBuiltins: ReadonlySet<string>) {
    this.#measuring = measuringBuiltins
  }

  collect(node: unknown): void {
    if (Array.isArray(node)) {
      const measured = measuredPath(node, this.#measuring)
      if (measured === null) for (const child of node) this.collect(child)
      else {
        this.found.add(`${measured}.#`)
        // A step of the path may itself be a reference.
        for (const step of (node[1] as { value: readonly Term[] }).value.slice(1)) this.collect(step)
      }
    } else if (isRef(node)) {
      const path = pathOf(node.value)
      if (path !== null) this.found.add(path)
      // The head of a reference is the bare variable `input`, which was judged with its path.
      this.collect(path === null ? [...node.value] : node.value.slice(1))
    } else {
      const { type, value } = fields(node)
      if (type === 'var' && value === 'input') this.found.add('')
      for (const child of Object.values(fields(node))) this.collect(child)
    }
  }
}

/** Names that a file gives to rules and imports. One that is called like a builtin is that builtin no longer. */
const namesIn = (file: unknown): string[] => {
  const { rules, imports } = fields(file)
  const list = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []
  const heads = list(rules).map(rule => fields(fields(rule).head)).flatMap(head => [head.name, fields(list(head.ref)[0]).value])
  const imported = list(imports).map(fields).flatMap(one => [one.alias, fields(list(fields(one.path).value).at(-1)).value])
  return [...heads, ...imported].filter(name => typeof name === 'string')
}

/** A path whose prefix is read as a whole says nothing new. */
const minimal = (paths: readonly string[]): string[] => {
  if (paths.includes('')) return ['']
  return paths.filter(path => !paths.some(other => path.startsWith(`${other}.`))).sort()
}

/** @param parse gives OPA's JSON syntax tree of a file. */
export const inputsOf = async (files: readonly string[], parse: (file: string) => Promise<string>): Promise<string[]> => {
  const trees: unknown[] = []
  for (const file of files) trees.push(JSON.parse(await parse(file)))
  const taken = new Set(trees.flatMap(namesIn))
  const collector = new Collector(new Set(measuring.filter(name => !taken.has(name.replace(/\..*/, '')))))
  for (const tree of trees) collector.collect(tree)
  return minimal([...collector.found])
}
