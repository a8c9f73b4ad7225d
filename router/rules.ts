// The operator's own rules of an alias: asked before anything is ranked.
import type { AliasRule } from '../registry/alias.ts'

export interface RuleFacts {
  readonly tools: boolean
  readonly vision: boolean
  readonly inputTokens: number
  readonly groups: readonly string[]
  readonly agent: string
  readonly labels: readonly string[]
}

const some = (wanted: readonly string[] | undefined, has: readonly string[]): boolean => wanted === undefined || wanted.some(name => has.includes(name))

const holds = ({ when }: AliasRule, facts: RuleFacts): boolean =>
  (when.tools === undefined || when.tools === facts.tools)
  && (when.vision === undefined || when.vision === facts.vision)
  && (when.input_tokens_over === undefined || facts.inputTokens > when.input_tokens_over)
  && (when.input_tokens_under === undefined || facts.inputTokens < when.input_tokens_under)
  && some(when.groups, facts.groups) && some(when.agents, [facts.agent]) && some(when.labels, facts.labels)

/** Position of the first rule that holds, or null. */
export const ruleThatHolds = (rules: readonly AliasRule[], facts: RuleFacts): number | null => {
  const at = rules.findIndex(rule => holds(rule, facts))
  return at === -1 ? null : at
}
