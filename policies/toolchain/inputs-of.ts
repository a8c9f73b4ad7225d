// Which parts of the input a policy refers to, read from OPA's own syntax tree. The engine hands over nothing else.

interface Term { readonly type?: string; readonly value?: unknown }

const isRef = (node: unknown): node is { readonly type: 'ref'; readonly value: readonly Term[] } =>
  typeof node === 'object' && node !== null && 'type' in node && node.type === 'ref' && 'value' in node && Array.isArray(node.value)

/** The fixed part of a reference: `input.resource.candidates[_].id` is `resource.candidates`. */
const pathOf = (terms: readonly Term[]): string | null => {
  if (terms[0]?.type !== 'var' || terms[0].value !== 'input') return null
  const steps: string[] = []
  for (const term of terms.slice(1)) {
    if (term.type !== 'string' || typeof term.value !== 'string' || term.value.includes('.')) break
    steps.push(term.value)
  }
  return steps.join('.')
}

const collect = (node: unknown, found: Set<string>): void => {
  if (isRef(node)) {
    const path = pathOf(node.value)
    if (path !== null) found.add(path)
  } else if (typeof node === 'object' && node !== null && 'type' in node && node.type === 'var' && 'value' in node && node.value === 'input') {
    found.add('')
  }
  if (Array.isArray(node)) for (const child of node) collect(child, found)
  else if (typeof node === 'object' && node !== null) {
    // The head of a reference is the bare variable `input`, which was judged with its path.
    const children = isRef(node) ? node.value.slice(1) : Object.values(node)
    for (const child of children) collect(child, found)
  }
}

/** A path whose prefix is read as a whole says nothing new. */
const minimal = (paths: readonly string[]): string[] => {
  if (paths.includes('')) return ['']
  return paths.filter(path => !paths.some(other => path.startsWith(`${other}.`))).sort()
}

/** @param parse gives OPA's JSON syntax tree of a file. */
export const inputsOf = async (files: readonly string[], parse: (file: string) => Promise<string>): Promise<string[]> => {
  const found = new Set<string>()
  for (const file of files) collect(JSON.parse(await parse(file)), found)
  return minimal([...found])
}
