// What the bench's gateways are configured with, and nothing else: both texts in one place, so that "off" and "on" can be compared by eye.
import { hashKey } from '../../registry/key.ts'

/** A key for a process that lives some minutes on loopback. */
export const benchKey = 'bench-key-0123456789abcdef0123456789abcdef'

export const benchModel = 'bench-model'

/** Environment of the gateway process: the credential that the provider entry names. */
export const benchEnv: Readonly<Record<string, string>> = { BENCH_PROVIDER_KEY: 'instant' }

const base = `
listen: {host: 127.0.0.1, port: 0}
admin: {port: 0}
data: ./data
keys:
  - {name: bench, hash: "${hashKey(benchKey)}", subject: {id: bench, tenant: bench, groups: [bench]}, agent: {id: bench-agent}}
limits: {exchanges: 2000}
log: {level: warn}
`

const upstreams = (origin: string): string => `${base}
providers:
  - {id: instant, dialect: openai, base_url: "${origin}/v1", credential: {env: BENCH_PROVIDER_KEY}, trust: restricted}
models:
  - {id: instant/instant, context: 128000, capabilities: [tools], price: {usd_per_mtok_in: 0.25, usd_per_mtok_out: 2}}
aliases:
  - {name: ${benchModel}, candidates: [instant/instant]}
mcp_servers:
  bench: {url: "${origin}/mcp", environment: development}
`

// Without policy nothing would pass: the gateway fails closed. "Off" is the shipped policy that lets everything through and asks for no duty.
// A bench is a loop: it calls the same tool with the same arguments thousands of times.
const mayLoop = 'loops: {max_repeats: null, max_repeats_in_root: null, max_model_repeats: null, spend_factor: null}'
const allowEverything = `access: [{groups: ["*"], tools: ["*"]}], models: [{groups: ["*"], models: ["*"]}], ${mayLoop}`

/** As little as the gateway can be asked to do: no duties, nothing exported. */
export const everythingOff = (origin: string): string => `${upstreams(origin)}
policy: {settings: {${allowEverything}}}
telemetry: {otlp_endpoint: null, sample_ratio: 0}
`

/** Detection, redaction duties, audit and exported traces. */
export const everythingOn = (origin: string, collector: string): string => `${upstreams(origin)}
policy: {settings: {${allowEverything}}}
telemetry: {otlp_endpoint: "${collector}", sample_ratio: 1}
audit: {durability: written}
`

/** Only MCP: policy, detection and audit at work, no traces. @param servers paths of the servers by name @param memoBytes of detection */
export const mcpOnly = (origin: string, servers: Readonly<Record<string, string>>, memoBytes = 64 * 1024 * 1024): string => `${base}
redaction: {memo_bytes: ${memoBytes}}
mcp_servers:
${Object.entries(servers).map(([name, path]) => `  ${name}: {url: "${origin}${path}", environment: development}`).join('\n')}
policy: {settings: {${allowEverything}}}
telemetry: {otlp_endpoint: null, sample_ratio: 0}
audit: {durability: written}
`

/** Streams of one provider in two dialects: policy, detection, restoring and audit at work, no traces. @param data settings of data protection, YAML */
export const streamsOnly = (origin: string, data = '{}'): string => `${base}
providers:
  - {id: openai, dialect: openai, base_url: "${origin}/v1", credential: {env: BENCH_PROVIDER_KEY}}
  - {id: anthropic, dialect: anthropic, base_url: "${origin}", credential: {env: BENCH_PROVIDER_KEY}}
models:
  - {id: openai/bench, context: 128000, capabilities: [tools], price: {usd_per_mtok_in: 0.25, usd_per_mtok_out: 2}}
  - {id: anthropic/bench, context: 128000, capabilities: [tools], price: {usd_per_mtok_in: 0.25, usd_per_mtok_out: 2}}
aliases:
  - {name: to-openai, candidates: [openai/bench]}
  - {name: to-anthropic, candidates: [anthropic/bench]}
policy: {settings: {${allowEverything}, data: ${data}}}
telemetry: {otlp_endpoint: null, sample_ratio: 0}
audit: {durability: written}
`
