// Where a request goes behind a provider's base URL: dialects have paths, and clouds serve the dialects under paths of their own.
import type { Provider } from '../../../registry/provider.ts'

export interface Base { readonly origin: string; readonly prefix: string }

/** Base URLs come from the configuration, so there are few; parsing one costs more than the rest of a transform. */
const bases = new Map<string, Base>()
export const baseOf = (url: string): Base => {
  let base = bases.get(url)
  if (base === undefined) {
    const parsed = new URL(url)
    bases.set(url, base = { origin: parsed.origin, prefix: parsed.pathname.replace(/\/+$/, '') })
  }
  return base
}

const versioned = /\/v\d+(?:beta)?(?:\/openai)?$/

/** Base URLs are written with or without their version by convention of each dialect's SDKs: the endpoint's own is not doubled. */
const direct = (prefix: string, path: string): string =>
  prefix + (versioned.test(prefix) ? path.replace(/^\/v1(?:beta)?(?=\/)/, '') : path)

/** As a segment of a path. AWS ids hold ":" and ARNs "/"; both are encoded on the wire. */
const segment = (model: string): string => encodeURIComponent(model).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

export interface Asked {
  /** Path and query as the dialect has them, e.g. "/v1/messages?beta=true". */
  readonly path: string
  readonly model: string
  readonly stream: boolean
}

const withoutQuery = (path: string): string => path.split('?', 1)[0] ?? path

/** Operations that Azure's dated versions address by deployment; others take the deployment as `model`. */
const byDeployment: ReadonlySet<string> = new Set(['/chat/completions', '/completions', '/embeddings'])

const azure = (prefix: string, version: string | null, { model, path }: Asked): string => {
  const root = prefix.replace(/\/openai(?:\/v1)?$/, '')
  const operation = withoutQuery(path).replace(/^\/v1/, '')
  if (version === null) return `${root}/openai/v1${operation}`
  return `${root}/openai${byDeployment.has(operation) ? `/deployments/${segment(model)}` : ''}${operation}?api-version=${version}`
}

const bedrock = (prefix: string, dialect: Provider['dialect'], { model, stream }: Asked): string => {
  const operation = dialect === 'bedrock' ? (stream ? 'converse-stream' : 'converse') : stream ? 'invoke-with-response-stream' : 'invoke'
  return `${prefix}/model/${segment(model)}/${operation}`
}

const geminiModel = /^\/v1(?:beta|alpha)?\/(?:models|tunedModels)\/(.+)$/

const vertex = (prefix: string, { location, project }: { readonly location: string; readonly project: string }, { model, path, stream }: Asked): string => {
  const root = `${prefix.replace(versioned, '')}/v1/projects/${project}/locations/${location}/publishers`
  // Gemini's own paths name the model and the operation; only what stands before them differs.
  const gemini = geminiModel.exec(path)?.[1]
  if (gemini !== undefined) return `${root}/google/models/${gemini}`
  if (withoutQuery(path).endsWith('/count_tokens')) return `${root}/anthropic/models/count-tokens:rawPredict`
  // Versions of a model stand behind "@" here, which a path may hold as it is.
  return `${root}/anthropic/models/${segment(model).replaceAll('%40', '@')}:${stream ? 'streamRawPredict' : 'rawPredict'}`
}

/** Path and query to ask, behind the origin of the base URL. */
export const addressOf = ({ base_url, dialect, hosting }: Pick<Provider, 'base_url' | 'dialect' | 'hosting'>, asked: Asked): string => {
  const { prefix } = baseOf(base_url)
  switch (hosting.kind) {
    case 'direct': return direct(prefix, asked.path)
    case 'azure': return azure(prefix, hosting.api_version, asked)
    case 'bedrock': return bedrock(prefix, dialect, asked)
    case 'vertex': return vertex(prefix, hosting, asked)
  }
}
