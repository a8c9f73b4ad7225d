// The fastest fake upstream we can write: fixed answers from memory over plain sockets (node:http would be as slow as what is measured and share
// its core with the load). It reads just enough HTTP for the bench's own clients: a process of its own, `node test/bench/instant-provider.ts`.
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

const filler = 'The quick brown fox jumps over the lazy dog. '

const completion = JSON.stringify({
  id: 'chatcmpl-instant', object: 'chat.completion', created: 1_764_000_000, model: 'instant',
  choices: [{ index: 0, message: { role: 'assistant', content: filler.repeat(15), refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 250, completion_tokens: 170, total_tokens: 420 },
})

const chunk = (delta: object, finish: string | null): string => `data: ${JSON.stringify({
  id: 'chatcmpl-instant', object: 'chat.completion.chunk', created: 1_764_000_000, model: 'instant', choices: [{ index: 0, delta, finish_reason: finish }],
})}\n\n`
const streamEvents = [
  chunk({ role: 'assistant', content: '' }, null), ...Array.from({ length: 16 }, () => chunk({ content: filler }, null)), chunk({}, 'stop'), 'data: [DONE]\n\n',
].join('')

const results: Readonly<Record<string, string>> = {
  'initialize': JSON.stringify({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'instant', version: '1.0.0' } }),
  'tools/list': JSON.stringify({ tools: [{ name: 'echo', description: 'Says it again.', inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } }] }),
  'tools/call': JSON.stringify({ content: [{ type: 'text', text: filler.repeat(5) }] }),
  'ping': '{}',
}

const modernMeta = `"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"instant","version":"1.0.0"}}`

/** The same server in the stateless era: it says so when asked, and stamps what it answers. */
const modernResults: Readonly<Record<string, string>> = {
  'server/discover': `{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private",${modernMeta}}`,
  'tools/list': `${results['tools/list']?.slice(0, -1)},"ttlMs":600000,"cacheScope":"private",${modernMeta}}`,
  'tools/call': `${results['tools/call']?.slice(0, -1)},${modernMeta}}`,
}

/** A server with a hundred tools, each of about 400 bytes. */
const hundredResults: Readonly<Record<string, string>> = {
  ...results,
  'tools/list': JSON.stringify({ tools: Array.from({ length: 100 }, (_, index) => ({
    name: `tool_${index}`, description: filler.repeat(4),
    inputSchema: { type: 'object', properties: { text: { type: 'string', description: filler }, limit: { type: 'integer', minimum: 1 } }, required: ['text'] },
  })) }),
}

const ok = (type: string, body: string): string => `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

// All bodies are ASCII, so that lengths in characters are lengths in bytes.
const completionAnswer = ok('application/json', completion)
const streamAnswer = ok('text/event-stream', streamEvents)
const acceptedAnswer = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'
const onlyPostAnswer = 'HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n'
const lengthRequiredAnswer = 'HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

const rpcAnswer = (body: string, known: Readonly<Record<string, string>>): string => {
  const id = /"id":\s*("[^"]*"|\d+)/.exec(body)?.[1]
  if (id === undefined) return acceptedAnswer
  const result = known[/"method":\s*"([^"]*)"/.exec(body)?.[1] ?? '']
  return ok('application/json', result === undefined
    ? `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}`
    : `{"jsonrpc":"2.0","id":${id},"result":${result}}`)
}

const answerTo = (head: string, body: string): string => {
  if (!head.startsWith('POST ')) return onlyPostAnswer
  if (head.startsWith('POST /mcp')) return rpcAnswer(body, results)
  if (head.startsWith('POST /modern')) return rpcAnswer(body, modernResults)
  if (head.startsWith('POST /hundred')) return rpcAnswer(body, hundredResults)
  return body.includes('"stream":true') ? streamAnswer : completionAnswer
}

/** Answers every whole request in `text` and returns the rest. */
const serve = (socket: Socket, text: string): string => {
  let rest = text
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd === -1) return rest
    const head = rest.slice(0, headEnd)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined && /\r\ntransfer-encoding:/i.test(head)) {
      socket.end(lengthRequiredAnswer)
      return ''
    }
    const end = headEnd + 4 + Number(length ?? 0)
    if (rest.length < end) return rest
    socket.write(answerTo(head, rest.slice(headEnd + 4, end)), 'latin1')
    rest = rest.slice(end)
  }
}

const instant = createServer({ noDelay: true }, socket => {
  let pending = ''
  // latin1: one character per byte, whatever the body holds.
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => { pending = serve(socket, pending === '' ? text : pending + text) })
  socket.on('error', () => { socket.destroy() })
})

// Telemetry of the gateway under test: taken and thrown away.
const collector = createHttpServer((request, response) => {
  request.resume()
  request.on('end', () => { response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 }).end() })
})

const listen = (server: Server): Promise<string> => new Promise((resolve, reject) => {
  server.once('error', reject)
  server.listen(0, '127.0.0.1', () => { resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) })
})

console.log(JSON.stringify({ msg: 'listening', data: await listen(instant), collector: await listen(collector) }))
