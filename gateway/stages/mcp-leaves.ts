// Which strings of MCP messages are not looked at, each by its place: what the protocol owns, and bytes that are no text. A key alone never
// decides: arguments and results may use any key.
import type { StringLeaf } from '../exchange/document.ts'
import { metaKeys, relatedTask } from '../exchange/mcp-wire.ts'
import { isBinary, isOpaque } from '../exchange/encoded-bytes.ts'
import { matchesAny, patterns } from '../surfaces/leaf-paths.ts'

/** Read by the gateway itself, and passed on under names of its own or not at all: what they say is checked where they are read. */
const routed = patterns('params.name', 'params.taskId', 'params.ref.name', 'params.ref.type', 'params.requestState', 'params._meta.progressToken')

/** The caller's own trace context ends here (transform-mcp.ts). */
const endsHere: ReadonlySet<unknown> = new Set(['traceparent', 'tracestate', 'baggage'])

/** Given out by servers, and understood by them alone. */
const serversOwn = patterns('params.cursor', 'params.level')

/** Of a request's `_meta`: what the protocol defines, by its whole name. A caller's own members are content, under whatever prefix. */
const ownMeta: ReadonlySet<unknown> = new Set([...Object.values(metaKeys), 'claudecode/toolUseId', relatedTask])

/** Strings of a call that are not scanned. Outside of `params` nothing is passed on. */
export const skipsRequestLeaf = ({ path, value }: StringLeaf): boolean => {
  if (path[0] !== 'params' || matchesAny(path, routed)) return true
  if (path[1] === '_meta' && endsHere.has(path[2])) return true
  if ((path[1] === '_meta' && ownMeta.has(path[2])) || matchesAny(path, serversOwn)) return isOpaque(value)
  return path[1] === 'inputResponses' && path.at(-1) === 'data' && isBinary(value)
}

const blocks = ['result.content.#', 'result.messages.#.content', 'result.messages.#.content.#', 'result.message.content', 'result.message.content.#']
const replyMedia = patterns('result.contents.#.blob', ...blocks.flatMap(block => [`${block}.data`, `${block}.resource.blob`]))
const replyOwn = patterns(
  'result.nextCursor', 'result.taskId', 'result.task.taskId', 'result.status', 'result.task.status', 'result.resultType', 'result.cacheScope', 'result.contents.#.mimeType',
  ...blocks.flatMap(block => ['type', 'mimeType', 'resource.mimeType'].map(rest => `${block}.${rest}`)),
)
const replySealed = patterns('result.requestState')

/** Strings of an answer that are not scanned: sealed state, words of the protocol, and bytes that are no text. Outside of it nothing is passed on. */
export const skipsReplyLeaf = ({ path, value }: StringLeaf): boolean => {
  if ((path[0] !== 'result' && path[0] !== 'error') || matchesAny(path, replySealed)) return true
  if (matchesAny(path, replyOwn)) return isOpaque(value)
  return matchesAny(path, replyMedia) && isBinary(value)
}

const questionMedia = patterns('messages.#.content.data', 'messages.#.content.#.data', 'content.data', 'content.#.data')
const questionOwn = patterns('messages.#.role', 'role', 'mode', 'includeContext', 'action', 'stopReason', ...['messages.#.content', 'messages.#.content.#', 'content', 'content.#'].flatMap(block => [`${block}.type`, `${block}.mimeType`]))

/** Strings of what a server asks, and of the answer to it, that are not scanned. */
export const skipsQuestionLeaf = ({ path, value }: StringLeaf): boolean =>
  matchesAny(path, questionOwn) ? isOpaque(value) : matchesAny(path, questionMedia) && isBinary(value)
