// Streams through a target: interleaved rounds, each read by a process of its own, and the medians of what the rounds showed.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../../support/child.ts'
import { pinnedTo } from '../load.ts'
import { median, percentile } from '../percentile.ts'
import { processCpuMs } from '../process-cpu.ts'
import { loadCore } from '../targets.ts'

export interface ReadPlan {
  readonly url: string
  readonly key: string
  /** The caller's. */
  readonly dialect: string
  readonly model: string
  /** The request holds an address, which is hidden from the provider and restored in the answer. */
  readonly hides: boolean
  /** What was hidden has to come back; left out where nobody is there who could. */
  readonly restores?: boolean
  /** Streams at once, and how long each is. */
  readonly streams: number
  readonly deltas: number
  readonly durationMs: number
}

/** Milliseconds, one value for each stream (first) or delta. */
export interface StreamTimes {
  /** From the request to the first delta. */
  readonly firstMs: number[]
  /** From the provider's write to the reader. */
  readonly delayMs: number[]
  /** How much longer the gap to the delta before was for the reader than for the provider. */
  readonly gapMs: number[]
  /** From a provider's write to what the reader hears because of it: also where the text of a delta is held back and told with a later one. */
  readonly chunkMs: number[]
  streams: number
}

export interface StreamSubject {
  readonly label: string
  readonly plan: Omit<ReadPlan, 'streams' | 'deltas' | 'durationMs'>
  readonly pid: number
  /** The row that "added" is counted from: the provider itself, asked in its own dialect. */
  readonly direct: StreamSubject | null
}

export interface StreamRow {
  readonly subject: StreamSubject
  readonly firstP50Ms: number
  readonly firstP99Ms: number
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  readonly gapP50Ms: number
  readonly gapP99Ms: number
  readonly chunkP50Ms: number
  readonly chunkP99Ms: number
  /** Processor time of the process per delta, all threads; requests included. */
  readonly cpuUs: number
}

export interface StreamTable { readonly title: string; readonly rows: readonly StreamRow[] }

type Measures = Omit<StreamRow, 'subject'>

const read = async (plan: ReadPlan): Promise<StreamTimes> => {
  const command = [...pinnedTo(loadCore), process.execPath, join(import.meta.dirname, 'read-streams.ts'), JSON.stringify(plan)]
  const child = await startChild({ command: command[0] ?? '', args: command.slice(1), env: { PATH: process.env['PATH'] ?? '' } })
  try {
    return await child.line(line => line.startsWith('{"times"') ? (JSON.parse(line) as { times: StreamTimes }).times : undefined, plan.durationMs + 60_000)
  } finally {
    await child.stop()
  }
}

const round = async ({ pid, plan }: StreamSubject, load: Pick<ReadPlan, 'streams' | 'deltas' | 'durationMs'>): Promise<Measures> => {
  const before = processCpuMs(pid)
  const { chunkMs, delayMs, firstMs, gapMs } = await read({ ...plan, ...load })
  await sleep(200)
  // Shorter and longer gaps are the same disturbance.
  const gaps = gapMs.map(Math.abs)
  return {
    firstP50Ms: percentile(firstMs, 0.5), firstP99Ms: percentile(firstMs, 0.99), delayP50Ms: percentile(delayMs, 0.5), delayP99Ms: percentile(delayMs, 0.99),
    gapP50Ms: percentile(gaps, 0.5), gapP99Ms: percentile(gaps, 0.99),
    chunkP50Ms: percentile(chunkMs, 0.5), chunkP99Ms: percentile(chunkMs, 0.99), cpuUs: (processCpuMs(pid) - before) * 1000 / delayMs.length,
  }
}

export interface StreamRounds { readonly rounds: number; readonly roundMs: number; readonly say: (line: string) => void }

/** Measures one table; the order of the subjects rotates. @throws when a stream is not the one that was asked for */
export const measureStreams = async ({ deltas, streams }: Pick<ReadPlan, 'streams' | 'deltas'>, subjects: readonly StreamSubject[], { roundMs, rounds, say }: StreamRounds): Promise<StreamTable> => {
  const title = streams === 1 ? `Streams of ${deltas} deltas, one after the other` : `${streams} streams of ${deltas} deltas at once`
  const measured = new Map<StreamSubject, Measures[]>(subjects.map(subject => [subject, []]))
  for (let turn = 0; turn <= rounds; turn += 1) {
    for (let index = 0; index < subjects.length; index += 1) {
      const subject = subjects[(index + turn) % subjects.length]!
      const result = await round(subject, { streams, deltas, durationMs: turn === 0 ? Math.min(1000, roundMs) : roundMs })
      // Round 0 warms up and is not counted.
      if (turn > 0) measured.get(subject)?.push(result)
    }
    say(`${title}: round ${turn} of ${rounds}`)
  }
  const of = (subject: StreamSubject, field: keyof Measures): number => median((measured.get(subject) ?? []).map(result => result[field]))
  return { title, rows: subjects.map(subject => ({
    subject, firstP50Ms: of(subject, 'firstP50Ms'), firstP99Ms: of(subject, 'firstP99Ms'), delayP50Ms: of(subject, 'delayP50Ms'), delayP99Ms: of(subject, 'delayP99Ms'),
    gapP50Ms: of(subject, 'gapP50Ms'), gapP99Ms: of(subject, 'gapP99Ms'), chunkP50Ms: of(subject, 'chunkP50Ms'), chunkP99Ms: of(subject, 'chunkP99Ms'), cpuUs: of(subject, 'cpuUs'),
  })) }
}
