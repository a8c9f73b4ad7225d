// A limit on what runs at once, with a fair queue in front of it: whoever finds no room waits for a bounded time among a bounded number,
// and parties take turns. Callers that leave make room at once.
import { FairQueue, type Place } from '../../router/fair-queue.ts'
import type { Failure } from '../exchange/failure.ts'

export interface GateRules {
  /** Most that run at once. */
  readonly limit: number
  /** Most that wait; 0: nobody does. */
  readonly queue: number
  /** Longest wait in milliseconds; 0: nobody waits. */
  readonly queueMs: number
}

/** Gives the place back. Calling it twice has no effect. */
export type Release = () => void

export interface Entering {
  /** Whose turn it is among those who wait: a principal. */
  readonly flow: string
  readonly rules: GateRules
  /** The failure of who cannot wait, or has waited for too long. */
  readonly refused: (why: 'full' | 'waited') => Failure
  /** Ends the wait. Its reason is thrown where it is an error. */
  readonly signal?: AbortSignal | undefined
}

interface Waiter { readonly enter: (release: Release) => void }

const reasonOf = (signal: AbortSignal): Error => signal.reason instanceof Error ? signal.reason : new Error('the wait was given up', { cause: signal.reason })

export class FairGate {
  readonly #queue = new FairQueue<Waiter>()
  readonly #onWait: (waitedMs: number) => void
  #active = 0
  #limit = Infinity

  /** @param onWait told how long each one waited that got in, or gave up */
  constructor(onWait: (waitedMs: number) => void = () => undefined) { this.#onWait = onWait }

  get active(): number { return this.#active }
  get waiting(): number { return this.#queue.size }
  get limit(): number { return this.#limit }

  /** A place, at once where there is room. @throws the failure that `refused` makes, or the signal's reason */
  enter(entering: Entering): Release | Promise<Release> {
    const { rules, signal } = entering
    this.#limit = rules.limit
    this.#pump()
    // Whoever waits was here first.
    if (this.#active < rules.limit && this.#queue.size === 0) return this.#occupy()
    if (rules.queueMs === 0 || this.#queue.size >= rules.queue) throw entering.refused('full')
    if (signal?.aborted === true) throw reasonOf(signal)
    return this.#wait(entering)
  }

  #wait({ flow, rules, refused, signal }: Entering): Promise<Release> {
    const beganMs = performance.now()
    return new Promise((resolve, reject) => {
      let place: Place | null = null
      const ended = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', gone)
        this.#onWait(performance.now() - beganMs)
      }
      const leave = (thrown: Error): void => {
        if (place === null || !this.#queue.leave(place)) return
        ended()
        reject(thrown)
      }
      const gone = (): void => { if (signal !== undefined) leave(reasonOf(signal)) }
      const timer = setTimeout(() => { leave(refused('waited')) }, rules.queueMs)
      signal?.addEventListener('abort', gone)
      place = this.#queue.add(flow, { enter: release => {
        ended()
        resolve(release)
      } })
    })
  }

  #occupy(): Release {
    this.#active += 1
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#active -= 1
      this.#pump()
    }
  }

  #pump(): void {
    while (this.#active < this.#limit) {
      const next = this.#queue.take()
      if (next === undefined) return
      next.enter(this.#occupy())
    }
  }
}
