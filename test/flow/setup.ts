// The real gateway on free ports, two fake providers (a cloud and a local one), and whatever MCP servers a test names. Nothing of ours is
// mocked; the log is kept, so that tests can say that nothing secret is in it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { assemble, type Stages } from '../../gateway/assemble.ts'
import { loadConfig } from '../../gateway/config/load.ts'
import type { Gateway } from '../../gateway/pipeline/lifecycle.ts'
import { hashKey } from '../../registry/key.ts'
import { startFakeProvider, type FakeProvider, type FakeProviderOptions } from '../support/fake-provider.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'

export const keys = { alice: 'pk_alice-0123456789abcdef', bob: 'pk_bob-0123456789abcdef', root: 'pk_root-0123456789abcdef' } as const

export interface WorldOptions {
  /** Merged over the standard configuration, section by section; arrays replace. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly mcpServers?: Readonly<Record<string, unknown>>
  /** Changes the configuration last: for single entries of its lists. */
  readonly adjust?: (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  readonly observe?: boolean
  readonly alterStages?: (stages: Stages) => Stages
  readonly cloud?: FakeProviderOptions
  readonly local?: FakeProviderOptions
  /** Added to what the gateway finds in its environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** Use this folder (a second start on the same state). */
  readonly folder?: string
}

export interface AuditLine { readonly phase: string; readonly [field: string]: unknown }

export interface World {
  readonly folder: string
  readonly configFile: string
  readonly cloud: FakeProvider
  readonly local: FakeProvider
  readonly gateway: Gateway
  readonly url: string
  readonly log: readonly string[]
  /** POSTs JSON (a string goes out as it is) under alice's key unless headers say otherwise. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  admin(path: string, init?: RequestInit): Promise<Response>
  /** Every audit record so far, in order. */
  audit(): readonly AuditLine[]
  outcomes(): readonly AuditLine[]
  metrics(): Promise<string>
  /** Writes the configuration again, merged with these changes. */
  rewriteConfig(changes: Readonly<Record<string, unknown>>): void
  close(): Promise<void>
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

export const merge = (base: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const out: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const known = out[key]
    out[key] = isRecord(known) && isRecord(value) ? merge(known, value) : value
  }
  return out
}

const keyEntry = (name: keyof typeof keys, groups: readonly string[]): unknown => ({
  name, hash: hashKey(keys[name]), subject: { id: name, tenant: 'acme', groups }, agent: { id: `${name}-agent` },
})

/** One model of each size in the cloud and one at home, in both dialects; alice may use them, bob nothing. */
export const standardConfig = (cloud: string, local: string): Record<string, unknown> => ({
  listen: { host: '127.0.0.1', port: 0 },
  admin: { port: 0 },
  data: './data',
  keys: [keyEntry('alice', ['engineering']), keyEntry('bob', ['guests']), keyEntry('root', ['engineering', 'admins'])],
  providers: [
    { id: 'cloud', dialect: 'openai', base_url: `${cloud}/v1`, credential: { env: 'CLOUD_KEY' } },
    { id: 'cloud-anthropic', dialect: 'anthropic', base_url: cloud, credential: { env: 'CLOUD_KEY' } },
    { id: 'home', dialect: 'openai', base_url: `${local}/v1`, local: true, free: true },
    { id: 'home-anthropic', dialect: 'anthropic', base_url: local, local: true, free: true },
  ],
  models: [
    { id: 'cloud/small', context: 128_000, capabilities: ['tools', 'embeddings'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2, cache_read: 0.1 } },
    { id: 'cloud/large', context: 200_000, capabilities: ['tools', 'vision', 'embeddings'], price: { usd_per_mtok_in: 10, usd_per_mtok_out: 30 } },
    { id: 'cloud-anthropic/small', context: 200_000, max_output_tokens: 64_000, capabilities: ['tools', 'thinking'], price: { usd_per_mtok_in: 1, usd_per_mtok_out: 5, cache_read: 0.1, cache_write: 1.25 } },
    { id: 'home/llama', context: 32_000, capabilities: ['tools', 'vision', 'embeddings'] },
    { id: 'home-anthropic/llama', context: 32_000, capabilities: ['tools'] },
  ],
  aliases: [
    { name: 'auto', translate: false, candidates: ['cloud/large', 'cloud/small', 'home/llama', 'cloud-anthropic/small', 'home-anthropic/llama'] },
    { name: 'cloud-only', translate: false, candidates: ['cloud/large', 'cloud/small', 'cloud-anthropic/small'] },
  ],
  policy: {
    settings: {
      access: [{ groups: ['engineering'], tools: ['*'] }],
      models: [{ groups: ['engineering'], models: ['*'] }],
    },
  },
  resilience: { attempts: 3, breaker_failures: 5, breaker_cooldown_ms: 200 },
  shutdown: { drain_ms: 2000 },
  log: { level: 'debug' },
})

const readAudit = (folder: string): AuditLine[] => readdirSync(join(folder, 'data', 'audit')).filter(name => name.endsWith('.jsonl')).sort()
  .flatMap(name => readFileSync(join(folder, 'data', 'audit', name), 'utf8').split('\n').filter(line => line !== ''))
  .map(line => JSON.parse(line) as AuditLine)

/** Changes the entry of one of the configuration's lists that has this id or name; with no such entry a new one is added. */
export const adjustEntry = (list: string, id: string, changes: Readonly<Record<string, unknown>>) => (config: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const entries = (config[list] ?? []) as readonly Record<string, unknown>[]
  const known = entries.some(entry => (entry['id'] ?? entry['name']) === id)
  return { ...config, [list]: known ? entries.map(entry => (entry['id'] ?? entry['name']) === id ? merge(entry, changes) : entry) : [...entries, { id, ...changes }] }
}

/** Starts a world; everything in it ends with the test. */
export const startWorld = async (test: CleansUp, options: WorldOptions = {}): Promise<World> => {
  const folder = options.folder ?? scratchFolder(test, 'flow')
  const cloud = await startFakeProvider({ apiKey: 'cloud-secret', ...options.cloud })
  test.after(cloud.close)
  const local = await startFakeProvider(options.local)
  test.after(local.close)
  const given = merge(merge(standardConfig(cloud.url, local.url), { mcp_servers: options.mcpServers ?? {} }), options.config ?? {})
  const base = (options.adjust ?? (config => config))(given)
  const configFile = join(folder, 'portcullis.yaml')
  writeFileSync(configFile, stringify(base), { mode: 0o600 })
  const environment = { PATH: process.env['PATH'], HOME: folder, CLOUD_KEY: 'cloud-secret', ...options.environment }
  const load = (): ReturnType<typeof loadConfig> => loadConfig({ file: configFile, cwd: folder, environment })
  const log: string[] = []
  const keep = (level: string) => (fields: object, message: string): void => { log.push(`${level} ${message} ${JSON.stringify(fields, (_key, value: unknown) => value instanceof Error ? value.message : value)}`) }
  const gateway = await assemble({
    loaded: load(), load, observe: options.observe ?? false, environment,
    log: { error: keep('error'), warn: keep('warn'), info: keep('info'), debug: keep('debug') },
    ...options.alterStages === undefined ? {} : { alterStages: options.alterStages },
  })
  test.after(() => gateway.close())
  const adminKey = (): string => readFileSync(join(folder, 'data', 'admin.key'), 'utf8').trim()
  const admin = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(gateway.adminUrl + path, { ...init, headers: { authorization: `Bearer ${adminKey()}`, ...init.headers as Record<string, string> } })
  return {
    folder, configFile, cloud, local, gateway, url: gateway.url, log, admin,
    post: (path, body, headers = {}) => fetch(gateway.url + path, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}`, ...(path.startsWith('/v1/messages') ? { 'anthropic-version': '2023-06-01' } : {}), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
    get: (path, headers = {}) => fetch(gateway.url + path, { headers: { authorization: `Bearer ${keys.alice}`, ...headers } }),
    audit: () => readAudit(folder),
    outcomes: () => readAudit(folder).filter(record => record.phase === 'outcome'),
    metrics: async () => (await admin('/metrics')).text(),
    rewriteConfig: changes => { writeFileSync(configFile, stringify(merge(base, changes))) },
    close: () => gateway.close(),
  }
}

/** A chat completion request. */
export const chat = (content: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  ({ model: 'auto', messages: [{ role: 'user', content }], ...more })

/** An Anthropic message request. */
export const message = (content: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  ({ model: 'auto', max_tokens: 256, messages: [{ role: 'user', content }], ...more })

/** Adds the alias `cloud-first`: a cloud model answers unless what is asked may not leave the house. `auto` takes the free local one anyway. */
export const withCloudFirst = (config: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...config, aliases: [...config['aliases'] as readonly unknown[], { name: 'cloud-first', translate: false, strategy: 'listed', candidates: ['cloud/large', 'cloud-anthropic/small', 'home/llama', 'home-anthropic/llama'] }],
})
