// The closed table of HTTP endpoints on the data plane. A request that no row names is refused; there is no default route.
import type { Dialect, ModelOperation } from '../exchange/operation.ts'
import { geminiOperation, isModelList } from './gemini/path.ts'

/** What serves an endpoint. `us` is answered by the gateway itself. */
export type Endpoint =
  | { readonly kind: 'model'; readonly dialect: Dialect; readonly name: ModelOperation['name'] }
  /** The list of models, or one of them: the path says which. */
  | { readonly kind: 'models' }
  /** A response that the gateway keeps. */
  | { readonly kind: 'response'; readonly method: 'GET' | 'DELETE'; readonly id: string }
  | { readonly kind: 'mcp'; readonly server: string | null }
  /** Server null: the list; version null: all versions of the server. */
  | { readonly kind: 'registry'; readonly server: string | null; readonly version: string | null }
  | { readonly kind: 'us'; readonly name: 'welcome' }
  | { readonly kind: 'wrong-method'; readonly allow: string }
  | { readonly kind: 'unknown' }

const posts: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': { kind: 'model', dialect: 'openai', name: 'chat.completions' },
  '/v1/responses': { kind: 'model', dialect: 'openai-responses', name: 'responses' },
  '/v1/embeddings': { kind: 'model', dialect: 'openai', name: 'embeddings' },
  '/v1/messages': { kind: 'model', dialect: 'anthropic', name: 'messages' },
  '/v1/messages/count_tokens': { kind: 'model', dialect: 'anthropic', name: 'messages.count_tokens' },
}

const unknown: Endpoint = { kind: 'unknown' }

/** Paths with a model in them: what Gemini's clients ask, and the models' own descriptions in every dialect. */
const modelEndpoint = (method: string, path: string): Endpoint | null => {
  const name = geminiOperation(path)
  if (name !== null) return method === 'POST' ? { kind: 'model', dialect: 'gemini', name } : { kind: 'wrong-method', allow: 'POST' }
  // A method that the table does not have is unknown, whatever asks for it; "llama:8b" is a name.
  if (!isModelList(path) || (method !== 'GET' && /:[a-zA-Z]+$/.test(path))) return null
  return method === 'GET' ? { kind: 'models' } : { kind: 'wrong-method', allow: 'GET' }
}

const allMcp: Endpoint = { kind: 'mcp', server: null }
const mcpMethods = new Set(['POST', 'GET', 'DELETE'])

const mcpEndpoint = (method: string, path: string): Endpoint => {
  if (!mcpMethods.has(method)) return { kind: 'wrong-method', allow: 'POST, GET, DELETE' }
  if (path === '/mcp' || path === '/mcp/') return allMcp
  const server = path.slice('/mcp/'.length)
  return /^[a-z0-9-]{1,24}$/.test(server) ? { kind: 'mcp', server } : unknown
}

const registryPath = /^\/v0\.1\/servers(?:\/(.{1,600})\/versions(?:\/([^/]{1,800}))?)?$/

const decoded = (part: string | undefined): string | null => {
  try {
    return part === undefined ? null : decodeURIComponent(part)
  } catch {
    return part ?? null
  }
}

const registryEndpoint = (method: string, path: string): Endpoint => {
  const found = registryPath.exec(path)
  if (found === null) return unknown
  return method === 'GET' ? { kind: 'registry', server: decoded(found[1]), version: decoded(found[2]) } : { kind: 'wrong-method', allow: 'GET' }
}

const responsePath = /^\/v1\/responses\/([\w-]{1,128})$/

const responseEndpoint = (method: string, path: string): Endpoint => {
  const id = responsePath.exec(path)?.[1]
  // What else a response has (input_items, cancel) only its provider could tell.
  if (id === undefined) return unknown
  return method === 'GET' || method === 'DELETE' ? { kind: 'response', method, id } : { kind: 'wrong-method', allow: 'GET, DELETE' }
}

/**
 * Finds the row of the table for a request line.
 * @param method HTTP method, upper case.
 * @param path path without query.
 */
export const endpointOf = (method: string, path: string): Endpoint => {
  const model = posts[path]
  if (model !== undefined) return method === 'POST' ? model : { kind: 'wrong-method', allow: 'POST' }
  if (path === '/mcp' || path.startsWith('/mcp/')) return mcpEndpoint(method, path)
  if (path.startsWith('/v0.1/')) return registryEndpoint(method, path)
  if (path.startsWith('/v1/responses/')) return responseEndpoint(method, path)
  if (path.startsWith('/v1')) return modelEndpoint(method, path) ?? unknown
  if (path === '/') return method === 'GET' || method === 'HEAD' ? { kind: 'us', name: 'welcome' } : { kind: 'wrong-method', allow: 'GET, HEAD' }
  return unknown
}
