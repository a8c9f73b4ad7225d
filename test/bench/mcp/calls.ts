// tools/call under load: throughput, latency and processor time of the measured process, in interleaved rounds.
import { setTimeout as sleep } from 'node:timers/promises'
import { checkServed, pinnedTo, runLoad, type LoadResult, type RequestTemplate } from '../load.ts'
import { median } from '../percentile.ts'
import { processCpuMs } from '../process-cpu.ts'
import { loadCore } from '../targets.ts'

export interface Subject {
  readonly label: string
  readonly request: RequestTemplate
  readonly pid: number
  /** Every call is new, so that nothing remembered answers it. */
  readonly fresh: boolean
  /** What "added" is counted from, and what ratios are taken to. */
  readonly role: 'direct' | 'bare' | 'other'
}

export interface CallPlan {
  readonly rounds: number
  readonly roundMs: number
  readonly say: (line: string) => void
}

/** Medians over the rounds. */
export interface CallRow {
  readonly subject: Subject
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the process per call, all threads. */
  readonly cpuUs: number
}

export interface CallTable { readonly title: string; readonly rows: readonly CallRow[] }

type Measured = LoadResult & { readonly cpuUs: number }

const round = async ({ request, pid, fresh }: Subject, connections: number, durationMs: number): Promise<Measured> => {
  const before = processCpuMs(pid)
  const result = await runLoad({ request, connections, durationMs, fresh, wrapper: pinnedTo(loadCore) })
  // What a call leaves behind (audit, closing sockets) is its cost too, and must not fall into the next one's time.
  await sleep(200)
  return { ...result, cpuUs: (processCpuMs(pid) - before) * 1000 / result.requests }
}

/** Measures one table; the order of the subjects rotates from round to round. @throws when a subject does not really serve the call */
export const measureCalls = async (title: string, connections: number, subjects: readonly Subject[], plan: CallPlan): Promise<CallTable> => {
  for (const { request } of subjects) await checkServed(request)
  const measured = new Map<Subject, Measured[]>(subjects.map(subject => [subject, []]))
  for (let turn = 0; turn <= plan.rounds; turn += 1) {
    for (let index = 0; index < subjects.length; index += 1) {
      const subject = subjects[(index + turn) % subjects.length]!
      const result = await round(subject, connections, turn === 0 ? Math.min(2000, plan.roundMs) : plan.roundMs)
      // Round 0 warms up: compiled code and open connections, not counted.
      if (turn > 0) measured.get(subject)?.push(result)
    }
    plan.say(`${title}: round ${turn} of ${plan.rounds}`)
  }
  const of = (subject: Subject, field: keyof Measured): number => median((measured.get(subject) ?? []).map(result => result[field]))
  return { title, rows: subjects.map(subject => ({
    subject, callsPerSecond: of(subject, 'requestsPerSecond'), p50Ms: of(subject, 'p50Ms'), p99Ms: of(subject, 'p99Ms'), cpuUs: of(subject, 'cpuUs'),
  })) }
}
