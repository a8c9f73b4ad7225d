// The pins of the file as they are needed at every list: by server and name, without the texts. One reading of the file is one instance;
// what this process writes is added to it.
import { ToolNames, type NamedTool } from '../../../registry/definition-names.ts'
import type { PinnedKind } from '../../../registry/definition.ts'
import type { DefinitionRow, PinFile, PinRow } from './pin-file.ts'

export interface KnownPin { readonly row: PinRow; readonly definitions: Map<string, DefinitionRow> }
export type PinStateName = 'new' | 'match' | 'drift'

const keyOf = (kind: PinnedKind, name: string): string => `${kind} ${name}`

/** As an operator is told. Drift stays until it is looked at, whatever the server shows by then. */
export const stateOf = ({ row, definitions }: KnownPin): PinStateName => {
  if (row.approved === null) return 'new'
  return [...definitions.keys()].every(digest => digest === row.approved) ? 'match' : 'drift'
}

export class KnownPins {
  readonly #servers = new Map<string, Map<string, KnownPin>>()
  #names: { readonly servers: ReadonlySet<string>; readonly tools: ToolNames } | null = null

  /** @throws Error when the file cannot be read */
  static read(file: PinFile): KnownPins {
    const known = new KnownPins()
    for (const row of file.pins()) known.putPin(row)
    for (const definition of file.definitions()) known.find(definition.server, definition.kind, definition.name)?.definitions.set(definition.digest, definition)
    return known
  }

  find(server: string, kind: PinnedKind, name: string): KnownPin | undefined { return this.#servers.get(server)?.get(keyOf(kind, name)) }
  of(server: string): Iterable<KnownPin> { return this.#servers.get(server)?.values() ?? [] }
  count(server: string): number { return this.#servers.get(server)?.size ?? 0 }
  get servers(): string[] { return [...this.#servers.keys()] }

  putPin(row: PinRow): KnownPin {
    const pins = this.#servers.get(row.server) ?? new Map<string, KnownPin>()
    this.#servers.set(row.server, pins)
    const key = keyOf(row.kind, row.name)
    const before = pins.get(key)
    const pin = { row, definitions: before?.definitions ?? new Map<string, DefinitionRow>() }
    pins.set(key, pin)
    if (before === undefined && row.kind === 'tool') this.#names = null
    return pin
  }

  /** Names of tools of the servers that are in use. */
  toolNames(servers: ReadonlySet<string>): ToolNames {
    if (this.#names?.servers !== servers) this.#names = { servers, tools: new ToolNames(this.#tools(servers)) }
    return this.#names.tools
  }

  *#tools(servers: ReadonlySet<string>): Generator<NamedTool> {
    for (const server of servers) for (const { row } of this.of(server)) if (row.kind === 'tool') yield row
  }
}

/** Servers of which something else is approved now than before. */
export const changedApprovals = (before: KnownPins, after: KnownPins): string[] => {
  const approved = (pins: KnownPins, server: string): string => JSON.stringify([...pins.of(server)].map(({ row }) => [row.kind, row.name, row.approved]).sort())
  return [...new Set([...before.servers, ...after.servers])].filter(server => approved(before, server) !== approved(after, server))
}
