// Builds one generation from a loaded configuration: registry, policy engine, keyring, limits. It binds nothing and changes nothing;
// whatever is wrong is thrown, and the generation in force stays.
import { isIPv6 } from 'node:net'
import { isAbsolute, resolve } from 'node:path'
import type { PolicyEngine } from '../../policies/engine/contract.ts'
import { loadPolicy } from '../../policies/engine/load-policy.ts'
import { PolicyError } from '../../policies/engine/policy-error.ts'
import { hashKey, type Key } from '../../registry/key.ts'
import { createRegistry, RegistryError, type Registry } from '../../registry/registry.ts'
import { pinningRules } from '../../registry/pinning.ts'
import { difficultyModel } from '../../router/difficulty/model.ts'
import { publishServers } from '../../registry/subregistry.ts'
import type { Principal } from '../exchange/principal.ts'
import type { McpEndpoint, CandidateSet, Runtime } from '../pipeline/runtime.ts'
import type { AdmissionRules, KeyLimits } from '../stages/admit.ts'
import type { Keyring } from '../stages/authenticate.ts'
import { buildDetection } from './build-detection.ts'
import { ConfigError } from './config-error.ts'
import { kindProblems } from './kind-problems.ts'
import { limitsOf } from './limits-of.ts'
import type { LoadedConfig } from './load.ts'
import { resolveSecrets } from './resolve-secrets.ts'
import type { Config } from './schema.ts'
import { serverFacts } from './server-facts.ts'
import { pinRulesOf } from './pin-rules.ts'
import { Bundle } from '../upstream/mcp-bundle.ts'
import { chosenOf, type VirtualServerConfig } from '../../registry/virtual-server.ts'

export interface BuildOptions {
  readonly generation: number
  /** Every policy layer observes, whatever the settings say. */
  readonly observe: boolean
  readonly environment: NodeJS.ProcessEnv
  /** Latency estimate of a candidate in milliseconds, for policies that ask. */
  readonly p50Ms?: (candidate: string) => number | null
}

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])

const checkExposure = (file: string, config: Config): void => {
  if (config.keys.length > 0 || loopbackHosts.has(config.listen.host)) return
  throw new ConfigError(file, [{
    path: 'listen.host', problem: `${config.listen.host} is reachable from other machines, and there is no key: anybody could use every provider and tool`,
    example: 'listen: {host: 127.0.0.1}, or add keys (portcullis key new)',
  }])
}

const buildRegistry = (file: string, config: Config): Registry => {
  try {
    return createRegistry({
      providers: config.providers, models: config.models, aliases: config.aliases, keys: config.keys, servers: config.mcp_servers, virtualServers: config.virtual_servers,
      ceiling: config.prices.unknown === 'ceiling' ? config.prices.ceiling : null,
    })
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    throw new ConfigError(file, error.problems.map(({ path, problem, remedy }) => ({ path, problem, example: remedy })))
  }
}

const checkKinds = (file: string, config: Config): void => {
  const problems = kindProblems(config)
  if (problems.length > 0) throw new ConfigError(file, problems)
}

/** The weights are read here, and not by the first call that needs them. */
const checkProfiles = (file: string, { aliases, models }: Config): void => {
  const isLearned = aliases.some(({ shadow, strategy }) => strategy === 'learned' || shadow?.strategy === 'learned')
  if (!isLearned && models.every(({ profile }) => profile === null)) return
  const { profiles } = difficultyModel()
  const problems = models.flatMap(({ profile }, index) => profile === null || profiles.includes(profile) ? [] : [{
    path: `models[${index}].profile`, problem: `the difficulty model was not trained on "${profile}"`, example: `one of ${profiles.join(', ')}; or set quality`,
  }])
  if (problems.length > 0) throw new ConfigError(file, problems)
}

