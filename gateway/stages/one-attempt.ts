// One attempt at one candidate: a place at its provider, a key, its own transform, its own reservation, then the call. It gives back what
// it holds when it failed, when another attempt was faster, or at the end of the exchange.
import type { Choice } from '../../router/route.ts'
import type { Answer } from '../exchange/answer.ts'
import { noCredential, type Credential } from '../exchange/credential.ts'
import { asFailure, Failure } from '../exchange/failure.ts'
import type { Reservation } from '../exchange/session.ts'
import type { CredentialBook, Lease } from '../pipeline/credential-book.ts'
import type { Release } from '../pipeline/fair-gate.ts'
import type { HealthBook } from '../pipeline/health-book.ts'
import type { LimitBook } from '../pipeline/upstream-limits.ts'
import { RefusedAnswer } from './forward.ts'
import type { ModelSendable } from './transform-model.ts'
import { whenAgreed } from './when-agreed.ts'

/** How one attempt sends: with which credential, and until when. */
export interface Sending { readonly credential: Credential; readonly signal: AbortSignal }

export interface OneAttemptParts {
  readonly health: HealthBook
  readonly limits: LimitBook
  readonly credentials: CredentialBook
  readonly transform: (choice: Choice) => ModelSendable
  readonly reserve: (choice: Choice) => Reservation | Promise<Reservation>
  readonly forward: (sendable: ModelSendable, sending: Sending) => Promise<Answer>
  /** Principal whose turn it is where there is a queue. */
  readonly flow: string
}

export interface AttemptedModel {
  readonly answer: Answer
  readonly sendable: ModelSendable
  readonly reservation: Reservation
  /** It says no, or that it cannot: it costs nothing, and no other candidate did better. */
  readonly isRefusal: boolean
  /** When the caller may come again, where no header of the answer says it. */
  readonly retryAfterMs: number | null
}

/** An answer of our own, as one that came from upstream. */
const textAnswer = (text: string): Answer => ({
  status: 200, headers: { 'content-type': 'application/json' },
  attach: sink => {
    sink.data(Buffer.from(text))
    sink.end()
  },
  resume: () => undefined, abort: () => undefined,
})

/** A limit that names no time is believed to hold for a while. */
const usualRestMs = 5000
const restWithoutMoneyMs = 60_000

export class OneAttempt {
  readonly choice: Choice
  readonly #parts: OneAttemptParts
  readonly #signal: AbortSignal
  #place: Release | null = null
  #lease: Lease | null = null
  #reservation: Reservation | null = null
  /** A provider is working on it. */
  isAsking = false
  /** The request may have reached the provider. */
  wasSent = false
  /** It came to an end of its own, without an answer. */
  failed = false
  lost: readonly string[] = []
  upstreamMs = 0
  /** Another was faster: whoever cancelled it settles what it may have used. */
  cancelled = false

  constructor(choice: Choice, parts: OneAttemptParts, signal: AbortSignal) {
    this.choice = choice
    this.#parts = parts
    this.#signal = signal
  }

  get reservation(): Reservation | null { return this.#reservation }

  /** @throws Failure of any of its steps; what it held is given back */
  async run(): Promise<AttemptedModel> {
    try {
      return await this.#run()
    } catch (thrown) {
      if (this.cancelled) throw thrown
      this.failed = true
      this.#reservation?.release()
      if (!(thrown instanceof RefusedAnswer)) this.end()
      throw thrown
    }
  }

  /** Gives everything back. Once more has no effect. */
  end(): void {
    this.#place?.()
    this.#lease?.done()
    this.#reservation?.release()
    this.#place = this.#lease = null
  }

  async #run(): Promise<AttemptedModel> {
    const { credentials, limits, reserve, transform } = this.#parts
    const { candidate } = this.choice
    const place = limits.enter(candidate, this.#parts.flow, this.#signal)
    this.#place = place instanceof Promise ? await place : place
    const lease = credentials.choose(candidate.provider.id, candidate.id)
    if (lease === 'none') {
      throw new Failure('upstream.refused', `The provider "${candidate.provider.id}" does not take its credential any more; an operator has to replace it.`, { retryAfterMs: 60_000, detail: { unasked: true } })
    }
    this.#lease = lease
    const transformed = whenAgreed(() => transform(this.choice))
    const sendable = transformed instanceof Promise ? await transformed : transformed
    this.lost = sendable.lost
    const reserved = reserve(this.choice)
    const reservation = this.#reservation = reserved instanceof Promise ? await reserved : reserved
    const attempted = { sendable, reservation, isRefusal: false, retryAfterMs: null }
    return sendable.answered === null ? { ...attempted, answer: await this.#ask(sendable) } : { ...attempted, answer: textAnswer(sendable.answered) }
  }

  async #ask(sendable: ModelSendable): Promise<Answer> {
    const { health, forward } = this.#parts
    const { id } = this.choice.candidate
    const began = performance.now()
    health.started(id)
    this.isAsking = this.wasSent = true
    try {
      const answer = await forward(sendable, { credential: this.#lease?.credential ?? noCredential, signal: this.#signal })
      health.succeeded(id, performance.now() - began)
      return answer
    } catch (thrown) {
      this.#judge(asFailure(thrown))
      throw thrown
    } finally {
      this.isAsking = false
      this.upstreamMs += performance.now() - began
    }
  }

  /** Whose fault it was: the key's, the model's, the provider's, or nobody's there. */
  #judge(failure: Failure): void {
    const { health } = this.#parts
    const { id } = this.choice.candidate
    if (failure instanceof RefusedAnswer) this.#judgeRefusal(failure)
    else if (failure.code === 'upstream.connect') health.unreachable(id)
    else if (failure.code === 'upstream.timeout') health.timedOut(id)
    else if (failure.code === 'upstream.protocol') health.failed(id, undefined)
    else health.abandoned(id)
  }

  #judgeRefusal({ detail, kind, retryAfterMs }: RefusedAnswer): void {
    const { credentials, health } = this.#parts
    const { id, provider } = this.choice.candidate
    if (kind === 'limited') {
      this.#lease?.rests(id, retryAfterMs ?? usualRestMs)
      // The model rests only when no key of the provider is left for it.
      if (this.#lease !== null && credentials.hasFree(provider.id, id)) health.abandoned(id)
      else health.failed(id, retryAfterMs)
    } else if (kind === 'credential') {
      const { credential } = this.#lease ?? { credential: noCredential }
      // What is handed out for a while is asked for anew; a key stays what it is.
      if (credential.kind === 'token' || credential.kind === 'aws') health.failed(id, undefined)
      else {
        if (detail.upstreamStatus === 401) this.#lease?.refused(401)
        else this.#lease?.rests(id, restWithoutMoneyMs)
        health.abandoned(id)
      }
    } else if (kind === 'missing' || detail.upstreamStatus === 409) {
      health.abandoned(id)
    } else {
      health.failed(id, retryAfterMs)
    }
  }
}
