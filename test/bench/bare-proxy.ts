// The yardstick: the least a JSON-aware proxy in Node can do. `node:http` in, undici `request()` out, parse and serialise both ways, no checks.
// Usage: node test/bench/bare-proxy.ts <upstream origin>
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const upstream = new Pool(process.argv[2] ?? '', { connections: 64, pipelining: 1 })

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const relay = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const parsed: unknown = JSON.parse(await read(request))
  const answer = await upstream.request({
    method: 'POST', path: request.url ?? '/', headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' }, body: JSON.stringify(parsed),
  })
  const type = String(answer.headers['content-type'])
  response.writeHead(answer.statusCode, { 'content-type': type })
  if (type.startsWith('application/json')) response.end(JSON.stringify(await answer.body.json()))
  else answer.body.pipe(response)
}

const server = createServer((request, response) => {
  relay(request, response).catch(() => { response.destroy() })
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'listening', data: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
