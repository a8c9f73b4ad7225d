// Gemini requests (generate, count, embed) as operations. It checks what the gateway relies on and leaves the rest to the provider.
import type { JsonDocument } from '../../exchange/document.ts'
import type { ModelNeeds, ModelOperation } from '../../exchange/operation.ts'
import type { RequestHeaders } from '../model-surface.ts'
import { askedChoices, askedTier, estimatedTokens, isObject, malformed, optionalCount, pickHeaders, type JsonObject } from '../request-fields.ts'
import { camelOf, canonical, many, objectsIn, tierWord } from './fields.ts'
import { bareName, geminiPath, readQuery, readTarget } from './path.ts'

const reliedOn = ['model', 'contents', 'content', 'requests', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'generateContentRequest', 'cachedContent', 'serviceTier']
const byLowerCase: ReadonlyMap<string, string> = new Map(reliedOn.map(name => [name.toLowerCase(), name]))

/**
 * | header | why it is forwarded |
 * |---|---|
 * | x-goog-api-client, accept, user-agent | what the official SDKs say of themselves; servers diagnose by them |
 * | x-server-timeout | how long the caller is going to wait; the SDKs send it |
 *
 * Never: x-goog-api-key, authorization, cookie (credentials of the gateway), x-goog-user-project (it chooses who pays, which is the operator's
 * choice), and anything that is not listed.
 */
const forwarded: ReadonlySet<string> = new Set(['x-goog-api-client', 'accept', 'user-agent', 'x-server-timeout'])

/** The body with its fields in one spelling. @throws Failure request.malformed */
const bodyOf = (document: JsonDocument): JsonObject => {
  const { value } = document
  if (!isObject(value)) throw malformed('body', 'must be a JSON object, e.g. {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}')
  for (const key in value) {
    const name = byLowerCase.get(key.toLowerCase().replaceAll('_', ''))
    if (name !== undefined && camelOf(key) !== name) throw malformed(key, `must be spelled "${name}"`)
  }
  return canonical(value) as JsonObject
}

interface Media { vision: boolean; characters: number }

const lookForMedia = (parts: readonly JsonObject[], media: Media): void => {
  for (const { fileData, functionResponse, inlineData } of parts) {
    if (isObject(functionResponse)) lookForMedia(objectsIn(functionResponse['parts']), media)
    const data = isObject(inlineData) ? inlineData : fileData
    if (!isObject(data)) continue
    const { mimeType } = data
    media.vision ||= typeof mimeType !== 'string' ? data === fileData : /^(?:image|video)\//.test(mimeType)
    if (typeof data['data'] === 'string') media.characters += data['data'].length
  }
}

const checkedContents = (value: unknown, field: string): readonly JsonObject[] => {
  const contents = many(value)
  contents.forEach((content, at) => {
    if (!isObject(content) || !many(content['parts']).every(isObject)) throw malformed(`${field}.${at}`, 'must be an object with parts, e.g. {"role": "user", "parts": [{"text": "Hello"}]}')
  })
  return contents as readonly JsonObject[]
}

const generateNeeds = (body: JsonObject, field: string, document: JsonDocument): ModelNeeds => {
  const contents = checkedContents(body['contents'], field)
  if (contents.length === 0 && (body['cachedContent'] ?? null) === null) throw malformed(field, 'must have at least one content, e.g. [{"role": "user", "parts": [{"text": "Hello"}]}]')
  const media: Media = { vision: false, characters: 0 }
  for (const content of contents) lookForMedia(objectsIn(content['parts']), media)
  const config = body['generationConfig'] ?? {}
  if (!isObject(config)) throw malformed('generationConfig', 'must be an object, e.g. {"maxOutputTokens": 1024}')
  const { serviceTier: tier } = body
  return {
    tools: objectsIn(body['tools']).some(tool => Object.keys(tool).length > 0), vision: media.vision,
    inputTokens: estimatedTokens(document, media.characters), maxOutputTokens: optionalCount(config, 'maxOutputTokens'),
    ...askedChoices(config, 'candidateCount'), ...askedTier(typeof tier === 'string' ? tierWord(tier) : tier),
  }
}

/** Requests may name the model in the body as well, and some have to. */
const checkModel = (value: unknown, field: string, requested: string): void => {
  if (value === undefined || value === null) return
  if (typeof value !== 'string' || bareName(value) !== requested) throw malformed(field, 'must be the model that the path names')
}

const embeddingNeeds = (name: ModelOperation['name'], body: JsonObject, document: JsonDocument, requested: string): ModelNeeds => {
  const requests = name === 'embedContent' ? [body] : many(body['requests'])
  if (requests.length === 0) throw malformed('requests', 'must be an array of requests to embed')
  requests.forEach((request, at) => {
    const field = name === 'embedContent' ? '' : `requests.${at}.`
    if (!isObject(request) || !isObject(request['content'])) throw malformed(`${field}content`, 'must be an object with parts, e.g. {"parts": [{"text": "Hello"}]}')
    checkModel(request['model'], `${field}model`, requested)
  })
  return { tools: false, vision: false, inputTokens: estimatedTokens(document, 0), maxOutputTokens: null }
}

const countNeeds = (body: JsonObject, document: JsonDocument, requested: string): ModelNeeds => {
  const inner = body['generateContentRequest']
  if (isObject(inner)) checkModel(inner['model'], 'generateContentRequest.model', requested)
  const needs = isObject(inner) ? generateNeeds(inner, 'generateContentRequest.contents', document) : generateNeeds(body, 'contents', document)
  // Counting produces no output, whatever the body says.
  return { ...needs, maxOutputTokens: 0 }
}

const needsOf = (name: ModelOperation['name'], body: JsonObject, document: JsonDocument, requested: string): ModelNeeds => {
  if (name === 'generateContent') return generateNeeds(body, 'contents', document)
  return name === 'countTokens' ? countNeeds(body, document, requested) : embeddingNeeds(name, body, document, requested)
}

/** @throws Failure request.malformed */
export const readGeminiRequest = (name: ModelOperation['name'], path: string, headers: RequestHeaders, document: JsonDocument): ModelOperation => {
  const [location = '', query = ''] = path.split(/\?(.*)/s)
  const target = readTarget(location)
  const form = readQuery(query)
  const body = bodyOf(document)
  checkModel(body['model'], 'model', target.model)
  const stream = target.method === 'streamGenerateContent'
  return {
    kind: name === 'embedContent' || name === 'batchEmbedContents' ? 'model.embed' : 'model.call',
    name, dialect: 'gemini', requested: target.model, stream, ...stream ? { streamForm: form } : {},
    needs: needsOf(name, body, document, target.model), document,
    // Upstream every stream is one of events, which can be passed on piece by piece; who wants an array is told one.
    path: stream && form === 'json-array' ? geminiPath(target, '?alt=sse') : path,
    headers: pickHeaders(headers, forwarded),
  }
}
