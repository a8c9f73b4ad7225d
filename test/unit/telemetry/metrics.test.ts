// What one exchange adds to the metrics, read from the exposition as a scraper reads it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureTable } from '../../../gateway/exchange/failure.ts'
import { Metrics } from '../../../gateway/telemetry/metrics.ts'
import { identifying, modelCall, refused, timings, toolCall } from './outcomes.ts'

const live = { active: 0, roots: 0, auditWritten: 0, auditFailed: 0, pins: new Map() }

const scrape = (metrics: Metrics): string[] => metrics.exposition(live).trimEnd().split('\n')

/** Samples by name and labels; buckets and failure codes that never happened are left out. */
const samples = (metrics: Metrics): Record<string, number> =>
  Object.fromEntries(scrape(metrics).flatMap((line): [string, number][] => {
    const [series = '', value = ''] = line.split(/ (?=[^ ]*$)/)
    const idle = value === '0' && /^(?:gateway_failures_total|gateway_audit_|gateway_exchanges_active|gateway_roots_active)/.test(series)
    return line.startsWith('#') || series.includes('_bucket{') || idle ? [] : [[series, Number(value)]]
  }))

test('a model call is counted with its operation, provider and model', () => {
  const metrics = new Metrics()
  metrics.recordExchange(modelCall(), timings({ upstreamMs: 2499, firstChunkMs: 320 }))
  const model = 'gen_ai_operation_name="chat",gen_ai_provider_name="claude",gen_ai_request_model="claude/sonnet-5"'
  assert.deepEqual(samples(metrics), {
    'http_server_request_duration_seconds_sum{http_route="/v1/messages",http_response_status_code="200"}': 2.5,
    'http_server_request_duration_seconds_count{http_route="/v1/messages",http_response_status_code="200"}': 1,
    [`gen_ai_client_inference_duration_seconds_sum{${model},error_type=""}`]: 2.5,
    [`gen_ai_client_inference_duration_seconds_count{${model},error_type=""}`]: 1,
    [`gen_ai_client_inference_time_to_first_chunk_seconds_sum{${model}}`]: 0.32,
    [`gen_ai_client_inference_time_to_first_chunk_seconds_count{${model}}`]: 1,
    [`gen_ai_client_inference_usage_input_tokens_total{${model}}`]: 1200,
    [`gen_ai_client_inference_usage_output_tokens_total{${model}}`]: 34,
    [`gen_ai_client_inference_usage_cache_read_input_tokens_total{${model}}`]: 1000,
    [`gen_ai_client_inference_usage_cache_write_input_tokens_total{${model}}`]: 5,
    'gateway_policy_decisions_total{gateway_policy_result="allow",gateway_policy_rule="org.model_access.allowed"}': 1,
    'gateway_policy_duration_seconds_sum': 0.0000625,
    'gateway_policy_duration_seconds_count': 1,
    'gateway_redactions_total{gateway_redaction_kind="email"}': 2,
    'gateway_redactions_total{gateway_redaction_kind="iban"}': 1,
    'gateway_cost_usd_USD_total{gateway_tenant="acme",gen_ai_request_model="claude/sonnet-5"}': 0.0125,
    'gateway_route_selections_total{gateway_route_chosen="claude/sonnet-5"}': 1,
    'gateway_upstream_attempts_total{gen_ai_provider_name="claude"}': 2,
  })
})

test('an embedding is an operation of its own, and a whole answer shows our own time, without waiting for upstreams and detectors', () => {
  const metrics = new Metrics()
  metrics.recordExchange(modelCall({ action: 'model.embed', durationMs: 32 }), timings({ upstreamMs: 20, detectorMs: 10 }))
  const found = samples(metrics)
  assert.equal(found['gen_ai_client_inference_duration_seconds_count{gen_ai_operation_name="embeddings",gen_ai_provider_name="claude",gen_ai_request_model="claude/sonnet-5",error_type=""}'], 1)
  assert.equal(found['gateway_overhead_duration_seconds_sum{gateway_surface="anthropic"}'], 0.002)
})

