import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { chartSvg } from '../../bench/chart.ts'
import { chatRequest, statelessToolRequest, streamRequest, toolRequest } from '../../bench/exchange-bodies.ts'
import { checkServed, runFirstByte, runLoad } from '../../bench/load.ts'
import { measureCalls } from '../../bench/mcp/calls.ts'
import { mcpReportText, soakReportText } from '../../bench/mcp/report.ts'
import { slopeOf } from '../../bench/mcp/sessions.ts'
import { percentile } from '../../bench/percentile.ts'
import { processCpuMs } from '../../bench/process-cpu.ts'
import { processRssMb } from '../../bench/process-memory.ts'
import { reportText } from '../../bench/report.ts'
import type { Row } from '../../bench/rounds.ts'
import { startPeer, type Target } from '../../bench/targets.ts'
import { streamReportText } from '../../bench/stream/report.ts'
import { measureStreams, type StreamSubject } from '../../bench/stream/streams.ts'
import { wrkScript } from '../../bench/wrk-script.ts'

const peers = async (t: TestContext): Promise<readonly string[]> => {
  const instant = await startPeer('instant-provider.ts', [], 0)
  t.after(() => instant.child.stop())
  const bare = await startPeer('bare-proxy.ts', [instant.url], 0)
  t.after(() => bare.child.stop())
  const bytes = await startPeer('bytes-proxy.ts', [instant.url], 0)
  t.after(() => bytes.child.stop())
  return [instant.url, bare.url, bytes.url]
}

test('the peers really serve what the bench sends', async t => {
  for (const url of await peers(t)) {
    for (const request of [chatRequest(url), streamRequest(url), await toolRequest(url)]) await checkServed(request)
    await checkServed(await statelessToolRequest(url, '/modern'))
    await assert.rejects(checkServed({ ...chatRequest(url), expect: 'nobody says this' }), /answered 200/)
  }
})

test('load is measured without errors, and a target that fails is an error', async t => {
  const [url = ''] = await peers(t)
  const options = { connections: 2, durationMs: 200, fresh: true, wrapper: [] }
  const result = await runLoad({ ...options, request: chatRequest(url) })
  assert.ok(result.requests > 0 && result.requestsPerSecond > 0 && result.p50Ms <= result.p99Ms)
  const firstByteMs = await runFirstByte({ request: streamRequest(url), durationMs: 100, fresh: false, wrapper: [] })
  assert.ok(firstByteMs.length > 0 && firstByteMs.every(time => time > 0))
  await assert.rejects(runLoad({ ...options, request: { ...chatRequest(url), url: 'http://127.0.0.1:1/' } }), /requests failed|unable to connect/)
})

test('percentiles are exact', () => {
  const values = Array.from({ length: 100 }, (_, index) => 99 - index)
  for (const [q, expected] of [[0, 0], [0.5, 50], [0.99, 99], [1, 99]] as const) assert.equal(percentile(values, q), expected)
  assert.ok(Number.isNaN(percentile([], 0.5)))
})

test('memory of a process is read in megabytes', () => {
  const own = process.memoryUsage.rss() / 1e6
  assert.ok(Math.abs(processRssMb(process.pid) - own) < own / 2)
})

