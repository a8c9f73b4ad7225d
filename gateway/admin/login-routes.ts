// Connecting MCP servers that want a login: an operator gets an address for the browser, and the browser comes back to the callback here. The
// callback needs no admin key, the single-use state in it is the key; nothing on it is shown but whether it worked.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { asFailure } from '../exchange/failure.ts'
import type { LoginTarget } from '../upstream/oauth/login-target.ts'
import type { Logins } from '../upstream/oauth/logins.ts'

export interface LoginRoutes {
  readonly logins: Logins
  /** Null for a server that is not there or is not logged in at. */
  readonly target: (server: string) => LoginTarget | null
  /** Base URL of this listener for browsers on this machine. */
  readonly self: () => string
}

export const callbackPath = '/oauth/callback'

type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** A parameter that comes twice is none. */
const single = (query: Query, name: string): string | null => {
  const value = query[name]
  return typeof value === 'string' ? value : null
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

const page = (reply: FastifyReply, status: number, title: string, text: string): FastifyReply => reply.code(status).headers({
  'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY',
  'content-security-policy': 'default-src \'none\'; frame-ancestors \'none\'',
}).send(`<!doctype html><html lang="en"><title>${escaped(title)}</title><h1>${escaped(title)}</h1><p>${escaped(text)}</p></html>`)

const refuse = (reply: FastifyReply, thrown: unknown): FastifyReply => {
  const failure = asFailure(thrown)
  return reply.code(failure.row.http).send({ error: { message: failure.message, remedy: failure.remedy, code: failure.code } })
}

/** Adds the endpoints. The listener's own hook has checked Host, Origin and (but for the callback) the admin key. */
export const addLoginRoutes = (app: FastifyInstance, { logins, target, self }: LoginRoutes): void => {
  const found = (reply: FastifyReply, server: string): LoginTarget | null => {
    const at = target(server)
    if (at === null) void reply.code(404).send({ error: { message: 'There is no such MCP server that is logged in at.', remedy: 'Name an HTTP server of the configuration that has no authorization header of its own.' } })
    return at
  }
  app.get<{ Params: { server: string } }>('/servers/:server/login', (request, reply) => {
    const at = found(reply, request.params.server)
    return at === null ? reply : reply.send(logins.state(at))
  })
  app.post<{ Params: { server: string } }>('/servers/:server/login', async (request, reply) => {
    const at = found(reply, request.params.server)
    if (at === null) return reply
    try {
      return await reply.send(await logins.begin(at, self() + callbackPath))
    } catch (thrown) {
      return refuse(reply, thrown)
    }
  })
  app.get<{ Querystring: Query }>(callbackPath, async (request, reply) => {
    const { query } = request
    try {
      const server = await logins.complete(single(query, 'state') ?? '', { code: single(query, 'code'), iss: single(query, 'iss'), error: single(query, 'error') })
      return await page(reply, 200, 'Connected', `The gateway is logged in at MCP server "${server}". You may close this window.`)
    } catch (thrown) {
      const { message, remedy, row } = asFailure(thrown)
      return page(reply, row.http, 'Not connected', `${message} ${remedy}`)
    }
  })
}
