// Start, reload, drain, stop. Each exchange pins the generation it began with; a reload builds the next one and swaps the pointer only
// when all of it is fine.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isAbsolute, join, resolve } from 'node:path'
import { mkdirSync, readFileSync } from 'node:fs'
import { openAdminKey } from '../admin/admin-key.ts'
import type { LabelRoutes } from '../admin/label-routes.ts'
import { startAdmin, type AdminServer } from '../admin/server.ts'
import { detectionFiles } from '../config/build-detection.ts'
import { idleOwnKinds } from '../config/kind-problems.ts'
import { buildRuntime } from '../config/build-runtime.ts'
import { writableByOthers, type LoadedConfig } from '../config/load.ts'
import { alsoCleanNamesOf } from '../redaction/written-name.ts'
import { endOrphans } from '../upstream/mcp-child-book.ts'
import { loginTargetOf, type LoginTarget } from '../upstream/oauth/login-target.ts'
import { announceAll, type ConstructedParts, type PartsOptions } from './construct-parts.ts'
import { openDataFolder, type DataFolder } from './data-folder.ts'
import { HealthBook } from './health-book.ts'
import { LabelDesk, UnknownSession } from './label-desk.ts'
import { VaultDesk } from './vault-desk.ts'
import { listen, type Listener } from './listener.ts'
import type { Log, Parts } from './parts.ts'
import type { Runtime } from './runtime.ts'
import { exposition, notReady, statusOf } from './status.ts'
import { FileWatch } from './watch-files.ts'

export interface LifecycleOptions {
  readonly loaded: LoadedConfig
  /** Reads the configuration again, for reloads. @throws ConfigError */
  readonly load: () => LoadedConfig
  readonly observe: boolean
  readonly environment: NodeJS.ProcessEnv
  readonly log: Log
}

export interface Gateway {
  readonly url: string
  readonly adminUrl: string
  /** Resolves to null, or to the reason why the old generation stays. */
  reload(reason: string): Promise<string | null>
  /** Stops accepting, lets running exchanges finish up to the configured time, writes what is left, ends children. */
  close(): Promise<void>
}

export interface Joints {
  readonly constructParts: (options: PartsOptions) => ConstructedParts
  readonly dispatch: (parts: Parts, runtime: () => Runtime) => (request: IncomingMessage, response: ServerResponse) => void
}

/** Sections that are read once; changing them takes a restart. */
const fixedSections = ['listen', 'admin', 'data', 'sessions', 'telemetry', 'audit', 'resilience', 'state'] as const

/** Time for answers that are complete to leave their sockets. */
const flushMs = 500

const version = (JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }).version

const watchedPaths = ({ file, base, config, approved }: LoadedConfig): string[] => {
  const absolute = (path: string): string => isAbsolute(path) ? path : resolve(base, path)
  // A key that is rotated in its file takes effect by itself.
  const secrets = config.providers.flatMap(({ credential, credentials }) => credentials ?? (credential === null ? [] : [credential])).flatMap(ref => 'file' in ref ? [absolute(ref.file)] : [])
  return [...file === null ? [] : [file], approved.file, ...secrets, ...detectionFiles(config).map(absolute), ...config.policy.rego.map(absolute), ...config.policy.bundle === null ? [] : [absolute(config.policy.bundle)]]
}

const labelRoutes = (desk: LabelDesk): LabelRoutes =>
  ({ held: session => desk.held(session), remove: removal => desk.remove(removal), isUnknown: thrown => thrown instanceof UnknownSession })

export class Lifecycle implements Gateway {
  readonly #options: LifecycleOptions
  readonly #folder: DataFolder
  readonly #made: ConstructedParts
  readonly #health: HealthBook
  readonly #watch = new FileWatch(() => { void this.reload('file change') })
  #runtime: Runtime
  #loaded: LoadedConfig
  #listener: Listener | null = null
  #admin: AdminServer | null = null
  #reloading: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null

  private constructor(options: LifecycleOptions, runtime: Runtime, health: HealthBook, folder: DataFolder, made: ConstructedParts) {
    this.#options = options
    this.#loaded = options.loaded
    this.#runtime = runtime
    this.#health = health
    this.#folder = folder
    this.#made = made
  }

  /** @throws ConfigError, or the system's error when the data folder or an address cannot be had */
  static async start(options: LifecycleOptions, joints: Joints): Promise<Gateway> {
    const { loaded, log, environment, observe } = options
    const { resilience } = loaded.config
    const health = new HealthBook({ failures: resilience.breaker_failures, cooldownMs: resilience.breaker_cooldown_ms })
    const runtime = await buildRuntime(loaded, { generation: 0, observe, environment, p50Ms: id => health.of(id).p50Ms })
    const folder = openDataFolder(loaded.config.data)
    let made: ConstructedParts
    try {
      // Before anything is started: what was left behind may hold files and ports that its successor needs.
      const orphans = await endOrphans(loaded.config.data)
      if (orphans.length > 0) log.warn({ groups: orphans }, 'ended MCP server processes that an earlier gateway left behind')
      made = joints.constructParts({ loaded, runtime, environment, health, version, log })
    } catch (error) {
      folder.release()
      throw error
    }
    const gateway = new Lifecycle(options, runtime, health, folder, made)
    try {
      await made.open()
      await gateway.#open(joints)
    } catch (error) {
      await gateway.close()
      throw error
    }
    return gateway
  }

