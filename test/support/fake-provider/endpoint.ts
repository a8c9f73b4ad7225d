// Which API a request is for, from its head alone.
import type { IncomingHttpHeaders } from 'node:http'
import { anthropic } from './anthropic.ts'
import type { Dialect } from './dialect.ts'
import { openai } from './openai.ts'
import { responses } from './responses.ts'
import type { Endpoint } from './recorded.ts'

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': 'chat.completions', '/v1/responses': 'responses', '/v1/embeddings': 'embeddings', '/v1/messages': 'messages', '/v1/messages/count_tokens': 'messages.count_tokens',
}

/** Endpoint of a method and path with its query. */
export const endpointOf = (method: string, path: string): Endpoint => {
  const name = path.split('?')[0] ?? ''
  if (method === 'GET' && (name === '/v1/models' || name.startsWith('/v1/models/'))) return 'models'
  return method === 'POST' ? endpoints[name] ?? 'unknown' : 'unknown'
}

/** Both dialects list models at the same path; only Anthropic's clients send a version. */
export const dialectOf = (endpoint: Endpoint, headers: IncomingHttpHeaders): Dialect =>
  endpoint.startsWith('messages') || headers['anthropic-version'] !== undefined ? anthropic : endpoint === 'responses' ? responses : openai
