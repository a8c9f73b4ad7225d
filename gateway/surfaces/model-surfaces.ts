// Every dialect that callers may speak, by its name.
import type { Dialect } from '../exchange/operation.ts'
import { anthropicSurface } from './anthropic/surface.ts'
import { geminiOperation } from './gemini/path.ts'
import { geminiSurface } from './gemini/surface.ts'
import type { ModelSurface, RequestHeaders } from './model-surface.ts'
import { responsesSurface } from './openai-responses/surface.ts'
import { openaiSurface } from './openai/surface.ts'

export const modelSurfaces: Readonly<Record<Dialect, ModelSurface>> = {
  openai: openaiSurface, 'openai-responses': responsesSurface, anthropic: anthropicSurface, gemini: geminiSurface,
}

/** The dialect of a caller whose path no endpoint has: failures are told in it. */
export const surfaceOfStranger = (path: string, headers: RequestHeaders): ModelSurface =>
  path.startsWith('/v1beta/') || headers['x-goog-api-key'] !== undefined || geminiOperation(path) !== null ? geminiSurface : surfaceOfSdk(path, headers)

const surfaceOfSdk = (path: string, headers: RequestHeaders): ModelSurface =>
  path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined ? anthropicSurface
  : path.startsWith('/v1/responses') ? responsesSurface : openaiSurface
