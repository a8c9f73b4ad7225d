// How much a model shall think, between words and tokens. The steps are ours: providers publish none.
import type { Effort, Thinking } from './conversation.ts'

const budgets: Readonly<Record<Effort, number>> = { minimal: 1024, low: 2048, medium: 8192, high: 16_384, xhigh: 32_768, max: 65_536 }

export const budgetOf = (effort: Effort): number => budgets[effort]

/** The word whose budget is nearest from below. */
export const effortOf = (tokens: number): Effort => tokens >= budgets.high ? 'high' : tokens >= budgets.medium ? 'medium' : 'low'

/** The words that most servers of the OpenAI dialect know; null: leave the model its own measure. */
export const wordOf = (thinking: Thinking): 'none' | 'minimal' | 'low' | 'medium' | 'high' | null => {
  switch (thinking.kind) {
    case 'off': return 'none'
    case 'adaptive': return null
    case 'budget': return effortOf(thinking.tokens) as 'low' | 'medium' | 'high'
    case 'effort': return thinking.effort === 'xhigh' || thinking.effort === 'max' ? 'high' : thinking.effort
  }
}
