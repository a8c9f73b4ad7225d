// The HTTP client of one MCP server, with the gateway's login: puts the token on, and when the server turns a request away, renews it and sends
// once more. A refused request was not executed, so that is safe.
import type { Answer, HttpSend } from '../../exchange/answer.ts'
import type { HttpClient } from '../mcp-http.ts'
import { discard } from '../mcp-http-answer.ts'
import { challengeOf } from './challenge.ts'
import type { LoginTarget } from './login-target.ts'
import type { Logins } from './logins.ts'

const withToken = (request: HttpSend, token: string | null): HttpSend =>
  token === null ? request : { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }

export class AuthorizedHttp implements HttpClient {
  readonly #http: HttpClient
  readonly #logins: Logins
  readonly #target: LoginTarget

  constructor(http: HttpClient, logins: Logins, target: LoginTarget) {
    this.#http = http
    this.#logins = logins
    this.#target = target
  }

  /** @throws Failure upstream.*; upstream.refused where an operator has to log in */
  async send(request: HttpSend, signal?: AbortSignal): Promise<Answer> {
    const found = this.#logins.token(this.#target)
    const token = found instanceof Promise ? await found : found
    const answer = await this.#http.send(withToken(request, token), signal)
    if (answer.status !== 401 && answer.status !== 403) {
      if (token !== null) this.#logins.accepted(this.#target)
      return answer
    }
    const challenge = await challengeOf(answer)
    if (challenge === null) return answer
    discard(answer)
    const renewed = await this.#logins.challenged(this.#target, challenge, token)
    const second = await this.#http.send(withToken(request, renewed), signal)
    const again = await challengeOf(second)
    if (again === null) return second
    discard(second)
    throw this.#logins.refusal(this.#target, again)
  }
}
