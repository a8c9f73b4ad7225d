// Is there room, and was the gateway called by a name it answers to? Still from the head alone.
import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../exchange/failure.ts'
import type { Principal } from '../exchange/principal.ts'
import { FairGate, type Release } from '../pipeline/fair-gate.ts'

export interface KeyLimits {
  readonly requestsPerMinute: number | null
  readonly concurrency: number | null
  /** Most calls that wait for `concurrency`, and how long; absent: none. */
  readonly queue?: number
  readonly queueMs?: number
}

/** What admit needs of the configuration of this generation. */
export interface AdmissionRules {
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  /** On a loopback listener, loopback names and origins are accepted with any port. */
  readonly loopback: boolean
  readonly bodyBytes: number
  readonly exchanges: number
  /** Most exchanges that wait for a place, and how long; absent: none. */
  readonly queue?: number
  readonly queueMs?: number
  limitsOf(key: string): KeyLimits | null
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

const hostName = (authority: string): string => {
  const end = authority.startsWith('[') ? authority.indexOf(']') + 1 : authority.indexOf(':')
  return (end > 0 ? authority.slice(0, end) : authority).toLowerCase()
}

const originHost = (origin: string): string | null => {
  const scheme = /^https?:\/\//.exec(origin)
  return scheme === null ? null : hostName(origin.slice(scheme[0].length))
}

/** DNS rebinding defence (MCP transports, security warning): the name in Host, and a browser's Origin, must be ours. */
const checkNames = (headers: IncomingHttpHeaders, rules: AdmissionRules): void => {
  const host = headers.host
  const name = host === undefined ? null : hostName(host)
  if (name === null || !(rules.hosts.has(name) || (rules.loopback && loopbackNames.has(name)))) {
    throw new Failure('auth.origin', 'The Host header does not name this gateway.', { detail: { field: 'host' } })
  }
  const origin = headers.origin
  if (origin === undefined || rules.origins.has(origin)) return
  const from = originHost(origin)
  if (from === null || !(rules.loopback && loopbackNames.has(from))) {
    throw new Failure('auth.origin', 'Requests from this web origin are not accepted.', { detail: { field: 'origin' } })
  }
}

interface Counter { readonly gate: FairGate; tokens: number; refilledMs: number }

/** Whose turn it is within one key: agents that share it are told apart by the session that they name in a header. */
const sessionHeader = (headers: IncomingHttpHeaders): string => {
  const named = headers['x-portcullis-session'] ?? headers['x-claude-code-session-id']
  return typeof named === 'string' ? named.slice(0, 128) : ''
}

/** Hears how long somebody waited, in milliseconds, at which limit. */
export type OnWait = (limit: 'exchanges' | 'keys', waitedMs: number) => void

/** Counts what is in flight and how fast each key asks. One instance lives as long as the process; rules change with reloads. */
export class Admission {
  readonly #clockMs: () => number
  readonly #onWait: OnWait
  readonly #perKey = new Map<string, Counter>()
  readonly #gate: FairGate
  draining = false

  constructor(clockMs: () => number = () => performance.now(), onWait: OnWait = () => undefined) {
    this.#clockMs = clockMs
    this.#onWait = onWait
    this.#gate = new FairGate(waitedMs => { onWait('exchanges', waitedMs) })
  }

