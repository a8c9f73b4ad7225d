// GET /v0.1/servers…: what was approved and is in use, each to be reached through this gateway. Names and descriptions are the same for
// every caller; what a server's tools are, and which of them a caller may see, is decided where they are asked for.
import { pageOf, responseOf, type RemoteBase } from '../../registry/subregistry.ts'
import type { ServerResponse } from '../../registry/server-json.ts'
import { Failure } from '../exchange/failure.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { readPageQuery } from '../surfaces/registry/surface.ts'

export interface ServerListAnswer { readonly servers: readonly ServerResponse[]; readonly metadata: { readonly count: number; readonly nextCursor?: string } }

const unknownServer = (what: string): Failure => new Failure('request.unsupported', `There is no such ${what} in this registry.`, { detail: { field: 'path', remedy: 'GET /v0.1/servers lists what is there.' } })

/** Admission has compared the Host with the names that this gateway goes by. */
const baseOf = ({ runtime, request }: Exchange<Runtime>): RemoteBase => ({
  url: runtime.config.registry.public_url?.replace(/\/+$/, '') ?? `http://${request.headers.host ?? ''}`, needsKey: !runtime.keyring.keyless,
})

/** @throws Failure request.malformed | request.unsupported */
export const listServers = (exchange: Exchange<Runtime>, asked: { readonly server: string | null; readonly version: string | null }): ServerListAnswer | ServerResponse => {
  const { published } = exchange.runtime
  const base = baseOf(exchange)
  if (asked.server === null) {
    const page = pageOf(published, readPageQuery(exchange.request.url ?? ''))
    if (page === null) throw new Failure('request.malformed', 'The cursor belongs to a list that has changed.', { detail: { field: 'cursor', remedy: 'Ask for the first page again.' } })
    const { servers, nextCursor } = page
    return { servers: servers.map(server => responseOf(server, base)), metadata: { count: servers.length, ...nextCursor === null ? {} : { nextCursor } } }
  }
  const versions = published.filter(({ name }) => name === asked.server)
  if (versions.length === 0) throw unknownServer('server')
  if (asked.version === null) return { servers: versions.map(server => responseOf(server, base)), metadata: { count: versions.length } }
  const found = versions.find(({ version, isLatest }) => asked.version === 'latest' ? isLatest : version === asked.version)
  if (found === undefined) throw unknownServer('version of this server')
  return responseOf(found, base)
}
