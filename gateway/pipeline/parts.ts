// The long-lived parts that assemble.ts constructs once and every generation shares.
import type { FileAuditLog } from '../audit/file-log.ts'
import type { Authorizer } from '../exchange/credential.ts'
import type { JsonDocument } from '../exchange/document.ts'
import type { ResponseBook } from '../exchange/kept-response.ts'
import type { RootBook } from '../exchange/root.ts'
import type { CallBook } from '../exchange/model-call.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { ResentBodies } from '../surfaces/json/resent-bodies.ts'
import type { SpanHandle } from '../exchange/trace.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import type { RemoteBook } from '../redaction/detection.ts'
import type { Admission } from '../stages/admit.ts'
import type { HttpClient } from '../stages/forward.ts'
import type { McpListeners } from '../surfaces/mcp/listeners.ts'
import type { McpSessions } from '../surfaces/mcp/sessions.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Parking } from '../upstream/mcp-parking.ts'
import type { StateSealer } from '../sessions/sealed-state.ts'
import type { McpCatalog } from '../upstream/mcp-catalog.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'
import type { PinBook } from '../upstream/pins/pin-book.ts'
import type { RequiredServers } from '../upstream/mcp-required.ts'
import type { Logins } from '../upstream/oauth/logins.ts'
import type { CredentialBook } from './credential-book.ts'
import type { HealthBook } from './health-book.ts'
import type { IdempotencyBook } from './idempotency-book.ts'
import type { LimitBook } from './upstream-limits.ts'
import type { RouteBook } from './route-book.ts'

export interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}

export interface Parts {
  readonly version: string
  readonly admission: Admission
  readonly classifier: Classifier
  readonly remoteDetectors: RemoteBook
  readonly sessions: SessionStore
  readonly responses: ResponseBook
  readonly roots: RootBook
  readonly taint: TaintBook
  readonly calls: CallBook
  readonly audit: FileAuditLog
  readonly metrics: Metrics
  readonly startSpan: (name: string, inbound: string | undefined) => SpanHandle
  readonly http: HttpClient
  /** Puts a provider's credential on a request at the moment it is sent. */
  readonly authorizer: Authorizer
  readonly health: HealthBook
  readonly limits: LimitBook
  readonly idempotency: IdempotencyBook
  readonly credentials: CredentialBook
  readonly routes: RouteBook
  readonly readJson: (bytes: Buffer | string, limits: { readonly maxDepth: number }) => JsonDocument
  /** Reads the bodies of model calls, which begin as the last ones did. */
  readonly bodies: ResentBodies
  readonly mcpPool: McpPool
  readonly logins: Logins
  readonly mcpCatalog: McpCatalog
  readonly mcpSessions: McpSessions
  readonly mcpListeners: McpListeners
  readonly mcpRequired: RequiredServers
  readonly pins: PinBook
  readonly mcpParking: Parking
  readonly stateSealer: StateSealer
  readonly log: Log
}
