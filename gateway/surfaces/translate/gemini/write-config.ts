// The generationConfig of a translated request: limits, sampling, format and thinking. Gemini 3 takes words for thinking, older models tokens.
import type { Conversation, Effort } from '../conversation.ts'
import type { Writing } from '../target.ts'
import { budgetOf, effortOf } from '../thinking.ts'

type Json = Record<string, unknown>

const takesLevels = (model: string): boolean => /gemini-(?:[3-9]|\d\d)/.test(model)
/** The small models can do almost without; the large ones always think. */
const isSmall = (model: string): boolean => /flash|lite/.test(model)

const levelOf = (effort: Effort, model: string): string => {
  if (effort === 'minimal') return isSmall(model) ? 'MINIMAL' : 'LOW'
  return effort === 'xhigh' || effort === 'max' ? 'HIGH' : effort.toUpperCase()
}

/** Bounds of thinkingBudget that every model of the 2.5 line takes. */
const budgetWithin = (tokens: number): number => Math.max(512, Math.min(tokens, 24_576))
const dynamic = -1

const off = (model: string): Json | null => {
  if (!isSmall(model)) return null
  return takesLevels(model) ? { thinkingLevel: 'MINIMAL' } : { thinkingBudget: 0 }
}

const thinkingOf = ({ thinking }: Conversation, { losses, names, target }: Writing): Json => {
  if (thinking === null) return {}
  const lost = (): Json => {
    losses.lost(names.thinking)
    return {}
  }
  const { capabilities, model } = target
  if (!capabilities.includes('thinking')) return thinking.kind === 'off' ? {} : lost()
  if (thinking.kind === 'off') {
    const config = off(model)
    return config === null ? lost() : { thinkingConfig: config }
  }
  const shown = { includeThoughts: true }
  if (thinking.kind === 'adaptive') return { thinkingConfig: takesLevels(model) ? shown : { ...shown, thinkingBudget: dynamic } }
  if (takesLevels(model)) return { thinkingConfig: { ...shown, thinkingLevel: levelOf(thinking.kind === 'effort' ? thinking.effort : effortOf(thinking.tokens), model) } }
  return { thinkingConfig: { ...shown, thinkingBudget: budgetWithin(thinking.kind === 'effort' ? budgetOf(thinking.effort) : thinking.tokens) } }
}

const formatOf = ({ format }: Conversation): Json => {
  if (format === null) return {}
  return { responseMimeType: 'application/json', ...format.kind === 'schema' ? { responseJsonSchema: format.schema } : {} }
}

/** The API takes five. */
const mostStops = 5

const stopsOf = ({ stop }: Conversation, { losses, names }: Writing): Json => {
  if (stop.length > mostStops) losses.lost(names.stop)
  return stop.length === 0 ? {} : { stopSequences: stop.slice(0, mostStops) }
}

export const writeConfig = (conversation: Conversation, writing: Writing): Json => {
  const { frequencyPenalty, maxOutputTokens, presencePenalty, seed, temperature, topK, topP } = conversation
  const given = { temperature, topP, topK, seed, presencePenalty, frequencyPenalty, maxOutputTokens: maxOutputTokens === null ? null : Math.min(maxOutputTokens, writing.target.maxOutputTokens) }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
    ...stopsOf(conversation, writing), ...formatOf(conversation), ...thinkingOf(conversation, writing),
  }
}
