import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { chartSvg } from '../../bench/chart.ts'
import { chatRequest, streamRequest, toolRequest } from '../../bench/exchange-bodies.ts'
import { checkServed, runFirstByte, runLoad } from '../../bench/load.ts'
import { percentile } from '../../bench/percentile.ts'
import { processRssMb } from '../../bench/process-memory.ts'
import { reportText } from '../../bench/report.ts'
import type { Row } from '../../bench/rounds.ts'
import { startPeer, type Target } from '../../bench/targets.ts'
import { wrkScript } from '../../bench/wrk-script.ts'

const peers = async (t: TestContext): Promise<readonly string[]> => {
  const instant = await startPeer('instant-provider.ts', [], 0)
  t.after(() => instant.child.stop())
  const bare = await startPeer('bare-proxy.ts', [instant.url], 0)
  t.after(() => bare.child.stop())
  return [instant.url, bare.url]
}

test('the peers really serve what the bench sends', async t => {
  for (const url of await peers(t)) {
    for (const request of [chatRequest(url), streamRequest(url), await toolRequest(url)]) await checkServed(request)
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
