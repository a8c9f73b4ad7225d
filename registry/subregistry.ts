// What this gateway offers, as a read-only registry: the approved servers, each to be reached through the gateway and in no other way.
import type { Approval } from './approval.ts'
import { compareVersions } from './exact-version.ts'
import { currentSchema, officialMeta, type ServerResponse } from './server-json.ts'

/** Reverse DNS of a name that nobody can own: servers without a name of their own, and what we say about each, live under it. */
export const ownNamespace = 'local.portcullis'
const ownMeta = `${ownNamespace}/approval`

/** Members of a server.json that are passed on. How the publisher would have it started is not: it is reached through us. */
const passedOn = ['title', 'description', 'repository', 'websiteUrl', 'icons'] as const

export interface PublishedServer {
  readonly name: string
  readonly version: string
  readonly updatedMs: number
  readonly isLatest: boolean
  /** Names of this gateway's servers that are this one; usually one. */
  readonly endpoints: readonly string[]
  readonly document: Readonly<Record<string, unknown>>
  readonly meta: Readonly<Record<string, unknown>>
}

interface Entry { readonly name: string; readonly version: string; readonly at: string; readonly endpoint: string; readonly document: Readonly<Record<string, unknown>>; readonly approval: Readonly<Record<string, unknown>> }

const entryOf = (endpoint: string, approval: Approval | undefined, loadedAt: string): Entry => {
  const approvedAt = approval?.approved_at ?? loadedAt
  const document = approval?.server_json ?? null
  const about = { server: endpoint, source: approval?.source.kind ?? 'configuration', digest: approval?.digests.server_json ?? approval?.digests.server ?? null }
  if (document !== null) {
    return { name: String(document['name']), version: String(document['version']), at: approvedAt, endpoint, document: Object.fromEntries(passedOn.flatMap(key => document[key] === undefined ? [] : [[key, document[key]]])), approval: about }
  }
  // No version is known of what no registry described; another approval is another version.
  const version = approval === undefined ? '0.0.0' : `0.0.0-${approval.digests.server.slice('sha256:'.length, 'sha256:'.length + 12)}`
  return { name: `${ownNamespace}/${endpoint}`, version, at: approvedAt, endpoint, document: { description: `${endpoint}, as configured in this gateway` }, approval: about }
}

/**
 * Everything that the subregistry answers with, sorted by name, newest version first.
 * @param servers names of servers that are in use.
 * @param loadedAt time (ISO) at which the configuration was read: the change date of servers that were written into it.
 */
export const publishServers = (servers: Iterable<string>, approvals: ReadonlyMap<string, Approval>, loadedAt: string): readonly PublishedServer[] => {
  const groups = new Map<string, Entry[]>()
  for (const endpoint of servers) {
    const entry = entryOf(endpoint, approvals.get(endpoint), loadedAt)
    const key = `${entry.name}:${entry.version}`
    groups.set(key, [...groups.get(key) ?? [], entry])
  }
  const newest = new Map<string, string>()
  for (const [{ name, version }] of groups.values() as Iterable<[Entry]>) {
    const known = newest.get(name)
    if (known === undefined || compareVersions(version, known) > 0) newest.set(name, version)
  }
  return [...groups.values()].map(entries => published(entries, newest)).sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : compareVersions(b.version, a.version))
}

const published = (entries: readonly Entry[], newest: ReadonlyMap<string, string>): PublishedServer => {
  const [first] = entries as [Entry]
  const times = entries.map(({ at }) => at).sort()
  const isLatest = newest.get(first.name) === first.version
  return {
    name: first.name, version: first.version, isLatest, updatedMs: Date.parse(times.at(-1) ?? ''), endpoints: entries.map(({ endpoint }) => endpoint), document: first.document,
    meta: { [officialMeta]: { status: 'active', publishedAt: times[0], updatedAt: times.at(-1), isLatest }, [ownMeta]: { approvals: entries.map(({ approval, at }) => ({ ...approval, approved_at: at })) } },
  }
}

export interface RemoteBase { readonly url: string; readonly needsKey: boolean }

/** The answer about one server. @param base where callers reach this gateway, without a slash at its end. */
export const responseOf = (server: PublishedServer, base: RemoteBase): ServerResponse => ({
  server: {
    $schema: currentSchema, name: server.name, version: server.version, description: '', ...server.document,
    remotes: server.endpoints.map(endpoint => ({
      type: 'streamable-http' as const, url: `${base.url}/mcp/${endpoint}`,
      ...base.needsKey ? { headers: [{ name: 'Authorization', description: 'Key of this gateway, as "Bearer <key>".', isRequired: true, isSecret: true }] } : {},
    })),
  },
  _meta: server.meta,
})

export interface PageQuery {
  readonly limit: number
  readonly cursor: string | null
  readonly search: string | null
  readonly updatedSinceMs: number | null
  /** `latest`, an exact version, or null for all. */
  readonly version: string | null
}

export interface Page { readonly servers: readonly PublishedServer[]; readonly nextCursor: string | null }

const cursorOf = ({ name, version }: PublishedServer): string => `${name}:${version}`

const matches = (server: PublishedServer, { search, updatedSinceMs, version }: PageQuery): boolean =>
  (search === null || server.name.toLowerCase().includes(search.toLowerCase()))
  && (updatedSinceMs === null || server.updatedMs >= updatedSinceMs)
  && (version === null || (version === 'latest' ? server.isLatest : server.version === version))

/** One page. A cursor that no entry has any more (a reload came between) is null: the caller begins anew. */
export const pageOf = (all: readonly PublishedServer[], query: PageQuery): Page | null => {
  const begin = query.cursor === null ? 0 : all.findIndex(server => cursorOf(server) === query.cursor) + 1
  if (query.cursor !== null && begin === 0) return null
  const found = all.slice(begin).filter(server => matches(server, query))
  const servers = found.slice(0, query.limit)
  const last = servers.at(-1)
  return { servers, nextCursor: found.length > servers.length && last !== undefined ? cursorOf(last) : null }
}
