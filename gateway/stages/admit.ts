// Is there room, and was the gateway called by a name it answers to? Still from the head alone.
import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../exchange/failure.ts'
import type { Principal } from '../exchange/principal.ts'

export interface KeyLimits { readonly requestsPerMinute: number | null; readonly concurrency: number | null }

/** What admit needs of the configuration of this generation. */
export interface AdmissionRules {
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  /** On a loopback listener, loopback names and origins are accepted with any port. */
  readonly loopback: boolean
  readonly bodyBytes: number
  readonly exchanges: number
  limitsOf(key: string): KeyLimits | null
}

/** Gives the place back. Calling it twice has no effect. */
export type Release = () => void

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

interface Counter { active: number; tokens: number; refilledMs: number }

/** Counts what is in flight and how fast each key asks. One instance lives as long as the process; rules change with reloads. */
export class Admission {
  readonly #clockMs: () => number
  readonly #perKey = new Map<string, Counter>()
  #active = 0
  draining = false

  constructor(clockMs: () => number = () => performance.now()) { this.#clockMs = clockMs }

  get active(): number { return this.#active }

  /** @throws Failure auth.origin | request.too_large | gateway.draining | gateway.overloaded | quota.exceeded */
  admit(headers: IncomingHttpHeaders, principal: Principal, rules: AdmissionRules): Release {
    checkNames(headers, rules)
    if (this.draining) throw new Failure('gateway.draining', 'This gateway is shutting down.', { retryAfterMs: 1000 })
    if (Number(headers['content-length'] ?? 0) > rules.bodyBytes) {
      throw new Failure('request.too_large', `The body is larger than ${rules.bodyBytes} bytes.`, { detail: { field: 'content-length', limit: rules.bodyBytes } })
    }
    if (this.#active >= rules.exchanges) {
      throw new Failure('gateway.overloaded', `${rules.exchanges} exchanges are already in flight.`, { retryAfterMs: 1000 })
    }
    const counter = this.#take(principal.key, rules.limitsOf(principal.key))
    this.#active += 1
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#active -= 1
      if (counter !== null) counter.active -= 1
    }
  }

  #take(key: string, limits: KeyLimits | null): Counter | null {
    if (limits === null) return null
    const now = this.#clockMs()
    let counter = this.#perKey.get(key)
    if (counter === undefined) this.#perKey.set(key, counter = { active: 0, tokens: limits.requestsPerMinute ?? 0, refilledMs: now })
    if (limits.concurrency !== null && counter.active >= limits.concurrency) {
      throw new Failure('quota.exceeded', `This key may have ${limits.concurrency} calls in flight.`, { retryAfterMs: 1000, detail: { field: 'limits.concurrency' } })
    }
    if (limits.requestsPerMinute !== null) this.#spendToken(counter, limits.requestsPerMinute, now)
    counter.active += 1
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