test('an MCP call is counted on both sides with its method and tool', () => {
  const metrics = new Metrics()
  metrics.recordExchange(toolCall(), timings())
  const tool = 'mcp_method_name="tools/call",gen_ai_tool_name="db__query",error_type=""'
  assert.deepEqual(samples(metrics), {
    'http_server_request_duration_seconds_sum{http_route="/mcp",http_response_status_code="200"}': 0.04,
    'http_server_request_duration_seconds_count{http_route="/mcp",http_response_status_code="200"}': 1,
    [`mcp_server_operation_duration_seconds_sum{${tool}}`]: 0.04,
    [`mcp_server_operation_duration_seconds_count{${tool}}`]: 1,
    [`mcp_client_operation_duration_seconds_sum{${tool}}`]: 0.03,
    [`mcp_client_operation_duration_seconds_count{${tool}}`]: 1,
    'gateway_policy_decisions_total{gateway_policy_result="allow",gateway_policy_rule="org.model_access.allowed"}': 1,
    'gateway_policy_duration_seconds_sum': 0.0000625,
    'gateway_policy_duration_seconds_count': 1,
    'gateway_overhead_duration_seconds_sum{gateway_surface="mcp"}': 0.01,
    'gateway_overhead_duration_seconds_count{gateway_surface="mcp"}': 1,
  })
})

test('a denied tool call never counts as a call to its server', () => {
  const metrics = new Metrics()
  const { decision } = toolCall()
  metrics.recordExchange(
    toolCall({ failure: 'policy.denied', decision: { ...decision!, result: 'deny', enforced: 'deny', reasons: [{ rule: 'org.tool_access.forbidden', message: 'no' }] } }),
    timings({ upstreamMs: 0 }),
  )
  const found = samples(metrics)
  assert.equal(found['mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call",gen_ai_tool_name="db__query",error_type="policy.denied"}'], 1)
  assert.equal(found['gateway_policy_decisions_total{gateway_policy_result="deny",gateway_policy_rule="org.tool_access.forbidden"}'], 1)
  assert.equal(found['gateway_failures_total{gateway_failure_code="policy.denied"}'], 1)
  assert.deepEqual(Object.keys(found).filter(series => series.startsWith('mcp_client') || series.startsWith('gateway_admission')), [])
})

test('a call that was refused at the door is a rejection and a failure, and no decision', () => {
  const metrics = new Metrics()
  metrics.recordExchange(refused(), timings({ upstreamMs: 0, policyMs: 0 }))
  const found = samples(metrics)
  assert.equal(found['gateway_admission_rejections_total{gateway_failure_code="auth.missing"}'], 1)
  assert.equal(found['gateway_failures_total{gateway_failure_code="auth.missing"}'], 1)
  assert.equal(found['http_server_request_duration_seconds_count{http_route="/v1/messages",http_response_status_code="401"}'], 1)
  assert.deepEqual(Object.keys(found).filter(series => /decisions|policy_duration|gen_ai|mcp_/.test(series)), [])
})

test('an upstream failure after a decision is no rejection', () => {
  const metrics = new Metrics()
  metrics.recordExchange(modelCall({ failure: 'upstream.timeout', status: 504, usage: null, costUsd: null }), timings())
  const found = samples(metrics)
  assert.equal(found['gateway_failures_total{gateway_failure_code="upstream.timeout"}'], 1)
  assert.equal(found['gen_ai_client_inference_duration_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="claude",gen_ai_request_model="claude/sonnet-5",error_type="upstream.timeout"}'], 1)
  assert.deepEqual(Object.keys(found).filter(series => /admission|tokens|cost/.test(series)), [])
})

test('every failure code is visible before it happens', () => {
  const shown = scrape(new Metrics()).filter(line => line.startsWith('gateway_failures_total'))
  assert.deepEqual(shown, Object.keys(failureTable).map(code => `gateway_failures_total{gateway_failure_code="${code}"} 0`))
})

test('live numbers are those of the scrape', () => {
  const metrics = new Metrics()
  metrics.exposition({ active: 9, roots: 0, auditWritten: 1, auditFailed: 0, pins: new Map() })
  const lines = metrics.exposition({ active: 3, roots: 5, auditWritten: 70, auditFailed: 2, pins: new Map() }).split('\n')
  for (const line of ['gateway_exchanges_active 3', 'gateway_roots_active 5', 'gateway_audit_written_total 70', 'gateway_audit_failed_total 2']) assert.ok(lines.includes(line), line)
})

