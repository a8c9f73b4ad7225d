// From a server.json to what would be run or called: one of its remotes or packages, with every open value filled in. Pure: nothing is
// fetched, nothing is started.
import { checkLaunch } from './check-launch.ts'
import { isExactNpm, isExactPypi } from './exact-version.ts'
import { RegistryError, type RegistryProblem } from './registry.ts'
import type { SecretRef } from './secret-ref.ts'
import { InputResolver, type GivenValues, type Resolved } from './server-inputs.ts'
import type { Argument, KeyValueInput, Package, Remote, ServerJson } from './server-json.ts'

/** An entry of mcp_servers as a person would write it. */
export type WrittenServer =
  | { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string | SecretRef>> }
  | { readonly type?: 'sse'; readonly url: string; readonly headers: Readonly<Record<string, string | SecretRef>> }

export interface BuildLaunchOptions {
  /** Name of the server in this gateway. */
  readonly name: string
  readonly given: GivenValues
  readonly launchers: readonly string[]
  /** `remote`, `npm`, `pypi`, `oci`, or a place such as `packages[1]`; null takes the first that can be used. */
  readonly pick: string | null
}

export interface BuiltLaunch { readonly server: WrittenServer; readonly notices: readonly string[] }

interface Way { readonly place: string; readonly kind: string; readonly unusable: string | null; readonly build: (inputs: InputResolver) => WrittenServer }

/** What starts a package of a type when the publisher gives no hint, and what a hint may say. */
const runtimes: Readonly<Record<string, readonly string[]>> = { npm: ['npx', 'bunx'], pypi: ['uvx'], oci: ['docker', 'podman'] }

const textOf = (resolved: Resolved, inputs: InputResolver, path: string): string | null => {
  if (resolved.kind === 'text') return resolved.text
  if (resolved.kind === 'secret') inputs.problems.push({ path, problem: 'is a secret on a command line, which every process of this machine can read', remedy: 'pick another package or remote of this server' })
  return null
}

const wordsOf = (argument: Argument, path: string, inputs: InputResolver): string[] => {
  const name = argument.type === 'named' ? argument.name : argument.valueHint ?? path
  const given = inputs.resolveAll(argument, name, path)
  const texts = (argument.isRepeated === true ? given : given.slice(0, 1)).map(resolved => textOf(resolved, inputs, path)).filter(text => text !== null)
  if (argument.type === 'positional') return texts
  // "--flag={value}" says the format; a single dash takes its value as the next word, and without one the flag stands alone.
  return texts.flatMap(text => text === '' ? [name] : /^-[^-]/.test(name) ? [name, text] : [`${name}=${text}`])
}

const argumentsOf = (list: readonly Argument[] | undefined, path: string, inputs: InputResolver): string[] =>
  (list ?? []).flatMap((argument, index) => wordsOf(argument, `${path}[${index}]`, inputs))

const recordOf = (list: readonly KeyValueInput[] | undefined, path: string, inputs: InputResolver): Record<string, string | SecretRef> =>
  Object.fromEntries((list ?? []).flatMap((input, index): [string, string | SecretRef][] => {
    const resolved = inputs.resolve(input, input.name, `${path}[${index}]`)
    return resolved.kind === 'absent' ? [] : [[input.name, resolved.kind === 'text' ? resolved.text : resolved.ref]]
  }))

const without = (words: readonly string[], dropped: readonly string[]): string[] => words.filter(word => !dropped.includes(word))

const imageOf = ({ identifier, version }: Package): string =>
  version === undefined || identifier.includes('@') || (identifier.split('/').at(-1) ?? '').includes(':') ? identifier : `${identifier}:${version}`

const buildPackage = (from: Package, path: string, inputs: InputResolver): WrittenServer => {
  const command = from.runtimeHint ?? runtimes[from.registryType]?.[0] ?? ''
  const runtime = argumentsOf(from.runtimeArguments, `${path}.runtimeArguments`, inputs)
  const own = argumentsOf(from.packageArguments, `${path}.packageArguments`, inputs)
  const env = recordOf(from.environmentVariables, `${path}.environmentVariables`, inputs)
  if (from.registryBaseUrl !== undefined) inputs.notices.push(`the publisher names ${from.registryBaseUrl}; ${command} takes packages from wherever it is set up to on this machine`)
  if (from.registryType === 'oci' && !imageOf(from).includes('@')) inputs.notices.push('a tag can be moved to another image; a digest (image@sha256:…) cannot')
  switch (from.registryType) {
    // -y: nobody is there to answer npx.
    case 'npm': return { command, args: [...command === 'npx' ? ['-y'] : [], ...without(runtime, ['-y', '--yes']), `${from.identifier}@${from.version ?? ''}`, ...own], env }
    case 'pypi': return { command, args: [...runtime, `${from.identifier}==${from.version ?? ''}`, ...own], env }
    default: return {
      command, env,
      args: ['run', '-i', '--rm', ...Object.keys(env).flatMap(name => ['-e', name]), ...without(runtime, ['run', '-i', '--interactive', '--rm']), imageOf(from), ...own],
    }
  }
}

