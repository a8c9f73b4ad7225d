// What the Converse API leaves to each maker's models: caches, reasoning, and how many of the likeliest words count. By the model's id;
// an id that does not tell (the ARN of an application's profile) belongs to no family, and what is special to one is lost.
import type { Thinking } from '../conversation.ts'
import { budgetOf, wordOf } from '../thinking.ts'

type Json = Record<string, unknown>

export interface ModelFamily {
  /** Marks of what is cached: in messages and instructions, or in tools as well. Other models refuse a request with marks. */
  readonly caches: 'no' | 'messages' | 'tools too'
  /** Fields of the maker's own that say how much it shall think; null: it cannot be told. */
  readonly thinking: (thinking: Thinking, maxTokens: number) => Json | null
  readonly topK: (topK: number) => Json | null
  /** Earlier reasoning comes back with its signature. Others want none. */
  readonly takesReasoning: boolean
  readonly takesStrict: boolean
}

const none = (): null => null
const plain: ModelFamily = { caches: 'no', thinking: none, topK: none, takesReasoning: false, takesStrict: false }

const leastBudget = 1024

/** Null: not at all. */
const atMostHigh = (thinking: Thinking): 'low' | 'medium' | 'high' | null => {
  const word = wordOf(thinking)
  return word === null ? 'medium' : word === 'none' ? null : word === 'minimal' ? 'low' : word
}

const claude: ModelFamily = {
  caches: 'tools too', takesReasoning: true, takesStrict: true, topK: topK => ({ top_k: topK }),
  thinking: (thinking, maxTokens) => {
    if (thinking.kind === 'off') return {}
    const wanted = thinking.kind === 'budget' ? thinking.tokens : thinking.kind === 'effort' ? budgetOf(thinking.effort) : budgetOf('medium')
    const budget = Math.min(wanted, Math.floor(maxTokens / 2))
    return budget < leastBudget ? null : { thinking: { type: 'enabled', budget_tokens: budget } }
  },
}

/** From 4.6 on it decides by itself how much it thinks, and is told in words; a budget is refused. */
const adaptiveClaude: ModelFamily = {
  ...claude,
  thinking: thinking => thinking.kind === 'off' ? {} : { thinking: { type: 'adaptive' }, output_config: { effort: atMostHigh(thinking) ?? 'medium' } },
}

const nova: ModelFamily = { ...plain, caches: 'messages', topK: topK => ({ inferenceConfig: { topK } }) }

const nova2: ModelFamily = {
  ...nova,
  thinking: thinking => {
    const effort = atMostHigh(thinking)
    return { reasoningConfig: effort === null ? { type: 'disabled' } : { type: 'enabled', maxReasoningEffort: effort } }
  },
}

const gptOss: ModelFamily = {
  ...plain,
  thinking: thinking => {
    const effort = atMostHigh(thinking)
    return effort === null ? {} : { reasoning_effort: effort }
  },
}

const families: readonly (readonly [RegExp, ModelFamily])[] = [
  [/(?:^|[./])anthropic\.claude-(?:[a-z]+-(?:4-[6-9](?!\d)|[5-9](?!\d)|\d{2}(?!\d))|mythos)/, adaptiveClaude], [/(?:^|[./])anthropic\./, claude], [/(?:^|[./])amazon\.nova-2/, nova2], [/(?:^|[./])amazon\.nova/, nova], [/(?:^|[./])openai\.gpt-oss/, gptOss],
  [/(?:^|[./])cohere\./, { ...plain, topK: topK => ({ k: topK }) }], [/(?:^|[./])mistral\./, { ...plain, topK: topK => ({ top_k: topK }) }],
]

export const familyOf = (model: string): ModelFamily => families.find(([pattern]) => pattern.test(model))?.[1] ?? plain
