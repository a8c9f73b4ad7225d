// A virtual MCP server: chosen tools, prompts and resources of real ones, at an address of its own, under names of its own. It narrows what
// there is; what a caller may use of it is decided as everywhere, under the real names.
import { z } from 'zod'
import { toolSearchSchema } from './tool-search.ts'

const target = z.string().regex(/^[a-z0-9-]{1,24}\/.{1,2048}$/s, 'must be `server/name`; `*` in the name stands for anything')
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 of a-z, A-Z, 0-9, "_" and "-"')

const toolSchema = z.union([target, z.strictObject({
  tool: target.describe('`server/name`; with `as` or `description` it has to be one tool.').meta({ examples: ['db/query'] }),
  as: toolName.nullable().default(null).describe('Name that clients see. Default: the tool\'s own, or `server__tool` where two of the bundle share it.').meta({ examples: ['find_orders'] }),
  description: z.string().min(1).max(8192).nullable().default(null).describe('Description that models read in place of the server\'s.').meta({ examples: ['Looks orders up by number or customer.'] }),
}).refine(({ as, description, tool }) => !tool.includes('*') || (as === null && description === null), { path: ['tool'], error: 'must name one tool, without `*`, where `as` or `description` is given' })])

export const virtualServerSchema = z.strictObject({
  groups: z.array(z.string().min(1)).min(1).describe('Who may reach it; `*` is everybody with a key. To others it is not there.').meta({ examples: [['support']] }),
  tools: z.array(toolSchema).default([]).describe('Tools that it offers; the first entry that matches counts.').meta({ examples: [['files/read_*', { tool: 'db/query', as: 'find_orders' }]] }),
  prompts: z.array(target).default([]).describe('Prompts, as `server/name`.').meta({ examples: [['files/*']] }),
  resources: z.array(target).default([]).describe('Resources and templates, as `server/uri`.').meta({ examples: [['files/file:///srv/public/*']] }),
  tool_search: toolSearchSchema.nullable().default(null).describe('Let clients look for its tools in place of listing them.'),
  instructions: z.string().min(1).max(8192).nullable().default(null).describe('What models are told of it. Default: what its servers say of themselves.').meta({ examples: ['Order data of the shop. Ask before you change anything.'] }),
})
export type VirtualServerConfig = z.infer<typeof virtualServerSchema>

export const virtualServersSchema = z.record(z.string().regex(/^[a-z0-9-]{1,24}$/, 'names of virtual servers must be 1 to 24 of a-z, 0-9 and "-"'), virtualServerSchema)
  .meta({ examples: [{ support: { groups: ['support'], tools: ['tickets/*', { tool: 'db/query', as: 'find_orders' }] } }] })

export type ChosenKind = 'tool' | 'prompt' | 'resource'

/** One line of the bundle. */
export interface Chosen {
  readonly kind: ChosenKind
  readonly server: string
  /** Glob over the server's own names, or URIs. */
  readonly pattern: string
  readonly as: string | null
  readonly description: string | null
}

const split = (at: string): { server: string; pattern: string } => {
  const slash = at.indexOf('/')
  return { server: at.slice(0, slash), pattern: at.slice(slash + 1) }
}

const plain = (kind: ChosenKind) => (at: string): Chosen => ({ kind, ...split(at), as: null, description: null })

export const chosenOf = ({ prompts, resources, tools }: VirtualServerConfig): readonly Chosen[] => [
  ...tools.map((tool): Chosen => typeof tool === 'string' ? plain('tool')(tool) : { kind: 'tool', ...split(tool.tool), as: tool.as, description: tool.description }),
  ...prompts.map(plain('prompt')), ...resources.map(plain('resource')),
]

export interface VirtualProblem { readonly path: string; readonly problem: string; readonly remedy: string }

/** Mistakes that only show beside the real servers. @param servers names of the configured ones */
export const virtualProblems = (virtual: Readonly<Record<string, VirtualServerConfig>>, servers: readonly string[]): VirtualProblem[] => Object.entries(virtual).flatMap(([slug, bundle]) => {
  const path = `virtual_servers.${slug}`
  const chosen = chosenOf(bundle)
  const unknown = [...new Set(chosen.map(({ server }) => server).filter(server => !servers.includes(server)))]
  const names = chosen.flatMap(({ as }) => as === null ? [] : [as])
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
  return [
    ...servers.includes(slug) ? [{ path, problem: `mcp_servers.${slug} has the same name, and with it the same address`, remedy: 'rename one of them' }] : [],
    ...unknown.map(server => ({ path, problem: `there is no MCP server "${server}"`, remedy: `known: ${servers.join(', ') || 'none'}` })),
    ...twice.map(name => ({ path: `${path}.tools`, problem: `"${name}" is given to two tools`, remedy: 'give each its own name' })),
  ]
})
