// What all fake clouds have in common: a server on loopback that records requests, answers by script or like an agent, and delivers as told.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refusal, tokensOf, type Asked } from '../fake-provider/asked.ts'
import { deliver, type Wire } from '../fake-provider/delivery.ts'
import type { Answer } from '../fake-provider/dialect.ts'
import { echoAgent } from '../fake-provider/echo-agent.ts'
import type { AnswerReply, Delivery } from '../fake-provider/reply.ts'

export interface CloudRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly json: Readonly<Record<string, unknown>>
  status: number
}

export interface CloudError { readonly kind: 'error'; readonly status: number; readonly name: string; readonly message: string; readonly headers?: Readonly<Record<string, string>> }
export type CloudReply = AnswerReply | CloudError

export interface Served { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly parts: readonly (string | Buffer)[]; readonly stream?: boolean; readonly delivery?: Delivery }

export interface FakeCloud {
  readonly url: string
  readonly requests: CloudRequest[]
  /** Replies to the next model requests, one each. */
  push(...replies: readonly CloudReply[]): void
  /** How answers travel that nobody scripted. */
  deliverBy(delivery: Delivery): void
  readonly close: () => Promise<void>
}

let serial = 0

/** An answer with everything decided. */
export const answerTo = (asked: Asked, reply: AnswerReply, ids: { readonly answer: string; readonly call: string }): Answer => {
  const { text = '', thinking = null, toolCalls = [] } = reply
  serial += 1
  const calls = toolCalls.map((call, at) => ({ id: call.id ?? `${ids.call}${serial}x${at}`, name: call.name, argsText: typeof call.args === 'string' ? call.args : JSON.stringify(call.args) }))
  const input = tokensOf(asked.inputText)
  const cacheWrite = asked.cachedPrefix === null ? 0 : Math.min(input, tokensOf(asked.cachedPrefix))
  return {
    id: `${ids.answer}${serial}`, model: reply.model ?? asked.model, thinking, text, toolCalls: calls, stop: reply.stop ?? (calls.length > 0 ? 'tools' : 'end'),
    usage: { input, output: tokensOf(text + calls.map(call => call.argsText).join('')), cacheRead: 0, cacheWrite, ...reply.usage }, deltaChars: reply.deltaChars ?? 12, serviceTier: null,
  }
}

export const json = (status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): Served =>
  ({ status, headers: { 'content-type': 'application/json', ...headers }, parts: [typeof body === 'string' ? body : JSON.stringify(body)] })

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const objectOf = (body: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}

export interface CloudService {
  /** @throws Refusal */
  readonly serve: (request: CloudRequest, next: (asked: Asked) => CloudReply) => Served | Promise<Served>
  readonly refused: (refusal: Refusal, request: CloudRequest) => Served
  readonly errorEvent?: (message: string) => string | Buffer
}

const send = async (response: ServerResponse, { delivery = {}, headers, parts, status, stream = false }: Served): Promise<void> => {
  const wire: Wire = { status, headers, parts, stream, errorEvent: error => error.message }
  await deliver(response, { wire, delivery, hangUp: () => { response.destroy() } })
}

/** Starts one on loopback. */
export const startCloud = async (service: CloudService): Promise<FakeCloud> => {
  const requests: CloudRequest[] = []
  const queue: CloudReply[] = []
  let usual: Delivery = {}
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(request)
    const record: CloudRequest = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body, json: objectOf(body), status: 0 }
    requests.push(record)
    let served: Served
    try {
      served = await service.serve(record, asked => queue.shift() ?? { ...echoAgent(asked), ...usual })
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      served = service.refused(thrown, record)
    }
    record.status = served.status
    await send(response, served)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (request.complete) console.error('fake cloud:', error)
      response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, push: (...replies) => { queue.push(...replies) }, deliverBy: delivery => { usual = delivery },
    close: () => new Promise(resolve => {
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}
