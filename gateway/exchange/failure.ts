// The closed list of everything that can go wrong, and the one error class that carries it.
// Renderers (one per dialect, in surfaces/) read this table; nothing else decides a status code.

/** Who has to act for the failure to go away. */
export type Fault = 'caller' | 'rule' | 'us' | 'upstream' | 'config'

export interface FailureRow {
  /** HTTP status on model surfaces, and on MCP when the failure is one of the HTTP level (authentication, Host, Origin, size). */
  readonly http: number
  /** JSON-RPC error code on the MCP surface; null where MCP answers at HTTP level only. */
  readonly jsonrpc: number | null
  readonly fault: Fault
  /** May the gateway itself try another candidate after this failure (only while no byte was answered)? */
  readonly retry: boolean
  /** What the reader of the error can do about it. One sentence, shown to callers and printed in the README. */
  readonly remedy: string
}

const row = (http: number, jsonrpc: number | null, fault: Fault, retry: boolean, remedy: string): FailureRow =>
  ({ http, jsonrpc, fault, retry, remedy })

export const failureTable = {
  'request.malformed': row(400, -32600, 'caller', false, 'Correct the named field and send the request again.'),
  'request.unsupported': row(404, -32601, 'caller', false, 'Use one of the endpoints or methods that the gateway lists.'),
  'request.method': row(405, -32601, 'caller', false, 'Use a method that the Allow header names.'),
  'request.unknown_tool': row(404, -32602, 'caller', false, 'Call tools/list and use a name from it.'),
  'request.previous_response': row(400, -32600, 'caller', false, 'Send the whole conversation as input, or go on from a response that this key was given.'),
  'request.unknown_response': row(404, -32602, 'caller', false, 'Name a response that the gateway keeps for this key: one of a model whose provider does not keep responses itself.'),
  'request.too_large': row(413, -32600, 'caller', false, 'Send a smaller body, or raise limits.body_bytes.'),
  'request.session': row(404, -32001, 'caller', false, 'Start a new session with initialize.'),
  'request.idempotency': row(400, -32600, 'caller', false, 'Use one Idempotency-Key per request: a new one for another body.'),
  'request.thread': row(404, -32600, 'caller', false, 'Send the whole conversation again, as a new thread; the SDKs do that by themselves.'),
  'auth.missing': row(401, null, 'caller', false, 'Send a gateway key as "Authorization: Bearer …", "x-api-key" or "x-goog-api-key"; in an address none is read.'),
  'auth.invalid': row(401, null, 'caller', false, 'Use a key from the gateway configuration; keys of providers are not accepted.'),
  'auth.origin': row(403, null, 'caller', false, 'Call the gateway by a name in listen.allowed_hosts, from an origin in listen.allowed_origins.'),
  'policy.denied': row(403, -32602, 'rule', false, 'Change the request so that the named rule allows it, or ask the policy owner.'),
  'policy.approval_required': row(403, -32602, 'rule', false, 'This call needs a human approval of the named class; ask an operator to run it or to change the rule.'),
  'policy.unavailable': row(503, -32603, 'us', false, 'The policy cannot be evaluated; nothing passes until an operator repairs it.'),
  'quota.exceeded': row(429, -32029, 'caller', false, 'Wait for the time in Retry-After.'),
  'budget.exhausted': row(429, -32029, 'caller', false, 'Wait until the budget window resets, or ask for a higher limit.'),
  'gateway.overloaded': row(503, -32603, 'us', false, 'Retry shortly; the gateway is at its concurrency limit.'),
  'gateway.draining': row(503, -32603, 'us', false, 'Retry; this instance is shutting down.'),
  'route.none': row(404, -32602, 'config', false, 'Ask for a configured model or alias (GET /v1/models), or relax what the request needs.'),
  'route.unhealthy': row(503, -32603, 'config', false, 'Retry later; no allowed model is healthy at the moment.'),
  'route.lossy': row(400, -32600, 'caller', false, 'Leave the named field out, or name a model whose provider speaks your dialect.'),
  'upstream.connect': row(502, -32603, 'upstream', true, 'The upstream could not be reached; an operator should check its address.'),
  'upstream.timeout': row(504, -32603, 'upstream', true, 'The upstream did not answer in time; retry, or raise its timeout.'),
  'upstream.protocol': row(502, -32603, 'upstream', true, 'The upstream answered something that its protocol does not allow.'),
  'upstream.refused': row(502, -32603, 'upstream', true, 'The upstream refused the request; its own status is in the detail.'),
  'content.blocked': row(403, -32602, 'rule', false, 'Remove the named kind of sensitive data, or ask the policy owner.'),
  'audit.unavailable': row(503, -32603, 'us', false, 'The audit log cannot be written; nothing passes until it can.'),
  'state.unavailable': row(503, -32603, 'us', false, 'Shared state (sessions, budgets) cannot be reached; nothing passes until it can. Retry shortly.'),
  'client.gone': row(499, null, 'caller', false, 'The caller closed the connection before the answer was complete.'),
  'gateway.bug': row(500, -32603, 'us', false, 'This is a defect of the gateway; report it with the exchange id.'),
} as const satisfies Record<string, FailureRow>

export type FailureCode = keyof typeof failureTable

/** Machine-readable facts about a failure. Never secrets, never prompt text: this reaches callers, logs and audit. */
export interface FailureDetail {
  /** JSON pointer or dotted path of the field at fault. */
  readonly field?: string
  /** Overrides the table's remedy where a more exact one is known. */
  readonly remedy?: string
  /** Rule that denied, as `package.rule`. */
  readonly rule?: string
  /** Approval class, with policy.approval_required. */
  readonly approvalClass?: string
  /** Status that an upstream answered with. */
  readonly upstreamStatus?: number
  readonly [key: string]: string | number | boolean | undefined
}

export interface FailureOptions {
  readonly detail?: FailureDetail
  readonly cause?: unknown
  readonly retryAfterMs?: number
}

/** The only error that stages and surfaces throw on purpose. `message` is one sentence that is safe to show to the caller. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly detail: FailureDetail
  readonly retryAfterMs: number | undefined

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.detail = options.detail ?? {}
    this.retryAfterMs = options.retryAfterMs
  }

  get row(): FailureRow { return failureTable[this.code] }
  get remedy(): string { return this.detail.remedy ?? failureTable[this.code].remedy }
}

/** Turns anything thrown into a Failure; what is not one is a defect of ours. */
export const asFailure = (thrown: unknown): Failure =>
  thrown instanceof Failure ? thrown : new Failure('gateway.bug', 'The gateway failed unexpectedly.', { cause: thrown })
