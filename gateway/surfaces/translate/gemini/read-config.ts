// The generationConfig of a Gemini request: limits, sampling, format and thinking.
import { many } from '../../gemini/fields.ts'
import { isObject, type JsonObject } from '../../request-fields.ts'
import { efforts, type Conversation, type Effort, type OutputFormat, type Thinking } from '../conversation.ts'
import type { Losses } from '../losses.ts'
import { numberOf, objectOf, textOf } from '../members.ts'
import { jsonSchemaOf } from './schemas.ts'

const read: ReadonlySet<string> = new Set([
  'maxOutputTokens', 'temperature', 'topP', 'topK', 'stopSequences', 'seed', 'presencePenalty', 'frequencyPenalty', 'responseMimeType', 'responseSchema', 'responseJsonSchema', 'thinkingConfig',
  'candidateCount', 'responseModalities',
])

const formatOf = (config: JsonObject, losses: Losses): OutputFormat | null => {
  const type = textOf(config['responseMimeType']) ?? 'text/plain'
  if (type === 'text/plain') return null
  if (type !== 'application/json') {
    losses.lost('generationConfig.responseMimeType')
    return null
  }
  const schema = config['responseJsonSchema'] ?? jsonSchemaOf(config['responseSchema'])
  return isObject(schema) ? { kind: 'schema', name: 'answer', schema, strict: null } : { kind: 'json' }
}

const dynamic = -1

const thinkingOf = (config: JsonObject, losses: Losses): Thinking | null => {
  losses.unread(config, new Set(['thinkingBudget', 'thinkingLevel', 'includeThoughts']), 'generationConfig.thinkingConfig.')
  const level = textOf(config['thinkingLevel'])?.toLowerCase()
  if ((efforts as readonly unknown[]).includes(level)) return { kind: 'effort', effort: level as Effort }
  if (level !== undefined && level !== 'thinking_level_unspecified') losses.lost('generationConfig.thinkingConfig.thinkingLevel')
  const tokens = numberOf(config['thinkingBudget'])
  if (tokens === null) return null
  return tokens === 0 ? { kind: 'off' } : tokens === dynamic ? { kind: 'adaptive' } : { kind: 'budget', tokens }
}

type Configured = Pick<Conversation, 'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'stop' | 'seed' | 'presencePenalty' | 'frequencyPenalty' | 'format' | 'thinking'>

export const readConfig = (config: JsonObject, losses: Losses): Configured => {
  losses.unread(config, read, 'generationConfig.')
  if ((numberOf(config['candidateCount']) ?? 1) > 1) losses.lost('generationConfig.candidateCount')
  if (many(config['responseModalities']).some(modality => modality !== 'TEXT')) losses.lost('generationConfig.responseModalities')
  return {
    maxOutputTokens: numberOf(config['maxOutputTokens']), temperature: numberOf(config['temperature']), topP: numberOf(config['topP']), topK: numberOf(config['topK']),
    stop: many(config['stopSequences']).filter(entry => typeof entry === 'string'),
    seed: numberOf(config['seed']), presencePenalty: numberOf(config['presencePenalty']), frequencyPenalty: numberOf(config['frequencyPenalty']),
    format: formatOf(config, losses), thinking: thinkingOf(objectOf(config['thinkingConfig']), losses),
  }
}
