// Builds the results of list methods from entries that were allowed. Entries' texts are joined, never written anew.
import { hash } from 'node:crypto'
import { rpcCodes } from '../../exchange/mcp-wire.ts'
import type { McpEra } from '../../exchange/operation.ts'
import { McpRefusal } from './refusal.ts'

export type ListMember = 'tools' | 'resources' | 'resourceTemplates' | 'prompts'

/** The part of a catalog entry that a list needs. */
export interface ListEntry { readonly rawText: string }

export interface ListRequest {
  readonly member: ListMember
  /** Already filtered by policy, in their final order. */
  readonly entries: readonly ListEntry[]
  /** params.cursor as sent. */
  readonly cursor: unknown
  readonly era: McpEra
  readonly idText: string
  readonly pageSize?: number
}

const members: Readonly<Record<string, ListMember>> = {
  'tools/list': 'tools', 'resources/list': 'resources', 'resources/templates/list': 'resourceTemplates', 'prompts/list': 'prompts',
}

/** The member of the result that a list method fills. */
export const listMemberOf = (method: string): ListMember | undefined => Object.hasOwn(members, method) ? members[method] : undefined

const defaultPageSize = 500

// What each caller sees was decided for that caller, and may be decided otherwise the next moment.
const modernMembers = ',"ttlMs":0,"cacheScope":"private","resultType":"complete"'

/** A cursor works only on the list that it was made for: after a change, pages would overlap or leave gaps. */
const fingerprint = (member: ListMember, entries: readonly ListEntry[]): string =>
  hash('sha256', `${member}\n${entries.map(entry => entry.rawText).join('\n')}`, 'base64url').slice(0, 16)

const offsetOf = (request: ListRequest, mark: string): number => {
  const { cursor, entries, idText } = request
  const match = typeof cursor === 'string' ? /^([A-Za-z0-9_-]{16})\.(\d{1,7})$/.exec(cursor) : null
  const offset = Number(match?.[2])
  if (match?.[1] === mark && offset < entries.length) return offset
  throw new McpRefusal('Invalid cursor; list again from the beginning.', {
    code: 'request.malformed', rpcCode: rpcCodes.invalidParams, httpStatus: 200, idText, detail: { field: 'params.cursor' },
  })
}

/**
 * JSON text of a list result.
 * @throws McpRefusal -32602 when the cursor is not one of ours for this very list
 */
export const listResult = (request: ListRequest): string => {
  const { cursor, entries, era, member, pageSize = defaultPageSize } = request
  const isWhole = cursor === undefined && entries.length <= pageSize
  const mark = isWhole ? '' : fingerprint(member, entries)
  const from = cursor === undefined ? 0 : offsetOf(request, mark)
  const page = isWhole ? entries : entries.slice(from, from + pageSize)
  const next = from + pageSize
  const nextCursor = next < entries.length ? `,"nextCursor":"${mark}.${next}"` : ''
  return `{"${member}":[${page.map(entry => entry.rawText).join(',')}]${nextCursor}${era === 'modern' ? modernMembers : ''}}`
}
