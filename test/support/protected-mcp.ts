// An MCP server behind OAuth, with its authorization server, on 127.0.0.1: metadata, registration, a consent that asks nobody, tokens. What it
// does is programmable while it runs, and everything that it was sent is kept.
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { startFakeMcpHttp, type FakeMcpHttp, type FakeMcpHttpOptions } from './fake-mcp-server.ts'

export interface SeenRequest { readonly path: string; readonly authorization: string | null; readonly form: URLSearchParams; readonly body: string }

/** What a test may change at any time. */
export interface ProtectedKnobs {
  /** Scope that the 401 names. */
  scope: string | null
  /** Scope that calls of tools need. */
  callScope: string | null
  scopesSupported: readonly string[] | null
  /** `resource` of the protected resource metadata. */
  resource: string
  /** `iss` of the authorization response; null for none. */
  iss: string | null
  /** Seconds that tokens are good for. */
  expiresIn: number
  refreshes: boolean
  /** Refuses refresh tokens. */
  refusesRefresh: boolean
  registers: boolean
  /** Members that replace or extend the metadata of the authorization server. */
  metadata: Readonly<Record<string, unknown>>
  /** Where the metadata of the authorization server redirects to, or null. */
  redirectTo: string | null
}

export interface ProtectedMcp {
  readonly url: string
  /** The issuer as well. */
  readonly origin: string
  readonly knobs: ProtectedKnobs
  readonly inner: FakeMcpHttp
  readonly seen: readonly SeenRequest[]
  /** Tokens and codes that were issued: none of them may turn up elsewhere. */
  readonly secrets: readonly string[]
  /** Makes every token that was issued useless. */
  forgetTokens(): void
  close(): Promise<void>
}

interface Grant { readonly scope: string; readonly challenge: string; readonly resource: string }

class AuthorizationServer {
  readonly secrets: string[] = []
  readonly tokens = new Map<string, { readonly scope: string; readonly untilMs: number }>()
  readonly #grants = new Map<string, Grant>()
  readonly #refreshable = new Map<string, string>()
  readonly #knobs: ProtectedKnobs

