// Dashboards, alerts and other people's queries hold these names literally: so does this test. A rename is a decision, never an accident.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Metrics } from '../../../gateway/telemetry/metrics.ts'
import { attributes, metricNames } from '../../../gateway/telemetry/names.ts'

const typesOf = (text: string): Record<string, string> =>
  Object.fromEntries(text.split('\n').filter(line => line.startsWith('# TYPE ')).map(line => line.slice('# TYPE '.length).split(' ') as [string, string]))

test('every attribute has its pinned name', () => {
  assert.deepEqual(Object.values(attributes), [
    'error.type', 'http.request.method', 'http.route', 'http.response.status_code', 'client.address', 'server.address', 'server.port', 'network.transport',
    'gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.request.stream', 'gen_ai.response.model', 'gen_ai.response.id',
    'gen_ai.response.finish_reasons', 'gen_ai.conversation.id', 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens',
    'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_write.input_tokens', 'gen_ai.tool.name', 'gen_ai.prompt.name',
    'mcp.method.name', 'mcp.protocol.version', 'mcp.session.id', 'jsonrpc.request.id',
    'gateway.tenant', 'gateway.exchange.id', 'gateway.policy.result', 'gateway.policy.rule', 'gateway.policy.revision', 'gateway.stage.decide.ms', 'gateway.stage.inspect.ms', 'gateway.route.chosen',
    'gateway.route.reason', 'gateway.cost.usd', 'gateway.redactions.count', 'gateway.redactions.kinds', 'gateway.pseudonyms.unknown.count', 'gateway.attempts',
    'gateway.root.request', 'gateway.root.depth', 'gateway.root.calls', 'gateway.root.cost.usd', 'gateway.root.amplification',
  ])
})

test('every metric has its pinned name', () => {
  assert.deepEqual(Object.values(metricNames), [
    'http.server.request.duration', 'gen_ai.client.inference.duration', 'gen_ai.client.inference.time_to_first_chunk',
    'gen_ai.client.inference.usage.input_tokens', 'gen_ai.client.inference.usage.output_tokens',
    'gen_ai.client.inference.usage.cache_read.input_tokens', 'gen_ai.client.inference.usage.cache_write.input_tokens',
    'mcp.server.operation.duration', 'mcp.client.operation.duration',
    'gateway.policy.decisions', 'gateway.policy.duration', 'gateway.redactions', 'gateway.pseudonyms.unknown', 'gateway.detector.calls', 'gateway.cost.usd', 'gateway.route.selections',
    'gateway.route.saved', 'gateway.route.extra', 'gateway.route.shadow.choices',
    'gateway.upstream.attempts', 'gateway.admission.rejections', 'gateway.audit.written', 'gateway.audit.failed', 'gateway.overhead.duration',
    'gateway.failures', 'gateway.exchanges.active', 'gateway.pin.events', 'gateway.pins', 'gateway.queue.wait', 'gateway.queue.length', 'gateway.limit.active', 'gateway.limit.max',
    'gateway.root.calls', 'gateway.root.cost.usd', 'gateway.root.amplification', 'gateway.roots.active',
    'gateway.budget.used_ratio', 'gateway.budget.warnings', 'gateway.state.lost',
  ])
})

test('a scrape shows every metric under its pinned Prometheus name and type', () => {
  assert.deepEqual(typesOf(new Metrics().exposition({ active: 0, roots: 0, auditWritten: 0, auditFailed: 0, pins: new Map() })), {
    http_server_request_duration_seconds: 'histogram',
    gen_ai_client_inference_duration_seconds: 'histogram',
    gen_ai_client_inference_time_to_first_chunk_seconds: 'histogram',
    gen_ai_client_inference_usage_input_tokens_total: 'counter',
    gen_ai_client_inference_usage_output_tokens_total: 'counter',
    gen_ai_client_inference_usage_cache_read_input_tokens_total: 'counter',
    gen_ai_client_inference_usage_cache_write_input_tokens_total: 'counter',
    mcp_server_operation_duration_seconds: 'histogram',
    mcp_client_operation_duration_seconds: 'histogram',
    gateway_policy_decisions_total: 'counter',
    gateway_policy_duration_seconds: 'histogram',
    gateway_redactions_total: 'counter',
    gateway_pseudonyms_unknown_total: 'counter',
    gateway_detector_calls_total: 'counter',
    gateway_cost_usd_USD_total: 'counter',
    gateway_route_selections_total: 'counter',
    gateway_route_saved_USD_total: 'counter', gateway_route_extra_USD_total: 'counter', gateway_route_shadow_choices_total: 'counter',
    gateway_upstream_attempts_total: 'counter',
    gateway_admission_rejections_total: 'counter',
    gateway_overhead_duration_seconds: 'histogram',
    gateway_failures_total: 'counter',
    gateway_audit_written_total: 'counter',
    gateway_audit_failed_total: 'counter',
    gateway_pin_events_total: 'counter',
    gateway_pins: 'gauge',
    gateway_queue_wait_seconds: 'histogram',
    gateway_queue_length: 'gauge',
    gateway_limit_active: 'gauge',
    gateway_limit_max: 'gauge',
    gateway_root_calls: 'histogram',
    gateway_root_cost_usd_USD: 'histogram',
    gateway_root_amplification: 'histogram',
    gateway_roots_active: 'gauge',
    gateway_budget_used_ratio: 'gauge',
    gateway_budget_warnings_total: 'counter',
    gateway_state_lost_total: 'counter',
    gateway_exchanges_active: 'gauge',
  })
})

test('metrics.ts takes every metric and attribute name from names.ts, apart from labels of its own', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../gateway/telemetry/metrics.ts'), 'utf8')
  const literal = [...source.matchAll(/'((?:gen_ai|mcp|http|gateway|error)\.[a-z_.]+)'/g)].map(match => match[1])
  const codes = ['gateway.overloaded', 'gateway.draining']
  assert.deepEqual([...new Set(literal)].filter(name => !codes.includes(name!)).sort(), [
    'gateway.budget', 'gateway.budget.scope', 'gateway.budget.step', 'gateway.detector.name', 'gateway.detector.outcome', 'gateway.failure.code', 'gateway.limit.name', 'gateway.mcp.server', 'gateway.pin.event', 'gateway.pin.flag', 'gateway.pin.state', 'gateway.policy.result', 'gateway.policy.rule', 'gateway.redaction.kind', 'gateway.route.agrees', 'gateway.route.chosen', 'gateway.route.strategy', 'gateway.surface',
  ])
})
