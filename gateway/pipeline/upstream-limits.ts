// How much runs at one provider, and at one of its models, at the same time. Who finds no room waits in a fair queue, or goes to the next
// candidate. The gates live as long as the process; limits are those of each call's configuration.
import type { UpstreamLimits } from '../../registry/upstream-limits.ts'
import type { Candidate } from '../../registry/registry.ts'
import { Failure } from '../exchange/failure.ts'
import { FairGate, type Release } from './fair-gate.ts'

/** Limit null: several limits counted together. */
export interface GateState { readonly name: string; readonly active: number; readonly waiting: number; readonly limit: number | null }

interface Wanted { readonly name: string; readonly limits: UpstreamLimits }

const nothing: Release = () => undefined

const wantedOf = ({ id, limits, provider }: Candidate): Wanted[] => [
  ...limits === null ? [] : [{ name: id, limits }],
  ...provider.limits === null ? [] : [{ name: provider.id, limits: provider.limits }],
]

export class LimitBook {
  readonly #gates = new Map<string, FairGate>()
  readonly #onWait: (name: string, waitedMs: number) => void

  constructor(onWait: (name: string, waitedMs: number) => void = () => undefined) { this.#onWait = onWait }

  /**
   * A place at the candidate's model and provider, where these have limits.
   * @param flow principal whose turn it is
   * @throws Failure gateway.overloaded when there was no room in time, or the signal's reason
   */
  async enter(candidate: Candidate, flow: string, signal: AbortSignal): Promise<Release> {
    if (candidate.limits === null && candidate.provider.limits === null) return nothing
    const places: Release[] = []
    const leave = (): void => { for (const release of places) release() }
    try {
      for (const { name, limits } of wantedOf(candidate)) places.push(await this.#gateOf(name).enter({
        flow, signal, rules: { limit: limits.concurrency, queue: limits.queue, queueMs: limits.queue_ms },
        refused: () => new Failure('gateway.overloaded', `"${name}" has ${limits.concurrency} calls in flight, the most that it may have.`, { retryAfterMs: 1000, detail: { field: 'limits.concurrency' } }),
      }))
    } catch (thrown) {
      leave()
      throw thrown
    }
    return leave
  }

  /** Is there room now, with nobody waiting for it? */
  hasRoom(candidate: Candidate): boolean {
    return wantedOf(candidate).every(({ name, limits }) => {
      const gate = this.#gates.get(name)
      return gate === undefined || (gate.active < limits.concurrency && gate.waiting === 0)
    })
  }

  states(): GateState[] { return [...this.#gates].map(([name, { active, waiting, limit }]) => ({ name, active, waiting, limit })) }

  // Only configured names have limits, so there are few.
  #gateOf(name: string): FairGate {
    let gate = this.#gates.get(name)
    if (gate === undefined) this.#gates.set(name, gate = new FairGate(waitedMs => { this.#onWait(name, waitedMs) }))
    return gate
  }
}
