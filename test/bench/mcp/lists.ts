// tools/list over many servers: for a client whom nobody served before, and again.
import { performance } from 'node:perf_hooks'
import { ask, endSession, openSession, type McpHeaders } from '../exchange-bodies.ts'
import { median } from '../percentile.ts'
import { processCpuMs } from '../process-cpu.ts'
import { hundredPath, listedServers, type Peer } from './stand.ts'

export interface ListTimes {
  readonly tools: number
  readonly bytes: number
  readonly pages: number
  readonly coldMs: number
  readonly warmMs: number
  /** The same asked of the servers themselves, all at once: handshake and list when cold, the list alone when warm. */
  readonly directColdMs: number
  readonly directWarmMs: number
  readonly coldCpuMs: number
  readonly warmCpuMs: number
  readonly coldTurns: number
  readonly warmTurns: number
}

/** The gateway's servers for lists. */
export const listServers: Readonly<Record<string, string>> = Object.fromEntries(Array.from({ length: listedServers }, (_, index) => [`s${index}`, hundredPath(index)]))

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const everyServer = async (instant: Peer, isCold: boolean): Promise<void> => {
  await Promise.all(Object.values(listServers).map(async path => {
    const url = instant.url + path
    await wholeList(url, isCold ? await openSession(url) : {})
  }))
}

const directly = async (instant: Peer, isCold: boolean, turns: number): Promise<number> => {
  const times: number[] = []
  for (let turn = -1; turn < turns; turn += 1) {
    const time = await timed(() => everyServer(instant, isCold))
    if (turn >= 0) times.push(time)
  }
  return median(times)
}

interface WholeList { readonly tools: number; readonly bytes: number; readonly pages: number }

/** All pages, one after the other. */
const wholeList = async (url: string, session: McpHeaders): Promise<WholeList> => {
  let [tools, bytes, pages] = [0, 0, 0]
  for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages += 1) {
    const text = await ask(url, session, 'tools/list', cursor === undefined ? {} : { cursor })
    const { result } = JSON.parse(text) as { result: { tools: readonly unknown[]; nextCursor?: string } }
    tools += result.tools.length
    bytes += text.length
    cursor = result.nextCursor
  }
  return { tools, bytes, pages }
}

interface Turns { readonly ms: number; readonly cpuMs: number }

const repeated = async (gateway: Peer, turns: number, work: () => Promise<number>): Promise<Turns> => {
  await work()
  const before = processCpuMs(gateway.child.pid)
  const times: number[] = []
  for (let turn = 0; turn < turns; turn += 1) times.push(await work())
  return { ms: median(times), cpuMs: (processCpuMs(gateway.child.pid) - before) / turns }
}

/** Measures lists of sessions, from a client in the bench's own process. @throws when a list is not whole */
export const measureLists = async (instant: Peer, gateway: Peer, quick: boolean): Promise<ListTimes> => {
  const url = `${gateway.url}/mcp`
  const coldTurns = quick ? 3 : 10
  const warmTurns = quick ? 10 : 50
  let list: WholeList = { tools: 0, bytes: 0, pages: 0 }
  const cold = await repeated(gateway, coldTurns, async () => {
    const session = await openSession(url)
    const time = await timed(async () => { list = await wholeList(url, session) })
    await endSession(url, session)
    return time
  })
  if (list.tools !== listedServers * 100) throw new Error(`tools/list has ${list.tools} tools`)
  const session = await openSession(url)
  const warm = await repeated(gateway, warmTurns, () => timed(() => wholeList(url, session)))
  return {
    ...list, coldMs: cold.ms, warmMs: warm.ms, coldCpuMs: cold.cpuMs, warmCpuMs: warm.cpuMs, coldTurns, warmTurns,
    directColdMs: await directly(instant, true, coldTurns), directWarmMs: await directly(instant, false, warmTurns),
  }
}
