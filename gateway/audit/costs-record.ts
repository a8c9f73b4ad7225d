// What a cost report reads of an outcome. Lines of any version of the gateway are read: what a record does not have yet was not there.
import { z } from 'zod'

const text = z.string()

const costRecordSchema = z.object({
  phase: z.literal('outcome'), time: text, action: text.nullable(),
  subject: z.object({ id: text, tenant: text, groups: z.array(text) }).nullable(),
  agent: z.object({ id: text }).nullable(),
  key: text.nullable(), session: text.nullable(),
  route: z.object({ chosen: text, provider: text }).nullable(),
  usage: z.object({ input: z.number(), output: z.number(), cache_read: z.number(), cache_write: z.number() }).nullable(),
  cost_usd: z.number().nullable(), price_version: text.nullable(), failure: text.nullable(),
  root: z.object({
    request: text, calls: z.number(), tokens_in: z.number(), tokens_out: z.number(), first_tokens: z.number().nullable(), amplification: z.number().nullable(),
  }).nullable().default(null),
  /** An answer that was given before, to a call that was sent again: nothing was executed or paid. */
  replayed_of: text.nullish(),
})

export type CostRecord = z.infer<typeof costRecordSchema>

/** Lists, handshakes and what was refused before anybody knew what it was are no calls. */
const calls: ReadonlySet<string | null> = new Set(['model.call', 'model.embed', 'tool.call', 'tool.task', 'resource.read', 'prompt.get'])

const openBrace = 0x7b
const closeBrace = 0x7d

/** The outcome of a call; null for every other record, `broken` for a line that is none. */
export const costRecordAt = (bytes: Buffer): CostRecord | 'broken' | null => {
  if (bytes[0] !== openBrace || bytes.at(-1) !== closeBrace) return 'broken'
  // Two of three lines are something else; most of them need not be parsed.
  if (!bytes.includes('"phase":"outcome"')) return null
  try {
    const record = costRecordSchema.safeParse(JSON.parse(bytes.toString()))
    if (!record.success) return 'broken'
    return calls.has(record.data.action) ? record.data : null
  } catch {
    return 'broken'
  }
}
