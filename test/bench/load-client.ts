// Our own load generator, for machines without wrk and for what wrk cannot see (the first byte of a stream). One undici client per
// connection, no pipelining, monotonic clock. It prints one line of JSON. Usage: node test/bench/load-client.ts <options.json>
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { Client, type Dispatcher } from 'undici'
import { counterMark } from './exchange-bodies.ts'
import type { LoadOptions, LoadResult } from './load.ts'
import { percentile } from './percentile.ts'

type Options = Omit<LoadOptions, 'wrapper'> & { readonly mode: 'throughput' | 'first-byte' }

interface Timing {
  readonly status: number
  readonly firstByteMs: number
  readonly wholeMs: number
}

/** One request; `done` gets null when it failed. Callbacks, because a promise per request would be measured too. */
const send = (client: Client, options: Dispatcher.DispatchOptions, done: (timing: Timing | null) => void): void => {
  const start = performance.now()
  let status = 0
  let firstByteMs = 0
  client.dispatch(options, {
    onRequestStart() { /* the clock started before the request was queued */ },
    onResponseStart(_controller, statusCode) { status = statusCode },
    onResponseData() { if (firstByteMs === 0) firstByteMs = performance.now() - start },
    onResponseEnd() { done({ status, firstByteMs, wholeMs: performance.now() - start }) },
    onResponseError() { done(null) },
  })
}

/** Bodies in turn: always the same, or each with a new number. */
const bodySource = (body: string, fresh: boolean): (() => string) => {
  if (!fresh) return () => body
  const [before = '', ...rest] = body.split(counterMark)
  const after = rest.join(counterMark)
  let counter = Date.now() % 90_000_000
  return () => `${before}${String(counter += 1).padStart(8, '0')}${after}`
}

const measure = async ({ request, connections, durationMs, fresh }: Options): Promise<{ timings: Timing[]; errors: number; elapsedMs: number }> => {
  const url = new URL(request.url)
  const nextBody = bodySource(request.body, fresh)
  const timings: Timing[] = []
  let errors = 0
  const start = performance.now()
  const loop = (client: Client): Promise<void> => new Promise(resolve => {
    const next = (): void => {
      if (performance.now() - start >= durationMs) {
        resolve()
        return
      }
      send(client, { method: 'POST', path: url.pathname, headers: request.headers, body: nextBody() }, timing => {
        if (timing?.status === 200) timings.push(timing)
        else errors += 1
        // A broken connection ends its loop: the round is lost anyway, and a dead target must not be asked a million times.
        if (timing === null) resolve()
        else next()
      })
    }
    next()
  })
  const clients = Array.from({ length: connections }, () => new Client(url.origin, { pipelining: 1 }))
  await Promise.all(clients.map(loop))
  const elapsedMs = performance.now() - start
  await Promise.all(clients.map(client => client.close()))
  return { timings, errors, elapsedMs }
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Options
const { timings, errors, elapsedMs } = await measure(options)
if (options.mode === 'first-byte') {
  console.log(JSON.stringify({ firstByteMs: timings.map(timing => timing.firstByteMs), errors }))
} else {
  const wholeMs = timings.map(timing => timing.wholeMs)
  const result: LoadResult = {
    requestsPerSecond: timings.length / (elapsedMs / 1000), p50Ms: percentile(wholeMs, 0.5), p99Ms: percentile(wholeMs, 0.99), requests: timings.length, errors,
  }
  console.log(JSON.stringify(result))
}
