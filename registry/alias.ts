// A name that callers use, and what may answer to it.
import { z } from 'zod'

export const aliasSchema = z.strictObject({
  name: z.string().min(1).max(128).describe('Name that callers write into `model`; may be a real model\'s name.').meta({ examples: ['fast'] }),
  candidates: z.array(z.string()).min(1).describe('Candidate ids, in any order: the router ranks them by cost.').meta({ examples: [['openai/gpt-5-mini', 'local/llama']] }),
  translate: z.boolean().default(true).describe('Candidates whose provider speaks another dialect than the caller may answer. false: only those that get the request byte for byte.').meta({ examples: [true] }),
})

export type Alias = z.infer<typeof aliasSchema>
