// The merged lists of some servers and the route table that follows from them. A name that two entries claim belongs to neither.
import type { Pin } from '../../policies/engine/contract.ts'
import { splice } from '../exchange/document.ts'
import type { Failure } from '../exchange/failure.ts'
import type { ParamMirror } from '../exchange/mcp-param-headers.ts'
import type { Bundle, Shown } from './mcp-bundle.ts'
import { exposedName } from './mcp-names.ts'
import type { EntryKind, Instructions, ListedEntry, ServerLists } from './mcp-server-lists.ts'
import { readUriTemplate, type UriTemplate } from './mcp-uri-template.ts'

export interface CatalogEntry {
  readonly kind: EntryKind
  readonly server: string
  /** What clients see and send: `server__tool`, or the original without prefixes; for resources and templates the URI. */
  readonly exposedName: string
  readonly originalName: string
  /** JSON text of the entry, with only its name exchanged. */
  readonly rawText: string
  /** JSON text of the entry exactly as the server sent it: what pins are made of. */
  readonly originalText: string
  /** Hints of an untrusted party: policy may tighten on them, never loosen. */
  readonly annotations: Readonly<Record<string, unknown>>
  /** Arguments of a tool that are repeated in headers. */
  readonly mirrors: readonly ParamMirror[]
  readonly value: Readonly<Record<string, unknown>>
  /** Is originalText what was approved? */
  readonly pin: Pin
  /** Codes of what stands out in it. */
  readonly flags: readonly string[]
  /** Why the server could not be asked: the entry stands for what it might have listed, and a call of it ends with this. */
  readonly failure?: Failure
}

export interface CatalogProblem { readonly server: string; readonly text: string }
export interface FailedServer { readonly server: string; readonly failure: Failure }

export type ResourceRoute =
  | { readonly found: 'one'; readonly server: string; readonly entry: CatalogEntry }
  | { readonly found: 'several'; readonly servers: readonly string[] }
  | { readonly found: 'none' }

export interface NamedLists { readonly server: string; readonly lists: ServerLists }

const nothing: ResourceRoute = { found: 'none' }

const expose = (server: string, listed: ListedEntry, prefix: boolean): Shown => {
  const isNamed = listed.kind === 'tool' || listed.kind === 'prompt'
  const exposed = prefix && isNamed ? exposedName(server, listed.originalName) : listed.originalName
  const { nameSpan, rawText } = listed
  const text = exposed === listed.originalName || nameSpan === null ? rawText : splice(rawText, [{ ...nameSpan, text: JSON.stringify(exposed) }])
  return { server, listed, exposed, text }
}

const entryOf = ({ exposed, listed, server, text }: Shown): CatalogEntry => ({
  kind: listed.kind, server, exposedName: exposed, originalName: listed.originalName, rawText: text, originalText: listed.rawText,
  annotations: listed.annotations, mirrors: listed.mirrors, value: listed.value, pin: listed.pin, flags: listed.flags,
})

/** true: `server__tool`; false: one server under its own names; a bundle: what it shows, under its names. */
export type Exposing = boolean | Bundle

export class CatalogView {
  readonly tools: readonly CatalogEntry[]
  readonly resources: readonly CatalogEntry[]
  readonly templates: readonly CatalogEntry[]
  readonly prompts: readonly CatalogEntry[]
  readonly failed: readonly FailedServer[]
  readonly problems: readonly CatalogProblem[]
  /** Of the servers that have any. */
  readonly instructions: ReadonlyMap<string, Instructions>
  readonly #exposing: Exposing
  readonly #tools: ReadonlyMap<string, CatalogEntry>
  readonly #prompts: ReadonlyMap<string, CatalogEntry>
  readonly #resources: ReadonlyMap<string, CatalogEntry>
  /** URIs that several servers list; a template must not route them either. */
  readonly #contested: ReadonlyMap<string, readonly string[]>
  readonly #matchers: readonly { readonly entry: CatalogEntry; readonly template: UriTemplate }[]

