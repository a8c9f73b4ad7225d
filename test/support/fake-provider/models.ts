// Model lists on the wire, in both dialects.
import { refuse } from './asked.ts'

const created = { seconds: 1_764_000_000, iso: '2025-11-24T16:00:00Z' }

const openaiModel = (id: string): object => ({ id, object: 'model', created: created.seconds, owned_by: 'fake' })
const anthropicModel = (id: string): object => ({ type: 'model', id, display_name: id, created_at: created.iso })

/** Answers GET /v1/models and /v1/models/<id>. @throws Refusal 404 for an id that is not offered */
export const modelsBody = (dialect: 'openai' | 'openai-responses' | 'anthropic' | 'gemini', path: string, models: readonly string[]): string => {
  const one = dialect === 'anthropic' ? anthropicModel : openaiModel
  const id = decodeURIComponent(path.split('?')[0]?.slice('/v1/models/'.length) ?? '')
  if (id !== '') {
    if (!models.includes(id)) refuse(`The model '${id}' does not exist`, { status: 404, code: 'model_not_found' })
    return JSON.stringify(one(id))
  }
  const data = models.map(one)
  return JSON.stringify(dialect === 'anthropic'
    ? { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null }
    : { object: 'list', data })
}
