// The closed table of MCP methods. What is not in it is refused: a new method of the protocol passes only after somebody decided how.
import { rpcCodes } from '../../exchange/mcp-wire.ts'
import type { McpEra, McpOperation } from '../../exchange/operation.ts'
import { McpRefusal } from './refusal.ts'

export type LocalMethod = 'initialize' | 'server/discover' | 'ping' | 'logging/setLevel' | 'subscriptions/listen'

/** The member of params that says what is meant. */
export type TargetMember = 'name' | 'uri' | 'ref' | 'taskId'

export type MethodHandling =
  /** Becomes an McpOperation and is decided. */
  | { readonly handling: 'operation'; readonly kind: McpOperation['kind']; readonly target: TargetMember | null }
  | { readonly handling: 'local'; readonly method: LocalMethod }

const operation = (kind: McpOperation['kind'], target: TargetMember | null = null): MethodHandling => ({ handling: 'operation', kind, target })
const local = (method: LocalMethod): MethodHandling => ({ handling: 'local', method })

const task = (method: string): readonly [string, MethodHandling] => [method, operation('tool.task', 'taskId')]

const shared: readonly (readonly [string, MethodHandling])[] = [
  ['tools/list', operation('tool.list')],
  ['tools/call', operation('tool.call', 'name')],
  ['resources/list', operation('resource.list')],
  ['resources/templates/list', operation('resource.list')],
  ['resources/read', operation('resource.read', 'uri')],
  ['prompts/list', operation('prompt.list')],
  ['prompts/get', operation('prompt.get', 'name')],
  ['completion/complete', operation('completion', 'ref')],
]

const tables: Readonly<Record<McpEra, ReadonlyMap<string, MethodHandling>>> = {
  legacy: new Map([
    // Who may read a resource may be told that it changed.
    ...shared, ['resources/subscribe', operation('resource.read', 'uri')], ['resources/unsubscribe', operation('resource.read', 'uri')], ['initialize', local('initialize')],
    ['ping', local('ping')], ['logging/setLevel', local('logging/setLevel')],
    ...['tasks/get', 'tasks/result', 'tasks/cancel'].map(task),
  ]),
  modern: new Map([...shared, ['server/discover', local('server/discover')], ['subscriptions/listen', local('subscriptions/listen')], ...['tasks/get', 'tasks/update', 'tasks/cancel'].map(task)]),
}

export type NotificationHandling = 'initialized' | 'cancelled' | 'ignored'

/** All methods of the table, for documentation and tests. */
export const methodsOf = (era: McpEra): readonly string[] => [...tables[era].keys()]

/** How a request is handled; undefined for a method that the table does not hold. */
export const handlingOf = (era: McpEra, method: string): MethodHandling | undefined => tables[era].get(method)

/** The refusal of such a method: modern clients expect HTTP 404 with it (2026-07-28, transports), legacy ones a normal error. */
export const unknownMethod = (era: McpEra, idText: string | null): McpRefusal =>
  new McpRefusal('Method not found', {
    code: 'request.unsupported', rpcCode: rpcCodes.unknownMethod, httpStatus: era === 'modern' ? 404 : 200, idText, detail: { field: 'method' },
  })

/** Notifications of a client are never forwarded as such: those that mean something to us are named, the rest is accepted and dropped. */
export const notificationHandling = (method: string): NotificationHandling => {
  if (method === 'notifications/initialized') return 'initialized'
  return method === 'notifications/cancelled' ? 'cancelled' : 'ignored'
}