const inexact = ({ registryType: type, version = '' }: Package): string | null => {
  if (type === 'npm' && !isExactNpm(version)) return 'its version is not exact (three numbers)'
  return type === 'pypi' && !isExactPypi(version) ? 'its version is not exact' : null
}

/** Why a package cannot be used, whatever values it is given. */
const packageUnusable = (from: Package, launchers: readonly string[]): string | null => {
  const { registryType: type, transport, fileSha256 } = from
  if (type === 'mcpb') return 'mcpb bundles are not unpacked; verify its SHA-256, unpack it and write its command into mcp_servers'
  const known = Object.hasOwn(runtimes, type) ? runtimes[type] : undefined
  if (known === undefined) return `packages of type "${type}" are not supported`
  if (transport.type !== 'stdio') return `a package that serves ${transport.type} itself is not supported`
  if (fileSha256 !== undefined) return `has a SHA-256 of its file, which ${known[0] ?? type} cannot check`
  const command = from.runtimeHint ?? known[0] ?? ''
  if (!known.includes(command)) return `its runtimeHint "${command}" is none of ${known.join(', ')}`
  if (!launchers.includes(command)) return `"${command}" is not among registry.launchers`
  return inexact(from)
}

const buildRemote = (remote: Remote, path: string, inputs: InputResolver): WrittenServer => ({
  ...remote.type === 'sse' ? { type: remote.type } : {},
  url: inputs.fillText(remote.url, remote.variables ?? {}, `${path}.url`), headers: recordOf(remote.headers, `${path}.headers`, inputs),
})

const remotesOf = (remotes: readonly Remote[], type: Remote['type']): Way[] => remotes.flatMap((remote, index): Way[] => remote.type !== type ? [] : [{
  place: `remotes[${index}]`, kind: 'remote', unusable: null, build: inputs => buildRemote(remote, `remotes[${index}]`, inputs),
}])

/** Remotes first, but those with the transport that has been replaced last. */
const waysOf = ({ remotes = [], packages = [] }: ServerJson, launchers: readonly string[]): Way[] => [
  ...remotesOf(remotes, 'streamable-http'),
  ...packages.map((from, index): Way => ({
    place: `packages[${index}]`, kind: from.registryType, unusable: packageUnusable(from, launchers),
    build: inputs => buildPackage(from, `packages[${index}]`, inputs),
  })),
  ...remotesOf(remotes, 'sse'),
]

const choose = (ways: readonly Way[], pick: string | null): Way => {
  const asked = pick === null ? ways : ways.filter(({ place, kind }) => place === pick || kind === pick)
  const usable = asked.find(way => way.unusable === null)
  if (usable !== undefined) return usable
  const known = `it offers ${ways.map(({ place, kind }) => `${place} (${kind})`).join(', ') || 'nothing to run or call'}`
  throw new RegistryError(asked.length === 0 ? [{ path: pick ?? 'packages', problem: 'is not there', remedy: known }]
    : asked.map(({ place, unusable }) => ({ path: place, problem: unusable ?? '', remedy: known })))
}

/** @throws RegistryError with everything that is missing or not acceptable */
export const buildLaunch = (document: ServerJson, options: BuildLaunchOptions): BuiltLaunch => {
  const way = choose(waysOf(document, options.launchers), options.pick)
  const inputs = new InputResolver(options.name, options.given)
  const server = way.build(inputs)
  const unused = [...options.given.keys()].filter(name => !inputs.used.has(name))
  const problems: RegistryProblem[] = [
    ...inputs.problems,
    ...unused.map(name => ({ path: way.place, problem: `asks for no value "${name}"`, remedy: 'leave it out, or choose another way with --pick' })),
  ]
  // A command line with holes in it would only be complained about twice.
  const found = problems.length > 0 ? problems : checkLaunch(server, options.launchers).map(problem => ({ ...problem, path: `${way.place}: ${problem.path}` }))
  if (found.length > 0) throw new RegistryError(found)
  return { server, notices: inputs.notices }
}