  constructor(servers: readonly NamedLists[], failed: readonly FailedServer[], exposing: Exposing) {
    const problems: CatalogProblem[] = servers.flatMap(({ server, lists }) => lists.problems.map(text => ({ server, text })))
    const listed = servers.flatMap(({ server, lists }) => lists.entries.map(entry => ({ server, listed: entry })))
    const shown = typeof exposing === 'boolean' ? listed.map(one => expose(one.server, one.listed, exposing)) : exposing.show(listed)
    const all = shown.map(entryOf)
    const tools = unique(all.filter(entry => entry.kind === 'tool'), problems)
    const prompts = unique(all.filter(entry => entry.kind === 'prompt'), problems)
    const resources = unique(all.filter(entry => entry.kind === 'resource'), problems)
    this.#matchers = matchersOf(all, problems)
    this.templates = this.#matchers.map(({ entry }) => entry)
    this.#tools = tools.byName
    this.#prompts = prompts.byName
    this.#resources = resources.byName
    this.#contested = resources.contested
    this.tools = [...tools.byName.values()]
    this.prompts = [...prompts.byName.values()]
    this.resources = [...resources.byName.values()]
    this.failed = failed
    this.instructions = new Map(servers.flatMap(({ server, lists: { instructions } }) => instructions === null ? [] : [[server, instructions] as const]))
    this.#exposing = exposing
    this.problems = problems
  }

  tool(exposed: string): CatalogEntry | undefined { return this.#tools.get(exposed) }
  prompt(exposed: string): CatalogEntry | undefined { return this.#prompts.get(exposed) }

  /** Something that a server would have listed that could not be asked. It is decided like anything else, and then leads to the failure. */
  unlisted(kind: 'tool' | 'prompt', exposed: string): CatalogEntry | undefined {
    const meant = this.#meant(kind, exposed)
    const owner = this.failed.find(({ server }) => server === meant?.server)
    return owner === undefined || meant === null ? undefined : {
      kind, server: owner.server, exposedName: exposed, originalName: meant.originalName, rawText: '{}', originalText: '{}', annotations: {}, mirrors: [], value: {}, pin: 'none', flags: [], failure: owner.failure,
    }
  }

  #meant(kind: 'tool' | 'prompt', exposed: string): { readonly server: string; readonly originalName: string } | null {
    if (typeof this.#exposing !== 'boolean') return this.#exposing.named(kind, exposed)
    const prefix = this.#exposing
    const owner = this.failed.find(({ server }) => !prefix || exposed.startsWith(exposedName(server, '')))
    return owner === undefined ? null : { server: owner.server, originalName: prefix ? exposed.slice(exposedName(owner.server, '').length) : exposed }
  }

  /** The owner of a URI: an exact listing first, else the templates. */
  resource(uri: string): ResourceRoute {
    const exact = this.#resources.get(uri)
    if (exact !== undefined) return { found: 'one', server: exact.server, entry: exact }
    const contested = this.#contested.get(uri)
    if (contested !== undefined) return { found: 'several', servers: contested }
    const hits = this.#matchers.filter(({ entry, template }) => template.matches(uri) && (typeof this.#exposing === 'boolean' || this.#exposing.hasUri(entry.server, uri)))
    const servers = [...new Set(hits.map(({ entry }) => entry.server))]
    const first = hits[0]
    if (first === undefined) return nothing
    return servers.length === 1 ? { found: 'one', server: first.entry.server, entry: first.entry } : { found: 'several', servers }
  }
}

const matchersOf = (all: readonly CatalogEntry[], problems: CatalogProblem[]): { entry: CatalogEntry; template: UriTemplate }[] =>
  all.filter(entry => entry.kind === 'template').flatMap(entry => {
    const template = readUriTemplate(entry.originalName)
    if (template !== null) return [{ entry, template }]
    problems.push({ server: entry.server, text: `URI template ${JSON.stringify(entry.originalName)} is refused: it is malformed or has no scheme of its own` })
    return []
  })

interface Unique { readonly byName: ReadonlyMap<string, CatalogEntry>; readonly contested: ReadonlyMap<string, readonly string[]> }

/** Entries come in the order of servers and of each server's own list; that order is kept. */
const unique = (entries: readonly CatalogEntry[], problems: CatalogProblem[]): Unique => {
  const groups = new Map<string, CatalogEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.exposedName)
    if (group === undefined) groups.set(entry.exposedName, [entry])
    else group.push(entry)
  }
  const byName = new Map<string, CatalogEntry>()
  const contested = new Map<string, readonly string[]>()
  for (const [name, group] of groups) {
    const only = group.length === 1 ? group[0] : undefined
    if (only !== undefined) byName.set(name, only)
    else {
      const servers = [...new Set(group.map(entry => entry.server))]
      contested.set(name, servers)
      for (const server of servers) problems.push({ server, text: `${group[0]?.kind ?? ''} ${JSON.stringify(name)} is listed ${group.length} times (${servers.join(', ')}) and is refused` })
    }
  }
  return { byName, contested }
}
