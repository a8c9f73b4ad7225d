// The Lua that makes wrk send our request and say what it measured as one line of JSON.
import { counterMark } from './exchange-bodies.ts'
import type { RequestTemplate } from './load.ts'

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

const freshRequest = (body: string): string => {
  const [before = '', ...after] = body.split(counterMark)
  return `
local before, after, n = ${quoted(before)}, ${quoted(after.join(counterMark))}, os.time() % 100000 * 1000
request = function()
  n = n + 1
  return wrk.format(nil, nil, nil, before .. string.format("%08d", n) .. after)
end
`
}

/** Lua for `wrk -s`. Latencies come from wrk in microseconds. */
export const wrkScript = ({ headers, body }: RequestTemplate, fresh: boolean): string => `
wrk.method = "POST"
wrk.body = ${quoted(body)}
${Object.entries(headers).map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`).join('\n')}
${fresh ? freshRequest(body) : ''}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requestsPerSecond":%f,"p50Ms":%f,"p99Ms":%f,"requests":%d,"errors":%d}\\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`
