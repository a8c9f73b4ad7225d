// The fetch that OAuth runs on: to addresses that the server may send us to, over TLS or loopback, bounded in size and time. It follows no
// redirect (the SDK follows those within an origin); our own transport is below it.
import type { FetchLike } from '@modelcontextprotocol/client'
import type { Answer } from '../../exchange/answer.ts'
import { Failure } from '../../exchange/failure.ts'
import { createHttpUpstream, type HttpUpstream } from '../http.ts'
import { checkLiteral, guardedLookup, isSecure, reachesOf, type Reach } from './reachable.ts'

const mostBytes = 512 * 1024
const timeoutMs = 10_000

const bodyOf = (answer: Answer): Promise<Buffer> => new Promise((resolve, reject) => {
  const chunks: Buffer[] = []
  let size = 0
  const giveUp = (failure: Failure): void => {
    clearTimeout(timer)
    answer.abort(failure)
    reject(failure)
  }
  // The idle time of the socket alone would let an answer drip for ever.
  const timer = setTimeout(() => { giveUp(new Failure('upstream.timeout', `An OAuth answer took longer than ${timeoutMs} ms.`)) }, timeoutMs)
  answer.attach({
    data: chunk => {
      size += chunk.length
      if (size > mostBytes) {
        giveUp(new Failure('upstream.protocol', `An OAuth answer was larger than ${mostBytes} bytes.`))
        return false
      }
      chunks.push(chunk)
      return true
    },
    end: () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks))
    },
    fail: thrown => {
      clearTimeout(timer)
      reject(thrown)
    },
  })
})

const withoutBody = new Set([204, 205, 304])

const textOf = (body: unknown): string | null => {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new Failure('gateway.bug', 'An OAuth request had a body that is neither text nor a form.')
}

export class GuardedFetch {
  /** By the kinds of addresses that may be reached; there are few combinations. */
  readonly #upstreams = new Map<string, HttpUpstream>()

  /** A fetch on behalf of the server at `serverUrl`: it may lead where the server itself is, and to the internet. */
  for(serverUrl: string): FetchLike {
    const from = reachesOf(new URL(serverUrl).hostname).catch((cause: unknown) => {
      throw new Failure('upstream.connect', 'The host of the MCP server cannot be resolved.', { cause })
    })
    // Awaited by every fetch; without one nobody needs to hear of it.
    from.catch(() => undefined)
    return async (input, init = {}) => this.#fetch(new URL(input), init, await from)
  }

  async close(): Promise<void> { await Promise.all([...this.#upstreams.values()].map(upstream => upstream.destroy())) }

  async #fetch(url: URL, init: RequestInit, from: ReadonlySet<Reach>): Promise<Response> {
    if (!isSecure(url)) throw new Failure('upstream.refused', `The metadata of the server leads to ${url.origin}, which is neither https nor loopback.`)
    checkLiteral(url.hostname, from)
    const answer = await this.#upstream(from).send({
      origin: url.origin, path: url.pathname + url.search, method: init.method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(new Headers(init.headers)), body: textOf(init.body),
      connectTimeoutMs: timeoutMs, firstByteTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs,
    })
    const body = await bodyOf(answer)
    return new Response(withoutBody.has(answer.status) ? null : new Uint8Array(body), { status: answer.status, headers: answer.headers })
  }

  #upstream(from: ReadonlySet<Reach>): HttpUpstream {
    const key = [...from].sort().join()
    let upstream = this.#upstreams.get(key)
    if (upstream === undefined) {
      upstream = createHttpUpstream({ maxConnectionsPerOrigin: 8, keepAliveMs: 1000, lookup: guardedLookup(from) })
      this.#upstreams.set(key, upstream)
    }
    return upstream
  }
}
