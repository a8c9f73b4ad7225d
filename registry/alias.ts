// A name that callers use, what may answer to it, and how the router chooses.
import { z } from 'zod'

const whenSchema = z.strictObject({
  tools: z.boolean().optional().describe('The request declares tools, or none.').meta({ examples: [true] }),
  vision: z.boolean().optional().describe('The request holds images, or none.').meta({ examples: [true] }),
  input_tokens_over: z.number().int().min(0).optional().describe('Estimated input is longer than so many tokens.').meta({ examples: [100000] }),
  input_tokens_under: z.number().int().min(1).optional().describe('Estimated input is shorter than so many tokens.').meta({ examples: [2000] }),
  groups: z.array(z.string()).min(1).optional().describe('The subject is in one of these groups.').meta({ examples: [['research']] }),
  agents: z.array(z.string()).min(1).optional().describe('Ids of agents.').meta({ examples: [['claude-code']] }),
  labels: z.array(z.string()).min(1).optional().describe('The request or its session carries one of these labels.').meta({ examples: [['pii']] }),
})

const ruleSchema = z.strictObject({
  when: whenSchema.describe('Conditions, all of which have to hold. Without any the rule always holds.').meta({ examples: [{ tools: true, groups: ['research'] }] }),
  use: z.array(z.string()).min(1).describe('Candidates of this alias that may answer then; no others.').meta({ examples: [['openai/gpt-5']] }),
})

const sessionSchema = z.strictObject({
  lock_tool_loops: z.boolean().default(true).describe('While results of tool calls come in, the model that made the calls goes on; so does one whose signed thinking is in the request.').meta({ examples: [true] }),
  cache_aware: z.boolean().default(true).describe('Count what the provider\'s prompt cache holds of a conversation into expected costs.').meta({ examples: [true] }),
  max_switch_share: z.number().min(0).default(0.3).describe('Most that switches of model may cost in forfeited prompt cache, as a share of what the conversation would have cost without switches.').meta({ examples: [0.3] }),
  escalate: z.boolean().default(true).describe('After failed tool calls, repeated questions, complaints and refused, empty or cut answers ask for a better model for some calls.').meta({ examples: [true] }),
})

export const aliasSchema = z.strictObject({
  name: z.string().min(1).max(128).describe('Name that callers write into `model`; may be a real model\'s name.').meta({ examples: ['fast'] }),
  candidates: z.array(z.string()).min(1).describe('Candidate ids. The router ranks them by cost, unless `strategy` says otherwise. With `strategy: learned`, those without `quality` are taken to be listed from the most able to the least.').meta({ examples: [['openai/gpt-5-mini', 'local/llama']] }),
  hedge: z.boolean().default(false).describe('Where the first candidate is slower to begin than it nearly always is, ask the next one as well and take the first answer; see `resilience.hedge`. Both may have to be paid.').meta({ examples: [false] }),
  translate: z.boolean().default(true).describe('Candidates whose provider speaks another dialect than the caller may answer. false: only those that get the request byte for byte.').meta({ examples: [true] }),
  rules: z.array(ruleSchema).default([]).describe('The operator\'s own rules, asked before everything else; the first that holds counts.').meta({ examples: [[{ when: { input_tokens_over: 100000 }, use: ['openai/gpt-5-mini'] }]] }),
  strategy: z.enum(['cheapest', 'listed', 'learned']).default('cheapest').describe('`cheapest`: lowest expected cost. `listed`: a fallback chain in the order as written; what does not fit, rests or may not see the data is passed over. `learned`: lowest expected cost among those whose predicted success with this prompt is close enough to the best; computed in this process, without a model call.').meta({ examples: ['learned'] }),
  prefer: z.enum(['cost', 'balanced', 'quality', 'latency']).default('balanced').describe('With `learned`: which share of the distance between two candidates\' qualities may be missing with this prompt, where the weaker is the cheaper (`cost` 1.1, `balanced` 0.75, `quality` 0.4; `latency` 0.75, and then the fastest). With `cheapest` only `latency` changes anything: the fastest. A policy\'s `prefer` goes before it.').meta({ examples: ['balanced'] }),
  tolerance: z.number().min(0).max(1).nullable().default(null).describe('How far below the best predicted success every candidate may be, from 0 to 1, in place of what `prefer` says.').meta({ examples: [0.08] }),
  baseline: z.string().nullable().default(null).describe('Candidate that costs are compared with in records and metrics. Default: the dearest that could have answered.').meta({ examples: ['openai/gpt-5'] }),
  session: sessionSchema.nullable().default(null).describe('What a conversation\'s past does to the choice. Default: all of it with `learned`, nothing with `cheapest`.').meta({ examples: [{ max_switch_share: 0.2 }] }),
  shadow: z.strictObject({
    strategy: z.enum(['cheapest', 'learned']).default('learned').describe('Strategy to try.').meta({ examples: ['learned'] }),
    prefer: z.enum(['cost', 'balanced', 'quality', 'latency']).default('balanced').describe('As above, for the shadow.').meta({ examples: ['balanced'] }),
  }).nullable().default(null).describe('Record what another strategy would have chosen, and what that would be expected to cost, without doing it.').meta({ examples: [{ strategy: 'learned' }] }),
})

export type Alias = z.infer<typeof aliasSchema>
export type AliasRule = z.infer<typeof ruleSchema>
export type AliasSession = z.infer<typeof sessionSchema>

/** What `learned` does with a conversation where the alias says nothing. */
export const usualSession: AliasSession = Object.freeze(sessionSchema.parse({}))
