// Ids of tasks (calls that a server carries out in its own time): what a caller holds names server and tool and is sealed to the caller, so
// that nobody can ask about another's task, and two servers' ids never meet.
import { objectAt, splice, type Edit, type JsonDocument } from '../exchange/document.ts'
import type { McpOwner, McpReply, ReadJson } from '../exchange/mcp.ts'
import { relatedTask } from '../exchange/mcp-wire.ts'
import type { McpOperation } from '../exchange/operation.ts'
import { taskSchema, type SealedTask, type StateSealer } from '../sessions/sealed-state.ts'

/** A session's tasks are the session's; without sessions they are the principal's. */
const boundOf = (owner: McpOwner, era: McpOperation['era'], endpoint: string): string =>
  JSON.stringify(['task', owner.principal, endpoint, era === 'legacy' ? owner.session : null])

/** The task that an id stands for; null for every id that was not given to this caller. */
export const openTask = (sealer: StateSealer, exposed: string, { owner, era, endpoint }: { owner: McpOwner; era: McpOperation['era']; endpoint: string }): SealedTask | null =>
  sealer.open(boundOf(owner, era, endpoint), exposed, taskSchema)

/** Where a message may name its task. */
const places = (root: string): readonly (readonly string[])[] => [
  [root, 'taskId'], [root, 'task', 'taskId'], [root, '_meta', relatedTask, 'taskId'],
]

const idEdits = (document: JsonDocument, root: string, exposedOf: (own: string) => string | null): Edit[] => places(root).flatMap(path => {
  const own = objectAt(document, path.slice(0, -1))?.['taskId']
  const span = document.locate(path)
  const exposed = typeof own === 'string' ? exposedOf(own) : null
  return exposed === null || span === undefined ? [] : [{ ...span, text: JSON.stringify(exposed) }]
})

const isTask = (value: unknown): boolean => typeof (value as { taskId?: unknown } | null | undefined)?.taskId === 'string'

const createsTask = (document: JsonDocument): boolean => {
  const result = objectAt(document, ['result'])
  return result !== null && (result['resultType'] === 'task' && isTask(result) || isTask(result['task']))
}

export interface TaskNaming {
  readonly operation: McpOperation
  readonly owner: McpOwner
  readonly endpoint: string
  readonly sealer: StateSealer
  readonly readJson: ReadJson
}

/** The reply with ids that are good for its caller only. */
export const withTaskIds = (reply: McpReply, { operation, owner, endpoint, sealer, readJson }: TaskNaming): McpReply => {
  const { task, kind, era, server, target } = operation
  const isNew = kind === 'tool.call' && reply.kind === 'result' && createsTask(reply.document)
  if (task === null && !isNew) return reply
  const exposedOf = (own: string): string | null => {
    if (task !== null) return own === task.own ? task.exposed : null
    return sealer.seal(boundOf(owner, era, endpoint), { server: server ?? '', tool: target ?? '', id: own })
  }
  const edits = idEdits(reply.document, 'result', exposedOf)
  if (edits.length === 0) return reply
  const document = readJson(splice(reply.document.text, edits))
  return { kind: 'result', document, payload: document.locate(['result']) ?? reply.payload }
}

/** Params of a notification or question of the server, with the caller's id of the task that is asked about. */
export const withTaskId = (params: string | null, task: McpOperation['task'], readJson: ReadJson): string | null => {
  if (params === null || task === null || !params.includes('taskId')) return params
  const document = readJson(`{"params":${params}}`)
  const edits = idEdits(document, 'params', own => own === task.own ? task.exposed : null)
  return edits.length === 0 ? params : splice(document.text, edits).slice('{"params":'.length, -1)
}
