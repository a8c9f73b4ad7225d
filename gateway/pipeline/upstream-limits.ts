// How much runs at one provider, and at one of its models, at the same time. Who finds no room waits in a fair queue, or goes to the next
// candidate. The gates live as long as the process; limits are those of each call's configuration.
import type { UpstreamLimits } from '../../registry/upstream-limits.ts'
import type { Candidate } from '../../registry/registry.ts'
import { Failure } from '../exchange/failure.ts'
import { FairGate, type Release } from './fair-gate.ts'

/** Limit null: several limits counted together. */
export interface GateState { readonly name: string; readonly active: number; readonly waiting: number; readonly limit: number | null }

interface Who { readonly flow: string; readonly signal: AbortSignal }

export class LimitBook {
  readonly #gates = new Map<string, FairGate>()
  readonly #onWait: (name: string, waitedMs: number) => void

  constructor(onWait: (name: string, waitedMs: number) => void = () => undefined) { this.#onWait = onWait }

  /**
   * A place at the candidate's model and provider, at once where there is room.
   * @param flow principal whose turn it is
   * @throws Failure gateway.overloaded when there was no room in time, or the signal's reason
   */
  enter(candidate: Candidate, flow: string, signal: AbortSignal): Release | Promise<Release> {
    const { id, limits, provider } = candidate
    const ofModel = limits === null ? null : this.#enter(id, limits, { flow, signal })
    return ofModel instanceof Promise
      ? ofModel.then(held => this.#withProvider(held, provider, { flow, signal }))
      : this.#withProvider(ofModel, provider, { flow, signal })
  }

  /** Is there room now, with nobody waiting for it? */
  hasRoom({ id, limits, provider }: Candidate): boolean {
    return (limits === null || this.#hasRoom(id, limits)) && this.#hasRoom(provider.id, provider.limits)
  }

  states(): GateState[] { return [...this.#gates].map(([name, { active, waiting, limit }]) => ({ name, active, waiting, limit })) }

  #withProvider(ofModel: Release | null, { id, limits }: Candidate['provider'], who: Who): Release | Promise<Release> {
    if (ofModel === null) return this.#enter(id, limits, who)
    const both = (place: Release): Release => () => {
      place()
      ofModel()
    }
    const giveUp = (thrown: unknown): never => {
      ofModel()
      throw thrown
    }
    try {
      const place = this.#enter(id, limits, who)
      return place instanceof Promise ? place.then(both, giveUp) : both(place)
    } catch (thrown) {
      return giveUp(thrown)
    }
  }

  #enter(name: string, { concurrency, queue, queue_ms: queueMs }: UpstreamLimits, { flow, signal }: Who): Release | Promise<Release> {
    return this.#gateOf(name).enter({
      flow, signal, rules: { limit: concurrency, queue, queueMs },
      refused: () => new Failure('gateway.overloaded', `"${name}" has ${concurrency} calls in flight, the most that it may have.`, { retryAfterMs: 1000, detail: { field: 'limits.concurrency' } }),
    })
  }

  #hasRoom(name: string, { concurrency }: UpstreamLimits): boolean {
    const gate = this.#gates.get(name)
    return gate === undefined || (gate.active < concurrency && gate.waiting === 0)
  }

  // Only configured names have limits, so there are few.
  #gateOf(name: string): FairGate {
    let gate = this.#gates.get(name)
    if (gate === undefined) this.#gates.set(name, gate = new FairGate(waitedMs => { this.#onWait(name, waitedMs) }))
    return gate
  }
}
