// Makes the long-lived parts of one process. They outlive reloads; what a reload may change is in the Runtime.
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { createAuditLog } from '../audit/file-log.ts'
import { resolveSecrets } from '../config/resolve-secrets.ts'
import type { LoadedConfig } from '../config/load.ts'
import { Classifier } from '../redaction/classify-document.ts'
import { RemoteBook } from '../redaction/detection.ts'
import { maskDocument } from '../redaction/mask-document.ts'
import { alsoCleanNamesOf, writtenName } from '../redaction/written-name.ts'
import { MemoryTaint } from '../redaction/taint/taint-book.ts'
import { MemoryCalls } from '../sessions/model-calls.ts'
import { MemoryResponseBook } from '../sessions/response-book.ts'
import { LoginFiles } from '../sessions/login-files.ts'
import { Roots } from '../sessions/roots.ts'
import { keyBytes, openVaultKeys, retireVaultKeys, type VaultKeys } from '../sessions/vault-keys.ts'
import { Admission } from '../stages/admit.ts'
import { readJson } from '../surfaces/json/read-json.ts'
import { ResentBodies } from '../surfaces/json/resent-bodies.ts'
import type { StringLeaf } from '../exchange/document.ts'
import type { McpOwner } from '../exchange/mcp.ts'
import { McpListeners, type McpListener } from '../surfaces/mcp/listeners.ts'
import type { ListKind, McpSession } from '../surfaces/mcp/session.ts'
import { McpSessions } from '../surfaces/mcp/sessions.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { createTracing } from '../telemetry/tracing.ts'
import { createAuthorizer } from '../upstream/credentials/authorizer.ts'
import { createHttpUpstream } from '../upstream/http.ts'
import { openChildBook } from '../upstream/mcp-child-book.ts'
import { createMcpCatalog, type McpCatalog } from '../upstream/mcp-catalog.ts'
import { follow } from '../upstream/mcp-resubscribe.ts'
import { createMcpPool, type McpPool } from '../upstream/mcp-pool.ts'
import type { PinBook } from '../upstream/pins/pin-book.ts'
import { RequiredServers } from '../upstream/mcp-required.ts'
import { AuthorizedHttp } from '../upstream/oauth/authorized-http.ts'
import { askForChallenge } from '../upstream/oauth/ask-for-challenge.ts'
import { GuardedFetch } from '../upstream/oauth/guarded-fetch.ts'
import { loginTargetOf } from '../upstream/oauth/login-target.ts'
import { Logins } from '../upstream/oauth/logins.ts'
import { Parking } from '../upstream/mcp-parking.ts'
import { StateSealer } from '../sessions/sealed-state.ts'
import { CredentialBook } from './credential-book.ts'
import type { HealthBook } from './health-book.ts'
import { IdempotencyBook } from './idempotency-book.ts'
import { openPins } from './open-pins.ts'
import { openState } from './open-state.ts'
import type { Log, Parts } from './parts.ts'
import { RouteBook } from './route-book.ts'
import type { Runtime } from './runtime.ts'
import { LimitBook } from './upstream-limits.ts'

export interface PartsOptions {
  readonly loaded: LoadedConfig
  readonly runtime: Runtime
  readonly environment: NodeJS.ProcessEnv
  readonly health: HealthBook
  readonly version: string
  readonly log: Log
}

export interface ConstructedParts {
  readonly parts: Parts
  readonly adminKey: string | null
  /** Waits until shared state is there, or known not to be. @throws Error where it belongs to somebody else */
  open(): Promise<void>
  /** Ends everything in its order: upstreams, then the record of what happened, then what reports it. */
  close(mcpDeadlineMs: number): Promise<void>
}

interface McpParts {
  readonly mcpPool: McpPool
  readonly logins: Logins
  readonly mcpCatalog: McpCatalog
  readonly mcpSessions: McpSessions
  readonly mcpListeners: McpListeners
  readonly mcpRequired: RequiredServers
  readonly pins: PinBook
}

const kinds: readonly ListKind[] = ['tools', 'resources', 'prompts']

/** Levels of nesting that an upstream's answer may have. */
const answerDepth = 512

const logMessage = 'notifications/message'
/** What a server says outside of any call: no policy can be asked what may be in it. */
const unasked = (method: string, params: string | null, classifier: Classifier): string | null =>
  method === logMessage && params !== null ? maskDocument(readJson(params, { maxDepth: answerDepth }), classifier, isLevel) : params

const isLevel = ({ path }: StringLeaf): boolean => path.length === 1 && path[0] === 'level'


interface McpMeans { readonly classifier: Classifier; readonly http: ReturnType<typeof createHttpUpstream>; readonly fetches: GuardedFetch; readonly vaultKeys: VaultKeys; readonly metrics: Metrics }

