// A model provider as the operator declares it. `local` is the operator's word, so it is checked as far as an address can be.
import { isIP } from 'node:net'
import { z } from 'zod'
import { compatibleServers, serverNames, serverOfHost, type ServerName } from './compatible-servers.ts'
import { credentialSchema, isForAws, misfit } from './credential.ts'
import { exampleHosting, hostedDialects, hostingSchema, regionOfHost } from './hosting.ts'
import { trustLevels } from './trust.ts'
import { providerLimitsSchema } from './upstream-limits.ts'

const timeoutsSchema = z.strictObject({
  connect_ms: z.number().int().min(1).default(10_000).describe('Time to get a connection, in milliseconds.').meta({ examples: [10000] }),
  first_byte_ms: z.number().int().min(1).default(120_000).describe('Time until the head of the answer, in milliseconds.').meta({ examples: [120000] }),
  idle_ms: z.number().int().min(1).default(120_000).describe('Longest pause inside an answer, in milliseconds.').meta({ examples: [120000] }),
  total_ms: z.number().int().min(1).nullable().default(null).describe('Longest time from the request to the end of the answer, in milliseconds. Null: no limit.').meta({ examples: [600000] }),
})

const privateV4 = (host: string): boolean => {
  const [a = 0, b = 0] = host.split('.').map(Number)
  return a === 127 || a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128)
}

/** Is this host name or address under one's own control, as far as its spelling tells? */
export const isPrivateHost = (hostname: string): boolean => {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (isIP(host) === 4) return privateV4(host)
  if (isIP(host) === 6) return host === '::1' || /^(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(host)
  return host === 'localhost' || !host.includes('.') || /\.(?:localhost|local|internal|lan|home\.arpa)$/.test(host)
}

const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(url => {
    // Checks go on after a failed one, so that a file's problems are found together: this may not be a URL.
    if (!URL.canParse(url)) return true
    const { username, password, search, hash } = new URL(url)
    return username === '' && password === '' && search === '' && hash === ''
  }, 'must not hold credentials, a query or a fragment')

export const openaiApis = ['chat.completions', 'responses'] as const

export const apisSchema = z.array(z.enum(openaiApis)).min(1).nullable().default(null)

/** What providers speak; callers speak fewer (`Dialect`). */
export const providerDialects = ['openai', 'anthropic', 'gemini', 'bedrock'] as const

const providerFields = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and "-"').describe('Name of the provider; candidates are called `provider/model`.').meta({ examples: ['openai'] }),
  dialect: z.enum(providerDialects).describe('Wire format that it speaks. OpenAI-compatible servers are `openai`; `bedrock` is the Converse API of Amazon Bedrock.').meta({ examples: ['openai'] }),
  apis: apisSchema.describe('Which APIs of the `openai` dialect it takes: chat completions (with embeddings), Responses, or both. Default: both at OpenAI and Azure, elsewhere chat completions; many other servers know Responses, too.').meta({ examples: [['chat.completions', 'responses']] }),
  base_url: baseUrl.describe('Base URL as the SDKs of the dialect take it; its path may end in /v1 or not.').meta({ examples: ['https://api.openai.com/v1'] }),
  hosting: hostingSchema.prefault({ kind: 'direct' }).describe('Where the models are hosted, if a cloud serves them under addresses and signatures of its own.'),
  server: z.enum(serverNames).nullable().default(null).describe('Which OpenAI-compatible server it is, where its host does not tell. Servers differ in what they refuse and where they put usage.').meta({ examples: ['ollama'] }),
  credential: credentialSchema.nullable().default(null).describe('Where the provider\'s key comes from, or who hands credentials out for it. Never from the agent.'),
  credentials: z.array(credentialSchema).min(1).nullable().default(null).describe('Several keys in place of one: each call takes the one that is used least and neither rests (after 429) nor was refused (after 401).').meta({ examples: [[{ env: 'OPENAI_KEY_1' }, { file: '/run/secrets/openai-2' }]] }),
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/, 'must be a lower-case header name'), z.string()).default({}).describe('Fixed headers to send along; not for secrets.').meta({ examples: [{ 'openai-beta': 'x' }] }),
  local: z.boolean().default(false).describe('Runs under our own control. Duties that keep data local are met by local providers only.').meta({ examples: [true] }),
  asserted: z.boolean().default(false).describe('Accept `local: true` on an address that looks public. You vouch for it.').meta({ examples: [false] }),
  trust: z.enum(trustLevels).nullable().default(null).describe('Highest sensitivity of data that it may receive. Default: restricted if local, else internal.').meta({ examples: ['internal'] }),
  region: z.string().nullable().default(null).describe('Where it processes data, for policies.').meta({ examples: ['eu'] }),
  passthrough: z.boolean().default(false).describe('Accept every model name that callers send in this dialect, not only configured ones.').meta({ examples: [false] }),
  free: z.boolean().default(false).describe('Calls cost nothing. Only for local providers; anything else without a price is refused.').meta({ examples: [true] }),
  prices_as: z.string().nullable().default(null).describe('Provider name in the bundled price table. Default: by hosting or host (aws, google, azure, groq …), else the dialect.').meta({ examples: ['openai'] }),
  timeouts: timeoutsSchema.prefault({}).describe('Time limits towards this provider.'),
  limits: providerLimitsSchema.prefault({}).describe('How many calls it is given at once.'),
})