  get url(): string { return this.#listener?.url ?? '' }
  get adminUrl(): string { return this.#admin?.url ?? '' }

  reload(reason: string): Promise<string | null> {
    const done = this.#reloading.then(() => this.#reload(reason))
    this.#reloading = done
    return done
  }

  close(): Promise<void> { return this.#closing ??= this.#close() }

  async #open({ dispatch }: Joints): Promise<void> {
    const { config } = this.#loaded
    this.#requireServers()
    this.#admin = await startAdmin({
      host: config.admin.host, port: config.admin.port, openMetrics: config.admin.open_metrics, key: openAdminKey(this.#made.adminKey, config.data),
      notReady: () => notReady(this.#made.parts), metrics: () => exposition(this.#made.parts, this.#runtime), status: () => this.#status(), reload: () => this.reload('admin'),
      vault: new VaultDesk(this.#made.parts),
      labels: labelRoutes(new LabelDesk(this.#made.parts, () => this.#runtime)),
      login: { logins: this.#made.parts.logins, target: server => this.#loginTarget(server) },
    })
    this.#listener = await listen({
      host: config.listen.host, port: config.listen.port, maxHeaderBytes: config.limits.header_bytes,
      handle: dispatch(this.#made.parts, () => this.#runtime),
    })
    // In a folder of its own: what else happens in the data folder must not wake the watch.
    mkdirSync(join(config.data, 'registry'), { recursive: true, mode: 0o700 })
    this.#watch.watch(watchedPaths(this.#loaded))
    const exposed = writableByOthers([config.data, ...watchedPaths(this.#loaded)])
    if (exposed.length > 0) this.#options.log.warn({ paths: exposed }, 'others may write these: whoever can change them can change what is allowed')
    this.#warnOfIdleKinds()
    if (this.#options.observe) this.#options.log.warn({}, 'observing: policy stops nothing')
  }

  #warnOfIdleKinds(): void {
    const kinds = idleOwnKinds(this.#loaded.config)
    if (kinds.length > 0) this.#options.log.warn({ kinds }, 'nothing is done about these kinds of your own: name them in policy.settings.data')
  }

  async #reload(reason: string): Promise<string | null> {
    const { log, load, observe, environment } = this.#options
    if (this.#closing !== null) return 'the gateway is shutting down'
    try {
      const loaded = load()
      const runtime = await buildRuntime(loaded, {
        generation: this.#runtime.generation + 1, observe, environment, p50Ms: id => this.#health.of(id).p50Ms,
      })
      const needRestart = fixedSections.filter(section => JSON.stringify(loaded.config[section]) !== JSON.stringify(this.#options.loaded.config[section]))
      if (needRestart.length > 0) log.warn({ sections: needRestart }, 'changes in these sections take effect at the next start')
      // What was found stays remembered where nothing about finding changed.
      if (runtime.detection.digest !== this.#runtime.detection.digest) {
        const { classifier, remoteDetectors } = this.#made.parts
        classifier.update(remoteDetectors.optionsOf(runtime.detection))
        alsoCleanNamesOf(runtime.detection.own)
      }
      this.#runtime = runtime
      this.#loaded = loaded
      this.#warnOfIdleKinds()
      this.#made.parts.credentials.update(runtime.credentials)
      for (const server of this.#made.parts.pins.update(runtime.pinRules)) this.#made.parts.mcpCatalog.drop(server)
      this.#made.parts.mcpPool.update(runtime.mcpServers)
      this.#requireServers()
      // What each client may see can have changed with either the servers or the policy.
      for (const client of [...this.#made.parts.mcpSessions.all(), ...this.#made.parts.mcpListeners.all()]) announceAll(client)
      this.#watch.watch(watchedPaths(loaded))
      log.info({ reason, generation: runtime.generation, policy: runtime.policy.revision }, 'reloaded')
      return null
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      log.error({ reason, problem }, 'reload refused; the configuration and policy in force stay')
      return problem
    }
  }

  #loginTarget(server: string): LoginTarget | null {
    const spec = this.#runtime.mcpServers.find(({ name }) => name === server)
    return spec === undefined ? null : loginTargetOf(spec)
  }

  #status(): unknown {
    const { observe } = this.#options
    return statusOf(this.#made.parts, this.#runtime, { version, observe, file: this.#loaded.file, isShared: this.#loaded.config.state.redis !== null })
  }

  #requireServers(): void {
    const runtime = this.#runtime
    this.#made.parts.mcpRequired.update(runtime.mcpServers.map(({ name }) => name).filter(name => runtime.mcpServer(name)?.required === true))
  }

  async #close(): Promise<void> {
    const { parts } = this.#made
    const { drain_ms: drainMs } = this.#loaded.config.shutdown
    this.#watch.close()
    parts.admission.draining = true
    const closed = this.#listener?.close()
    const until = performance.now() + drainMs
    while (parts.admission.active > 0 && performance.now() < until) await new Promise(resolve => { setTimeout(resolve, 20) })
    if (parts.admission.active > 0) this.#options.log.warn({ active: parts.admission.active }, 'drain time is over; running exchanges are cut')
    // Sessions' streams are held open by their clients: they end now. The last answers get a moment to leave their sockets.
    parts.mcpSessions.close()
    await Promise.race([closed, new Promise(resolve => { setTimeout(resolve, flushMs) })])
    this.#listener?.destroy()
    await closed
    await this.#made.close(Math.max(0, Math.min(2000, until - performance.now())))
    await this.#admin?.close()
    this.#folder.release()
  }
}
