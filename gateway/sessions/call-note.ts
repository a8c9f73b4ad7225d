// A tool call that a model asked for, as it is kept.
import { z } from 'zod'
import { sensitivities } from '../exchange/labels.ts'
import type { AskedBy } from '../exchange/model-call.ts'

export interface Emitted {
  readonly id: string | null
  /** As the client's request named the tool. */
  readonly name: string
  /** Keyed, of the arguments. */
  readonly digest: string
  readonly by: AskedBy
  /** Milliseconds since the epoch. */
  readonly at: number
}

const emittedSchema: z.ZodType<Emitted> = z.object({
  id: z.string().nullable(), name: z.string(), digest: z.string(), at: z.number(),
  by: z.object({ model: z.string(), session: z.string().nullable(), labels: z.object({ labels: z.array(z.string()), sensitivity: z.enum(sensitivities) }) }),
})

/** Models choose ids and names: longer ones are not kept. */
const longestNote = 8192

/** Null where it is too long to be kept. */
export const writeCall = (emitted: Emitted): Buffer | null => {
  const body = Buffer.from(JSON.stringify(emitted))
  return body.length > longestNote ? null : body
}

/** Null for what another version wrote. */
export const readCall = (body: Buffer): Emitted | null => {
  const read = emittedSchema.safeParse(JSON.parse(body.toString()))
  return read.success ? read.data : null
}
