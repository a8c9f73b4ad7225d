// Interleaved rounds (A B C A B C …), so that a noisy minute on a shared machine hurts every row and ratios stay within one run.
import { setTimeout as sleep } from 'node:timers/promises'
import { chatRequest, streamRequest, toolRequest } from './exchange-bodies.ts'
import { checkServed, pinnedTo, runFirstByte, runLoad, type LoadResult, type RequestTemplate } from './load.ts'
import { median } from './percentile.ts'
import { processRssMb } from './process-memory.ts'
import { loadCore, type Target } from './targets.ts'

export type Traffic = 'models' | 'mcp'

export interface Plan {
  readonly traffic: readonly Traffic[]
  readonly rounds: number
  readonly roundMs: number
  readonly say: (line: string) => void
}

/** Medians over the rounds. */
export interface Row {
  readonly target: Target
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Resident memory of the process after the last round. */
  readonly rssMb: number
}

export interface Table {
  readonly title: string
  readonly rows: readonly Row[]
}

export interface FirstByteRow {
  readonly target: Target
  readonly medianMs: number
}

interface Lane {
  readonly title: string
  readonly connections: number
  readonly requests: ReadonlyMap<Target, RequestTemplate>
}

const connectionCounts = [1, 10]

const lanesOf = async (traffic: Traffic, targets: readonly Target[]): Promise<Lane[]> => {
  const requests = new Map<Target, RequestTemplate>()
  for (const target of targets) {
    const request = traffic === 'models' ? chatRequest(target.url) : await toolRequest(target.url)
    await checkServed(request)
    requests.set(target, request)
  }
  const name = traffic === 'models' ? 'Chat completion, 1 KB' : 'tools/call, 250-byte argument'
  return connectionCounts.map(connections => ({ title: `${name}, c=${connections}`, connections, requests }))
}

const shuffled = <T>(items: readonly T[], turn: number): T[] => items.map((_, index) => items[(index + turn) % items.length]!)

const runLane = async (lane: Lane, plan: Plan): Promise<Table> => {
  const results = new Map<Target, LoadResult[]>()
  const wrapper = pinnedTo(loadCore)
  // Round 0 warms up: compiled code and open connections, not counted.
  for (let round = 0; round <= plan.rounds; round += 1) {
    for (const [target, request] of shuffled([...lane.requests], round)) {
      const result = await runLoad({ request, connections: lane.connections, durationMs: round === 0 ? Math.min(2000, plan.roundMs) : plan.roundMs, fresh: target.fresh, wrapper })
      if (round > 0) results.set(target, [...results.get(target) ?? [], result])
      // Audit and traces of the last round must not be written in the next one's time.
      await sleep(200)
    }
    plan.say(`${lane.title}: round ${round} of ${plan.rounds}`)
  }
  const of = (target: Target, field: keyof LoadResult): number => median((results.get(target) ?? []).map(result => result[field]))
  return {
    title: lane.title,
    rows: [...lane.requests.keys()].map(target => ({
      target, requestsPerSecond: of(target, 'requestsPerSecond'), p50Ms: of(target, 'p50Ms'), p99Ms: of(target, 'p99Ms'), rssMb: processRssMb(target.pid),
    })),
  }
}

/** Measures every lane of the plan. @throws when a target does not really serve the requests */
export const measureTables = async (targets: readonly Target[], plan: Plan): Promise<Table[]> => {
  const tables: Table[] = []
  for (const traffic of plan.traffic) {
    for (const lane of await lanesOf(traffic, targets)) tables.push(await runLane(lane, plan))
  }
  return tables
}

/** Median time to the first byte of a stream, one request after the other. */
export const measureFirstByte = async (targets: readonly Target[], plan: Plan): Promise<FirstByteRow[]> => {
  const times = new Map<Target, number[]>()
  for (let round = 0; round <= plan.rounds; round += 1) {
    for (const target of shuffled(targets, round)) {
      const request = streamRequest(target.url)
      if (round === 0) await checkServed(request)
      const measured = await runFirstByte({ request, durationMs: Math.min(1000, plan.roundMs), fresh: target.fresh, wrapper: pinnedTo(loadCore) })
      if (round > 0) times.set(target, [...times.get(target) ?? [], ...measured])
    }
  }
  plan.say('Streams: first byte measured')
  return targets.map(target => ({ target, medianMs: median(times.get(target) ?? []) }))
}