  constructor(knobs: ProtectedKnobs) { this.#knobs = knobs }

  authorize(query: URLSearchParams): string {
    const code = this.#secret('code')
    this.#grants.set(code, { scope: query.get('scope') ?? '', challenge: query.get('code_challenge') ?? '', resource: query.get('resource') ?? '' })
    const back = new URL(query.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    if (this.#knobs.iss !== null) back.searchParams.set('iss', this.#knobs.iss)
    return back.href
  }

  token(form: URLSearchParams): Readonly<Record<string, unknown>> {
    switch (form.get('grant_type')) {
      case 'authorization_code': return this.#redeem(form)
      case 'refresh_token': return this.#refresh(form)
      case 'client_credentials': return this.#issue(form.get('scope') ?? '', false)
      default: return { error: 'unsupported_grant_type' }
    }
  }

  #redeem(form: URLSearchParams): Readonly<Record<string, unknown>> {
    const grant = this.#grants.get(form.get('code') ?? '')
    this.#grants.delete(form.get('code') ?? '')
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    return grant?.challenge === challenge && grant.resource === form.get('resource') ? this.#issue(grant.scope, this.#knobs.refreshes) : { error: 'invalid_grant' }
  }

  #refresh(form: URLSearchParams): Readonly<Record<string, unknown>> {
    const scope = this.#refreshable.get(form.get('refresh_token') ?? '')
    return scope === undefined || this.#knobs.refusesRefresh ? { error: 'invalid_grant', error_description: `what is ${String(form.get('refresh_token'))}?` } : this.#issue(scope, true)
  }

  #issue(scope: string, refreshable: boolean): Readonly<Record<string, unknown>> {
    const access = this.#secret('access')
    this.tokens.set(access, { scope, untilMs: Date.now() + this.#knobs.expiresIn * 1000 })
    const issued = { access_token: access, token_type: 'Bearer', expires_in: this.#knobs.expiresIn, scope }
    if (!refreshable) return issued
    const refresh = this.#secret('refresh')
    this.#refreshable.set(refresh, scope)
    return { ...issued, refresh_token: refresh }
  }

  #secret(kind: string): string {
    const secret = `${kind}-${randomUUID()}`
    this.secrets.push(secret)
    return secret
  }
}

class Site {
  readonly authorization: AuthorizationServer
  readonly seen: SeenRequest[] = []
  readonly #inner: FakeMcpHttp
  readonly #knobs: ProtectedKnobs
  readonly #origin: () => string

  constructor(inner: FakeMcpHttp, knobs: ProtectedKnobs, origin: () => string) {
    this.#inner = inner
    this.#knobs = knobs
    this.#origin = origin
    this.authorization = new AuthorizationServer(knobs)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#origin())
    const body = await readText(request)
    this.seen.push({ path: url.pathname, authorization: request.headers.authorization ?? null, form: new URLSearchParams(body), body })
    switch (url.pathname) {
      case '/.well-known/oauth-protected-resource/mcp': { this.#json(response, 200, { resource: this.#knobs.resource, authorization_servers: [this.#origin()], ...this.#knobs.scopesSupported === null ? {} : { scopes_supported: this.#knobs.scopesSupported } }); return }
      case '/.well-known/oauth-authorization-server': { this.#metadata(response); return }
      case '/register': { this.#json(response, 201, { ...JSON.parse(body) as object, client_id: `client-${randomUUID()}` }); return }
      case '/authorize': { response.writeHead(302, { location: this.authorization.authorize(url.searchParams) }).end(); return }
      case '/token': { const answer = this.authorization.token(new URLSearchParams(body)); this.#json(response, 'error' in answer ? 400 : 200, answer); return }
      case '/mcp': { await this.#mcp(request, response, body); return }
      default: response.writeHead(404).end()
    }
  }

  #metadata(response: ServerResponse): void {
    const origin = this.#origin()
    if (this.#knobs.redirectTo !== null) { response.writeHead(302, { location: this.#knobs.redirectTo }).end(); return }
    this.#json(response, 200, {
      issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token`, response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none', 'client_secret_post'], authorization_response_iss_parameter_supported: true,
      ...this.#knobs.registers ? { registration_endpoint: `${origin}/register` } : {}, ...this.#knobs.metadata,
    })
  }

  /** What has a good token goes on to a fake server that knows nothing of all this. */
  async #mcp(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { callScope, scope } = this.#knobs
    const token = this.authorization.tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (token === undefined || token.untilMs <= Date.now()) { this.#challenge(response, 401, scope); return }
    if (callScope !== null && body.includes('"tools/call"') && !token.scope.split(' ').includes(callScope)) { this.#challenge(response, 403, callScope); return }
    if (request.method === 'GET') { response.writeHead(405).end(); return }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name, value]) => typeof value === 'string' && !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name))) as Record<string, string>
    const answer = await fetch(this.#inner.url, { method: request.method ?? 'POST', headers, ...request.method === 'POST' ? { body } : {} })
    const session = answer.headers.get('mcp-session-id')
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain', ...session === null ? {} : { 'mcp-session-id': session } })
    response.end(await answer.text())
  }

  #challenge(response: ServerResponse, status: 401 | 403, scope: string | null): void {
    const error = status === 403 ? 'error="insufficient_scope", ' : ''
    response.writeHead(status, { 'www-authenticate': `Bearer ${error}resource_metadata="${this.#origin()}/.well-known/oauth-protected-resource/mcp"${scope === null ? '' : `, scope="${scope}"`}` }).end()
  }

  #json(response: ServerResponse, status: number, body: unknown): void { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }
}

export const startProtectedMcp = async (options: FakeMcpHttpOptions = {}): Promise<ProtectedMcp> => {
  const inner = await startFakeMcpHttp(options)
  const knobs: ProtectedKnobs = {
    scope: null, callScope: null, scopesSupported: null, resource: '', iss: null, expiresIn: 3600, refreshes: true, refusesRefresh: false, registers: true, metadata: {}, redirectTo: null,
  }
  let origin = ''
  const site = new Site(inner, knobs, () => origin)
  const server = createServer((request, response) => { void site.serve(request, response) })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(knobs, { resource: `${origin}/mcp`, iss: origin })
  return {
    url: `${origin}/mcp`, origin, knobs, inner, seen: site.seen, secrets: site.authorization.secrets,
    forgetTokens: () => { site.authorization.tokens.clear() },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => { server.close(resolve) })
      await inner.close()
    },
  }
}