const loginFiles = (data: string, keys: VaultKeys, log: Log): LoginFiles => {
  const store = new LoginFiles(join(data, 'logins'), keys, server => { log.warn({ server }, 'the login at this server cannot be opened; log in again') })
  if (keys.previous.length > 0) store.reseal()
  return store
}

const mcpParts = ({ loaded, runtime, version, log }: PartsOptions, { classifier, http, fetches, metrics, vaultKeys }: McpMeans): McpParts => {
  const report = (server: string, event: string, text: string): void => { log.info({ server, event, text: writtenName(text) }, 'mcp server') }
  const mcpListeners = new McpListeners()
  const logins = new Logins({
    fetches, ask: target => askForChallenge(http, target.url), store: loginFiles(loaded.config.data, vaultKeys, log),
    onConnected: server => {
      log.info({ server }, 'logged in')
      mcpPool.forgive(server)
      announceToAll()
    },
  })
  const mcpPool = createMcpPool({
    servers: runtime.mcpServers, http, version,
    httpFor: spec => {
      const target = loginTargetOf(spec)
      return target === null ? http : new AuthorizedHttp(http, logins, target)
    }, log: report, readJson: text => readJson(text, { maxDepth: answerDepth }), children: openChildBook(loaded.config.data),
    isListening: owner => mcpSessions.get(owner.session)?.isListening ?? mcpListeners.has(owner),
  })
  const announceToAll = (): void => { for (const client of [...mcpSessions.all(), ...mcpListeners.all()]) announceAll(client) }
  const pins = openPins({ folder: loaded.config.data, rules: runtime.pinRules, log, metrics }, servers => {
    for (const server of servers) mcpCatalog.drop(server)
    announceToAll()
  })
  const mcpCatalog = createMcpCatalog({
    pool: mcpPool, log: report, judge: (server, lists) => pins.judge(server, lists),
    onLateArrival: (_server, owner) => { tellAll(owner, kinds) },
  })
  const mcpSessions = new McpSessions({
    onEnded: session => {
      mcpCatalog.forget(session.owner)
      void mcpPool.close(session.owner)
    },
  })
  const hearing = (owner: McpOwner): Iterable<McpSession | McpListener> => {
    const session = mcpSessions.get(owner.session)
    return session === undefined ? mcpListeners.of(owner) : [session]
  }
  const tellAll = (owner: McpOwner, changed: readonly ListKind[]): void => {
    for (const one of hearing(owner)) for (const kind of changed) one.listChanged(kind)
  }
  mcpPool.subscribe({
    onListChanged: (_server, owner, kind) => { tellAll(owner, [kind]) },
    onReopened: (server, owner) => {
      tellAll(owner, kinds)
      const followed = mcpSessions.get(owner.session)?.subscriptionsTo(server) ?? mcpListeners.resourcesOf(owner, server)
      // What was decided when the client subscribed is asked again of the server that forgot it.
      follow(mcpPool, { server, owner }, followed).catch((err: unknown) => { log.warn({ err, server }, 'a restarted MCP server was not asked again for resource updates') })
    },
    onNotification: (server, owner, method, params) => { for (const one of hearing(owner)) one.hear(server, method, unasked(method, params, classifier)) },
  })
  const mcpRequired = new RequiredServers({
    pool: mcpPool,
    onChange: (server, failure) => {
      if (failure === null) log.info({ server }, 'a required MCP server is there')
      else log.error({ server, problem: failure.message }, 'a required MCP server cannot be reached')
    },
  })
  return { mcpPool, logins, mcpCatalog, mcpSessions, mcpListeners, mcpRequired, pins }
}

/** Tells a client that any of its lists may have changed. */
export const announceAll = (client: { listChanged(kind: ListKind): void } | undefined): void => {
  for (const kind of kinds) client?.listChanged(kind)
}

const auditLog = ({ loaded, runtime, version, log }: PartsOptions): Parts['audit'] => createAuditLog({
  folder: join(loaded.config.data, 'audit'), instance: randomUUID(), version, configDigest: loaded.digest, policyRevision: runtime.policy.revision,
  durability: loaded.config.audit.durability, maxBytes: loaded.config.audit.max_bytes, clock: Date.now,
  onRepair: repair => { log.warn({ repair }, 'audit log repaired: its end did not survive the last stop') },
  onError: error => { log.error({ err: error }, 'audit log cannot be written; exchanges are refused until it can') },
})

const credentialBook = ({ log, runtime }: PartsOptions): CredentialBook => {
  const credentials = new CredentialBook((provider, position, status) => {
    log.error({ provider, credential: position, status }, 'a provider does not take this credential any more; replace it and reload')
  })
  credentials.update(runtime.credentials)
  return credentials
}

