// A registry of MCP servers, as a product of its own: registry API v0.1 over the documents that it is given.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeRegistry {
  readonly url: string
  /** Requests so far, as `path?query`. */
  readonly asked: readonly string[]
  /** What it holds, newest last; may be changed at any time. */
  readonly entries: { server: Record<string, unknown>; _meta?: unknown }[]
  close(): Promise<void>
}

export interface FakeRegistryOptions {
  /** Entries a page. */
  readonly pageSize?: number
  /** Only lists, as static files do. */
  readonly listsOnly?: boolean
}

/** Starts a registry on a free port of the loopback interface. */
export const startFakeRegistry = async (given: FakeRegistry['entries'], { pageSize = 2, listsOnly = false }: FakeRegistryOptions = {}): Promise<FakeRegistry> => {
  const entries = [...given]
  const asked: string[] = []
  const one = (name: string, version: string): unknown => entries.findLast(({ server }) => server['name'] === name && (version === 'latest' || server['version'] === version))
  const page = (query: URLSearchParams): unknown => {
    const found = entries.filter(({ server }) => String(server['name']).includes(query.get('search') ?? ''))
    const from = Number(query.get('cursor') ?? 0)
    const servers = found.slice(from, from + pageSize)
    return { servers, metadata: { count: servers.length, ...from + pageSize < found.length ? { nextCursor: String(from + pageSize) } : {} } }
  }
  const answerTo = (path: string, query: URLSearchParams): unknown => {
    if (path === '/v0.1/servers') return page(query)
    const [, name, version] = /^\/v0\.1\/servers\/([^/]+)\/versions\/([^/]+)$/.exec(path) ?? []
    return name === undefined || version === undefined || listsOnly ? undefined : one(decodeURIComponent(name), decodeURIComponent(version))
  }
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry')
    const answer = answerTo(pathname, searchParams)
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? { error: 'Server not found' }))
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked, entries,
    close: () => new Promise(resolve => {
      server.closeAllConnections()
      server.close(() => { resolve() })
    }),
  }
}
