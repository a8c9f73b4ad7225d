// The parts of the README that follow from the code: configuration reference and error table, made from schema and failure table.
import { failureTable } from '../../../gateway/exchange/failure.ts'
import { configJsonSchema } from '../../../gateway/config/explain.ts'

interface Node {
  readonly description?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly allOf?: readonly Node[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly examples?: readonly unknown[]
  readonly default?: unknown
}

const branches = (node: Node): readonly Node[] => [node, ...[...node.anyOf ?? [], ...node.oneOf ?? [], ...node.allOf ?? []].flatMap(branches)]

/** Markdown table cells end at a pipe, wherever it stands. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const isPlain = (value: unknown): boolean => value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length > 0 && !Array.isArray(value))

const row = (path: string, node: Node): string => {
  const described = branches(node).find(branch => branch.description !== undefined)?.description ?? ''
  const example = branches(node).flatMap(branch => branch.examples ?? [])[0]
  const fallback = isPlain(node.default) ? `\`${JSON.stringify(node.default)}\`` : ''
  return `| \`${path}\` | ${cell(described)} | ${cell(fallback)} | ${example === undefined ? '' : `\`${cell(JSON.stringify(example))}\``} |`
}

const childrenOf = (path: string, node: Node): readonly (readonly [string, Node])[] => {
  const seen = new Map<string, Node>()
  for (const branch of branches(node)) {
    for (const [name, child] of Object.entries(branch.properties ?? {})) if (!seen.has(`${path}.${name}`)) seen.set(`${path}.${name}`, child)
    const { additionalProperties } = branch
    if (typeof additionalProperties === 'object' && branches(additionalProperties).some(one => one.properties !== undefined)) {
      for (const inner of childrenOf(`${path}.<name>`, additionalProperties)) seen.set(...inner)
    }
    if (branch.items !== undefined) for (const inner of childrenOf(`${path}[]`, branch.items)) seen.set(...inner)
  }
  return [...seen]
}

const rowsOf = (path: string, node: Node): string[] => [
  row(path, node), ...childrenOf(path, node).flatMap(([name, child]) => rowsOf(name, child)),
]

/** One table per section of the configuration file. */
export const configReference = (): string => Object.entries((configJsonSchema() as Node).properties ?? {})
  .map(([name, node]) => `#### \`${name}\`\n\n| field | meaning | default | example |\n|---|---|---|---|\n${rowsOf(name, node).join('\n')}`)
  .join('\n\n')

/** The closed list of what can go wrong. */
export const errorTable = (): string => ['| code | HTTP | JSON-RPC | who acts | what helps |', '|---|---|---|---|---|',
  ...Object.entries(failureTable).map(([code, { http, jsonrpc, fault, remedy }]) => `| \`${code}\` | ${http} | ${jsonrpc ?? '–'} | ${fault} | ${cell(remedy)} |`)].join('\n')

const between = (name: string): RegExp => new RegExp(`(<!-- ${name}:start[^>]*-->)[\\s\\S]*?(<!-- ${name}:end -->)`)

const replaced = (readme: string, name: string, made: string): string => {
  if (!between(name).test(readme)) throw new Error(`the README has lost its ${name} markers`)
  return readme.replace(between(name), (_all, start: string, end: string) => `${start}\n\n${made}\n\n${end}`)
}

/** The README with the parts that follow from the code made anew. @throws Error when a marker is missing */
export const withReferences = (readme: string): string => replaced(replaced(readme, 'config', configReference()), 'errors', errorTable())

/** What the golden transcripts show of every caller's dialect on every provider's. */
export const withMatrix = (readme: string, table: string): string => replaced(readme, 'dialects', table)

/** The scores of the official MCP suite. */
export const withScores = (readme: string, matrix: string): string => replaced(readme, 'conformance', matrix.trim())

/**
 * The README with the last bench's tables. Figures follow from a machine, not from the code, so no test asks for them.
 * @param report bench.md, the MCP figures, or those of streams
 */
export const withFigures = (readme: string, report: string, name: 'bench' | 'bench-mcp' | 'bench-stream' = 'bench'): string =>
  replaced(readme, name, report.replace(/^# .*\n+/, '').replaceAll(/^##? (.*)\n+/gm, '**$1**\n\n').trim())