const buildPolicy = async (file: string, base: string, config: Config, observeAll: boolean): Promise<PolicyEngine> => {
  const absolute = (path: string): string => isAbsolute(path) ? path : resolve(base, path)
  try {
    return await loadPolicy({
      bundle: config.policy.bundle === null ? null : absolute(config.policy.bundle),
      rego: config.policy.rego.map(absolute),
      settings: config.policy.settings,
      pinning: pinningRules(config.pinning, config.mcp_servers),
      observeAll,
    })
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw new ConfigError(file, [{ path: 'policy', problem: error.message }])
  }
}

const principalOf = (key: Key): Principal => Object.freeze({
  subject: Object.freeze({ ...key.subject, groups: Object.freeze([...key.subject.groups]), method: 'key' as const }),
  agent: Object.freeze({ ...key.agent, depth: 0, chain: Object.freeze([]) }),
  key: key.name,
  ...key.labels.length === 0 && key.sensitivity === null ? {} : { labels: Object.freeze({ labels: Object.freeze([...new Set(key.labels)].sort()), sensitivity: key.sensitivity ?? 'public' }) },
})

// Hashing each presented key is cheaper than any cache of keys is safe.
const keyringOf = (registry: Registry, keys: readonly Key[]): Keyring => {
  const principals = new Map(keys.map(key => [key.hash, { principal: principalOf(key), expiresMs: key.expires === null ? Infinity : Date.parse(key.expires) }]))
  return {
    keyless: keys.length === 0,
    find: presented => {
      const entry = principals.get(registry.keyByHash(hashKey(presented))?.hash ?? '')
      return entry === undefined || entry.expiresMs <= Date.now() ? undefined : entry.principal
    },
  }
}

/** As it stands in a Host header: lower case, IPv6 addresses in brackets. */
const asHostName = (host: string): string => (isIPv6(host) ? `[${host}]` : host).toLowerCase()

const admissionOf = (config: Config): AdmissionRules => {
  const limits = new Map(config.keys.map(key => [key.name, key.limits === null ? null : {
    requestsPerMinute: key.limits.requests_per_minute, concurrency: key.limits.concurrency, queue: key.limits.queue, queueMs: key.limits.queue_ms,
  } satisfies KeyLimits]))
  return {
    hosts: new Set([config.listen.host, ...config.listen.allowed_hosts].map(asHostName)),
    origins: new Set(config.listen.allowed_origins),
    loopback: loopbackHosts.has(config.listen.host),
    bodyBytes: config.limits.body_bytes,
    exchanges: config.limits.exchanges,
    queue: config.limits.queue,
    queueMs: config.limits.queue_ms,
    limitsOf: key => limits.get(key) ?? null,
  }
}

/** Whoever rewrites sees everything: it has to be at home. */
const checkRephraser = (file: string, { policy, redaction: { rephrase } }: Config, registry: Registry): void => {
  const example = 'redaction: {rephrase: {model: home/llama3.3}}'
  if (rephrase === null) {
    if (policy.settings.data.rephrase.length > 0) throw new ConfigError(file, [{ path: 'policy.settings.data.rephrase', problem: 'needs redaction.rephrase.model: there is no model that rewrites', example }])
    return
  }
  const found = registry.candidatesFor(rephrase.model, 'openai').find(({ id }) => id === rephrase.model)
  const problem = found === undefined ? 'names no configured model' : !found.local ? 'is not local, and would see what nobody else may' : found.provider.dialect !== 'openai' ? 'is of a provider that does not speak openai' : null
  if (problem !== null) throw new ConfigError(file, [{ path: 'redaction.rephrase.model', problem: `"${rephrase.model}" ${problem}`, example }])
}