/** @throws Error when state cannot be opened */
export const constructParts = (options: PartsOptions): ConstructedParts => {
  const { loaded, environment, health, version, log } = options
  const { config } = loaded
  const secrets = resolveSecrets(loaded.file ?? 'embedded defaults', config, environment, loaded.base)
  const audit = auditLog(options)
  const tracing = createTracing({
    serviceName: config.telemetry.service_name, serviceVersion: version, environment: config.environment, endpoint: config.telemetry.otlp_endpoint,
    headers: secrets.otlpHeaders, compression: config.telemetry.otlp_compression, sampleRatio: config.telemetry.sample_ratio, trustInbound: config.telemetry.trust_inbound,
    log: message => { log.warn({}, message) },
  })
  const vaultKeys = openVaultKeys(config.data, secrets.vaultKeys)
  const mcpParking = new Parking()
  const metrics = new Metrics()
  const hashKey = secrets.hashKey === null ? null : keyBytes(secrets.hashKey, 'state.hash_key')
  const state = openState({ config, vaultKeys, hashKey, redisPassword: secrets.redisPassword, log, metrics })
  const responses = new MemoryResponseBook({ ttlMs: config.responses.ttl_s * 1000, max: config.responses.max, maxBytes: config.responses.bytes })
  // More than the limit of any provider: undici's own queue is first come, first served, and nobody may be kept out there.
  const http = createHttpUpstream({ maxConnectionsPerOrigin: 4096, keepAliveMs: 30_000 })
  // A connection of its own kind: an MCP listen stream holds one for as long as a session lives, and must not take one from a model call.
  const mcpHttp = createHttpUpstream({ maxConnectionsPerOrigin: 1024, keepAliveMs: 30_000 })
  const fetches = new GuardedFetch()
  const roots = new Roots({ quietMs: config.sessions.root_quiet_s * 1000, max: config.sessions.max, notes: state.sessions.notes, onEnded: (root, tenant) => { metrics.recordRoot(root, tenant) } })
  const remoteDetectors = new RemoteBook(request => http.send(request), {
    called: (detector, outcome) => { metrics.recordDetector(detector, outcome) },
    rests: (detector, problem) => { log.error({ detector, problem }, 'a remote detector fails; until it answers again its texts count as not seen') },
  })
  const credentials = credentialBook(options)
  const classifier = new Classifier(remoteDetectors.optionsOf(options.runtime.detection))
  alsoCleanNamesOf(options.runtime.detection.own)
  const mcp = mcpParts(options, { classifier, http: mcpHttp, fetches, metrics, vaultKeys })
  // Sessions and logins are sealed anew by now. What Redis holds may still need the older ones.
  if (config.state.redis === null && config.state.vault_key === null && vaultKeys.previous.length > 0) retireVaultKeys(config.data, vaultKeys.current)
  const parts: Parts = {
    version, log, audit, sessions: state.sessions, responses, roots,
    taint: new MemoryTaint({ ttlMs: Math.min(config.sessions.label_ttl_s, config.sessions.ttl_s) * 1000, most: config.sessions.fingerprints, memoBytes: config.redaction.memo_bytes / 2, notes: state.sessions.notes }),
    calls: new MemoryCalls({ windowMs: config.sessions.call_window_s * 1000, most: config.sessions.max, notes: state.sessions.notes }), http, authorizer: createAuthorizer({ http, clock: Date.now, environment }), health, routes: new RouteBook(), readJson, bodies: new ResentBodies(), ...mcp, mcpParking, stateSealer: new StateSealer(vaultKeys),
    admission: new Admission(undefined, (limit, waitedMs) => { metrics.recordWait(limit, waitedMs) }), metrics, credentials,
    idempotency: new IdempotencyBook(), limits: new LimitBook((name, waitedMs) => { metrics.recordWait(name, waitedMs) }),
    classifier, remoteDetectors,
    startSpan: (name, inbound) => tracing.startServerSpan({ name, inbound }),
  }
  return {
    parts, adminKey: secrets.adminKey, open: state.open,
    close: async deadlineMs => {
      mcpParking.close()
      parts.idempotency.close()
      mcp.mcpRequired.close()
      mcp.mcpListeners.close()
      mcp.mcpSessions.close()
      mcp.mcpCatalog.close()
      await mcp.mcpPool.closeAll(deadlineMs)
      mcp.pins.close()
      roots.close()
      await Promise.all([http.destroy(), mcpHttp.destroy(), fetches.close()])
      await audit.close()
      await state.sessions.close()
      responses.close()
      await tracing.shutdown()
    },
  }
}