test('the wrk script keeps quotes and counts up only when asked', () => {
  const request = { url: 'http://127.0.0.1:1/', headers: { a: 'b"c' }, body: '{"n":"00000000"}\n', expect: '' }
  assert.match(wrkScript(request, false), /wrk\.headers\["a"\] = "b\\"c"/)
  assert.doesNotMatch(wrkScript(request, false), /request = function/)
  assert.match(wrkScript(request, true), /local before, after, n = "\{\\"n\\":\\"", "\\"\}\\n"/)
})

const row = (id: Target['id'], requestsPerSecond: number): Row => ({
  target: { id, label: `row <${id}>`, url: '', pid: 0, fresh: false }, requestsPerSecond, p50Ms: 1, p99Ms: 2, rssMb: 100,
})
const tables = [{ title: 'Chat & tools', rows: [row('direct', 9000), row('bare', 2000), row('on', 1500)] }]

test('the report gives ratios to the bare proxy, and says what is missing', () => {
  const text = reportText({ machine: 'm', date: 'd', command: 'c', method: 'x', tables, firstByte: [], policy: null, missing: ['everything off: did not\nstart'] })
  assert.match(text, /\| row <on> \| 1500 \| 1\.00 \| 2\.00 \| 100 \| 0\.75 \|/)
  assert.match(text, /- everything off: did not start/)
  assert.doesNotMatch(text, /Streams|Policy/)
})

test('the chart has a bar per row but the direct one, and escapes its texts', () => {
  const svg = chartSvg(tables)
  assert.equal(svg.match(/<rect x=/g)?.length, 2)
  assert.match(svg, /Chat &amp; tools/)
  assert.match(svg, /row &lt;on>/)
})

test('processor time of a process is read in milliseconds', () => {
  const before = processCpuMs(process.pid)
  const until = process.cpuUsage().user + 100_000
  while (process.cpuUsage().user < until) Math.sqrt(before)
  const spent = processCpuMs(process.pid) - before
  assert.ok(spent >= 80 && spent < 2000, String(spent))
})

test('a slope is that of the line that fits best', () => {
  assert.equal(slopeOf([[0, 1], [1, 3], [2, 5]]), 2)
  assert.equal(slopeOf([[0, 4], [1, 4], [2, 4]]), 0)
})

test('calls are measured with the processor time of the process that serves them', async t => {
  const instant = await startPeer('instant-provider.ts', [], 0)
  t.after(() => instant.child.stop())
  const request = await toolRequest(instant.url)
  const { rows } = await measureCalls('calls', 1, [{ label: 'direct', request, pid: instant.child.pid, fresh: true, role: 'direct' }], { rounds: 1, roundMs: 500, say: () => undefined })
  assert.ok(rows[0]!.callsPerSecond > 0 && rows[0]!.cpuUs > 0 && rows[0]!.cpuUs < 10_000)
})

test('the MCP report counts what is added from the direct row, and says how every table was measured', () => {
  const origin = { machine: 'm', date: 'd', command: 'c', method: 'x' }
  const call = (role: 'direct' | 'bare' | 'other', label: string, callsPerSecond: number, p50Ms: number) =>
    ({ subject: { label, role, pid: 0, fresh: false, request: { url: '', headers: {}, body: '', expect: '' } }, callsPerSecond, p50Ms, p99Ms: p50Ms * 2, cpuUs: 100 })
  const table = { title: 'calls', rows: [call('direct', 'direct', 9000, 0.1), call('bare', 'bare', 2000, 0.5), call('other', 'gateway', 1500, 0.6)] }
  const lists = { tools: 2000, bytes: 900_000, pages: 4, coldMs: 100, warmMs: 10, directColdMs: 60, directWarmMs: 8, coldCpuMs: 90, warmCpuMs: 5, coldTurns: 3, warmTurns: 10 }
  const cost = { rssKb: 20, heapKb: 10 }
  const text = mcpReportText(origin, [table], lists, { sessions: 400, opened: cost, called: cost })
  assert.match(text, /\| gateway \| 1500 \| 0\.60 \| 1\.20 \| 0\.50 \| 1\.00 \| 100 \| 0\.75 \|/)
  assert.match(text, /\| direct \| 9000 \| 0\.10 \| 0\.20 \|  \|  \| 100 \|/)
  assert.match(text, /Medians of 3 cold and 10 warm turns/)
  const samples = [1, 2, 3].map(minute => ({ minute, heapMb: 50, rssMb: 100 + minute }))
  assert.match(soakReportText(origin, { sessions: 1000, minutes: 3, calls: 9, samples, heapSlope: 0, rssSlope: 1 }), /\| slope per minute \| 0\.00 \| 1\.00 \|/)
})

test('streams are read to their end in every dialect, and one that is not what was asked for is an error', async t => {
  const provider = await startPeer('stream/delta-provider.ts', [], 0)
  t.after(() => provider.child.stop())
  const subject = (dialect: string, more: Partial<StreamSubject['plan']> = {}): StreamSubject =>
    ({ label: dialect, plan: { url: provider.url, key: 'none', dialect, model: 'any', hides: false, ...more }, pid: provider.child.pid, direct: null })
  const direct = subject('openai')
  const plan = { rounds: 1, roundMs: 100, say: () => undefined }
  const table = await measureStreams({ streams: 2, deltas: 6 }, [direct, { ...subject('anthropic'), direct }], plan)
  for (const row of table.rows) {
    assert.ok(row.firstP50Ms > 0 && row.firstP50Ms <= row.firstP99Ms && row.delayP50Ms > 0 && row.delayP50Ms <= row.delayP99Ms && row.gapP50Ms <= row.gapP99Ms, JSON.stringify(row))
  }
  const report = streamReportText({ machine: 'any', date: '2026-01-01', command: 'npm run bench -- stream', method: 'any' }, [table])
  assert.match(report, /## 2 streams of 6 deltas at once/)
  assert.match(report, /\| openai \| \(\d+\.\d\d\)/)
  // The provider itself restores nothing.
  await assert.rejects(measureStreams({ streams: 1, deltas: 2 }, [subject('openai', { restores: true })], plan), /nothing was restored/)
})
