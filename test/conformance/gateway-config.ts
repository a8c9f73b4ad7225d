// The configuration of the gateway under test.
import { stringify } from 'yaml'

/**
 * Everything is allowed and nothing is rewritten, so that what the suite misses is missing in the protocol. The suite sends no credentials, so
 * there are no keys: callers on loopback are served without. Audit is always on.
 * @param otlp where traces go; null for nowhere
 */
export const gatewayConfig = (servers: object, otlp: string | null): string => stringify({
  listen: { port: 0 }, admin: { port: 0 }, data: './data', mcp_servers: servers,
  policy: { settings: { access: [{ groups: ['*'], tools: ['*'], asks: ['elicitation', 'sampling', 'roots'] }], data: { pseudonymise: [], secrets: 'allow' }, loops: { max_repeats: null, max_repeats_in_root: null } } },
  telemetry: { otlp_endpoint: otlp }, log: { level: 'warn' },
})
