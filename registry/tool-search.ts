// Whether clients get the whole list of tools or look for what they need.
import { z } from 'zod'

export const toolSearchSchema = z.strictObject({
  mode: z.enum(['off', 'on', 'auto']).default('off').describe('`on`: tools/list shows find_tools, call_read_tool and call_tool in place of the tools. `auto`: where there are more tools than `threshold`.').meta({ examples: ['auto'] }),
  threshold: z.number().int().min(1).default(40).describe('Number of tools from which on `auto` searches.').meta({ examples: [40] }),
  limit: z.number().int().min(1).max(50).default(8).describe('Most tools that one search tells of.').meta({ examples: [8] }),
  reads: z.array(z.string().min(1)).default([]).describe('Globs over `server/tool`: tools that only read, for call_read_tool, which clients may approve by themselves.').meta({ examples: [['files/read_*', 'db/query']] }),
  trust_hints_of: z.array(z.string().min(1)).default([]).describe('Servers whose own word (readOnlyHint) is believed about that.').meta({ examples: [['files']] }),
})
export type ToolSearch = z.infer<typeof toolSearchSchema>
