// Tracing as a collector sees it: the real exporter sends to a receiver that decodes the real wire format.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTracing, type Tracing, type TracingOptions } from '../../../gateway/telemetry/tracing.ts'
import { startOtlpCollector, type CollectedSpan } from '../../support/otlp-collector.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'

const remote = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const inboundSampled = `00-${remote.traceId}-${remote.spanId}-01`
const inboundUnsampled = `00-${remote.traceId}-${remote.spanId}-00`

interface Started { readonly tracing: Tracing; readonly logged: string[] }

const start = (test: CleansUp, options: Partial<TracingOptions> = {}): Started => {
  const logged: string[] = []
  const tracing = createTracing({
    serviceName: 'portcullis', serviceVersion: '1.2.3', environment: 'test', endpoint: null, headers: {}, compression: 'none', sampleRatio: 1, trustInbound: false,
    log: message => { logged.push(message) }, ...options,
  })
  test.after(() => tracing.shutdown())
  return { tracing, logged }
}

const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const found = spans.find(span => span.name === name)
  assert.ok(found, `no span ${name}`)
  return found
}

test('a server span and its children arrive as one trace with kinds, attributes, resource and scope', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing } = start(t, { endpoint: `${collector.url}/`, compression: 'gzip', headers: { authorization: 'Bearer collector-key' } })
  const server = tracing.startServerSpan({ name: 'POST', attributes: { 'http.request.method': 'POST' } })
  const client = server.child('chat m', 'client', { 'server.port': 443, 'gen_ai.request.stream': true })
  const policy = server.child('policy', 'internal')
  const nested = client.child('attempt', 'internal')
  nested.end()
  policy.end()
  client.set('gateway.cost.usd', 0.25)
  client.set('gen_ai.response.finish_reasons', ['stop', 'tool_calls'])
  client.end({ status: 200 })
  server.rename('POST /v1/messages')
  server.end({ status: 502, errorType: 'upstream.connect' })
  await tracing.shutdown()
  const spans = await collector.waitForSpans(4)

  assert.deepEqual(collector.faults, [])
  assert.equal(spans.length, 4)
  const [gotServer, gotClient, gotPolicy, gotNested] = ['POST /v1/messages', 'chat m', 'policy', 'attempt'].map(name => named(spans, name)) as [CollectedSpan, CollectedSpan, CollectedSpan, CollectedSpan]
  assert.deepEqual(spans.map(span => span.traceId), spans.map(() => server.traceId))
  assert.deepEqual(
    [gotServer, gotClient, gotPolicy, gotNested].map(({ spanId, parentSpanId, kind, statusCode }) => ({ spanId, parentSpanId, kind, statusCode })),
    [
      { spanId: server.spanId, parentSpanId: null, kind: 'server', statusCode: 'error' },
      { spanId: client.spanId, parentSpanId: server.spanId, kind: 'client', statusCode: 'unset' },
      { spanId: policy.spanId, parentSpanId: server.spanId, kind: 'internal', statusCode: 'unset' },
      { spanId: nested.spanId, parentSpanId: client.spanId, kind: 'internal', statusCode: 'unset' },
    ],
  )
  assert.deepEqual(gotServer.attributes, { 'http.request.method': 'POST', 'http.response.status_code': 502, 'error.type': 'upstream.connect' })
  assert.deepEqual(gotClient.attributes, {
    'server.port': 443, 'gen_ai.request.stream': true, 'gateway.cost.usd': 0.25, 'gen_ai.response.finish_reasons': ['stop', 'tool_calls'],
    'http.response.status_code': 200,
  })
  assert.ok(gotServer.startNs > 0n && gotServer.endNs >= gotServer.startNs)
  const { 'service.name': name, 'service.version': version, 'deployment.environment.name': environment } = gotServer.resource
  assert.deepEqual({ name, version, environment }, { name: 'portcullis', version: '1.2.3', environment: 'test' })
  assert.deepEqual(gotServer.scope, { name: 'portcullis', version: '1.2.3' })
  const [headers] = collector.requests
  assert.equal(headers?.['content-encoding'], 'gzip')
  assert.equal(headers['authorization'], 'Bearer collector-key')
  assert.equal(tracing.failedExports, 0)
})