test('what a user request came to is counted by tenant, and by nothing that names it', () => {
  const metrics = new Metrics()
  const root = { request: identifying.exchange, session: identifying.session, depth: 1, calls: 30, modelCalls: 10, toolCalls: 20, models: 2, tokensIn: 9000, tokensOut: 1000, costUsd: 0.25, firstTokens: 500, amplification: 20 }
  metrics.recordRoot(root, 'acme')
  metrics.recordRoot({ ...root, calls: 1, costUsd: 0, firstTokens: null, amplification: null }, 'acme')
  const found = samples(metrics)
  const tenant = '{gateway_tenant="acme"}'
  assert.deepEqual([found[`gateway_root_calls_sum${tenant}`], found[`gateway_root_calls_count${tenant}`]], [31, 2])
  assert.equal(found[`gateway_root_cost_usd_USD_sum${tenant}`], 0.25)
  assert.deepEqual([found[`gateway_root_amplification_sum${tenant}`], found[`gateway_root_amplification_count${tenant}`]], [20, 1])
  const text = metrics.exposition(live)
  for (const value of [identifying.exchange, identifying.session]) assert.ok(!text.includes(value))
})

test('no label holds an id, a caller, a resource or a prompt', () => {
  const metrics = new Metrics()
  metrics.recordExchange(modelCall(), timings({ firstChunkMs: 5 }))
  metrics.recordExchange(toolCall(), timings())
  metrics.recordExchange(toolCall({ action: 'resource.read', method: 'resources/read', target: { name: identifying.resource, server: 'files' } }), timings())
  metrics.recordExchange(toolCall({ action: 'prompt.get', method: 'prompts/get', target: { name: identifying.prompt, server: 'files' } }), timings())
  metrics.recordExchange(refused(), timings())
  const text = metrics.exposition(live)
  for (const [what, value] of Object.entries(identifying)) assert.ok(!text.includes(value), `${what} is a label`)
})

test('names that callers make up are no labels: methods, tools nobody serves, paths', () => {
  const metrics = new Metrics()
  for (let count = 0; count < 50; count += 1) {
    metrics.recordExchange(toolCall({ action: null, method: `made/up${count}`, decision: null, failure: 'request.unsupported', target: { name: null, server: null } }), timings({ upstreamMs: 0 }))
    metrics.recordExchange(toolCall({ target: { name: `made_up_tool${count}`, server: null }, decision: null, failure: 'request.unknown_tool' }), timings({ upstreamMs: 0 }))
    metrics.recordExchange(refused({ method: `/made/up${count}`, status: 404, failure: 'request.unsupported' }), timings({ upstreamMs: 0 }))
  }
  const found = samples(metrics)
  assert.equal(Object.keys(found).filter(series => series.includes('made')).length, 0)
  assert.equal(found['mcp_server_operation_duration_seconds_count{mcp_method_name="_OTHER",gen_ai_tool_name="",error_type="request.unsupported"}'], 50)
  assert.equal(found['http_server_request_duration_seconds_count{http_route="",http_response_status_code="404"}'], 50)
})

test('past a thousand series of one metric the rest share one, and nothing is lost', () => {
  const metrics = new Metrics()
  const { route } = modelCall()
  for (let count = 0; count < 1500; count += 1) metrics.recordExchange(modelCall({ route: { ...route!, chosen: `claude/model-${count}` } }), timings())
  const costs = Object.entries(samples(metrics)).filter(([series]) => series.startsWith('gateway_cost_usd_USD_total'))
  assert.equal(costs.length, 1001)
  assert.ok(Math.abs(costs.reduce((sum, [, value]) => sum + value, 0) - 1500 * 0.0125) < 1e-9)
  const selections = samples(metrics)
  assert.equal(selections['gateway_route_selections_total{gateway_route_chosen="other"}'], 500)
  assert.equal(selections['gateway_route_selections_total{gateway_route_chosen="claude/model-3"}'], 1)
})