  get active(): number { return this.#gate.active }
  get waiting(): number { return this.#gate.waiting }
  /** Calls of keys that have limits. */
  get activeOfKeys(): number { return this.#perKey.values().reduce((sum, { gate }) => sum + gate.active, 0) }
  /** Calls that wait for the concurrency of their key. */
  get waitingForKeys(): number { return this.#perKey.values().reduce((sum, { gate }) => sum + gate.waiting, 0) }

  /**
   * A place, at once where there is room; else after a wait in which keys take turns.
   * @param signal ends the wait
   * @throws Failure auth.origin | request.too_large | gateway.draining | gateway.overloaded | quota.exceeded
   */
  admit(headers: IncomingHttpHeaders, principal: Principal, rules: AdmissionRules, signal?: AbortSignal): Release | Promise<Release> {
    checkNames(headers, rules)
    if (this.draining) throw new Failure('gateway.draining', 'This gateway is shutting down.', { retryAfterMs: 1000 })
    if (Number(headers['content-length'] ?? 0) > rules.bodyBytes) {
      throw new Failure('request.too_large', `The body is larger than ${rules.bodyBytes} bytes.`, { detail: { field: 'content-length', limit: rules.bodyBytes } })
    }
    const ofKey = this.#enterKey(headers, principal.key, rules.limitsOf(principal.key), signal)
    return ofKey instanceof Promise ? this.#later(ofKey, principal.key, rules, signal) : this.#enter(ofKey, principal.key, rules, signal)
  }

  async #later(ofKey: Promise<Release>, key: string, rules: AdmissionRules, signal: AbortSignal | undefined): Promise<Release> {
    return this.#enter(await ofKey, key, rules, signal)
  }

  #enter(ofKey: Release | null, key: string, rules: AdmissionRules, signal: AbortSignal | undefined): Release | Promise<Release> {
    const both = (place: Release): Release => ofKey === null ? place : () => {
      place()
      ofKey()
    }
    try {
      const place = this.#gate.enter({
        flow: key, signal, rules: { limit: rules.exchanges, queue: rules.queue ?? 0, queueMs: rules.queueMs ?? 0 },
        refused: () => new Failure('gateway.overloaded', `${rules.exchanges} exchanges are already in flight.`, { retryAfterMs: 1000 }),
      })
      if (!(place instanceof Promise)) return both(place)
      return place.then(both, (thrown: unknown) => {
        ofKey?.()
        throw thrown
      })
    } catch (thrown) {
      ofKey?.()
      throw thrown
    }
  }

  #enterKey(headers: IncomingHttpHeaders, key: string, limits: KeyLimits | null, signal: AbortSignal | undefined): Release | Promise<Release> | null {
    if (limits === null) return null
    const counter = this.#counterOf(key, limits)
    const limit = limits.concurrency ?? Infinity
    // A call that finds no room must not cost one of the minute's.
    const place = counter.gate.enter({
      flow: sessionHeader(headers), signal, rules: { limit, queue: limits.queue ?? 0, queueMs: limits.queueMs ?? 0 },
      refused: () => new Failure('quota.exceeded', `This key may have ${limit} calls in flight.`, { retryAfterMs: 1000, detail: { field: 'limits.concurrency' } }),
    })
    try {
      if (limits.requestsPerMinute !== null) this.#spendToken(counter, limits.requestsPerMinute, this.#clockMs())
    } catch (thrown) {
      if (place instanceof Promise) void place.then(release => { release() }, () => undefined)
      else place()
      throw thrown
    }
    return place
  }

  #counterOf(key: string, limits: KeyLimits): Counter {
    let counter = this.#perKey.get(key)
    if (counter === undefined) {
      const gate = new FairGate(waitedMs => { this.#onWait('keys', waitedMs) })
      this.#perKey.set(key, counter = { gate, tokens: limits.requestsPerMinute ?? 0, refilledMs: this.#clockMs() })
    }
    return counter
  }

  // A token bucket that holds one minute's worth: bursts are fine, the average is not exceeded.
  #spendToken(counter: Counter, perMinute: number, now: number): void {
    counter.tokens = Math.min(perMinute, counter.tokens + ((now - counter.refilledMs) * perMinute) / 60_000)
    counter.refilledMs = now
    if (counter.tokens < 1) {
      const retryAfterMs = Math.ceil(((1 - counter.tokens) * 60_000) / perMinute)
      throw new Failure('quota.exceeded', `This key may make ${perMinute} requests a minute.`, { retryAfterMs, detail: { field: 'limits.requests_per_minute' } })
    }
    counter.tokens -= 1
  }
}
