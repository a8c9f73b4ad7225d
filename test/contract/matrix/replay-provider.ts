// A provider that answers with given bytes in given pieces, and keeps what it was asked. Pieces travel as chunks of HTTP's own framing,
// so that the gateway receives them exactly as they were cut.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CleansUp } from '../../support/scratch-folder.ts'

export interface Replay {
  readonly status: number
  readonly contentType: string
  readonly bytes: Buffer
  /** Places where the bytes are cut into pieces. */
  readonly cuts: readonly number[]
  /** Break the connection after this many bytes. */
  readonly breakAt: number | null
}

export interface ReplayProvider {
  readonly origin: string
  next: Replay | null
  readonly asked: { readonly line: string; readonly body: string }[]
}

const piecesOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...new Set(cuts.filter(cut => cut > 0 && cut < bytes.length)), bytes.length].sort((a, b) => a - b)
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end))
}

const answer = (response: ServerResponse, { breakAt, bytes, contentType, cuts, status }: Replay): void => {
  response.writeHead(status, { 'content-type': contentType })
  for (const piece of piecesOf(breakAt === null ? bytes : bytes.subarray(0, breakAt), cuts)) response.write(piece)
  // An empty write comes after the others: then all have been handed over.
  if (breakAt === null) response.end()
  else response.write('', () => { setImmediate(() => { response.destroy() }) })
}

export const startReplayProvider = async (test: CleansUp): Promise<ReplayProvider> => {
  const provider: ReplayProvider = { origin: '', next: null, asked: [] }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => { chunks.push(chunk) }).on('end', () => {
      provider.asked.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, body: Buffer.concat(chunks).toString() })
      if (provider.next === null) response.destroy()
      else answer(response, provider.next)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  test.after(() => new Promise<void>(resolve => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  }))
  return Object.assign(provider, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
