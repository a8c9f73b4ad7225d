// What an operator does with vaults while the gateway runs: forgetting what one session hid, sealing everything with the current key, and
// changing the key of hash tokens.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { asFailure } from '../exchange/failure.ts'

/** Who says so, and why; both go on record. */
interface Approval { readonly by: string; readonly reason: string | null; readonly client: string | null }

export interface VaultRoutes {
  /** @returns whether there was anything to forget */
  forget(session: string, approval: Approval): Promise<boolean>
  /** @returns how many values were sealed anew */
  reseal(approval: Approval): Promise<number>
  /** From now on equal values have other hash tokens. */
  rotateHashes(approval: Approval): Promise<void>
}

const by = z.string().min(1).max(128)
const reason = z.string().trim().min(1).max(1000)
const forgetSchema = z.strictObject({ session: z.string().min(1).max(600), by, reason })
const resealSchema = z.strictObject({ by, reason: reason.nullable().default(null) })

const rotateSchema = z.strictObject({ by, reason })

const refuse = (reply: FastifyReply, thrown: unknown): FastifyReply => {
  const failure = asFailure(thrown)
  return reply.code(failure.row.http).send({ error: { message: failure.message, remedy: failure.remedy, code: failure.code } })
}

const malformed = (reply: FastifyReply, { issues: [issue] }: z.ZodError, remedy: string): FastifyReply =>
  reply.code(400).send({ error: { message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, remedy } })

/** Adds the endpoints. The listener's own hook has checked Host, Origin and the admin key. */
export const addVaultRoutes = (app: FastifyInstance, routes: VaultRoutes): void => {
  app.post('/vault/forget', { bodyLimit: 16_384 }, async (request, reply) => {
    const asked = forgetSchema.safeParse(request.body)
    if (!asked.success) return malformed(reply, asked.error, 'Send {"session":"<tenant>/<key>/<session id>", "by", "reason"}; audit records name sessions in this form.')
    const { session, ...approval } = asked.data
    try {
      return await reply.send({ session, forgotten: await routes.forget(session, { ...approval, client: request.socket.remoteAddress ?? null }) })
    } catch (thrown) {
      return refuse(reply, thrown)
    }
  })
  app.post('/vault/reseal', { bodyLimit: 16_384 }, async (request, reply) => {
    const asked = resealSchema.safeParse(request.body)
    if (!asked.success) return malformed(reply, asked.error, 'Send {"by", "reason"}.')
    try {
      return await reply.send({ resealed: await routes.reseal({ ...asked.data, client: request.socket.remoteAddress ?? null }) })
    } catch (thrown) {
      return refuse(reply, thrown)
    }
  })
  app.post('/vault/rotate-hashes', { bodyLimit: 16_384 }, async (request, reply) => {
    const asked = rotateSchema.safeParse(request.body)
    if (!asked.success) return malformed(reply, asked.error, 'Send {"by", "reason"}.')
    try {
      await routes.rotateHashes({ ...asked.data, client: request.socket.remoteAddress ?? null })
      return await reply.send({ rotated: true })
    } catch (thrown) {
      return refuse(reply, thrown)
    }
  })
}
