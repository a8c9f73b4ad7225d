// What an operator does with vaults while the gateway runs: forgetting what one session hid, and sealing everything with the current key.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { asFailure } from '../exchange/failure.ts'
import type { SessionStore } from '../exchange/session.ts'

export interface VaultRoutes {
  readonly sessions: Pick<SessionStore, 'forgetVault' | 'resealVaults'>
  /** Told what was done: kinds and counts, never values. */
  readonly told: (event: 'vault forgotten' | 'vaults sealed anew', about: Readonly<Record<string, unknown>>) => void
}

const forgetSchema = z.strictObject({ session: z.string().min(1).max(600) })

const refuse = (reply: FastifyReply, thrown: unknown): FastifyReply => {
  const failure = asFailure(thrown)
  return reply.code(failure.row.http).send({ error: { message: failure.message, remedy: failure.remedy, code: failure.code } })
}

/** Adds the endpoints. The listener's own hook has checked Host, Origin and the admin key. */
export const addVaultRoutes = (app: FastifyInstance, { sessions, told }: VaultRoutes): void => {
  app.post('/vault/forget', async (request, reply) => {
    const asked = forgetSchema.safeParse(request.body)
    if (!asked.success) return reply.code(400).send({ error: { message: 'The body must be {"session":"<tenant>/<key>/<session id>"}.', remedy: 'Audit records name sessions in this form.' } })
    const { session } = asked.data
    try {
      const forgotten = await sessions.forgetVault(session)
      told('vault forgotten', { session, forgotten })
      return await reply.send({ session, forgotten })
    } catch (thrown) {
      return refuse(reply, thrown)
    }
  })
  app.post('/vault/reseal', async (_request, reply) => {
    try {
      const resealed = await sessions.resealVaults()
      told('vaults sealed anew', { resealed })
      return await reply.send({ resealed })
    } catch (thrown) {
      return refuse(reply, thrown)
    }
  })
}
