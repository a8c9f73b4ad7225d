// What is counted, from one call per exchange. Names and buckets follow the conventions (names.ts); labels never hold ids, URIs or users.
import { failureTable } from '../exchange/failure.ts'
import { usedPercent, type BudgetState, type BudgetWarning } from '../exchange/limits.ts'
import type { OutcomeRecord, RoutePlan } from '../exchange/record.ts'
import type { RootRecord } from '../exchange/root.ts'
import type { ExchangeMetrics, Timings } from '../exchange/trace.ts'
import { expose } from './exposition.ts'
import { Counter, Gauge, Histogram } from './instruments.ts'
import { attributes, metricNames } from './names.ts'

const doubling = Array.from({ length: 14 }, (_, index) => 0.01 * 2 ** index)
const mcpBounds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
const httpBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
// Our own work is measured in microseconds.
const ownBounds = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25]
// One user request may be one call, or thousands.
const rootCallBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
const rootCostBounds = [0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
const amplificationBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

const { operationName, providerName, requestModel, errorType, mcpMethod, toolName, httpRoute, httpStatus, tenant } = attributes
const inference = [operationName, providerName, requestModel, errorType] as const
const tokens = [operationName, providerName, requestModel] as const

const makeInstruments = () => ({
  http: new Histogram({ name: metricNames.httpServerDuration, unit: 's', help: 'Duration of requests served.', labels: [httpRoute, httpStatus] }, httpBounds),
  inference: new Histogram({ name: metricNames.inferenceDuration, unit: 's', help: 'Duration of model calls.', labels: [...inference] }, doubling),
  firstChunk: new Histogram({ name: metricNames.timeToFirstChunk, unit: 's', help: 'Time to the first chunk of an answer.', labels: [...tokens] }, doubling),
  input: new Counter({ name: metricNames.inputTokens, unit: '{token}', help: 'Input tokens, cached ones included.', labels: [...tokens] }),
  output: new Counter({ name: metricNames.outputTokens, unit: '{token}', help: 'Output tokens.', labels: [...tokens] }),
  cacheRead: new Counter({ name: metricNames.cacheReadTokens, unit: '{token}', help: 'Input tokens read from provider caches.', labels: [...tokens] }),
  cacheWrite: new Counter({ name: metricNames.cacheWriteTokens, unit: '{token}', help: 'Input tokens written to provider caches.', labels: [...tokens] }),
  mcpServer: new Histogram({ name: metricNames.mcpServerDuration, unit: 's', help: 'Duration of MCP requests served.', labels: [mcpMethod, toolName, errorType] }, mcpBounds),
  mcpClient: new Histogram({ name: metricNames.mcpClientDuration, unit: 's', help: 'Duration of MCP requests to servers.', labels: [mcpMethod, toolName, errorType] }, mcpBounds),
  decisions: new Counter({ name: metricNames.policyDecisions, unit: '{decision}', help: 'Policy decisions by what was enforced.', labels: ['gateway.policy.result', 'gateway.policy.rule'] }),
  policy: new Histogram({ name: metricNames.policyDuration, unit: 's', help: 'Time spent deciding.', labels: [] }, ownBounds),
  redactions: new Counter({ name: metricNames.redactions, unit: '{redaction}', help: 'Values hidden, by kind.', labels: ['gateway.redaction.kind'] }),
  pseudonymsUnknown: new Counter({ name: metricNames.pseudonymsUnknown, unit: '{pseudonym}', help: 'What looked like a pseudonym of the session and was not restored.', labels: [] }),
  detectorCalls: new Counter({ name: metricNames.detectorCalls, unit: '{call}', help: 'Calls of remote detectors, by what became of them; resting and busy ones were not made.', labels: ['gateway.detector.name', 'gateway.detector.outcome'] }),
  cost: new Counter({ name: metricNames.costUsd, unit: 'USD', help: 'Money spent, USD.', labels: [tenant, requestModel] }),
  routes: new Counter({ name: metricNames.routeSelections, unit: '{selection}', help: 'Candidates chosen.', labels: ['gateway.route.chosen'] }),
  routeSaved: new Counter({ name: metricNames.routeSaved, unit: 'USD', help: 'What choosing saved against the baseline, where it was cheaper.', labels: ['gateway.route.strategy'] }),
  routeExtra: new Counter({ name: metricNames.routeExtra, unit: 'USD', help: 'What choosing cost beyond the baseline, where it was dearer.', labels: ['gateway.route.strategy'] }),
  routeShadow: new Counter({ name: metricNames.routeShadow, unit: '{choice}', help: 'Choices of shadow strategies, by whether they agree with what was done.', labels: ['gateway.route.strategy', 'gateway.route.agrees'] }),
  attempts: new Counter({ name: metricNames.upstreamAttempts, unit: '{attempt}', help: 'Upstream attempts.', labels: [providerName] }),
  rejections: new Counter({ name: metricNames.admissionRejections, unit: '{rejection}', help: 'Exchanges refused before a body was read.', labels: ['gateway.failure.code'] }),
  overhead: new Histogram({ name: metricNames.overhead, unit: 's', help: 'Our own time: duration without waiting for upstreams and remote detectors; streams excluded.', labels: ['gateway.surface'] }, ownBounds),
  failures: new Counter({ name: metricNames.failures, unit: '{failure}', help: 'Exchanges that failed, by code.', labels: ['gateway.failure.code'] }),
  audit: new Counter({ name: metricNames.auditWritten, unit: '{record}', help: 'Audit records written by this process.', labels: [] }),
  auditFailed: new Counter({ name: metricNames.auditFailed, unit: '{record}', help: 'Audit records that could not be written.', labels: [] }),
  pinEvents: new Counter({ name: metricNames.pinEvents, unit: '{event}', help: 'Definitions of MCP servers that were new, changed, moved or flagged, each counted when it was first seen.', labels: ['gateway.mcp.server', 'gateway.pin.event', 'gateway.pin.flag'] }),
  pins: new Gauge({ name: metricNames.pins, unit: '{definition}', help: 'Pinned definitions of MCP servers, by state.', labels: ['gateway.mcp.server', 'gateway.pin.state'] }),
  rootCalls: new Histogram({ name: metricNames.rootCalls, unit: '{call}', help: 'Calls of models and tools that one user request set off, counted when it is over.', labels: [tenant] }, rootCallBounds),
  rootCost: new Histogram({ name: metricNames.rootCostUsd, unit: 'USD', help: 'Cost of one user request with all that it set off, USD.', labels: [tenant] }, rootCostBounds),
  amplification: new Histogram({ name: metricNames.rootAmplification, unit: '1', help: 'Tokens of one user request with all that it set off / tokens of its first request and answer.', labels: [tenant] }, amplificationBounds),
  roots: new Gauge({ name: metricNames.rootsActive, unit: '{request}', help: 'User requests that are not over.', labels: [] }),
  budgetUsed: new Gauge({ name: metricNames.budgetUsed, unit: '1', help: 'Share of a budget that is spent in its window, as last seen; those of sessions are not shown.', labels: ['gateway.budget', 'gateway.budget.scope'] }),
  budgetWarnings: new Counter({ name: metricNames.budgetWarnings, unit: '{warning}', help: 'Steps that budgets reached, each once per window.', labels: ['gateway.budget', 'gateway.budget.step'] }),
  stateLost: new Counter({ name: metricNames.stateLost, unit: '{loss}', help: 'Times that the shared state could not be reached any more.', labels: [] }),
  active: new Gauge({ name: metricNames.active, unit: '{exchange}', help: 'Exchanges in flight.', labels: [] }),
  queueWait: new Histogram({ name: metricNames.queueWait, unit: 's', help: 'Time that calls waited for a place, by limit; those that did not wait are not counted.', labels: ['gateway.limit.name'] }, httpBounds),
  queueLength: new Gauge({ name: metricNames.queueLength, unit: '{call}', help: 'Calls that wait for a place, by limit.', labels: ['gateway.limit.name'] }),
  limitActive: new Gauge({ name: metricNames.limitActive, unit: '{call}', help: 'Places in use, by limit.', labels: ['gateway.limit.name'] }),
  limitMax: new Gauge({ name: metricNames.limitMax, unit: '{call}', help: 'Places that there are, by limit.', labels: ['gateway.limit.name'] }),
})

type Instruments = ReturnType<typeof makeInstruments>

/** Read at each scrape. */
export interface LiveNumbers { readonly active: number; readonly roots: number; readonly limits?: readonly { readonly name: string; readonly active: number; readonly waiting: number; readonly limit: number | null }[]; readonly auditWritten: number; readonly auditFailed: number; readonly pins: ReadonlyMap<string, Readonly<Record<string, number>>> }

const admissionCodes: ReadonlySet<string> = new Set(['auth.missing', 'auth.invalid', 'auth.origin', 'quota.exceeded', 'gateway.overloaded', 'gateway.draining', 'request.too_large'])

// Callers write both: a name that is in no table is no label, or one caller could fill a metric with names of its own.
const mcpMethods: ReadonlySet<string> = new Set([
  'tools/list', 'tools/call', 'resources/list', 'resources/templates/list', 'resources/read', 'prompts/list', 'prompts/get', 'completion/complete',
  'initialize', 'server/discover', 'ping', 'logging/setLevel', 'subscriptions/listen', 'notifications/initialized', 'notifications/cancelled',
])
const methodLabel = (method: string): string => mcpMethods.has(method) ? method : '_OTHER'
const routeLabel = ({ surface, method, action, failure }: OutcomeRecord): string => {
  if (surface === 'mcp') return '/mcp'
  return action === null && (failure === 'request.unsupported' || failure === 'request.method') ? '' : method
}

export class Metrics implements ExchangeMetrics {
  readonly #to: Instruments = makeInstruments()

  constructor() {
    // A code that has not happened yet is visible as 0: an alert on it must not be an alert on nothing.
    for (const code in failureTable) this.#to.failures.add(0, code)
  }

  recordExchange(outcome: OutcomeRecord, timings: Timings): void {
    const to = this.#to
    const seconds = outcome.durationMs / 1000
    to.http.record(seconds, routeLabel(outcome), String(outcome.status))
    if (outcome.surface === 'mcp') this.#mcp(outcome, timings, seconds)
    else if (outcome.route !== null) this.#model(outcome, timings, seconds)
    if (outcome.decision !== null) {
      to.decisions.add(1, outcome.decision.enforced, outcome.decision.reasons[0]?.rule ?? '')
      to.policy.record(timings.policyMs / 1000)
    }
    if (outcome.failure !== null) {
      to.failures.add(1, outcome.failure)
      if (outcome.decision === null && admissionCodes.has(outcome.failure)) to.rejections.add(1, outcome.failure)
    }
    for (const kind in outcome.redactions) to.redactions.add(outcome.redactions[kind] ?? 0, kind)
    if (outcome.unknown !== undefined) to.pseudonymsUnknown.add(outcome.unknown)
    // While a stream runs our time and the upstream's cannot be told apart.
    if (timings.firstChunkMs === null || outcome.surface === 'mcp') to.overhead.record(Math.max(0, outcome.durationMs - timings.upstreamMs - timings.detectorMs) / 1000, outcome.surface)
  }

  /** Servers are those of the configuration, flags those of a table: both are few. */
  recordPin(server: string, event: string, flag: string): void { this.#to.pinEvents.add(1, server, event, flag) }

  /** Limits are the gateway's own and those of the configuration's providers and models. */
  recordWait(limit: string, waitedMs: number): void { this.#to.queueWait.record(waitedMs / 1000, limit) }

  /** Detectors are those of the configuration. */
  recordDetector(detector: string, outcome: string): void { this.#to.detectorCalls.add(1, detector, outcome) }

  /** A user request is over. Tenants are those of the configuration. */
  recordRoot({ calls, costUsd, amplification }: RootRecord, tenantName: string): void {
    const to = this.#to
    to.rootCalls.record(calls, tenantName)
    to.rootCost.record(costUsd, tenantName)
    if (amplification !== null) to.amplification.record(amplification, tenantName)
  }

  /** Budgets are those of the configuration. A session's has no series of its own: callers choose the ids. */
  recordBudget(state: BudgetState): void {
    const { budget: { idleMs, name, scope } } = state
    if (idleMs === null) this.#to.budgetUsed.set(usedPercent(state) / 100, name, scope)
  }

  recordBudgetWarning({ budget: { name }, step }: BudgetWarning): void { this.#to.budgetWarnings.add(1, name, String(step)) }

  recordStateLost(): void { this.#to.stateLost.add(1) }

  /** Prometheus text of everything counted so far. */
  exposition(live: LiveNumbers): string {
    this.#to.active.set(live.active)
    this.#to.roots.set(live.roots)
    this.#to.audit.set(live.auditWritten)
    this.#to.auditFailed.set(live.auditFailed)
    for (const { name, active, waiting, limit } of live.limits ?? []) {
      this.#to.limitActive.set(active, name)
      this.#to.queueLength.set(waiting, name)
      if (limit !== null) this.#to.limitMax.set(limit, name)
    }
    for (const [server, counts] of live.pins) for (const [state, count] of Object.entries(counts)) this.#to.pins.set(count, server, state)
    return expose(Object.values(this.#to))
  }

  #plan({ inputs, planned, savedUsd, shadow }: RoutePlan): void {
    if (savedUsd !== null && savedUsd > 0) this.#to.routeSaved.add(savedUsd, inputs.strategy)
    else if (savedUsd !== null && savedUsd < 0) this.#to.routeExtra.add(-savedUsd, inputs.strategy)
    if (shadow !== null) this.#to.routeShadow.add(1, shadow.strategy, String(shadow.chosen === planned))
  }

  #mcp(outcome: OutcomeRecord, timings: Timings, seconds: number): void {
    const error = outcome.failure ?? ''
    const tool = outcome.action === 'tool.call' && outcome.target.server !== null ? outcome.target.name ?? '' : ''
    const method = methodLabel(outcome.method)
    this.#to.mcpServer.record(seconds, method, tool, error)
    if (timings.upstreamMs > 0) this.#to.mcpClient.record(timings.upstreamMs / 1000, method, tool, error)
  }

  #model(outcome: OutcomeRecord, timings: Timings, seconds: number): void {
    const to = this.#to
    const { route, usage } = outcome
    if (route === null) return
    const operation = outcome.action === 'model.embed' ? 'embeddings' : 'chat'
    to.inference.record(seconds, operation, route.provider, route.chosen, outcome.failure ?? '')
    if (timings.firstChunkMs !== null) to.firstChunk.record(timings.firstChunkMs / 1000, operation, route.provider, route.chosen)
    to.routes.add(1, route.chosen)
    to.attempts.add(route.attempts, route.provider)
    if (route.plan !== undefined) this.#plan(route.plan)
    if (usage !== null) {
      to.input.add(usage.input, operation, route.provider, route.chosen)
      to.output.add(usage.output, operation, route.provider, route.chosen)
      if (usage.cacheRead > 0) to.cacheRead.add(usage.cacheRead, operation, route.provider, route.chosen)
      if (usage.cacheWrite > 0) to.cacheWrite.add(usage.cacheWrite, operation, route.provider, route.chosen)
    }
    if (outcome.costUsd !== null) to.cost.add(outcome.costUsd, outcome.principal?.subject.tenant ?? '', route.chosen)
  }
}
