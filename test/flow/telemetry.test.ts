// One trace per exchange: what was decided, where it went and what it cost, joined with the audit record and the provider's own trace.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectedSpan, OtlpCollector } from '../support/otlp-collector.ts'
import { startOtlpCollector } from '../support/otlp-collector.ts'
import { troubles } from '../support/fake-provider.ts'
import { chat, keys, message, startWorld, type World } from './setup.ts'

const prompt = 'the weather over the moor'
const dialects = [{ path: '/v1/chat/completions', ask: chat, provider: 'cloud' }, { path: '/v1/messages', ask: message, provider: 'cloud-anthropic' }] as const

const telemetry = (collector: OtlpCollector, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  ({ telemetry: { otlp_endpoint: collector.url, ...more } })

/** Stopping sends what is left, so that nothing waits for a batch to be due. */
const spansOf = async (world: World, collector: OtlpCollector): Promise<readonly CollectedSpan[]> => {
  await world.close()
  assert.deepEqual(collector.faults, [])
  return collector.spans
}

const only = (spans: readonly CollectedSpan[], kind: CollectedSpan['kind']): CollectedSpan => {
  const found = spans.filter(span => span.kind === kind)
  assert.equal(found.length, 1, spans.map(span => `${span.kind} ${span.name}`).join(', '))
  return found[0] as CollectedSpan
}

for (const { path, ask, provider } of dialects) {
  for (const stream of [false, true]) {
    test(`${path}, ${stream ? 'stream' : 'whole answer'}: the server span tells the decision, the route and the cost, and the call to the provider is its child`, async t => {
      const collector = await startOtlpCollector(t)
      const world = await startWorld(t, { config: telemetry(collector) })
      const response = await world.post(path, ask(`${prompt} from anna.muster@example.com`, { model: 'cloud-only', stream }))
      assert.equal(response.status, 200)
      await response.text()
      const spans = await spansOf(world, collector)
      const server = only(spans, 'server')
      const client = only(spans, 'client')
      const outcome = world.outcomes().at(-1)
      assert.equal(server.name, `POST ${path}`)
      assert.equal(server.parentSpanId, null)
      assert.deepEqual([client.parentSpanId, client.traceId], [server.spanId, server.traceId])
      for (const span of spans) if (span !== server) assert.equal(span.parentSpanId, server.spanId)
      assert.equal(outcome?.['trace'], server.traceId)
      assert.equal(outcome['sampled'], true)
      assert.equal(response.headers.get('x-portcullis-trace'), server.traceId)
      assert.equal(server.attributes['gateway.exchange.id'], response.headers.get('x-portcullis-exchange'))
      assert.equal(server.attributes['gateway.policy.result'], 'allow')
      assert.equal(server.attributes['gateway.policy.revision'], (outcome['decision'] as { revision: string }).revision)
      assert.equal(server.attributes['gateway.route.chosen'], `${provider}/small`)
      assert.match(String(server.attributes['gateway.route.reason']), /cheapest/)
      assert.equal(server.attributes['gateway.attempts'], 1)
      assert.equal(server.attributes['gateway.cost.usd'], outcome['cost_usd'])
      assert.equal(server.attributes['gateway.tenant'], 'acme')
      assert.deepEqual(server.attributes['gateway.redactions.kinds'], ['email'])
      assert.equal(server.attributes['http.response.status_code'], 200)
      assert.equal(server.attributes['gen_ai.usage.input_tokens'], (outcome['usage'] as { input: number }).input)
      assert.equal(client.attributes['gen_ai.request.model'], 'small')
      assert.equal(client.attributes['gen_ai.provider.name'], path.includes('messages') ? 'anthropic' : 'openai')
      assert.equal(server.resource['service.name'], 'portcullis')
      assert.equal(world.cloud.requests[0]?.headers['traceparent'], `00-${client.traceId}-${client.spanId}-01`)
    })
  }
}

test('a denied call has a span with the rule and the failure, and no call to a provider', async t => {
  const collector = await startOtlpCollector(t)
  const world = await startWorld(t, { config: telemetry(collector) })
  await world.post('/v1/chat/completions', chat(prompt), { authorization: `Bearer ${keys.bob}` })
  const spans = await spansOf(world, collector)
  const server = only(spans, 'server')
  assert.equal(spans.some(({ kind }) => kind === 'client'), false)
  assert.equal(server.statusCode, 'error')
  assert.equal(server.attributes['error.type'], 'policy.denied')
  assert.equal(server.attributes['gateway.policy.result'], 'deny')
  assert.equal(server.attributes['http.response.status_code'], 403)
  assert.deepEqual(server.attributes['gateway.policy.rule'], (world.outcomes().at(-1)?.['decision'] as { reasons: { rule: string }[] }).reasons.map(({ rule }) => rule))
})

test('every attempt has a span of its own, and each tells the provider its own', async t => {
  const collector = await startOtlpCollector(t)
  const world = await startWorld(t, { config: telemetry(collector) })
  world.cloud.script.push(troubles.serverError())
  await world.post('/v1/chat/completions', chat(prompt, { model: 'cloud-only' }))
  const clients = (await spansOf(world, collector)).filter(({ kind }) => kind === 'client')
  assert.deepEqual(clients.map(({ attributes }) => attributes['error.type']), ['upstream.refused', undefined])
  assert.deepEqual(world.cloud.requests.map(({ headers }) => headers['traceparent']), clients.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`))
})

const inbound = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = `00-${inbound.traceId}-${inbound.spanId}-01`

test('a caller\'s trace is linked, not continued: nobody else decides what is recorded', async t => {
  const collector = await startOtlpCollector(t)
  const world = await startWorld(t, { config: telemetry(collector) })
  await world.post('/v1/chat/completions', chat(prompt, { model: 'cloud-only' }), { traceparent })
  const server = only(await spansOf(world, collector), 'server')
  assert.notEqual(server.traceId, inbound.traceId)
  assert.deepEqual(server.links.map(({ traceId, spanId }) => ({ traceId, spanId })), [inbound])
  assert.doesNotMatch(String(world.cloud.requests[0]?.headers['traceparent']), new RegExp(inbound.traceId))
})

test('a trusted caller\'s trace is continued', async t => {
  const collector = await startOtlpCollector(t)
  const world = await startWorld(t, { config: telemetry(collector, { trust_inbound: true }) })
  await world.post('/v1/chat/completions', chat(prompt, { model: 'cloud-only' }), { traceparent })
  const server = only(await spansOf(world, collector), 'server')
  assert.deepEqual([server.traceId, server.parentSpanId], [inbound.traceId, inbound.spanId])
  assert.equal(world.outcomes().at(-1)?.['trace'], inbound.traceId)
})

test('no word of a prompt or an answer, no value and no key is in a span', async t => {
  const collector = await startOtlpCollector(t)
  const world = await startWorld(t, { config: telemetry(collector), cloud: { reply: () => ({ kind: 'answer', text: 'the answer about heather' }) } })
  for (const { path, ask } of dialects) {
    for (const stream of [false, true]) await (await world.post(path, ask(`${prompt} by anna.muster@example.com 4111 1111 1111 1111`, { model: 'cloud-only', stream }))).text()
    await world.post(path, ask(prompt, { model: 'cloud-only' }), { authorization: 'Bearer pk_unknown-key-0123456789' })
  }
  const spans = await spansOf(world, collector)
  assert.equal(spans.filter(({ kind }) => kind === 'server').length, 6)
  const told = JSON.stringify(spans, (_key, value: unknown) => typeof value === 'bigint' ? String(value) : value)
  assert.doesNotMatch(told, /weather|moor|heather|anna|4111|pk_|cloud-secret/)
})

test('a collector that refuses everything takes nothing from the callers', async t => {
  const collector = await startOtlpCollector(t)
  collector.failNext(400, 1000)
  const world = await startWorld(t, { config: telemetry(collector) })
  assert.equal((await world.post('/v1/chat/completions', chat(prompt, { model: 'cloud-only' }))).status, 200)
  await world.close()
  assert.equal(collector.spans.length, 0)
  assert.ok(world.log.some(line => line.includes('could not be exported')))
  assert.equal(world.outcomes().at(-1)?.['status'], 200)
})

test('without a collector ids are given out all the same', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/chat/completions', chat(prompt, { model: 'cloud-only' }))
  const trace = response.headers.get('x-portcullis-trace') ?? ''
  assert.match(trace, /^[0-9a-f]{32}$/)
  assert.equal(world.outcomes().at(-1)?.['trace'], trace)
  assert.match(String(world.cloud.requests[0]?.headers['traceparent']), new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`))
})
