// What sessions cost while nobody speaks, and whether memory stays flat while many do.
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, echoArguments, endSession, openSession, type McpHeaders } from '../exchange-bodies.ts'
import { memoryOf, type Memory, type Peer } from './stand.ts'

export interface IdleCost {
  readonly sessions: number
  /** Kilobytes (10^3 bytes) per session, after garbage was collected: opened only, and after one call that also opened a session upstream. */
  readonly opened: { readonly rssKb: number; readonly heapKb: number }
  readonly called: { readonly rssKb: number; readonly heapKb: number }
}

/** One server, so that names are short and a session has one session upstream. */
export const sessionServers = { bench: '/mcp' } as const
const path = '/mcp/bench'

/** Runs `work` for each item, some at a time. */
const inLanes = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  let next = 0
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T)
  }))
  return results
}

const openMany = (url: string, count: number): Promise<McpHeaders[]> => inLanes(Array.from({ length: count }), () => openSession(url))

const call = async (url: string, session: McpHeaders, name: string, turn = 0): Promise<void> => {
  const text = await ask(url, session, 'tools/call', { name, arguments: { text: `${turn} ${echoArguments.text}` } })
  if (!text.includes('The quick brown fox')) throw new Error(`a call failed: ${text.slice(0, 300)}`)
}

const toolName = async (url: string): Promise<string> => {
  const session = await openSession(url)
  const listed = await ask(url, session, 'tools/list')
  await endSession(url, session)
  return /"name":\s*"([^"]*echo)"/.exec(listed)?.[1] ?? ''
}

const per = (before: Memory, after: Memory, sessions: number): { rssKb: number; heapKb: number } =>
  ({ rssKb: (after.rssMb - before.rssMb) * 1000 / sessions, heapKb: (after.heapMb - before.heapMb) * 1000 / sessions })

/** Opens sessions and leaves them alone. */
export const measureIdle = async (gateway: Peer, sessions: number): Promise<IdleCost> => {
  const url = gateway.url + path
  const name = await toolName(url)
  // A first crowd comes and goes: compiled code and grown tables are not a session's cost.
  const crowd = await openMany(url, sessions / 4)
  await inLanes(crowd, session => call(url, session, name))
  await inLanes(crowd, session => endSession(url, session))
  const empty = await memoryOf(gateway)
  const all = await openMany(url, sessions)
  const opened = await memoryOf(gateway)
  await inLanes(all, session => call(url, session, name))
  const called = await memoryOf(gateway)
  await inLanes(all, session => endSession(url, session))
  return { sessions, opened: per(empty, opened, sessions), called: per(empty, called, sessions) }
}

export interface SoakSample extends Memory { readonly minute: number }

export interface Soak {
  readonly sessions: number
  readonly minutes: number
  readonly calls: number
  readonly samples: readonly SoakSample[]
  /** Least squares over the samples behind the first quarter, megabytes per minute. */
  readonly heapSlope: number
  readonly rssSlope: number
}

/** Slope of the line that fits best. */
export const slopeOf = (points: readonly (readonly [number, number])[]): number => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))]
  return points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0)
}

const samplePauseMs = 10_000
const callPauseMs = 20

/** Keeps sessions busy: each calls in its turn, no two calls are equal. */
export const measureSoak = async (gateway: Peer, sessions: number, minutes: number, say: (line: string) => void): Promise<Soak> => {
  const url = gateway.url + path
  const name = await toolName(url)
  const all = await openMany(url, sessions)
  const samples: SoakSample[] = []
  const startMs = performance.now()
  const elapsed = (): number => (performance.now() - startMs) / 60_000
  let calls = 0
  const lanes = Array.from({ length: 8 }, async () => {
    while (elapsed() < minutes) {
      const turn = calls++
      await call(url, all[turn % sessions]!, name, turn)
      await sleep(callPauseMs)
    }
  })
  const sampler = (async () => {
    while (elapsed() < minutes) {
      await sleep(Math.min(samplePauseMs, minutes * 60_000 / 8))
      const sample = { minute: elapsed(), ...await memoryOf(gateway) }
      samples.push(sample)
      say(`minute ${sample.minute.toFixed(1)}: heap ${sample.heapMb.toFixed(1)} MB, RSS ${sample.rssMb.toFixed(0)} MB, ${calls} calls`)
    }
  })()
  await Promise.all([...lanes, sampler])
  const settled = samples.filter(sample => sample.minute > minutes / 4)
  return {
    sessions, minutes, calls, samples,
    heapSlope: slopeOf(settled.map(({ minute, heapMb }) => [minute, heapMb])), rssSlope: slopeOf(settled.map(({ minute, rssMb }) => [minute, rssMb])),
  }
}
