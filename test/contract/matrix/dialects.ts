// The two sides of the matrix: how each dialect is asked by a caller, and how each is answered by a provider. A dialect that the gateway
// learns needs a row here, which the matrix test demands; rows of dialects that this gateway does not know are asleep.
import { providerSchema } from '../../../registry/provider.ts'
import { modelSurfaces } from '../../../gateway/surfaces/model-surfaces.ts'

type Json = Readonly<Record<string, unknown>>

export interface CallerRow {
  /** Of the files in `requests/`. */
  readonly prefix: string
  readonly path: (model: string, stream: boolean) => string
  /** The request as its file has it, for a model, as a stream or not. */
  readonly body: (request: Json, model: string, stream: boolean) => Json
  readonly headers?: Readonly<Record<string, string>>
}

export interface ProviderRow {
  /** Of the files in `transcripts/`. */
  readonly prefix: string
  /** Its entry under `providers`, without the id. */
  readonly config: (origin: string) => Json
  readonly stream: { readonly extension: 'sse' | 'jsonl'; readonly contentType: string }
}

const named = (request: Json, model: string): Json => ({ ...request, model })
const eventStream = { extension: 'sse', contentType: 'text/event-stream' } as const
const credential = { env: 'CLOUD_KEY' }

const callerRows: Readonly<Record<string, CallerRow>> = {
  'openai': {
    prefix: 'openai', path: () => '/v1/chat/completions',
    body: (request, model, stream) => ({ ...named(request, model), ...stream ? { stream, stream_options: { include_usage: true } } : {} }),
  },
  'openai-responses': { prefix: 'responses', path: () => '/v1/responses', body: (request, model, stream) => ({ ...named(request, model), ...stream ? { stream } : {} }) },
  'anthropic': {
    prefix: 'anthropic', path: () => '/v1/messages', headers: { 'anthropic-version': '2023-06-01' },
    body: (request, model, stream) => ({ ...named(request, model), ...stream ? { stream } : {} }),
  },
  'gemini': { prefix: 'gemini', path: (model, stream) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, body: request => request },
}

const providerRows: Readonly<Record<string, ProviderRow>> = {
  'openai': { prefix: 'openai', config: origin => ({ dialect: 'openai', base_url: `${origin}/v1`, credential }), stream: eventStream },
  'openai-responses': { prefix: 'responses', config: origin => ({ dialect: 'openai', base_url: `${origin}/v1`, apis: ['responses'], credential }), stream: eventStream },
  'anthropic': { prefix: 'anthropic', config: origin => ({ dialect: 'anthropic', base_url: origin, credential }), stream: eventStream },
  'gemini': { prefix: 'gemini', config: origin => ({ dialect: 'gemini', base_url: origin, credential }), stream: eventStream },
  'bedrock': {
    prefix: 'bedrock',
    config: origin => ({ dialect: 'bedrock', base_url: origin, hosting: { kind: 'bedrock', region: 'eu-central-1' }, credential: { aws_keys: { access_key_id: credential, secret_access_key: credential } } }),
    stream: { extension: 'jsonl', contentType: 'application/vnd.amazon.eventstream' },
  },
}

const awake = <T>(rows: Readonly<Record<string, T>>, isAwake: (name: string, row: T) => boolean): ReadonlyMap<string, T> =>
  new Map(Object.entries(rows).filter(([name, row]) => isAwake(name, row)))

export const callers = awake(callerRows, name => Object.hasOwn(modelSurfaces, name))
export const providers = awake(providerRows, (_name, { config }) => providerSchema.safeParse({ id: 'p', ...config('http://127.0.0.1:1') }).success)

/** Dialects and APIs of this gateway that no row stands for. */
export const withoutRow = (): readonly string[] => {
  const shape: Readonly<Record<string, unknown>> = providerSchema.shape
  const configs = [...providers.values()].map(({ config }) => config('http://127.0.0.1:1'))
  return [
    ...Object.keys(modelSurfaces).filter(name => !callers.has(name)).map(name => `caller ${name}`),
    ...providerSchema.shape.dialect.options.filter(name => !configs.some(({ dialect }) => dialect === name)).map(name => `provider ${name}`),
    ...Object.hasOwn(shape, 'apis') && !configs.some(({ apis }) => apis !== undefined) ? ['provider openai-responses'] : [],
  ]
}
