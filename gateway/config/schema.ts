// The whole configuration as one strict zod schema. Every field says its purpose, default and danger here; the README's reference is
// generated from these descriptions, and nothing else interprets the file.
import { z } from 'zod'
import { settingsSchema } from '../../policies/engine/settings.ts'
import { aliasSchema } from '../../registry/alias.ts'
import { budgetsSchema, ratesSchema } from '../../registry/budget.ts'
import { keySchema } from '../../registry/key.ts'
import { launchersSchema } from '../../registry/launchers.ts'
import { mcpServersSchema } from '../../registry/mcp-server.ts'
import { modelSchema, pricesSchema } from '../../registry/model.ts'
import { pinningSchema } from '../../registry/pinning.ts'
import { toolSearchSchema } from '../../registry/tool-search.ts'
import { virtualServersSchema } from '../../registry/virtual-server.ts'
import { providerSchema } from '../../registry/provider.ts'
import { secretRefSchema } from '../../registry/secret-ref.ts'
import { redactionSchema } from './redaction-schema.ts'
import { stateSchema } from './state-schema.ts'

const port = z.number().int().min(0).max(65535)

const listenSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address of the data plane. Anything but loopback needs at least one key.').meta({ examples: ['127.0.0.1'] }),
  port: port.default(8080).describe('Port of the data plane; 0 picks a free one.').meta({ examples: [8080] }),
  allowed_hosts: z.array(z.string()).default([]).describe('Host names (without port) that callers may use, besides loopback names on a loopback listener.').meta({ examples: [['gateway.internal']] }),
  allowed_origins: z.array(z.string()).default([]).describe('Web origins that browsers may call from. Empty: none but loopback ones.').meta({ examples: [['https://console.example']] }),
})

const adminSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address of the admin listener (health, metrics, reload).').meta({ examples: ['127.0.0.1'] }),
  port: port.default(8081).describe('Port of the admin listener; 0 picks a free one.').meta({ examples: [8081] }),
  key: secretRefSchema.nullable().default(null).describe('Where the admin key comes from. Without it one is made in `<data>/admin.key`. Gateway keys are never accepted here.'),
  open_metrics: z.boolean().default(false).describe('Serve /metrics without the admin key. Only for listeners that nothing but your scraper reaches.').meta({ examples: [false] }),
})

const policySchema = z.strictObject({
  settings: settingsSchema.prefault({}).describe('Data for the shipped policies: who may use what. Common cases need no Rego.'),
  rego: z.array(z.string()).default([]).describe('Folders or files with your own Rego, compiled together with the shipped library; needs `opa` (npm run policy says how it is found).').meta({ examples: [['./policy']] }),
  bundle: z.string().nullable().default(null).describe('A prebuilt bundle (folder or .tar.gz) to use instead of the shipped one.').meta({ examples: ['./bundle.tar.gz'] }),
}).refine(policy => policy.bundle === null || policy.rego.length === 0, { path: ['bundle'], error: 'cannot be combined with rego: Rego is compiled together with the shipped library, a bundle is already compiled' })

const limitsSchema = z.strictObject({
  body_bytes: z.number().int().min(1024).default(32 * 1024 * 1024).describe('Largest request body in bytes.').meta({ examples: [33554432] }),
  answer_bytes: z.number().int().min(1024).max(64 * 1024 * 1024).default(64 * 1024 * 1024).describe('Largest answer in bytes that is held as a whole (answers that are not streams).').meta({ examples: [67108864] }),
  header_bytes: z.number().int().min(4096).default(32 * 1024).describe('Largest request head in bytes.').meta({ examples: [32768] }),
  json_depth: z.number().int().min(8).max(512).default(96).describe('Deepest accepted nesting of JSON.').meta({ examples: [96] }),
  batch: z.number().int().min(1).max(1000).default(100).describe('Most messages in one JSON-RPC batch of an MCP session of revision 2025-03-26, the only one that has batches.').meta({ examples: [100] }),
  exchanges: z.number().int().min(1).default(2000).describe('Exchanges in flight at once; above it callers wait, then get 503.').meta({ examples: [2000] }),
  queue: z.number().int().min(0).default(1000).describe('Most exchanges that wait for a place. Keys take turns, so that none keeps the others out; their bodies are not read yet.').meta({ examples: [1000] }),
  queue_ms: z.number().int().min(0).default(5000).describe('Longest wait for a place in milliseconds; 0: refused at once.').meta({ examples: [5000] }),
})

