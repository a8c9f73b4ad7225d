// What the gateway says of itself to whoever operates it: readiness, metrics, and the status that `/status` shows.
import { loginTargetOf, type LoginState } from '../upstream/oauth/login-target.ts'
import type { Parts } from './parts.ts'
import type { Runtime } from './runtime.ts'
import type { GateState } from './upstream-limits.ts'

/** What the status says of how this process was started. */
export interface Started {
  readonly version: string
  /** The configuration file; null where the embedded defaults are in force. */
  readonly file: string | null
  readonly observe: boolean
  /** State is shared with other gateways. */
  readonly isShared: boolean
}

/** Why no new work should be sent here; null where nothing speaks against it. */
export const notReady = ({ admission, audit, sessions, mcpRequired }: Parts): string | null => {
  if (admission.draining) return 'draining'
  if (!audit.writable) return 'the audit log cannot be written'
  return sessions.problem ?? mcpRequired.missing
}

/** What is in use of every limit: the gateway's own, those of keys together, and of each provider and model. */
const limitStates = ({ admission, limits }: Parts, runtime: Runtime): readonly GateState[] => [
  { name: 'exchanges', active: admission.active, waiting: admission.waiting, limit: runtime.admission.exchanges },
  { name: 'keys', active: admission.activeOfKeys, waiting: admission.waitingForKeys, limit: null }, ...limits.states(),
]

/** All metrics, in the text format that the scraper asks for. */
export const exposition = (parts: Parts, runtime: Runtime): string => {
  const { metrics, admission, audit, pins, roots } = parts
  return metrics.exposition({
    active: admission.active, roots: roots.size, limits: limitStates(parts, runtime), auditWritten: audit.written, auditFailed: audit.failed,
    pins: new Map(runtime.mcpServers.map(({ name }) => [name, pins.counts(name)])),
  })
}

const loginStates = ({ logins }: Parts, runtime: Runtime): readonly LoginState[] =>
  runtime.mcpServers.map(loginTargetOf).filter(target => target !== null).map(target => logins.state(target)).filter(({ state }) => state !== 'none')

/** The gateway at a glance; holds no secrets and no content. */
export const statusOf = (parts: Parts, runtime: Runtime, { version, file, observe, isShared }: Started): unknown => ({
  version, generation: runtime.generation, policy: runtime.policy.revision, config: file ?? 'embedded defaults', observe,
  active: parts.admission.active, state: { shared: isShared, problem: parts.sessions.problem },
  audit: { writable: parts.audit.writable, written: parts.audit.written, head: parts.audit.head },
  mcp: parts.mcpPool.health().map(one => ({ ...one, required: runtime.mcpServer(one.server)?.required ?? false, pins: parts.pins.counts(one.server) })),
  pins_problem: parts.pins.problem, mcp_logins: loginStates(parts, runtime), mcp_sessions: parts.mcpSessions.size, resting: parts.health.resting(),
  limits: limitStates(parts, runtime), credentials: parts.credentials.states(),
})
