// What servers of the OpenAI dialect do differently, as far as it matters to a gateway; each line says why. A server is known by the host
// of its base URL, or named by the operator (`server`) where it runs at an address of one's own.
import type { Provider } from './provider.ts'

export interface ServerQuirks {
  /** Hosts of the service; none for servers that one runs oneself. A leading dot stands for any subdomain. */
  readonly hosts: readonly string[]
  /** Provider id in the bundled price table; null: there is none, and prices have to be set. */
  readonly prices: string | null
  /** Paths that a base URL of the service may have, best first; null: any. */
  readonly base: readonly string[] | null
  /** False: `stream_options` is refused; usage comes in the last chunk all the same. */
  readonly streamOptions: boolean
  /** The only name of the output limit that is understood; null: both, or it depends on the model. */
  readonly limit: 'max_tokens' | 'max_completion_tokens' | null
  /** Members that are refused as unknown, of those that a translation may write. */
  readonly refuses: readonly ('user' | 'seed')[]
  /** Where reasoning of earlier answers has to stand when it comes back with a tool loop; null: it is not expected. */
  readonly echoesReasoning: 'reasoning_content' | 'reasoning' | null
  /** The least thinking that it has a word for; it refuses words that it does not know. */
  readonly leastEffort: 'minimal' | 'low'
  /** `usage.cost` is what the service charges, in USD: it also knows which of its own providers answered. */
  readonly tellsCost: boolean
}

const usual: ServerQuirks = { hosts: [], prices: null, base: null, streamOptions: true, limit: null, refuses: [], echoesReasoning: null, leastEffort: 'minimal', tellsCost: false }

/** Not in the table because every reader takes them from any server: usage under `x_groq`, cache hits under `prompt_cache_hit_tokens` (DeepSeek)
 * or `cached_tokens` (Moonshot), reasoning counted beside completion_tokens (xAI), reasoning under `reasoning_content` or `reasoning`, calls
 * without an index, finish reasons of one's own, a missing [DONE], comments in the stream, and errors of any shape. */
export const compatibleServers = {
  openai: { ...usual, hosts: ['api.openai.com'], prices: 'openai', base: ['', '/v1'] },
  // Deployments have names of their own, so the model's name does not tell which limit it takes; all that are still served take the newer one.
  azure: { ...usual, hosts: ['.openai.azure.com', '.services.ai.azure.com', '.cognitiveservices.azure.com'], prices: 'azure', limit: 'max_completion_tokens' },
  // Usage of streams stands under x_groq as well as in the chunk that was asked for.
  groq: { ...usual, hosts: ['api.groq.com'], prices: 'groq', base: ['/openai/v1', '/openai'] },
  // Comments (": OPENROUTER PROCESSING") keep connections open; errors after the first byte come as a chunk with `error`.
  openrouter: { ...usual, hosts: ['openrouter.ai'], prices: 'openrouter', base: ['/api/v1', '/api'], tellsCost: true },
  // A thinking model that called a tool refuses to go on without the reasoning it had ("must be passed back to the API").
  deepseek: { ...usual, hosts: ['api.deepseek.com'], prices: 'deepseek', base: ['', '/v1', '/beta', '/beta/v1'], limit: 'max_tokens', echoesReasoning: 'reasoning_content' },
  // Unknown members are refused with 422 ("extra_forbidden"): stream_options, max_completion_tokens, user and seed among them.
  mistral: { ...usual, hosts: ['api.mistral.ai', 'codestral.mistral.ai'], prices: 'mistral', base: ['', '/v1'], streamOptions: false, limit: 'max_tokens', refuses: ['user', 'seed'] },
  xai: { ...usual, hosts: ['api.x.ai', '.api.x.ai'], prices: 'x-ai', base: ['', '/v1'] },
  together: { ...usual, hosts: ['api.together.xyz', 'api.together.ai'], prices: 'together', base: ['', '/v1'], limit: 'max_tokens' },
  fireworks: { ...usual, hosts: ['api.fireworks.ai'], prices: 'fireworks', base: ['/inference/v1', '/inference'], limit: 'max_tokens' },
  cerebras: { ...usual, hosts: ['api.cerebras.ai'], prices: 'cerebras', base: ['', '/v1'] },
  moonshot: { ...usual, hosts: ['api.moonshot.ai', 'api.moonshot.cn'], prices: 'moonshotai', base: ['', '/v1'], limit: 'max_tokens', echoesReasoning: 'reasoning_content' },
  perplexity: { ...usual, hosts: ['api.perplexity.ai'], prices: 'perplexity', limit: 'max_tokens' },
  // What one runs oneself takes both limits or ignores the one it does not know; models are priced by whoever pays for the machine.
  // Efforts are none, low, medium and high: "invalid reasoning value" says it of any other.
  ollama: { ...usual, limit: 'max_tokens', leastEffort: 'low' },
  vllm: usual,
  llamacpp: { ...usual, limit: 'max_tokens' },
  lmstudio: { ...usual, limit: 'max_tokens' },
  // Members that it does not know are left out with a warning in its own log, the newer limit among them; a stream ends without [DONE].
  transformers: { ...usual, limit: 'max_tokens' },
} as const satisfies Readonly<Record<string, ServerQuirks>>

export type ServerName = keyof typeof compatibleServers
export const serverNames = Object.keys(compatibleServers) as readonly ServerName[]

const isHost = (hostname: string, known: string): boolean => known.startsWith('.') ? hostname.endsWith(known) : hostname === known

/** The service whose host it is, or null. */
export const serverOfHost = (hostname: string): ServerName | null =>
  serverNames.find(name => compatibleServers[name].hosts.some(known => isHost(hostname, known))) ?? null

type Asked = Pick<Provider, 'base_url' | 'dialect' | 'hosting' | 'server'>

const memo = new WeakMap<Asked, ServerQuirks>()

/** What is known of a provider's server; the usual where nothing is. */
export const quirksOf = (provider: Asked): ServerQuirks => {
  let quirks = memo.get(provider)
  if (quirks === undefined) memo.set(provider, quirks = findQuirks(provider))
  return quirks
}

const findQuirks = (provider: Asked): ServerQuirks => {
  if (provider.dialect !== 'openai') return usual
  const name = provider.server ?? (provider.hosting.kind === 'azure' ? 'azure' : serverOfHost(new URL(provider.base_url).hostname))
  return name === null ? usual : compatibleServers[name]
}

/** "gpt-oss:120b-cloud", "glm-4.6:cloud". */
const passedOnByOllama = /[-:]cloud$/i

/**
 * Is this a model that a server on one's own machine passes on to machines of its maker? Ollama does so with models of such names, whatever
 * address it is asked at. Where the operator says that it is another server, a name is only a name.
 */
export const isPassedOn = ({ server }: Pick<Provider, 'server'>, model: string): boolean => (server === null || server === 'ollama') && passedOnByOllama.test(model)

/** The table that prices a provider's models where the operator names none. */
export const pricesOf = (provider: Asked & Pick<Provider, 'prices_as'>): string => {
  if (provider.prices_as !== null) return provider.prices_as
  if (provider.hosting.kind === 'bedrock') return 'aws'
  if (provider.hosting.kind === 'vertex') return 'google'
  return quirksOf(provider).prices ?? (provider.dialect === 'gemini' ? 'google' : provider.dialect)
}