const sessionsSchema = z.strictObject({
  ttl_s: z.number().int().min(60).default(7 * 24 * 3600).describe('Seconds after its last use that a session (pseudonyms, labels) is forgotten.').meta({ examples: [604800] }),
  fingerprints: z.number().int().min(16).default(4096).describe('Pieces of text (some 4 KB each) of labelled sources that are known again when they reappear, for `label_ttl_s` (no longer than `ttl_s`): as keyed hashes, in memory and, sealed, in the state. Where there are more in memory, the key that has most loses its oldest; the state holds as many of each key.').meta({ examples: [4096] }),
  call_window_s: z.number().int().min(1).default(3600).describe('Seconds in which a tool call is recognised as one that a model asked for.').meta({ examples: [3600] }),
  label_ttl_s: z.number().int().min(60).default(24 * 3600).describe('Seconds that labels stick to a key and agent after they were last added, across sessions.').meta({ examples: [86400] }),
  root_quiet_s: z.number().int().min(1).default(900).describe('Seconds without a call after which a user request, with all that it set off, is over.').meta({ examples: [900] }),
  max: z.number().int().min(10).default(10_000).describe('Sessions kept in memory; the least recently used are read from disk again.').meta({ examples: [10000] }),
})

const responsesSchema = z.strictObject({
  ttl_s: z.number().int().min(1).default(24 * 3600).describe('Seconds that a response can be gone on from. It is kept in memory only: a restart forgets all.').meta({ examples: [86400] }),
  max: z.number().int().min(1).default(10_000).describe('Responses kept at most; beyond, the key that has most loses its oldest.').meta({ examples: [10000] }),
  bytes: z.number().int().min(1024).default(64 * 1024 * 1024).describe('Memory for kept conversations at most, counted for each response as a whole.').meta({ examples: [67108864] }),
  unknown_ids: z.enum(['pass', 'refuse']).default('pass').describe('What becomes of a `previous_response_id` that this process has not given out (another one did, or before a restart). pass: the provider is asked, where it is the only one that could know; whoever knows such an id can then go on from it. refuse: it is not found.').meta({ examples: ['refuse'] }),
})

const telemetrySchema = z.strictObject({
  otlp_endpoint: z.url().nullable().default(null).describe('Base URL of an OTLP http/protobuf receiver (without /v1/traces). Null: nothing is exported.').meta({ examples: ['http://127.0.0.1:4318'] }),
  otlp_headers: z.record(z.string(), secretRefSchema).default({}).describe('Headers for the OTLP receiver, values from the environment or files.'),
  otlp_compression: z.enum(['none', 'gzip']).default('none').describe('Compressing costs more of this machine than the rest of a span; worth it where the collector is far away.').meta({ examples: ['none'] }),
  sample_ratio: z.number().min(0).max(1).default(1).describe('Share of traces that are recorded. Metrics and audit are never sampled.').meta({ examples: [1] }),
  trust_inbound: z.boolean().default(false).describe('Continue callers\' traces instead of linking to them. Only where callers are trusted.').meta({ examples: [false] }),
  service_name: z.string().default('portcullis').describe('OpenTelemetry service.name.').meta({ examples: ['portcullis'] }),
})

const auditSchema = z.strictObject({
  durability: z.enum(['written', 'synced']).default('written').describe('When a record counts as acknowledged: `written` survives a killed process, `synced` also a power cut.').meta({ examples: ['written'] }),
  max_bytes: z.number().int().min(1024 * 1024).default(256 * 1024 * 1024).describe('Size at which the audit file is rotated.').meta({ examples: [268435456] }),
})

const registrySchema = z.strictObject({
  file: z.string().nullable().default(null).describe('File of the servers that `portcullis servers import` and `servers add` approved. Default: `<data>/registry/servers.json`. Whoever can write it decides what is run.').meta({ examples: ['/etc/portcullis/servers.json'] }),
  source: z.string().nullable().default(null).describe('Registry that `servers add` and `servers search` ask: base URL of a registry API v0.1, or a folder with its pages or server.json files.').meta({ examples: ['https://registry.example'] }),
  launchers: launchersSchema.describe('Programs that approved servers may be started with, each by exactly this name. Shells are never accepted. Servers under mcp_servers are not asked.').meta({ examples: [['npx', 'uvx', 'docker']] }),
  public_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).nullable().default(null).describe('Address at which callers reach this gateway, for the list of servers at /v0.1/servers. Default: http and the Host that was called.').meta({ examples: ['https://gateway.example'] }),
})

const hedgeSchema = z.strictObject({
  enabled: z.boolean().default(false).describe('Hedge every call; aliases can do so for themselves (`aliases[].hedge`).').meta({ examples: [false] }),
  min_ms: z.number().int().min(0).default(100).describe('Never hedge sooner than after this many milliseconds; from there on, after the 95th percentile of the candidate\'s time to begin.').meta({ examples: [100] }),
})

const resilienceSchema = z.strictObject({
  attempts: z.number().int().min(1).max(10).default(3).describe('Most upstream attempts per exchange, all candidates together.').meta({ examples: [3] }),
  breaker_failures: z.number().int().min(1).default(5).describe('Failures in a row that open a candidate\'s circuit breaker.').meta({ examples: [5] }),
  breaker_cooldown_ms: z.number().int().min(10).default(10_000).describe('First pause of an open breaker in milliseconds; it doubles up to 16 times this.').meta({ examples: [10000] }),
  hedge: hedgeSchema.prefault({}).describe('A second call where the first is slow to begin. Off by default: it costs money.'),
})

const idempotencySchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Honour the Idempotency-Key header of model calls: a call that is sent again by the same key is answered with what the first one was answered.').meta({ examples: [true] }),
  ttl_s: z.number().int().min(1).default(600).describe('Seconds that an answer is kept for being asked again.').meta({ examples: [600] }),
  max_entries: z.number().int().min(1).default(1000).describe('Most answers that are kept; where there are more, the key that has most loses its oldest.').meta({ examples: [1000] }),
  max_bytes: z.number().int().min(1024).default(64 * 1024 * 1024).describe('Most bytes that kept answers may take together, in memory only. An answer of more than a quarter of it is not kept.').meta({ examples: [67108864] }),
  finish_abandoned: z.boolean().default(true).describe('A call with an Idempotency-Key whose caller leaves goes on to its end, so that the retry finds its answer in place of paying for another.').meta({ examples: [true] }),
})

export const configSchema = z.strictObject({
  listen: listenSchema.prefault({}).describe('The data plane: where agents point their base URLs.'),
  admin: adminSchema.prefault({}).describe('The admin plane: its own listener and its own key, so that no agent can reach it with the key it has.'),
  data: z.string().default('.portcullis').describe('Folder for state: audit log, sessions, generated keys. Keep it private.').meta({ examples: ['.portcullis'] }),
  environment: z.string().default('development').describe('Name of this installation\'s environment, for policies and telemetry.').meta({ examples: ['production'] }),
  keys: z.array(keySchema).default([]).describe('Who may call. Without keys, loopback callers are served as subject `local`, and no other address can be bound.'),
  budgets: budgetsSchema.default([]).describe('Budgets in USD and tokens, beside those of single keys. A call is held to every one that fits it, to all or none.').meta({ examples: [[{ name: 'engineering', of: { groups: ['engineering'] }, limit_usd: 1000 }]] }),
  rates: ratesSchema.default([]).describe('Calls and tokens a minute, beside those of single keys.').meta({ examples: [[{ name: 'per-agent', each: 'agent', tokens_per_minute: 200000 }]] }),
  providers: z.array(providerSchema).default([]).describe('Model providers.'),
  models: z.array(modelSchema).default([]).describe('Models by their candidate id `provider/model`.'),
  prices: pricesSchema.prefault({}).describe('Models without a price. Prices of models are in models[].price, else in the bundled table.'),
  aliases: z.array(aliasSchema).default([]).describe('Names that callers use, each with its candidates.'),
  mcp_servers: mcpServersSchema.default({}).describe('MCP servers by name. Takes the `mcpServers` map of common clients as it is.'),
  virtual_servers: virtualServersSchema.default({}).describe('Virtual MCP servers by name: chosen tools of real ones at an address of their own, /mcp/<name>.'),
  tool_search: toolSearchSchema.prefault({}).describe('Context saving at /mcp: clients look for tools in place of getting all of them.'),
  pinning: pinningSchema.prefault({}).describe('What MCP servers say of their tools, prompts, resource templates and themselves is pinned by its SHA-256: what happens to what is new, changed or suspicious. The decision is that of the policy `definition_pins`.'),
  registry: registrySchema.prefault({}).describe('MCP servers that were taken over from a client or a registry, and how this gateway lists its own.'),
  policy: policySchema.prefault({}).describe('What is allowed.'),
  redaction: redactionSchema.prefault({}).describe('Detection of sensitive data; what is done about it is policy.'),
  sessions: sessionsSchema.prefault({}).describe('State that outlives one call.'),
  responses: responsesSchema.prefault({}).describe('Responses that a later request may go on from (`previous_response_id`). Those of models whose provider keeps none are kept here.'),
  state: stateSchema.prefault({}).describe('Where state is kept: in the data folder, or shared by several gateways.'),
  limits: limitsSchema.prefault({}).describe('Bounds of this process.'),
  resilience: resilienceSchema.prefault({}).describe('Retries and circuit breakers.'),
  idempotency: idempotencySchema.prefault({}).describe('Calls that are sent again are neither executed nor paid twice.'),
  telemetry: telemetrySchema.prefault({}).describe('Traces and metrics.'),
  audit: auditSchema.prefault({}).describe('The tamper-evident record.'),
  shutdown: z.strictObject({
    drain_ms: z.number().int().min(0).default(30_000).describe('Longest time in milliseconds that running exchanges may take to finish after SIGTERM.').meta({ examples: [30000] }),
  }).prefault({}).describe('Stopping.'),
  log: z.strictObject({
    level: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info').describe('Process log level. The log never holds prompts, arguments or keys.').meta({ examples: ['info'] }),
  }).prefault({}).describe('The process log (JSON lines on standard error).'),
})

export type Config = z.infer<typeof configSchema>
