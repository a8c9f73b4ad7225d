// Which API a request is for, from its head alone.
import type { IncomingHttpHeaders } from 'node:http'
import { anthropic } from './anthropic.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini.ts'
import { openai } from './openai.ts'
import { responses } from './responses.ts'
import type { Endpoint } from './recorded.ts'

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': 'chat.completions', '/v1/responses': 'responses', '/v1/embeddings': 'embeddings', '/v1/messages': 'messages', '/v1/messages/count_tokens': 'messages.count_tokens',
}

const geminiMethods: Readonly<Record<string, Endpoint>> = {
  generateContent: 'generateContent', streamGenerateContent: 'generateContent', countTokens: 'countTokens', embedContent: 'embedContent', batchEmbedContents: 'embedContent',
}

/** Endpoint of a method and path with its query. */
export const endpointOf = (method: string, path: string): Endpoint => {
  const name = path.split('?')[0] ?? ''
  if (method === 'GET' && (name === '/v1/models' || name.startsWith('/v1/models/'))) return 'models'
  const asked = /^\/v1(?:beta)?\/models\/.+:(\w+)$/.exec(name)?.[1]
  if (method === 'POST' && asked !== undefined) return geminiMethods[asked] ?? 'unknown'
  return method === 'POST' ? endpoints[name] ?? 'unknown' : 'unknown'
}

/** Both dialects list models at the same path; only Anthropic's clients send a version. */
export const dialectOf = (endpoint: Endpoint, headers: IncomingHttpHeaders): Dialect =>
  endpoint === 'generateContent' || endpoint === 'countTokens' || endpoint === 'embedContent' ? gemini :
  endpoint.startsWith('messages') || headers['anthropic-version'] !== undefined ? anthropic : endpoint === 'responses' ? responses : openai
