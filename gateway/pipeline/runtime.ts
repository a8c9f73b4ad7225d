// One immutable generation of everything that can change while the process runs. An exchange pins one when it starts; a reload
// builds the next, checks it and swaps the pointer.
import type { PolicyEngine } from '../../policies/engine/contract.ts'
import type { Candidate, Registry } from '../../registry/registry.ts'
import type { PublishedServer } from '../../registry/subregistry.ts'
import type { Config } from '../config/schema.ts'
import type { Credential } from '../exchange/credential.ts'
import type { Dialect } from '../exchange/operation.ts'
import type { Labels, Sensitivity } from '../exchange/labels.ts'
import type { LimitsOf } from '../config/limits-of.ts'
import type { Detection } from '../redaction/detection.ts'
import type { AdmissionRules } from '../stages/admit.ts'
import type { Keyring } from '../stages/authenticate.ts'
import type { CandidateView } from '../stages/facts.ts'
import type { ToolSearch } from '../../registry/tool-search.ts'
import type { Exposing } from '../upstream/mcp-catalog-view.ts'
import type { McpServerSpec } from '../upstream/mcp-server.ts'
import type { PinRule } from '../upstream/pins/judge.ts'

/** Candidates of one requested name, with the view that the policy gets of them. */
export interface CandidateSet {
  readonly candidates: readonly Candidate[]
  /** Of the candidates, in their order. */
  readonly ids: readonly string[]
  readonly view: CandidateView
  /** What the alias says: whether a slow one is hedged. */
  readonly hedge: boolean
}

/** What the operator declared about an MCP server, as decisions and labels need it. */
export interface McpServerFacts {
  readonly env: string | null
  readonly trust: Sensitivity
  /** Put on everything that the server returns. */
  readonly labels: Labels
  /** Put on what comes of this tool or resource: the server's, and what is declared for it. */
  readonly labelsOf: (kind: 'tool' | 'resource' | 'prompt', name: string) => Labels
  /** Without it the endpoints that offer it are of no use. */
  readonly required: boolean
  /** Longest silence of a call: of this tool by the server's own name, or of anything else (null). */
  readonly timeoutOf: (tool: string | null) => number
  /** Longest time of a call, whatever progress is reported. */
  readonly callLimitMs: number
}

/** What is behind one MCP address. */
export interface McpEndpoint {
  readonly servers: readonly string[]
  readonly exposing: Exposing
  /** What a virtual server says of itself; null: what its servers say. */
  readonly instructions: string | null
  /** Null: tools are listed. */
  readonly search: ToolSearch | null
}

export interface Runtime {
  readonly generation: number
  readonly config: Config
  readonly policy: PolicyEngine
  readonly registry: Registry
  readonly keyring: Keyring
  readonly admission: AdmissionRules
  candidatesFor(requested: string, dialect: Dialect): CandidateSet
  /** Budgets and rates that hold for a caller. */
  readonly limitsOf: LimitsOf
  /** What proves to each provider who calls, resolved when the generation was built; providers that need nothing are not in it. */
  readonly credentials: ReadonlyMap<string, readonly Credential[]>
  readonly mcpServers: readonly McpServerSpec[]
  /** What is looked for, beside what the gateway always looks for. */
  readonly detection: Detection
  /** By which rules definitions of each server are judged. */
  readonly pinRules: ReadonlyMap<string, PinRule>
  /** What the subregistry lists. */
  readonly published: readonly PublishedServer[]
  /** What is behind an address ("" for the merged one) for callers of these groups, or undefined. The same object each time: catalogs compare by identity. */
  mcpEndpoint(endpoint: string, groups: readonly string[]): McpEndpoint | undefined
  mcpServer(name: string): McpServerFacts | undefined
}
