// A name that callers use, and what may answer to it.
import { z } from 'zod'

export const aliasSchema = z.strictObject({
  name: z.string().min(1).max(128).describe('Name that callers write into `model`; may be a real model\'s name.').meta({ examples: ['fast'] }),
  candidates: z.array(z.string()).min(1).describe('Candidate ids. The router ranks them by cost, unless `order` says that they are in order.').meta({ examples: [['openai/gpt-5-mini', 'local/llama']] }),
  order: z.enum(['cost', 'listed']).default('cost').describe('`cost`: the cheapest that fits comes first. `listed`: a fallback chain in the order as written; what does not fit, rests or may not see the data is passed over.').meta({ examples: ['listed'] }),
  hedge: z.boolean().default(false).describe('Where the first candidate is slower to begin than it nearly always is, ask the next one as well and take the first answer; see `resilience.hedge`. Both may have to be paid.').meta({ examples: [false] }),
  translate: z.boolean().default(true).describe('Candidates whose provider speaks another dialect than the caller may answer. false: only those that get the request byte for byte.').meta({ examples: [true] }),
})

export type Alias = z.infer<typeof aliasSchema>
