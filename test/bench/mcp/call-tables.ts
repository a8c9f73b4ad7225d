// Which calls are measured: through the gateway beside the yardsticks, and through it in every pairing of client and server era.
import { statelessToolRequest, toolRequest } from '../exchange-bodies.ts'
import { measureCalls, type CallPlan, type CallTable, type Subject } from './calls.ts'
import { legacyPath, modernPath, type Peer } from './stand.ts'

export interface CallPeers { readonly instant: Peer; readonly bytes: Peer; readonly bare: Peer; readonly gateway: Peer }

/** Names of the gateway's servers for calls. */
export const callServers = { legacy: legacyPath, modern: modernPath } as const

const connectionCounts = [1, 10, 32]
const eraConnections = 10

const besideYardsticks = async ({ instant, bytes, bare, gateway }: CallPeers): Promise<Subject[]> => {
  const through = await toolRequest(gateway.url, '/mcp/legacy')
  return [
    { label: 'direct to the fake', request: await toolRequest(instant.url, legacyPath), pid: instant.child.pid, fresh: false, role: 'direct' },
    { label: 'bytes only', request: await toolRequest(bytes.url, legacyPath), pid: bytes.child.pid, fresh: false, role: 'other' },
    { label: 'bare JSON proxy', request: await toolRequest(bare.url, legacyPath), pid: bare.child.pid, fresh: false, role: 'bare' },
    { label: 'Portcullis', request: through, pid: gateway.child.pid, fresh: false, role: 'other' },
    { label: 'Portcullis, no two calls equal', request: through, pid: gateway.child.pid, fresh: true, role: 'other' },
  ]
}

const acrossEras = async ({ instant, bare, gateway }: CallPeers): Promise<Subject[]> => {
  const { pid } = gateway.child
  const subject = async (label: string, request: Promise<Subject['request']>): Promise<Subject> => ({ label, request: await request, pid, fresh: false, role: 'other' })
  return [
    { label: 'direct to the fake', request: await toolRequest(instant.url, legacyPath), pid: instant.child.pid, fresh: false, role: 'direct' },
    { label: 'bare JSON proxy', request: await toolRequest(bare.url, legacyPath), pid: bare.child.pid, fresh: false, role: 'bare' },
    await subject('sessions client → sessions server', toolRequest(gateway.url, '/mcp/legacy')),
    await subject('stateless client → stateless server', statelessToolRequest(gateway.url, '/mcp/modern')),
    await subject('sessions client → stateless server', toolRequest(gateway.url, '/mcp/modern')),
    await subject('stateless client → sessions server', statelessToolRequest(gateway.url, '/mcp/legacy')),
  ]
}

/** All tables of calls. */
export const measureCallTables = async (peers: CallPeers, plan: CallPlan): Promise<CallTable[]> => {
  const subjects = await besideYardsticks(peers)
  const tables: CallTable[] = []
  for (const connections of connectionCounts) tables.push(await measureCalls(`tools/call, 250-byte argument, c=${connections}`, connections, subjects, plan))
  tables.push(await measureCalls(`tools/call across eras, c=${eraConnections}`, eraConnections, await acrossEras(peers), plan))
  return tables
}
