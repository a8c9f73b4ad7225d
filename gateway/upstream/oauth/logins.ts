// The gateway's own logins at MCP servers: who is connected, who has to be, and the two halves of connecting. One login per server, shared by
// every caller that policy lets through; an agent's own Authorization never comes near it.
import { Failure } from '../../exchange/failure.ts'
import type { KeptLogin, KeptTokens, LoginStore } from '../../exchange/login.ts'
import { AwaitedLogins } from './awaited-logins.ts'
import type { Challenge } from './challenge.ts'
import { discover } from './discovery.ts'
import type { GuardedFetch } from './guarded-fetch.ts'
import { insufficient, loginNeeded, notRenewed } from './login-refusals.ts'
import { authorizationUrl, redeem, type Returned } from './login-steps.ts'
import type { LoginState, LoginTarget, StartedLogin } from './login-target.ts'
import { isSecure } from './reachable.ts'
import { clientFor, withClient } from './registration.ts'
import { renew } from './renew.ts'
import { covers, scopesFor } from './scopes.ts'

export interface LoginsOptions {
  readonly store: LoginStore
  readonly fetches: GuardedFetch
  readonly nowMs?: () => number
  /** Asks the server without a token what it wants; null when it wants nothing. */
  readonly ask: (target: LoginTarget) => Promise<Challenge | null>
  /** A server can be used again. */
  readonly onConnected: (server: string) => void
}

/** Renewed this long before its end, so that it does not end on the way. */
const marginMs = 30_000
/** After a renewal that failed for a passing reason the authorization server is left alone for a moment. */
const restMs = 2000

const noLogin = (url: string): KeptLogin => ({ url, metadataUrl: null, clients: {}, tokens: null })

export class Logins {
  readonly #options: LoginsOptions
  readonly #nowMs: () => number
  readonly #awaited: AwaitedLogins
  /** What servers wanted when they last turned us away. */
  readonly #wanted = new Map<string, Challenge>()
  readonly #completing = new Set<string>()
  readonly #renewing = new Map<string, Promise<string>>()
  readonly #restUntilMs = new Map<string, number>()

  constructor(options: LoginsOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
    this.#awaited = new AwaitedLogins(this.#nowMs)
  }

  /** The token for a request; a promise only while it has to be renewed first. @throws Failure upstream.* (rejected) */
  token(target: LoginTarget): string | null | Promise<string> {
    const tokens = this.#kept(target)?.tokens ?? null
    if (tokens === null) return null
    const isOver = tokens.expiresAtMs !== null && tokens.expiresAtMs - marginMs <= this.#nowMs()
    return isOver && isRenewable(target, tokens) ? this.#renew(target, null) : tokens.access
  }