type Fields = z.infer<typeof providerFields>
type Problem = readonly [field: keyof Fields | 'hosting.region', error: string, example?: string | undefined]

const hostingProblem = ({ dialect, hosting }: Fields): Problem | null => {
  if (hostedDialects[hosting.kind].includes(dialect)) return null
  const fitting = Object.entries(hostedDialects).filter(([, dialects]) => dialects.includes(dialect)).map(([kind]) => kind)
  return ['hosting', `the dialect ${dialect} is not served by hosting ${hosting.kind}, but by ${fitting.join(' or ')}`, exampleHosting[fitting.at(-1) ?? '']]
}

const regionProblem = ({ base_url, hosting }: Fields): Problem | null => {
  if (hosting.kind !== 'bedrock' || !URL.canParse(base_url)) return null
  const region = regionOfHost(new URL(base_url).hostname)
  return region === null || region === hosting.region ? null : ['hosting.region', `the base_url is in ${region}; AWS refuses signatures for another region`, `region: ${region}`]
}

const credentialProblem = (provider: Fields): Problem | null => {
  const { credential, credentials, hosting } = provider
  if (credential !== null && credentials !== null) return ['credentials', 'cannot be set together with credential: write all keys here', 'credentials: [{"env":"KEY_1"},{"env":"KEY_2"}]']
  // Which credential fits is a question for when it is clear where the models are.
  if (hostingProblem(provider) !== null) return null
  const all = credentials ?? (credential === null ? [] : [credential])
  if (all.length === 0) {
    return hosting.kind === 'bedrock' || hosting.kind === 'vertex' ? ['credential', `is missing: hosting ${hosting.kind} answers nobody without one`, hosting.kind === 'bedrock' ? 'credential: {aws: web_identity}' : 'credential: {google: metadata}'] : null
  }
  for (const one of all) {
    const why = misfit(one, hosting.kind)
    if (why !== null) return [credentials === null ? 'credential' : 'credentials', why, isForAws(one) ? 'hosting: {kind: bedrock, region: eu-central-1}' : 'credential: {env: PROVIDER_KEY}']
  }
  return null
}

