// What an MCP request is about: its target, its arguments, and whose it is by the route table.
import { Failure } from '../exchange/failure.ts'
import type { McpOperation } from '../exchange/operation.ts'
import type { TargetMember } from '../surfaces/mcp/methods.ts'
import type { McpRequest } from '../surfaces/mcp/read-message.ts'
import type { CatalogEntry, CatalogView } from '../upstream/mcp-catalog-view.ts'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

const missing = (field: string): Failure => new Failure('request.malformed', `${field} must be a string.`, { detail: { field } })

/** Members that the gateway reads itself, and that nothing looks into: one that the method does not have would reach the server unseen. */
const routing = ['name', 'ref', 'taskId'] as const

const checkOthers = ({ era, method, params }: McpRequest, member: TargetMember): void => {
  const state = era === 'legacy' ? ['requestState'] : []
  const other = [...routing, ...state].find(name => name !== member && params?.[name] !== undefined)
  if (other !== undefined) throw new Failure('request.malformed', `params.${other}: ${method} has no such member.`, { detail: { field: `params.${other}`, remedy: 'Leave it out.' } })
}

export const targetOf = (message: McpRequest, member: TargetMember): string => {
  checkOthers(message, member)
  const { params } = message
  const value = params?.[member]
  if (member !== 'ref') {
    if (typeof value !== 'string') throw missing(`params.${member}`)
    return value
  }
  // One member says what is meant, and no other: what stands beside it would be read by the server alone.
  const ref = isRecord(value) ? value : {}
  const field = ref['type'] === 'ref/prompt' ? 'name' : ref['type'] === 'ref/resource' ? 'uri' : null
  if (field === null) throw new Failure('request.malformed', 'params.ref.type must be "ref/prompt" or "ref/resource".', { detail: { field: 'params.ref.type' } })
  const named = ref[field]
  if (typeof named !== 'string') throw missing(`params.ref.${field}`)
  if (field === 'uri' && ref['name'] !== undefined) throw new Failure('request.malformed', 'params.ref.name: a resource has no name here.', { detail: { field: 'params.ref.name', remedy: 'Name the resource by its uri.' } })
  return named
}

const argumentsOf = ({ params }: McpRequest): Readonly<Record<string, unknown>> | null => {
  const given = params?.['arguments']
  if (given === undefined) return null
  if (!isRecord(given)) throw new Failure('request.malformed', 'params.arguments must be an object.', { detail: { field: 'params.arguments' } })
  return given
}

const kindOfTarget = ({ method, params }: McpRequest): 'tool' | 'prompt' | 'resource' => {
  if (method === 'tools/call' || method.startsWith('tasks/')) return 'tool'
  if (method === 'prompts/get') return 'prompt'
  return isRecord(params?.['ref']) && params['ref']['type'] === 'ref/prompt' ? 'prompt' : 'resource'
}

export const operationOf = (message: McpRequest, kind: McpOperation['kind'], entry: CatalogEntry | null, meant: Pick<McpOperation, 'target' | 'task'>): McpOperation => ({
  kind, name: message.method, era: message.era, server: entry?.server ?? null, originalName: entry?.originalName ?? null, ...meant,
  args: argumentsOf(message), document: message.document,
})

/** The route table decides whose name this is; names are never parsed. @throws Failure request.unknown_tool */
export const findEntry = (view: CatalogView, message: McpRequest, target: string): CatalogEntry => {
  const kind = kindOfTarget(message)
  const route = kind === 'resource' ? view.resource(target) : null
  const entry = kind === 'tool' ? view.tool(target) : kind === 'prompt' ? view.prompt(target) : route?.found === 'one' ? route.entry : undefined
  const found = entry ?? (kind === 'resource' ? undefined : view.unlisted(kind, target))
  if (found !== undefined) return found
  throw new Failure('request.unknown_tool', `There is no ${kind} of this name.`, { detail: { field: 'params' } })
}
