// The admin plane: its own listener and its own key, on loopback too, so that an agent on the same machine cannot read or change
// anything with the key it has. It never serves agent traffic.
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { AdminKey } from './admin-key.ts'
import { addLabelRoutes, type LabelRoutes } from './label-routes.ts'
import { addLoginRoutes, callbackPath, type LoginRoutes } from './login-routes.ts'
import { addVaultRoutes, type VaultRoutes } from './vault-routes.ts'

export interface AdminParts {
  readonly host: string
  readonly port: number
  readonly key: AdminKey
  readonly openMetrics: boolean
  /** Null when ready, else one sentence why not. */
  readonly notReady: () => string | null
  /** Prometheus exposition text. */
  readonly metrics: () => string | Promise<string>
  /** What an operator sees of the running state; holds no secrets. */
  readonly status: () => unknown
  /** Loads configuration and policy again; resolves to null or the reason why the old ones stay. */
  readonly reload: () => Promise<string | null>
  readonly login: Omit<LoginRoutes, 'self'>
  readonly vault: VaultRoutes
  readonly labels: LabelRoutes
}

export interface AdminServer { readonly url: string; close(): Promise<void> }

const allowedHosts = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i

const presentedKey = (request: FastifyRequest): string | null => {
  const header = request.headers.authorization ?? ''
  return header.toLowerCase().startsWith('bearer ') ? header.slice(7).trim() : null
}

const refuse = (reply: FastifyReply, status: number, message: string, remedy: string): FastifyReply =>
  reply.code(status).send({ error: { message, remedy } })

/** Authorization servers take loopback callbacks of any port; one that listens everywhere is reached there, too. */
const selfOf = ({ address, family, port }: AddressInfo): string => {
  const isAnywhere = address === '0.0.0.0' || address === '::'
  return `http://${isAnywhere ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** Starts the admin listener. @throws the system's error when the address cannot be bound */
export const startAdmin = async (parts: AdminParts): Promise<AdminServer> => {
  const app = fastify({ logger: false, bodyLimit: 1024 })
  const isLoopback = parts.host === '127.0.0.1' || parts.host === '::1' || parts.host === 'localhost'
  app.addHook('onRequest', async (request, reply) => {
    // A page in a browser on this machine must not reach the admin plane through a rebound name.
    if ((isLoopback && !allowedHosts.test(request.headers.host ?? '')) || request.headers.origin !== undefined) {
      return refuse(reply, 403, 'The admin plane is not reachable by this name or from browsers.', 'Call it by its listen address.')
    }
    const path = request.url.split('?')[0]
    if (path === '/healthz' || path === '/readyz' || path === callbackPath || (path === '/metrics' && parts.openMetrics)) return undefined
    const key = presentedKey(request)
    if (key === null || !parts.key.matches(key)) {
      return refuse(reply, 401, 'The admin key is missing or wrong. Gateway keys are not accepted here.', 'Send "Authorization: Bearer <admin key>".')
    }
    return undefined
  })
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'No such admin endpoint.', 'Use /healthz, /readyz, /metrics, /status, /labels, POST /reload, POST /labels/removal, POST /servers/<server>/login, POST /vault/forget or POST /vault/reseal.'))
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', (_request, reply) => {
    const reason = parts.notReady()
    return reply.code(reason === null ? 200 : 503).send(reason === null ? { status: 'ready' } : { status: 'not ready', reason })
  })
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await parts.metrics()))
  app.get('/status', () => parts.status())
  app.post('/reload', async (_request, reply) => {
    const problem = await parts.reload()
    return problem === null ? reply.send({ status: 'reloaded' }) : refuse(reply, 422, problem, 'The previous configuration stays in force; repair the file and reload again.')
  })
  addLabelRoutes(app, parts.labels)
  addLoginRoutes(app, { ...parts.login, self: () => selfOf(app.server.address() as AddressInfo) })
  addVaultRoutes(app, parts.vault)
  await app.listen({ host: parts.host, port: parts.port })
  const address = app.server.address() as AddressInfo
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () => app.close(),
  }
}