/** The hosts of known services have one place for the API; any other path there answers 404 to every call. */
const baseProblem = ({ base_url, dialect, hosting, server }: Fields): Problem | null => {
  if (dialect !== 'openai' || hosting.kind !== 'direct' || server !== null || !URL.canParse(base_url)) return null
  const { hostname, origin, pathname } = new URL(base_url)
  const name: ServerName | null = serverOfHost(hostname)
  const { base } = name === null ? { base: null } : compatibleServers[name]
  if (base === null || base.includes(pathname.replace(/\/+$/, ''))) return null
  return ['base_url', `${name} serves this dialect at another path`, `base_url: ${origin}${base.find(path => path.endsWith('/v1')) ?? base[0]}`]
}

const localProblem = ({ asserted, base_url, local }: Fields): Problem | null =>
  !local || asserted || !URL.canParse(base_url) || isPrivateHost(new URL(base_url).hostname) ? null
    : ['local', 'the base_url looks public, so this provider does not look local; set `asserted: true` if it is under your control all the same', 'asserted: true']

const freeProblem = ({ free, local }: Fields): Problem | null =>
  !free || local ? null : ['free', 'only a local provider can be free; set prices on its models instead', 'price: {"usd_per_mtok_in":3,"usd_per_mtok_out":15}']

const serverProblem = ({ dialect, server }: Fields): Problem | null =>
  server === null || dialect === 'openai' ? null : ['server', 'is for the dialect openai only', 'dialect: openai']

const apisProblem = ({ apis, dialect }: Fields): Problem | null =>
  apis === null || dialect === 'openai' ? null : ['apis', 'only the openai dialect has several APIs', 'dialect: openai']

const rules = [localProblem, freeProblem, hostingProblem, regionProblem, credentialProblem, baseProblem, serverProblem, apisProblem]

export const providerSchema = providerFields.superRefine((provider, context) => {
  for (const rule of rules) {
    const problem = rule(provider)
    if (problem === null) continue
    const [field, message, example] = problem
    context.addIssue({ code: 'custom', path: field.split('.'), message, ...example === undefined ? {} : { params: { example } } })
  }
})

export type Provider = z.infer<typeof providerSchema>
export type ProviderDialect = Provider['dialect']

/** Wire formats as callers and providers speak them: the `openai` dialect of providers is two, one for each API. */
export type WireDialect = Provider['dialect'] | 'openai-responses'

const knowsResponses = /^(?:(?:[a-z]{2}\.)?api\.openai\.com|.+\.(?:openai|services\.ai|cognitiveservices)\.azure\.com)$/

const dialectOfApi = { 'chat.completions': 'openai', 'responses': 'openai-responses' } as const

const wireDialects = ({ apis, base_url: url, dialect, hosting }: Provider): readonly WireDialect[] => {
  if (dialect !== 'openai') return [dialect]
  const known = apis ?? (hosting.kind === 'azure' || URL.canParse(url) && knowsResponses.test(new URL(url).hostname) ? openaiApis : ['chat.completions'])
  return known.map(api => dialectOfApi[api])
}

const remembered = new WeakMap<Provider, readonly WireDialect[]>()
const dialectsOf = (provider: Provider): readonly WireDialect[] => {
  let dialects = remembered.get(provider)
  if (dialects === undefined) remembered.set(provider, dialects = wireDialects(provider))
  return dialects
}

/** Does the provider take requests of this dialect as they are? What it does not take is translated for it. */
export const speaks = (provider: Provider, dialect: string): boolean => (dialectsOf(provider) as readonly string[]).includes(dialect)

/** Is the provider of the world that a caller of this dialect speaks of when it names a model that nobody configured? The APIs of one maker are one world. */
export const isOfWorld = (provider: Provider, dialect: string): boolean => provider.dialect === (dialect === 'openai-responses' ? 'openai' : dialect)

/** The dialect in which the provider is told what a caller says in this one: its own where it can be, else the first that it takes. */
export const spokenTo = (provider: Provider, dialect: string): WireDialect => {
  const dialects = dialectsOf(provider)
  return dialects.find(own => own === dialect) ?? dialects[0] ?? provider.dialect
}