  /** The server took the token. That it wants more rights for other requests stays known. */
  accepted({ server }: LoginTarget): void { if (this.#wanted.get(server)?.wants === 'login') this.#wanted.delete(server) }

  /**
   * The server turned a request away.
   * @param used the token that it came with.
   * @returns a token to try it with once more
   * @throws Failure upstream.refused with what an operator has to do
   */
  async challenged(target: LoginTarget, challenge: Challenge, used: string | null): Promise<string> {
    const tokens = this.#kept(target)?.tokens ?? null
    if (tokens !== null && tokens.access !== used) return tokens.access
    const byItself = target.oauth?.grant === 'client_credentials'
    const mayRenew = challenge.wants === 'login' ? byItself || tokens?.refresh != null : byItself && !covers(tokens?.asked ?? null, challenge.scope)
    if (!mayRenew) throw this.refusal(target, challenge)
    return this.#renew(target, challenge)
  }

  /** Remembers what is missing, for status and the next login. */
  refusal(target: LoginTarget, challenge: Challenge): Failure {
    this.#wanted.set(target.server, challenge)
    return this.#isInsufficient(target, challenge) ? insufficient(target) : loginNeeded(target, challenge)
  }

  state(target: LoginTarget): LoginState {
    const tokens = this.#kept(target)?.tokens ?? null
    const wanted = this.#wanted.get(target.server)
    const state = wanted !== undefined ? (this.#isInsufficient(target, wanted) ? 'insufficient' : 'needed') : tokens === null ? 'none' : 'connected'
    return {
      server: target.server, state, awaiting: this.#awaited.has(target.server) || this.#completing.has(target.server),
      issuer: tokens?.issuer ?? null, scope: tokens?.granted ?? null, since: timeOf(tokens?.sinceMs), expires: timeOf(tokens?.expiresAtMs),
    }
  }

  /** The first half of connecting: an address for the operator's browser. @throws Failure upstream.* | request.unsupported */
  async begin(target: LoginTarget, redirectUri: string): Promise<StartedLogin> {
    const { oauth, server, url } = target
    if (oauth?.grant === 'client_credentials') throw new Failure('request.unsupported', `MCP server "${server}" is used with client credentials; nobody has to log in.`, { detail: { remedy: 'Just call it.' } })
    const challenge = this.#wanted.get(server) ?? await this.#options.ask(target)
    const kept = this.#kept(target)
    const metadataUrl = challenge?.metadataUrl ?? kept?.metadataUrl ?? null
    const fetch = this.#fetchFor(target)
    const discovered = await discover({ url, metadataUrl, oauth, fetch })
    const asked = scopesFor({ oauth, kept, discovered, challenged: challenge?.scope ?? null })
    const client = await clientFor({ oauth, discovered, kept, redirectUri, scope: asked, fetch, nowMs: this.#nowMs() })
    // Kept now: what was registered is registered, whether or not the operator goes through with it.
    this.#options.store.save(server, { ...withClient(kept ?? noLogin(url), discovered.issuer, client), metadataUrl })
    const state = this.#awaited.newState()
    const { url: address, verifier } = await authorizationUrl({ discovered, client, asked }, state)
    const untilMs = this.#awaited.add(state, { server, url, metadataUrl, discovered, client, verifier, asked })
    return { authorization_url: address, expires: new Date(untilMs).toISOString() }
  }

  /** The second half: the browser is back. @returns the server's name @throws Failure upstream.* | request.malformed */
  async complete(state: string, returned: Returned): Promise<string> {
    const awaited = this.#awaited.take(state)
    if (awaited === null) throw new Failure('request.malformed', 'This login is not known, was used already or took too long.', { detail: { field: 'state', remedy: 'Start it again: portcullis servers login <server>' } })
    const { server, url, metadataUrl } = awaited
    this.#completing.add(server)
    try {
      const tokens = await redeem(awaited, returned, this.#options.fetches.for(url), this.#nowMs())
      const kept = this.#options.store.load(server)
      this.#options.store.save(server, { ...kept?.url === url ? kept : noLogin(url), metadataUrl, tokens })
    } finally {
      this.#completing.delete(server)
    }
    this.#connected(server)
    return server
  }

  /** Renewals of one server run once, whoever waits for them. */
  #renew(target: LoginTarget, challenge: Challenge | null): Promise<string> {
    const { server } = target
    const running = this.#renewing.get(server)
    if (running !== undefined) return running
    const started = this.#renewNow(target, challenge).finally(() => { this.#renewing.delete(server) })
    this.#renewing.set(server, started)
    return started
  }

  async #renewNow(target: LoginTarget, challenge: Challenge | null): Promise<string> {
    const { oauth, server, url } = target
    if ((this.#restUntilMs.get(server) ?? 0) > this.#nowMs()) throw notRenewed(server, restMs)
    try {
      const renewal = await renew({ url, oauth, kept: this.#kept(target) ?? noLogin(url), challenge, fetch: this.#fetchFor(target), nowMs: this.#nowMs() })
      if (renewal.kind === 'later') throw notRenewed(server, restMs)
      this.#options.store.save(server, renewal.login)
      if (renewal.kind === 'over') throw this.refusal(target, challenge ?? noChallenge)
      return renewal.tokens.access
    } catch (thrown) {
      this.#restUntilMs.set(server, this.#nowMs() + restMs)
      throw thrown
    }
  }

  #isInsufficient(target: LoginTarget, challenge: Challenge): boolean {
    const tokens = this.#kept(target)?.tokens ?? null
    return challenge.wants === 'scope' && tokens !== null && covers(tokens.asked, challenge.scope)
  }

  #kept({ server, url }: LoginTarget): KeptLogin | null {
    const kept = this.#options.store.load(server)
    return kept?.url === url ? kept : null
  }

  #connected(server: string): void {
    this.#wanted.delete(server)
    this.#restUntilMs.delete(server)
    this.#options.onConnected(server)
  }

  #fetchFor({ server, url }: LoginTarget): ReturnType<GuardedFetch['for']> {
    if (!isSecure(new URL(url))) {
      throw new Failure('upstream.refused', `MCP server "${server}" wants a login, but is reached without TLS.`, { detail: { server, remedy: 'Give it an https address; tokens are sent over https or loopback only.' } })
    }
    return this.#options.fetches.for(url)
  }
}

const noChallenge: Challenge = { wants: 'login', scope: null, metadataUrl: null }

const timeOf = (ms: number | null | undefined): string | null => ms == null ? null : new Date(ms).toISOString()

const isRenewable = ({ oauth }: LoginTarget, tokens: KeptTokens): boolean => oauth?.grant === 'client_credentials' || tokens.refresh !== null