test('a trusted caller is the parent of the server span', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing } = start(t, { endpoint: collector.url, trustInbound: true })
  tracing.startServerSpan({ name: 'call', inbound: inboundSampled }).end()
  await tracing.shutdown()
  const [span] = await collector.waitForSpans(1)
  assert.equal(span?.traceId, remote.traceId)
  assert.equal(span.parentSpanId, remote.spanId)
  assert.deepEqual(span.links, [])
})

test('an untrusted caller is linked from a trace of our own', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing } = start(t, { endpoint: collector.url })
  // Also where the caller asks not to be recorded: that is not the caller's to say.
  const handle = tracing.startServerSpan({ name: 'call', inbound: inboundUnsampled })
  handle.end()
  await tracing.shutdown()
  const [span] = await collector.waitForSpans(1)
  assert.notEqual(span?.traceId, remote.traceId)
  assert.equal(span?.traceId, handle.traceId)
  assert.equal(span.parentSpanId, null)
  assert.deepEqual(span.links, [{ ...remote, attributes: {} }])
})

for (const inbound of [undefined, '', 'garbage', `00-${'0'.repeat(32)}-${remote.spanId}-01`]) {
  test(`an inbound header ${JSON.stringify(inbound)} is neither a parent nor a link`, async t => {
    const collector = await startOtlpCollector(t)
    const { tracing } = start(t, { endpoint: collector.url, trustInbound: true })
    tracing.startServerSpan({ name: 'call', inbound }).end()
    await tracing.shutdown()
    const [span] = await collector.waitForSpans(1)
    assert.equal(span?.parentSpanId, null)
    assert.deepEqual(span.links, [])
  })
}

test('the sampled flag follows a trusted caller, and children inherit it', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing } = start(t, { endpoint: collector.url, trustInbound: true, sampleRatio: 0 })
  const quiet = tracing.startServerSpan({ name: 'quiet', inbound: inboundUnsampled })
  const loud = tracing.startServerSpan({ name: 'loud', inbound: inboundSampled })
  const own = tracing.startServerSpan({ name: 'own' })
  const handles = [quiet, quiet.child('quiet child', 'client'), loud, loud.child('loud child', 'client'), own, own.child('own child', 'internal')]
  for (const handle of handles.toReversed()) handle.end()
  await tracing.shutdown()
  const spans = await collector.waitForSpans(2)
  assert.deepEqual(spans.map(span => span.name).sort(), ['loud', 'loud child'])
  assert.deepEqual(handles.map(handle => handle.sampled), [false, false, true, true, false, false])
  assert.deepEqual(handles.map(handle => handle.traceparent()), handles.map(handle => `00-${handle.traceId}-${handle.spanId}-${handle.sampled ? '01' : '00'}`))
  assert.equal(handles[1]?.traceId, remote.traceId)
})

test('a share of 0 records nothing of our own and a share of 1 everything', async t => {
  for (const [sampleRatio, sampled] of [[0, false], [1, true]] as const) {
    const collector = await startOtlpCollector(t)
    const { tracing } = start(t, { endpoint: collector.url, sampleRatio })
    const handles = Array.from({ length: 50 }, () => tracing.startServerSpan({ name: 'call', inbound: inboundSampled }))
    for (const handle of handles) handle.end()
    await tracing.shutdown()
    assert.deepEqual([...new Set(handles.map(handle => handle.sampled))], [sampled])
    assert.equal(collector.spans.length, sampled ? 50 : 0)
  }
})

test('a collector that refuses costs spans, which are counted, and never throws', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing, logged } = start(t, { endpoint: collector.url, headers: { authorization: 'Bearer collector-key' } })
  collector.failNext(400)
  const lost = tracing.startServerSpan({ name: 'lost' })
  lost.child('lost child', 'client').end({ errorType: 'upstream.timeout' })
  lost.end({ status: 200 })
  await tracing.shutdown()
  assert.deepEqual(collector.spans, [])
  assert.equal(collector.requests.length, 1)
  assert.equal(tracing.failedExports, 2)
  assert.equal(logged.length, 1)
  assert.match(logged[0] ?? '', /traces could not be exported: .*\(2 spans lost so far\)/)
  assert.doesNotMatch(logged[0] ?? '', /collector-key/)
  // Late calls of a gateway that is ending.
  lost.set('late', 1)
  tracing.startServerSpan({ name: 'late' }).end()
})

