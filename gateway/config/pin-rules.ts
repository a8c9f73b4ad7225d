// By which rules the definitions of each MCP server are judged, and where the server comes from: approvals given to one program or address
// are not those of another under the same name.
import { digestOf } from '../../registry/approval.ts'
import { pinningRules } from '../../registry/pinning.ts'
import type { McpServerSpec } from '../upstream/mcp-server.ts'
import type { PinRule } from '../upstream/pins/judge.ts'
import type { Config } from './schema.ts'

// Environment and headers stay out: a renewed token is no other server. Only the digest is kept, because arguments and URLs can hold secrets.
const originOf = ({ transport }: McpServerSpec): string =>
  digestOf(transport.kind === 'stdio' ? { command: transport.command, args: transport.args, cwd: transport.cwd } : { url: transport.url })

export const pinRulesOf = ({ pinning, mcp_servers: configured }: Config, servers: readonly McpServerSpec[]): ReadonlyMap<string, PinRule> => {
  const rules = pinningRules(pinning, configured)
  return new Map(servers.map((server): [string, PinRule] => [server.name, { firstSight: (rules.servers[server.name] ?? rules.usual).first_sight, origin: originOf(server) }]))
}
