// A user request that holds labels, as it is kept: what its sub-agents inherit, and everything by which another gateway finds that a call is part of
// it. What it came to so far (calls, tokens, cost, repetitions) is counted by each gateway for itself.
import { z } from 'zod'
import { sensitivities, type Labels } from '../exchange/labels.ts'

export interface NotedRoot {
  readonly request: string
  readonly session: string
  readonly tenant: string
  readonly startedMs: number
  readonly lastMs: number
  readonly named: boolean
  readonly said: { readonly digest: string; readonly at: number } | null
  readonly answered: boolean
  readonly awaitsTools: boolean
  readonly labels: Labels
  /** Marks of the sessions that came into it. */
  readonly entered: readonly string[]
  /** Where it is looked for, with the sub-agents that are known there. */
  readonly scopes: readonly { readonly id: string; readonly lanes: readonly (readonly [id: string, depth: number])[] }[]
  readonly traces: readonly string[]
  /** Tool calls that its models asked for last, and for which agent. */
  readonly wanted: readonly (readonly [id: string, lane: string, depth: number])[]
}

const schema: z.ZodType<NotedRoot> = z.object({
  request: z.string(), session: z.string(), tenant: z.string(), startedMs: z.number(), lastMs: z.number(), named: z.boolean(),
  said: z.object({ digest: z.string(), at: z.number() }).nullable(), answered: z.boolean(), awaitsTools: z.boolean(),
  labels: z.object({ labels: z.array(z.string()), sensitivity: z.enum(sensitivities) }), entered: z.array(z.string()),
  scopes: z.array(z.object({ id: z.string(), lanes: z.array(z.tuple([z.string(), z.number()])) })), traces: z.array(z.string()), wanted: z.array(z.tuple([z.string(), z.string(), z.number()])),
})

/** Callers choose names: a root that needs more than this is not kept. */
const longestNote = 16_384

/** Null where it is too long to be kept. */
export const writeRoot = (root: NotedRoot): Buffer | null => {
  const body = Buffer.from(JSON.stringify(root))
  return body.length > longestNote ? null : body
}

/** Null for what another version wrote. */
export const readRoot = (body: Buffer): NotedRoot | null => {
  const read = schema.safeParse(JSON.parse(body.toString()))
  return read.success ? read.data : null
}
