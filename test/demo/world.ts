// Everything that the demo needs, on loopback and in one folder: two scripted model providers that speak the real wire formats, two real
// MCP servers from npm, a small SQLite server, and the gateway as a process of its own.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { hashKey, newKey } from '../../registry/key.ts'
import { startChild, type Child } from '../support/child.ts'
import { startFakeProvider, type FakeProvider } from '../support/fake-provider.ts'
import { spawnGateway, type SpawnedGateway } from '../support/spawn-gateway.ts'
import { eventually } from '../support/wait.ts'

const root = resolve(import.meta.dirname, '../..')
const modules = join(root, 'node_modules/@modelcontextprotocol')

/** What an agent on this machine might have got hold of. */
export const providerKey = 'provider-key-of-the-cloud'

export interface DemoKeys { readonly engineer: string; readonly analyst: string; readonly guest: string }

export interface AuditOutcome {
  readonly phase: string
  readonly trace: string
  readonly method: string
  readonly target: { readonly name: string | null; readonly server: string | null }
  readonly key: string | null
  readonly decision: { readonly enforced: string; readonly reasons: readonly { readonly rule: string }[] } | null
  readonly failure: string | null
  readonly route: { readonly chosen: string } | null
  readonly cost_usd: number | null
}

export interface DemoWorld {
  readonly folder: string
  readonly notes: string
  readonly database: string
  readonly configFile: string
  readonly cloud: FakeProvider
  readonly local: FakeProvider
  readonly gateway: SpawnedGateway
  readonly keys: DemoKeys
  outcomes(): readonly AuditOutcome[]
  close(): Promise<void>
}

const keyEntry = (name: string, key: string, groups: readonly string[]): unknown =>
  ({ name, hash: hashKey(key), subject: { id: name, tenant: 'acme', groups }, agent: { id: `${name}-agent` } })

const settings = (notes: string): unknown => ({
  access: [
    { groups: ['engineering'], tools: ['files/*', 'all/*', 'db/*'], except: ['files/write_file', 'files/edit_file', 'files/move_file'] },
  ],
  arguments: [{ tools: ['files/read_text_file'], argument: 'path', paths_within: [notes] }],
  production: { environments: ['production'], approvers: ['dba'] },
  models: [{ groups: ['engineering'], models: ['*'], max_usd: 1 }],
  data: { pseudonymise: ['email', 'card', 'phone', 'iban'], secrets: 'local' },
})

const models = [
  { id: 'cloud/small', price: { usd_per_mtok_in: 0.25, usd_per_mtok_out: 2 } },
  { id: 'cloud/large', price: { usd_per_mtok_in: 5, usd_per_mtok_out: 25 } },
  { id: 'cloud-messages/small', price: { usd_per_mtok_in: 0.25, usd_per_mtok_out: 2 } },
  { id: 'cloud-messages/large', price: { usd_per_mtok_in: 5, usd_per_mtok_out: 25 } },
  { id: 'home/llama' }, { id: 'home-messages/llama' },
]

interface Places { readonly cloud: string; readonly local: string; readonly everything: string; readonly notes: string; readonly database: string; readonly keys: DemoKeys }

const configOf = ({ cloud, local, everything, notes, database, keys }: Places): string => stringify({
  listen: { port: 0 },
  admin: { port: 0 },
  data: './data',
  keys: [keyEntry('engineer', keys.engineer, ['engineering']), keyEntry('analyst', keys.analyst, ['engineering']), keyEntry('guest', keys.guest, ['guests'])],
  providers: [
    { id: 'cloud', dialect: 'openai', base_url: `${cloud}/v1`, credential: { env: 'CLOUD_KEY' } },
    { id: 'cloud-messages', dialect: 'anthropic', base_url: cloud, credential: { env: 'CLOUD_KEY' } },
    { id: 'home', dialect: 'openai', base_url: `${local}/v1`, local: true, free: true },
    { id: 'home-messages', dialect: 'anthropic', base_url: local, local: true, free: true },
  ],
  models,
  aliases: [
    // The operator prefers the cloud: home is a candidate only where policy asks for it, by the name "auto".
    { name: 'smart', candidates: ['cloud/large', 'cloud/small', 'cloud-messages/large', 'cloud-messages/small'] },
    { name: 'auto', candidates: ['cloud/large', 'cloud/small', 'home/llama', 'cloud-messages/large', 'cloud-messages/small', 'home-messages/llama'] },
  ],
  mcp_servers: {
    files: { command: process.execPath, args: [join(modules, 'server-filesystem/dist/index.js'), notes] },
    all: { url: everything },
    db: { command: process.execPath, args: [join(root, 'test/support/sqlite-mcp-server.ts'), database], environment: 'production', era: 'legacy' },
  },
  policy: { settings: settings(notes) },
  log: { level: 'warn' },
})

const startEverything = async (): Promise<{ child: Child; url: string }> => {
  const child = await startChild({
    command: process.execPath, args: ['--import', join(root, 'test/support/listen-on-loopback.mjs'), join(modules, 'server-everything/dist/index.js'), 'streamableHttp'],
    env: { PATH: process.env['PATH'] ?? '', PORT: '0' },
  })
  const port = await eventually(() => /loopback port (\d+)/.exec(child.stderr())?.[1], { withinMs: 20_000 })
  return { child, url: `http://127.0.0.1:${port}/mcp` }
}

const readOutcomes = (folder: string, from: number): AuditOutcome[] => readdirSync(join(folder, 'data/audit')).filter(name => name.endsWith('.jsonl')).sort()
  .flatMap(name => readFileSync(join(folder, 'data/audit', name), 'utf8').split('\n').filter(text => text !== ''))
  .map(text => JSON.parse(text) as AuditOutcome & { seq: number })
  .filter(record => record.seq >= from && record.phase === 'outcome')

const lastSeq = (folder: string): number => {
  try {
    return readOutcomesSeq(folder)
  } catch {
    return 0
  }
}

const readOutcomesSeq = (folder: string): number => {
  const names = readdirSync(join(folder, 'data/audit')).filter(name => name.endsWith('.jsonl')).sort()
  const text = readFileSync(join(folder, 'data/audit', names.at(-1) ?? ''), 'utf8').trimEnd().split('\n').at(-1) ?? '{}'
  return (JSON.parse(text) as { seq?: number }).seq ?? 0
}

/** Starts it all. @throws with the output of whatever did not start */
export const startDemoWorld = async (folder: string): Promise<DemoWorld> => {
  const notes = join(folder, 'notes')
  mkdirSync(notes, { recursive: true, mode: 0o700 })
  writeFileSync(join(notes, 'plan.txt'), 'The release train leaves on Thursday.\n')
  const database = join(folder, 'customers.db')
  const keys = { engineer: newKey(), analyst: newKey(), guest: newKey() }
  const [cloud, local, everything] = await Promise.all([startFakeProvider({ apiKey: providerKey }), startFakeProvider(), startEverything()])
  const before = lastSeq(folder)
  const gateway = await spawnGateway({
    folder, config: configOf({ cloud: cloud.url, local: local.url, everything: everything.url, notes, database, keys }), env: { CLOUD_KEY: providerKey },
  })
  return {
    folder, notes, database, configFile: join(folder, 'portcullis.yaml'), cloud, local, gateway, keys,
    outcomes: () => readOutcomes(folder, before + 1),
    close: async () => {
      await gateway.close()
      await everything.child.stop()
      await Promise.all([cloud.close(), local.close()])
    },
  }
}