test('a collector that is briefly unavailable is tried again and loses nothing', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing, logged } = start(t, { endpoint: collector.url })
  collector.failNext(503)
  tracing.startServerSpan({ name: 'kept' }).end()
  await tracing.shutdown()
  const spans = await collector.waitForSpans(1)
  assert.deepEqual(spans.map(span => span.name), ['kept'])
  assert.equal(collector.requests.length, 2)
  assert.deepEqual([tracing.failedExports, logged], [0, []])
})

test('a collector that is gone costs spans, which are counted, and never throws', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing, logged } = start(t, { endpoint: collector.url })
  await collector.close()
  tracing.startServerSpan({ name: 'lost' }).end()
  await tracing.shutdown()
  assert.equal(tracing.failedExports, 1)
  assert.equal(logged.length, 1)
})

test('spans that a slow collector leaves no room for are counted', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing, logged } = start(t, { endpoint: collector.url })
  // More than the queue holds, within one turn of the event loop: nothing can be sent meanwhile but the first batch.
  const ended = 20_000
  for (let count = 0; count < ended; count += 1) tracing.startServerSpan({ name: 'call' }).end()
  const lost = tracing.failedExports
  assert.ok(lost > 0)
  await tracing.shutdown()
  assert.equal(collector.spans.length, ended - lost)
  assert.equal(tracing.failedExports, lost)
  assert.deepEqual(logged, ['traces could not be exported: the collector is too slow (1 spans lost so far)'])
})

test('what was sent makes room again: over time any number of spans is kept', async t => {
  const collector = await startOtlpCollector(t)
  const { tracing } = start(t, { endpoint: collector.url })
  for (let sent = 0; sent < 10_000; sent += 5000) {
    for (let count = 0; count < 5000; count += 1) tracing.startServerSpan({ name: 'call' }).end()
    await collector.waitForSpans(sent + 5000)
  }
  await tracing.shutdown()
  assert.equal(tracing.failedExports, 0)
  assert.equal(new Set(collector.spans.map(span => span.spanId)).size, 10_000)
})

test('without an endpoint ids are given out and nothing is marked as recorded', async t => {
  const { tracing } = start(t)
  const spans = Array.from({ length: 1000 }, () => tracing.startServerSpan({ name: 'call', inbound: inboundSampled }))
  const children = spans.map(span => span.child('child', 'client'))
  for (const span of [...spans, ...children]) {
    assert.match(span.traceId, /^[0-9a-f]{32}$/)
    assert.match(span.spanId, /^[0-9a-f]{16}$/)
    assert.equal(span.sampled, false)
    assert.equal(span.traceparent(), `00-${span.traceId}-${span.spanId}-00`)
    span.set('a', 1)
    span.rename('b')
    span.end({ status: 200 })
  }
  assert.equal(new Set(spans.map(span => span.traceId)).size, 1000)
  assert.equal(new Set([...spans, ...children].map(span => span.spanId)).size, 2000)
  assert.deepEqual(children.map(child => child.traceId), spans.map(span => span.traceId))
  assert.equal(tracing.failedExports, 0)
  await tracing.shutdown()
})

test('without an endpoint a trusted caller still names the trace, and an untrusted one does not', t => {
  assert.equal(start(t, { trustInbound: true }).tracing.startServerSpan({ name: 'call', inbound: inboundSampled }).traceId, remote.traceId)
  assert.notEqual(start(t).tracing.startServerSpan({ name: 'call', inbound: inboundSampled }).traceId, remote.traceId)
  assert.match(start(t, { trustInbound: true }).tracing.startServerSpan({ name: 'call', inbound: 'garbage' }).traceId, /^[0-9a-f]{32}$/)
})
