// The command that the official suite runs as "the client": a gateway whose upstream is the suite's server, and an agent that uses the gateway.
// What the suite sees and judges is the gateway. Usage (by the suite): node client/main.ts <url of its server>
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { spawnGateway } from '../../support/spawn-gateway.ts'
import { gatewayConfig } from '../gateway-config.ts'
import { operatorOf } from './operator.ts'
import { driverOf } from './drivers.ts'

const url = process.argv[2]
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_PROTOCOL_VERSION: revision, MCP_CONFORMANCE_CONTEXT: context } = process.env
if (url === undefined || scenario === undefined || revision === undefined) throw new Error('This is started by the conformance suite.')

const folder = mkdtempSync(join(tmpdir(), 'conformance-client-'))
const known = z.record(z.string(), z.unknown()).parse(JSON.parse(context ?? '{}'))
// The document at this address is the suite's; it says so in its own code only.
const oauth = typeof known['client_id'] === 'string'
  ? { client_id: known['client_id'], client_secret: { env: 'SUITE_SECRET' }, ...scenario.includes('client-credentials') ? { grant: 'client_credentials' } : {} }
  : { client_metadata_url: 'https://conformance-test.local/client-metadata.json' }
const gateway = await spawnGateway({
  folder, config: gatewayConfig({ suite: { url, ...scenario.startsWith('auth/') ? { oauth } : {} } }, null), env: typeof known['client_secret'] === 'string' ? { SUITE_SECRET: known['client_secret'] } : {},
})
// Below the suite's own patience, which would end only the shell between us.
const patienceMs = 20_000
const late = new Promise<never>((_resolve, reject) => { setTimeout(() => { reject(new Error(`${scenario} took more than ${patienceMs} ms.`)) }, patienceMs).unref() })
try {
  await Promise.race([late, driverOf(scenario)({
    url: `${gateway.url}/mcp/suite`, isModern: revision === '2026-07-28',
    context: known, operator: operatorOf(gateway.admin, join(folder, 'data'), 'suite'),
  })])
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await gateway.close()
  console.error(gateway.child.stderr())
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
// Whatever a failed call has left open shall not keep the suite waiting.
process.exit()
