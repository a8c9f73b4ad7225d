// What exists, as one immutable answer per configuration: providers, models, aliases, keys and MCP servers. It reads no files and keeps
// no state; all mistakes of a configuration are reported together.
import type { Alias } from './alias.ts'
import type { Key } from './key.ts'
import type { McpServer } from './mcp-server.ts'
import { capabilities, type Capability, type Model, type PriceOverride } from './model.ts'
import { ceilingPrice, freePrice, overridePrice, tablePrice, type Price } from './prices.ts'
import { isPassedOn, pricesOf } from './compatible-servers.ts'
import { isOfWorld, speaks, type Provider } from './provider.ts'
import type { Trust } from './trust.ts'
import type { UpstreamLimits } from './upstream-limits.ts'
import { virtualProblems, type VirtualServerConfig } from './virtual-server.ts'

export interface Candidate {
  /** `provider/model`. */
  readonly id: string
  readonly provider: Provider
  /** The provider's own name of the model. */
  readonly model: string
  readonly local: boolean
  readonly trust: Trust
  readonly region: string | null
  readonly context: number
  readonly maxOutputTokens: number
  readonly capabilities: readonly Capability[]
  /** Declared share of right answers, or the trained model that it is; null: not said. */
  readonly quality: number | null
  readonly profile: string | null
  /** Null: unknown, and therefore never chosen. */
  readonly price: Price | null
  /** Calls at once; the provider has limits of its own. */
  readonly limits: UpstreamLimits | null
}

export interface RegistryInput {
  readonly providers: readonly Provider[]
  readonly models: readonly Model[]
  readonly aliases: readonly Alias[]
  readonly keys: readonly Key[]
  readonly servers: Readonly<Record<string, McpServer>>
  /** Price of models that have none; absent or null: they are refused. */
  readonly ceiling?: PriceOverride | null
  readonly virtualServers?: Readonly<Record<string, VirtualServerConfig>>
}

export interface RegistryProblem { readonly path: string; readonly problem: string; readonly remedy: string }

export class RegistryError extends Error {
  readonly problems: readonly RegistryProblem[]

  constructor(problems: readonly RegistryProblem[]) {
    super(problems.map(({ path, problem }) => `${path}: ${problem}`).join('\n'))
    this.name = 'RegistryError'
    this.problems = problems
  }
}

export interface Registry {
  readonly providers: readonly Provider[]
  /** MCP servers that are not disabled, by name. */
  readonly servers: ReadonlyMap<string, McpServer>
  /** What may answer to a name, whatever dialect its provider speaks: alias, else exact model, else the passthrough providers of the caller's dialect. */
  candidatesFor(requested: string, dialect: string): readonly Candidate[]
  /** Names that callers of a dialect can ask for: aliases and configured models. */
  names(dialect: string): readonly string[]
  /** The alias of this name, if it is one. */
  alias(name: string): Alias | undefined
  keyByHash(hash: string): Key | undefined
}

const duplicates = (names: readonly string[], path: (index: number) => string, what: string): RegistryProblem[] =>
  names.flatMap((name, index) => names.indexOf(name) === index ? [] : [{ path: path(index), problem: `${what} "${name}" is there twice`, remedy: 'keep one, or rename' }])

const findProblems = (input: RegistryInput): RegistryProblem[] => {
  const { providers, models, aliases, keys } = input
  const providerIds = new Set(providers.map(provider => provider.id))
  const passthrough = new Set(providers.filter(provider => provider.passthrough).map(provider => provider.id))
  const modelIds = new Set(models.map(model => model.id))
  return [
    ...duplicates(providers.map(provider => provider.id), index => `providers[${index}].id`, 'provider'),
    ...duplicates(models.map(model => model.id), index => `models[${index}].id`, 'model'),
    ...duplicates(aliases.map(alias => alias.name), index => `aliases[${index}].name`, 'alias'),
    ...duplicates(keys.map(key => key.name), index => `keys[${index}].name`, 'key'),
    ...duplicates(keys.map(key => key.hash), index => `keys[${index}].hash`, 'hash'),
    ...virtualProblems(input.virtualServers ?? {}, Object.keys(input.servers)),
    ...models.flatMap((model, index) => providerIds.has(providerOf(model.id)) ? [] : [{
      path: `models[${index}].id`, problem: `there is no provider "${providerOf(model.id)}"`, remedy: `known: ${[...providerIds].join(', ') || 'none'}`,
    }]),
    ...models.flatMap((model, index) => model.apis === null || providers.find(provider => provider.id === providerOf(model.id))?.dialect === 'openai' ? [] : [{
      path: `models[${index}].apis`, problem: 'only models of providers of the openai dialect have several APIs', remedy: 'leave it out',
    }]),
    ...aliases.flatMap((alias, index) => duplicates(alias.candidates, at => `aliases[${index}].candidates[${at}]`, 'candidate')),
    ...aliases.flatMap((alias, index) => alias.candidates.flatMap((id, at) => modelIds.has(id) || (passthrough.has(providerOf(id)) && isName(modelOf(id))) ? [] : [{
      path: `aliases[${index}].candidates[${at}]`, problem: `there is no model "${id}"`, remedy: `known: ${[...modelIds].join(', ') || 'none'}; or mark its provider passthrough`,
    }])),
    ...aliases.flatMap(strayNames),
  ]
}

