// A provider that thinks aloud at the pace of a fast model: as many deltas as output tokens are asked for, 5 to 15 ms apart, each stamped when it is sent. A process of its own:
// `node test/bench/stream/delta-provider.ts`. Every fourth delta holds a placeholder, as an answer does that speaks of what was hidden.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { placeholder, sayings, stamp, type Saying } from './wires.ts'

const leastGapMs = 5
const spreadMs = 10
const holdsPlaceholder = 4

const say = (response: ServerResponse, saying: Saying, deltas: number, said: number): void => {
  if (response.destroyed) return
  if (said === deltas) {
    response.end(saying.close)
    return
  }
  response.write((said === 0 ? saying.open : '') + saying.delta(`${stamp()} and so on ${said % holdsPlaceholder === 0 ? placeholder : ''}`))
  setTimeout(say, leastGapMs + Math.random() * spreadMs, response, saying, deltas, said + 1)
}

const server = createServer((request, response) => {
  const saying = Object.values(sayings).find(({ serves }) => serves(request.url ?? ''))
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
    const deltas = Number(/"max\w*":\s*(\d+)/.exec(body)?.[1])
    if (saying === undefined || !(deltas > 0)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    say(response, saying, deltas, 0)
  })
})
server.listen(0, '127.0.0.1', () => { console.log(JSON.stringify({ msg: 'listening', data: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })) })
