// The MCP figures: calls beside yardsticks and across eras, lists, memory of sessions; or the soak alone. Writes its own results.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureCallTables, callServers } from './call-tables.ts'
import { listServers, measureLists } from './lists.ts'
import { mcpReportText, soakReportText, type Origin } from './report.ts'
import { measureIdle, measureSoak, sessionServers } from './sessions.ts'
import { startGateway, startInstant, startProxy, type Peer } from './stand.ts'

export interface McpBench {
  /** Empty, for the gateways' files. */
  readonly folder: string
  readonly quick: boolean
  /** Null: the normal run. */
  readonly soakMinutes: number | null
  readonly origin: Omit<Origin, 'method'>
  /** How load is made and processes are pinned, in words. */
  readonly setting: string
  readonly say: (line: string) => void
}

const soakSessions = 1000
// What is remembered of scanned texts reaches its bound soon, so that its growth is not taken for a leak.
const soakMemoBytes = 1024 * 1024

const writeResult = (name: string, text: string): void => {
  const results = join(import.meta.dirname, '../results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, name), text)
  console.log(text)
}

const soak = async (bench: McpBench, instant: Peer, started: Peer[]): Promise<void> => {
  const gateway = await startGateway(join(bench.folder, 'soak'), instant, sessionServers, soakMemoBytes)
  started.unshift(gateway)
  const measured = await measureSoak(gateway, soakSessions, bench.soakMinutes ?? 0, bench.say)
  writeResult('mcp-soak.md', soakReportText({ ...bench.origin, method: 'client in the bench\'s own process, eight calls at once with 20 ms between' }, measured))
}

const figures = async ({ folder, quick, origin, setting, say }: McpBench, instant: Peer, started: Peer[]): Promise<void> => {
  const gateway = async (name: string, servers: Readonly<Record<string, string>>): Promise<Peer> => {
    const peer = await startGateway(join(folder, name), instant, servers)
    started.unshift(peer)
    return peer
  }
  const bytes = await startProxy('bytes-proxy.ts', instant)
  const bare = await startProxy('bare-proxy.ts', instant)
  started.unshift(bytes, bare)
  const plan = { rounds: quick ? 2 : 4, roundMs: quick ? 1000 : 4000, say }
  const tables = await measureCallTables({ instant, bytes, bare, gateway: await gateway('calls', callServers) }, plan)
  const lists = await measureLists(instant, await gateway('lists', listServers), quick)
  say('Lists measured')
  const idle = await measureIdle(await gateway('idle', sessionServers), quick ? 400 : 2000)
  const method = `${setting}; ${plan.rounds} interleaved rounds of ${plan.roundMs / 1000} s after a warm-up, medians; only ratios within one table mean anything on another machine`
  writeResult('mcp.md', mcpReportText({ ...origin, method }, tables, lists, idle))
}

/** Measures and writes results/mcp.md, or results/mcp-soak.md. */
export const runMcpBench = async (bench: McpBench): Promise<void> => {
  const instant = await startInstant()
  const started = [instant]
  try {
    await (bench.soakMinutes === null ? figures : soak)(bench, instant, started)
  } finally {
    await Promise.all(started.map(peer => peer.child.stop()))
  }
}
