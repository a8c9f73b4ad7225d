// Gemini's paths: the model stands in them, and so does what is asked of it. Written here and nowhere else.
import { malformed } from '../request-fields.ts'
import type { ModelOperation } from '../../exchange/operation.ts'

/** Methods of a model, by the name of the operation that each is. */
const operations: Readonly<Record<string, ModelOperation['name']>> = {
  generateContent: 'generateContent', streamGenerateContent: 'generateContent', countTokens: 'countTokens', embedContent: 'embedContent', batchEmbedContents: 'batchEmbedContents',
}

export interface GeminiTarget {
  readonly version: string
  /** Name of the model, without `models/`. Tuned models keep their collection. */
  readonly model: string
  readonly method: string
}

const modelPath = /^\/(v1|v1beta)\/((?:models|tunedModels)\/.+):([a-zA-Z]{1,40})$/
const listPath = /^\/(?:v1|v1beta)\/models(?:\/(.+))?$/

/** The operation that a path (without query) asks for; null where it is none. */
export const geminiOperation = (path: string): ModelOperation['name'] | null => operations[modelPath.exec(path)?.[3] ?? ''] ?? null

/** True for the path of a list of models, or of one model of it. */
export const isModelList = (path: string): boolean => listPath.test(path)

// What could mean another path, or another request, to whoever reads it next.
const unsafe = /[\u0000-\u0020\u007f\\?#%]|(?:^|\/)\.{0,2}(?:\/|$)/
const longestName = 256

/** @throws Failure request.malformed */
const decodedName = (encoded: string): string => {
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    throw malformed('model', 'must be percent-encoded UTF-8')
  }
  if (name.length > longestName || unsafe.test(name)) throw malformed('model', 'must be the name of a model, e.g. one from GET /v1beta/models')
  return name
}

/** "models/…" is how the API writes a name, not a part of it. */
export const bareName = (name: string): string => name.startsWith('models/') ? name.slice('models/'.length) : name

/** Name of the one model that a path asks about; null for the whole list. @throws Failure request.malformed */
export const listedModel = (path: string): string | null => {
  const name = listPath.exec(path)?.[1]
  return name === undefined ? null : decodedName(name)
}

/** @param path path without query. @throws Failure request.malformed */
export const readTarget = (path: string): GeminiTarget => {
  const [, version = '', resource = '', method = ''] = modelPath.exec(path) ?? []
  return { version, model: bareName(decodedName(resource)), method }
}

/** Where a model is asked. @param query with its "?", or "" */
export const geminiPath = ({ method, model, version }: GeminiTarget, query = ''): string => {
  const resource = model.startsWith('tunedModels/') ? model : `models/${bareName(model)}`
  return `/${version}/${resource.split('/').map(encodeURIComponent).join('/')}:${method}${query}`
}

const passed: ReadonlySet<string> = new Set(['alt', '$alt', 'prettyPrint', '$prettyPrint'])

/** How the caller wants a stream: as events, or as one JSON array that grows. @throws Failure request.malformed */
export const readQuery = (query: string): 'sse' | 'json-array' => {
  const given = new URLSearchParams(query)
  for (const name of given.keys()) {
    // A field mask (`fields`) would hide usage and finish reasons; the rest is no part of this API.
    if (!passed.has(name)) throw malformed(`query.${/^[$\w.]{1,40}$/.test(name) ? name : '_'}`, 'is not taken; alt and prettyPrint are')
  }
  const forms = [...given.getAll('alt'), ...given.getAll('$alt')]
  if (forms.length > 1) throw malformed('query.alt', 'must be given once')
  const [alt = 'json'] = forms
  if (alt !== 'json' && alt !== 'sse') throw malformed('query.alt', 'must be json or sse')
  return alt === 'sse' ? 'sse' : 'json-array'
}
