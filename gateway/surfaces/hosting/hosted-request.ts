// What a cloud wants to find in, and not in, the body and headers of a dialect that it serves.
import { betasElsewhere, type Hosting } from '../../../registry/hosting.ts'
import type { Provider } from '../../../registry/provider.ts'
import type { JsonObject } from '../request-fields.ts'
import type { MemberChange } from './root-members.ts'

export interface HostedRequest {
  readonly change: MemberChange
  /** All headers besides the gateway's own: the dialect's stay behind, because clouds have others. */
  readonly headers: Readonly<Record<string, string>>
  /** What the caller asked for and the cloud would refuse. */
  readonly lost: readonly string[]
  /** What the dialect says of the model is said of its real name; else the requested one stays, because the path names the model. */
  readonly namesModel: boolean
  /** Betas that the cloud gets. */
  readonly betas: readonly string[]
}

/** Members that only mean something with a beta: a cloud that does not get the beta refuses them as unknown. */
const membersOfBetas: readonly (readonly [member: string, betas: RegExp])[] = [
  ['context_management', /^(?:context-management|compact)-/], ['mcp_servers', /^mcp-client-/], ['container', /^(?:code-execution|skills)-/], ['speed', /^fast-mode-/],
  ['output_format', /^structured-outputs-/], ['diagnostics', /^[a-z-]*diagnostics?-/],
]
/** What only Anthropic's own service sells. */
const ownService: ReadonlySet<string> = new Set(['service_tier', 'inference_geo'])

/** What clouds call otherwise. */
const nameThere = (beta: string): string => betasElsewhere[beta] ?? beta

const wordOf = (beta: string): string => /^[a-z0-9-]{1,64}$/.test(beta) ? beta : '_'
const mostBetas = 32

const betasIn = (header: string | undefined): readonly string[] => [...new Set((header ?? '').split(',').map(one => one.trim()).filter(one => one !== ''))].slice(0, mostBetas)

interface Betas { readonly passed: readonly string[]; readonly drop: ReadonlySet<string>; readonly lost: readonly string[] }

/** Sorts the caller's betas by what the cloud takes, and finds the members that cannot go without those that it does not. */
const sortBetas = (header: string | undefined, allowed: readonly string[], has: (member: string) => boolean): Betas => {
  const asked = betasIn(header)
  const passed = [...new Set(asked.map(nameThere))].filter(beta => allowed.includes(beta))
  const orphans = [...membersOfBetas.filter(([member, betas]) => has(member) && !passed.some(beta => betas.test(beta))).map(([member]) => member), ...[...ownService].filter(has)]
  return { passed, drop: new Set(orphans), lost: [...asked.filter(beta => !allowed.includes(nameThere(beta))).map(beta => `anthropic_beta.${wordOf(beta)}`), ...orphans] }
}

const agentOf = (headers: Readonly<Record<string, string>>): Record<string, string> => headers['user-agent'] === undefined ? {} : { 'user-agent': headers['user-agent'] }

type On<Kind extends Hosting['kind']> = Extract<Hosting, { kind: Kind }>

const onBedrock = ({ betas, guardrail }: On<'bedrock'>, headers: Readonly<Record<string, string>>, has: (member: string) => boolean): HostedRequest => {
  const { drop, lost, passed } = sortBetas(headers['anthropic-beta'], betas, has)
  return {
    // The path says which model, and whether it streams.
    change: { drop: new Set(['model', 'stream', ...drop]), set: { anthropic_version: 'bedrock-2023-05-31', ...passed.length === 0 ? {} : { anthropic_beta: passed } } },
    headers: { ...agentOf(headers), ...guardrail === null ? {} : { 'x-amzn-bedrock-guardrailidentifier': guardrail.id, 'x-amzn-bedrock-guardrailversion': guardrail.version } },
    lost, namesModel: false, betas: passed,
  }
}

const onVertex = ({ betas }: On<'vertex'>, { counting, has, headers }: { readonly counting: boolean; readonly has: (member: string) => boolean; readonly headers: Readonly<Record<string, string>> }): HostedRequest => {
  const { drop, lost, passed } = sortBetas(headers['anthropic-beta'], betas, has)
  return {
    // All models count at one address, so there the body says which.
    change: { drop: new Set([...counting ? [] : ['model'], ...drop]), set: { anthropic_version: 'vertex-2023-10-16' } },
    headers: { ...agentOf(headers), ...passed.length === 0 ? {} : { 'anthropic-beta': passed.join(',') } },
    lost, namesModel: counting, betas: passed,
  }
}

const geminiHeaders = ['user-agent', 'x-goog-api-client', 'x-server-timeout'] as const

const geminiTier = ['serviceTier', 'service_tier'] as const

/** Gemini as Google's own API has it, but for the model, which only the path names here, and the service tier, which is no member. */
const geminiOnVertex = ({ has, headers }: Pick<AskedOf, 'has' | 'headers'>): HostedRequest => ({
  change: { drop: new Set(['model', ...geminiTier]), set: {} }, lost: geminiTier.some(has) ? ['serviceTier'] : [], namesModel: true, betas: [],
  headers: Object.fromEntries(geminiHeaders.flatMap(name => headers[name] === undefined ? [] : [[name, headers[name]]])),
})

const guarded = ({ guardrail }: On<'bedrock'>): JsonObject => guardrail === null ? {} : { guardrailConfig: { guardrailIdentifier: guardrail.id, guardrailVersion: guardrail.version } }

export interface AskedOf {
  /** Headers of the caller that its dialect's contract lists, or of the translation. */
  readonly headers: Readonly<Record<string, string>>
  /** Tokens are counted; nothing is answered. */
  readonly counting: boolean
  /** Has the body such a member? */
  readonly has: (member: string) => boolean
}

/** Null where the request is what the dialect says. */
export const hostedRequest = ({ dialect, hosting }: Pick<Provider, 'dialect' | 'hosting'>, asked: AskedOf): HostedRequest | null => {
  if (hosting.kind === 'direct' || hosting.kind === 'azure') return null
  if (hosting.kind === 'vertex') return dialect === 'gemini' ? geminiOnVertex(asked) : onVertex(hosting, asked)
  if (dialect === 'anthropic') return onBedrock(hosting, asked.headers, asked.has)
  return { change: { drop: new Set(), set: guarded(hosting) }, headers: agentOf(asked.headers), lost: [], namesModel: false, betas: [] }
}