/** Rules and baselines speak of the alias's own candidates. */
const strayNames = ({ baseline, candidates, rules }: Alias, index: number): RegistryProblem[] => [
  ...baseline === null ? [] : [{ path: `aliases[${index}].baseline`, id: baseline }],
  ...rules.flatMap(({ use }, at) => use.map((id, which) => ({ path: `aliases[${index}].rules[${at}].use[${which}]`, id }))),
].flatMap(({ id, path }) => candidates.includes(id) ? [] : [{ path, problem: `"${id}" is not among the candidates of this alias`, remedy: `one of: ${candidates.join(', ')}` }])

/** Empty for a name without a slash: such a name belongs to no provider, whatever it begins with. */
const providerOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf('/')))
const modelOf = (id: string): string => id.slice(id.indexOf('/') + 1)

const priceOf = (provider: Provider, name: string, model: Model | null, ceiling: Price | null): Price | null => {
  if (model?.price != null) return overridePrice(model.price)
  return provider.free ? freePrice : tablePrice(pricesOf(provider), model?.priced_as ?? name) ?? ceiling
}

// What could mean another path, or another request, to whoever reads it next; and names stand in headers, which hold no other characters.
const oddName = /[^\x21-\x7e]|[\\?#%]|(?:^|\/)\.{0,2}(?:\/|$)/
const longestName = 256

/** May a caller's word be passed on as the name of a model? Gateways and clouds write it into paths. */
const isName = (name: string): boolean => name.length <= longestName && !oddName.test(name)

type Declared = Pick<Candidate, 'capabilities' | 'context' | 'limits' | 'maxOutputTokens' | 'profile' | 'quality'>

/** Of a passed-through name nothing is known: it is taken at its word, and the provider says no itself. */
const undeclared: Declared = { context: 1_000_000, maxOutputTokens: 16_384, capabilities, quality: null, profile: null, limits: null }

/** An answer stands in the context, too: vLLM refuses whoever asks for a longer one, and a small model's owner need not say so twice. */
const declaredOf = ({ capabilities: able, context, limits, max_output_tokens: most, profile, quality }: Model): Declared =>
  ({ context, maxOutputTokens: Math.min(most, context), capabilities: able, quality, profile, limits })

const makeCandidate = (given: Provider, id: string, model: Model | null, ceiling: Price | null): Candidate => {
  const name = model?.name ?? modelOf(id)
  const provider = model?.apis == null ? given : { ...given, apis: model.apis }
  const local = provider.local && !isPassedOn(provider, name)
  return Object.freeze({
    id, provider, model: name, local, trust: (provider.local === local ? provider.trust : null) ?? (local ? 'restricted' : 'internal'), region: provider.region,
    ...model === null ? undeclared : declaredOf(model), price: priceOf(provider, name, model, ceiling),
  })
}

/** @throws RegistryError with every cross-reference that does not fit */
export const createRegistry = (input: RegistryInput): Registry => {
  const problems = findProblems(input)
  if (problems.length > 0) throw new RegistryError(problems)
  const ceiling = input.ceiling == null ? null : ceilingPrice(input.ceiling)
  const providers = new Map(input.providers.map(provider => [provider.id, provider]))
  const configured = new Map<string, Candidate>()
  for (const model of input.models) {
    const provider = providers.get(providerOf(model.id))
    if (provider !== undefined) configured.set(model.id, makeCandidate(provider, model.id, model, ceiling))
  }
  const passedThrough = (id: string): Candidate[] => {
    const provider = providers.get(providerOf(id))
    return provider?.passthrough === true && isName(modelOf(id)) ? [makeCandidate(provider, id, null, ceiling)] : []
  }
  const resolve = (id: string): readonly Candidate[] => {
    const known = configured.get(id)
    return known === undefined ? passedThrough(id) : [known]
  }
  const aliases = new Map(input.aliases.map(alias => [alias.name, alias]))
  const byHash = new Map(input.keys.map(key => [key.hash, key]))
  const candidatesFor = (requested: string, dialect: string): readonly Candidate[] => {
    const alias = aliases.get(requested)
    const found = alias !== undefined ? alias.candidates.flatMap(resolve)
      : [...configured.values()].filter(candidate => candidate.id === requested || candidate.model === requested)
    if (alias?.translate === false) return found.filter(({ provider }) => speaks(provider, dialect))
    if (alias !== undefined || found.length > 0) return found
    if (providers.has(providerOf(requested))) return passedThrough(requested)
    // A bare name that nobody configured belongs to the world that the caller speaks of.
    return input.providers.filter(provider => provider.passthrough && isName(requested) && isOfWorld(provider, dialect))
      .map(provider => makeCandidate(provider, `${provider.id}/${requested}`, null, ceiling))
  }
  return {
    providers: input.providers,
    servers: new Map(Object.entries(input.servers).filter(([, server]) => !server.disabled)),
    candidatesFor,
    names: dialect => [...input.aliases.filter(alias => candidatesFor(alias.name, dialect).length > 0).map(alias => alias.name), ...configured.keys()],
    alias: name => aliases.get(name),
    keyByHash: presented => byHash.get(presented),
  }
}
