// The floor of what a proxy in Node can cost: `node:http` in, undici `dispatch` out, bytes both ways, nothing looked at.
// Usage: node test/bench/bytes-proxy.ts <upstream origin>
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const upstream = new Pool(process.argv[2] ?? '', { connections: 64, pipelining: 1 })
const headers = { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' }

const relay = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
  upstream.dispatch({ method: 'POST', path: request.url ?? '/', headers, body }, {
    onRequestStart() { /* nothing to prepare */ },
    onResponseStart(_controller, status, answered) { response.writeHead(status, answered) },
    onResponseData(_controller, chunk) { response.write(chunk) },
    onResponseEnd() { response.end() },
    onResponseError() { response.destroy() },
  })
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  request.on('end', () => { relay(request, response, chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks)) })
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'listening', data: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