/** @throws ConfigError with every problem found */
export const buildRuntime = async (loaded: LoadedConfig, options: BuildOptions): Promise<Runtime> => {
  const { config, base } = loaded
  const file = loaded.file ?? 'embedded defaults'
  checkExposure(file, config)
  checkProfiles(file, config)
  checkKinds(file, config)
  const secrets = resolveSecrets(file, config, options.environment, base)
  const registry = buildRegistry(file, config)
  checkRephraser(file, config, registry)
  const policy = await buildPolicy(file, base, config, options.observe)
  return {
    generation: options.generation, config, policy, registry,
    keyring: keyringOf(registry, config.keys),
    admission: admissionOf(config),
    candidatesFor: memoisedCandidates(registry, options.p50Ms ?? (() => null)),
    limitsOf: limitsOf(config),
    credentials: secrets.credentials,
    detection: buildDetection(file, config, options.environment, base),
    mcpServers: secrets.servers,
    pinRules: pinRulesOf(config, secrets.servers),
    published: publishServers(registry.servers.keys(), loaded.approved.servers, new Date().toISOString()),
    ...mcpOf(config, secrets.servers.map(server => server.name)),
  }
}

interface Door { readonly endpoint: McpEndpoint; readonly groups: readonly string[] }

const everybody = ['*']

const virtualDoor = (config: VirtualServerConfig, names: readonly string[]): Door => {
  const bundle = new Bundle(chosenOf(config))
  // Of a server that is disabled there is nothing to show.
  return { groups: config.groups, endpoint: { servers: bundle.servers.filter(server => names.includes(server)), exposing: bundle, instructions: config.instructions, search: config.tool_search } }
}

const mcpOf = (config: Config, names: readonly string[]): Pick<Runtime, 'mcpEndpoint' | 'mcpServer'> => {
  const real = (endpoint: string, servers: readonly string[]): [string, Door] => [endpoint, { groups: everybody, endpoint: { servers, exposing: endpoint === '', instructions: null, search: endpoint === '' ? config.tool_search : null } }]
  const doors = new Map<string, Door>([
    ...Object.entries(config.virtual_servers).map(([slug, bundle]): [string, Door] => [slug, virtualDoor(bundle, names)]),
    real('', names), ...names.map(name => real(name, [name])),
  ])
  const facts = new Map(Object.entries(config.mcp_servers).map(([name, server]) => [name, serverFacts(server)]))
  const mcpEndpoint: Runtime['mcpEndpoint'] = (name, groups) => {
    const door = doors.get(name)
    return door !== undefined && (door.groups.includes('*') || door.groups.some(group => groups.includes(group))) ? door.endpoint : undefined
  }
  return { mcpEndpoint, mcpServer: name => facts.get(name) }
}

/** Callers choose names, so the memory is bounded; one generation's answers never change. */
const memoisedCandidates = (registry: Registry, p50Ms: (candidate: string) => number | null): Runtime['candidatesFor'] => {
  const memo = new Map<string, CandidateSet>()
  return (requested, dialect) => {
    const key = `${dialect} ${requested}`
    const known = memo.get(key)
    if (known !== undefined) return known
    const candidates = registry.candidatesFor(requested, dialect)
    const view = candidates.map(candidate => Object.freeze({
      id: candidate.id, provider: candidate.provider.id, local: candidate.local, trust: candidate.trust, region: candidate.region,
      context: candidate.context, caps: candidate.capabilities,
      // Prices may have dates, and this view outlives a day.
      get usd_in() { return candidate.price?.usdPerMTokIn ?? null },
      get usd_out() { return candidate.price?.usdPerMTokOut ?? null },
      // In powers of two: a policy can tell fast from slow, and equal facts stay equal while the estimate moves.
      get p50_ms() { return coarse(p50Ms(candidate.id)) },
    }))
    const set = { candidates, ids: candidates.map(({ id }) => id), view, hedge: registry.alias(requested)?.hedge ?? false }
    if (memo.size >= 10_000) memo.clear()
    memo.set(key, set)
    return set
  }
}

const coarse = (milliseconds: number | null): number | null => milliseconds === null ? null : 2 ** Math.ceil(Math.log2(Math.max(1, milliseconds)))
