// Which era and which servers an MCP endpoint offers to one owner. An endpoint speaks the era that its upstreams have in common; servers
// of the other one are left out until they are bridged.
import type { McpConnection, McpOwner } from '../exchange/mcp.ts'
import type { McpEra } from '../exchange/operation.ts'
import { offerEra, type UpstreamHello } from '../surfaces/mcp/local-answers.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'

export interface McpDoor {
  readonly era: McpEra
  /** The same array for as long as nothing changed: catalogs compare it by identity. */
  readonly servers: readonly string[]
  /** Servers that answered when the door was opened. */
  readonly hellos: readonly UpstreamHello[]
}

interface Kept { readonly door: McpDoor; readonly names: readonly string[]; readonly leftOut: readonly string[]; readonly untilMs: number }

/** Longest wait for one server when a door is opened; it may come in later. */
const patienceMs = 10_000
/** How long a verdict about modern callers, who have no session, is kept. */
const verdictMs = 30_000
const mostDoors = 20_000

const keyOf = (owner: McpOwner): string => `${owner.principal.length}:${owner.principal}${owner.session}`

const waitFor = async (connection: Promise<McpConnection>): Promise<McpConnection | null> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => { timer = setTimeout(() => { resolve(null) }, patienceMs) })
  return Promise.race([connection.catch(() => null), late]).finally(() => { clearTimeout(timer) })
}

export class McpDoors {
  readonly #pool: McpPool
  readonly #report: (server: string) => void
  readonly #kept = new Map<string, Kept>()

  /** @param report told which server is left out because it speaks only the other era. */
  constructor(pool: McpPool, report: (server: string) => void) {
    this.#pool = pool
    this.#report = report
  }

  /**
   * The door of an owner; no waiting while it is known.
   * @param names servers of the endpoint in this generation.
   */
  of(owner: McpOwner, names: readonly string[]): McpDoor | Promise<McpDoor> {
    const kept = this.#kept.get(keyOf(owner))
    if (kept === undefined || kept.untilMs <= Date.now()) return this.open(owner, names, Date.now() + verdictMs)
    if (kept.names === names) return kept.door
    // A reload changed the servers; the era of a session cannot change any more.
    return this.#keep(owner, { names, leftOut: kept.leftOut, door: { ...kept.door, servers: without(names, kept.leftOut) }, untilMs: kept.untilMs })
  }

  /** Asks every server. A server that does not answer in time takes part later. */
  async open(owner: McpOwner, names: readonly string[], untilMs = Infinity): Promise<McpDoor> {
    const connections = await Promise.all(names.map(async server => {
      try {
        const connection = this.#pool.get(server, owner)
        return connection instanceof Promise ? await waitFor(connection) : connection
      } catch {
        return null
      }
    }))
    const hellos = connections.filter(connection => connection !== null)
    const { era, leftOut, servers } = offerEra(hellos)
    leftOut.forEach(this.#report)
    return this.#keep(owner, {
      names, leftOut, untilMs,
      door: { era, servers: without(names, leftOut), hellos: hellos.filter(hello => servers.includes(hello.server)) },
    })
  }

  forget(owner: McpOwner): void { this.#kept.delete(keyOf(owner)) }

  #keep(owner: McpOwner, kept: Kept): McpDoor {
    if (this.#kept.size >= mostDoors) for (const [key, { untilMs }] of this.#kept) if (untilMs < Infinity) this.#kept.delete(key)
    this.#kept.set(keyOf(owner), kept)
    return kept.door
  }
}

const without = (names: readonly string[], leftOut: readonly string[]): readonly string[] =>
  leftOut.length === 0 ? names : names.filter(name => !leftOut.includes(name))
