// Labels of sessions for operators: what is held, and the approval that takes some off.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { asFailure } from '../exchange/failure.ts'
import { sensitivities, type Sensitivity } from '../exchange/labels.ts'
import type { HeldLabels } from '../exchange/session.ts'

export interface LabelRoutes {
  held(session: string): Promise<HeldLabels>
  remove(removal: {
    readonly session: string; readonly labels: readonly string[]; readonly lowerTo: Sensitivity | null; readonly lasting: boolean
    readonly by: string; readonly reason: string; readonly client: string | null
  }): Promise<HeldLabels>
  /** Is this what is thrown where nobody is known by the name? */
  isUnknown(thrown: unknown): boolean
}

const sessionSchema = z.string().min(1).max(512)

const removalSchema = z.strictObject({
  session: sessionSchema, labels: z.array(z.string().min(1).max(128)).max(64).default([]), lower_to: z.enum(sensitivities).nullable().default(null), lasting: z.boolean().default(false),
  by: z.string().min(1).max(128), reason: z.string().trim().min(1).max(1000),
}).refine(({ labels, lower_to: lowerTo }) => labels.length > 0 || lowerTo !== null, { path: ['labels'], error: 'labels or lower_to must say what is taken off' })

const shown = ({ agent, lasting, session }: HeldLabels): unknown => ({ session, agent, lasting: lasting.map(({ label, of, until }) => ({ label, of, until: new Date(until).toISOString() })) })

const refuse = (reply: FastifyReply, status: number, message: string, remedy: string): FastifyReply => reply.code(status).send({ error: { message, remedy } })

/** Adds the endpoints. The listener's own hook has checked Host, Origin and the admin key. */
export const addLabelRoutes = (app: FastifyInstance, routes: LabelRoutes): void => {
  const answered = async (reply: FastifyReply, work: () => Promise<HeldLabels>): Promise<FastifyReply> => {
    try {
      return await reply.send(shown(await work()))
    } catch (thrown) {
      if (routes.isUnknown(thrown)) return refuse(reply, 404, (thrown as Error).message, 'Name the session as the audit log does.')
      const failure = asFailure(thrown)
      return refuse(reply, failure.row.http, failure.message, failure.remedy)
    }
  }
  app.get<{ Querystring: Readonly<Record<string, unknown>> }>('/labels', (request, reply) => {
    const session = sessionSchema.safeParse(request.query['session'])
    return session.success ? answered(reply, () => routes.held(session.data)) : refuse(reply, 400, 'session is missing.', 'Ask for /labels?session=<tenant>/<key>/<id>.')
  })
  app.post('/labels/removal', { bodyLimit: 16_384 }, (request, reply) => {
    const read = removalSchema.safeParse(request.body)
    if (!read.success) {
      const [issue] = read.error.issues
      return refuse(reply, 400, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, 'Send {"session", "labels", "lower_to", "lasting", "by", "reason"}.')
    }
    const { by, labels, lasting, lower_to: lowerTo, reason, session } = read.data
    return answered(reply, () => routes.remove({ session, labels, lowerTo, lasting, by, reason, client: request.socket.remoteAddress ?? null }))
  })
}
