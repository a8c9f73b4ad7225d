// Resolves every secret reference of a configuration, once per generation. What is missing is a configuration problem, named by where it
// was looked for.
import type { McpServer } from '../../registry/mcp-server.ts'
import { resolveSecret, type SecretRef } from '../../registry/secret-ref.ts'
import type { McpOauth, McpServerSpec } from '../upstream/mcp-server.ts'
import type { Credential } from '../exchange/credential.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { resolveCredential } from './resolve-credential.ts'
import type { Config } from './schema.ts'

export interface Secrets {
  /** Credentials of each provider that needs one, in the order of the configuration. */
  readonly credentials: ReadonlyMap<string, readonly Credential[]>
  readonly servers: readonly McpServerSpec[]
  readonly otlpHeaders: Readonly<Record<string, string>>
  readonly adminKey: string | null
  readonly vaultKeys: { readonly current: string | null; readonly previous: readonly string[] }
  /** `state.hash_key`. */
  readonly hashKey: string | null
  readonly redisPassword: string | null
}

const exampleOf = (ref: SecretRef): string => 'env' in ref
  ? `export ${ref.env}=… before the gateway starts`
  : `a file ${ref.file} with nothing but the secret, readable by the gateway's user`

export class Resolver {
  readonly problems: ConfigProblem[] = []
  readonly environment: NodeJS.ProcessEnv
  readonly base: string

  constructor(environment: NodeJS.ProcessEnv, base: string) {
    this.environment = environment
    this.base = base
  }

  resolve(ref: SecretRef, path: string): string {
    try {
      return resolveSecret(ref, this.environment, this.base)
    } catch (error) {
      this.problems.push({ path, problem: error instanceof Error ? error.message : String(error), example: exampleOf(ref) })
      return ''
    }
  }

  values(record: Readonly<Record<string, string | SecretRef>>, path: string, name: (key: string) => string): Record<string, string> {
    return Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), typeof value === 'string' ? value : this.resolve(value, `${path}.${key}`)]))
  }
}

const oauthOf = (oauth: NonNullable<Extract<McpServer, { url: string }>['oauth']>, path: string, resolver: Resolver): McpOauth => ({
  grant: oauth.grant, clientId: oauth.client_id, clientMetadataUrl: oauth.client_metadata_url, issuer: oauth.issuer, scopes: oauth.scopes,
  clientSecret: oauth.client_secret === null ? null : resolver.resolve(oauth.client_secret, `${path}.client_secret`),
})

const transportOf = (server: McpServer, path: string, resolver: Resolver): McpServerSpec['transport'] => 'url' in server
  ? {
    kind: server.type === 'sse' ? 'sse' : 'http', url: server.url, headers: resolver.values(server.headers, `${path}.headers`, key => key.toLowerCase()),
    ...server.oauth === null ? {} : { oauth: oauthOf(server.oauth, `${path}.oauth`, resolver) },
  }
  : { kind: 'stdio', command: server.command, args: server.args, env: resolver.values(server.env, `${path}.env`, key => key), cwd: server.cwd }

/** @throws ConfigError naming every secret that is not there */
export const resolveSecrets = (file: string, config: Config, environment: NodeJS.ProcessEnv, base: string): Secrets => {
  const resolver = new Resolver(environment, base)
  const credentials = new Map<string, readonly Credential[]>()
  config.providers.forEach((provider, index) => {
    const path = `providers[${index}]`
    const many = provider.credentials?.map((ref, at) => resolveCredential(provider, ref, `${path}.credentials[${at}]`, resolver))
    const all = many ?? (provider.credential === null ? [] : [resolveCredential(provider, provider.credential, `${path}.credential`, resolver)])
    if (all.length > 0) credentials.set(provider.id, all)
  })
  const servers = Object.entries(config.mcp_servers).filter(([, server]) => !server.disabled).map(([name, server]): McpServerSpec => ({
    name, transport: transportOf(server, `mcp_servers.${name}`, resolver), era: server.era, connectTimeoutMs: server.connect_timeout_ms, idleStopMs: server.idle_stop_ms,
  }))
  const otlpHeaders = resolver.values(config.telemetry.otlp_headers, 'telemetry.otlp_headers', key => key)
  const adminKey = config.admin.key === null ? null : resolver.resolve(config.admin.key, 'admin.key')
  const { hash_key: hash, vault_key: vault, previous_vault_keys: previous, redis } = config.state
  const vaultKeys = {
    current: vault === null ? null : resolver.resolve(vault, 'state.vault_key'),
    previous: previous.map((ref, index) => resolver.resolve(ref, `state.previous_vault_keys[${index}]`)),
  }
  const hashKey = hash === null ? null : resolver.resolve(hash, 'state.hash_key')
  const redisPassword = redis?.password == null ? null : resolver.resolve(redis.password, 'state.redis.password')
  if (resolver.problems.length > 0) throw new ConfigError(file, resolver.problems)
  return { credentials, servers, otlpHeaders, adminKey, vaultKeys, hashKey, redisPassword }
}
