// A detector on a real loopback socket, programmable: it speaks any of the protocols, finds the words it is told to, and can fail in
// every way that a detector can.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type DetectorProtocol = 'portcullis' | 'presidio' | 'gliner' | 'gliner_nim' | 'gliner_serve'

export type Misbehaviour =
  | { readonly kind: 'none' } | { readonly kind: 'status'; readonly status: number } | { readonly kind: 'hang' } | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'body'; readonly body: string } | { readonly kind: 'huge' } | { readonly kind: 'cut' } | { readonly kind: 'shifted'; readonly by: number } | { readonly kind: 'partial' }

export interface FakeDetectorOptions {
  readonly protocol?: DetectorProtocol
  /** What it finds, and as what type. */
  readonly finds: Readonly<Record<string, string>>
  readonly key?: string
}

export interface DetectorCall { readonly path: string; readonly authorization: string | null; readonly texts: readonly string[]; readonly body: Readonly<Record<string, unknown>> }

export interface FakeDetector {
  readonly url: string
  readonly calls: readonly DetectorCall[]
  /** Calls that were under way at once, at most. */
  readonly most: number
  behave(how: Misbehaviour): void
  close(): Promise<void>
}

interface Span { readonly start: number; readonly end: number; readonly type: string; readonly value: string }

/** Offsets in code points, as Python counts. */
const spansIn = (text: string, finds: FakeDetectorOptions['finds']): Span[] => Object.entries(finds).flatMap(([value, type]) => {
  const spans: Span[] = []
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    const start = Array.from(text.slice(0, at)).length
    spans.push({ start, end: start + Array.from(value).length, type, value })
  }
  return spans
})

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const textsOf = (protocol: DetectorProtocol, body: Readonly<Record<string, unknown>>): string[] => {
  if (protocol === 'portcullis') return (body['texts'] as { text: string }[]).map(({ text }) => text)
  if (protocol === 'gliner_nim') return (body['messages'] as { content: string }[]).map(({ content }) => content)
  return typeof body['text'] === 'string' ? [body['text']] : body['text'] as string[]
}

const shift = (spans: Span[], by: number): Span[] => spans.map(span => ({ ...span, start: span.start + by, end: span.end + by }))

/** NeMo's server tells each value of a label once, whatever its case and wherever else it stands. */
const once = (spans: readonly Span[]): Span[] => [...new Map(spans.toReversed().map(span => [`${span.type} ${span.value.toLowerCase()}`, span])).values()].reverse()

const replyOf = (protocol: DetectorProtocol, body: Readonly<Record<string, unknown>>, all: readonly Span[][], how: Misbehaviour): unknown => {
  const score = 0.9
  const [first = []] = all
  switch (protocol) {
    case 'portcullis': {
      const results = all.map((spans, index) => ({ id: (body['texts'] as { id: string }[])[index]!.id, spans: spans.map(({ end, start, type }) => ({ start, end, type, score })) }))
      return { results: how.kind === 'partial' ? results.slice(1) : results, offset_unit: 'codepoint', model: 'fake', version: '1' }
    }
    case 'presidio': {
      const lists = all.map(spans => spans.map(({ end, start, type }) => ({ entity_type: type, start, end, score, analysis_explanation: null })))
      return typeof body['text'] === 'string' ? lists[0] : lists
    }
    case 'gliner_serve': return { entities: first.map(({ end, start, type, value }) => ({ start, end, text: value, label: type, score })) }
    case 'gliner_nim': {
      const entities = once(first).map(({ end, start, type, value }) => ({ text: value, label: type, start, end, score }))
      return { id: 'x', object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: JSON.stringify({ total_entities: entities.length, entities, tagged_text: '' }) }, finish_reason: 'stop' }] }
    }
    case 'gliner': return { entities: once(first).map(({ end, start, type, value }) => ({ value, suggested_label: type, start_position: start, end_position: end, score })), total_entities: once(first).length, tagged_text: '' }
  }
}

const paths: Readonly<Record<DetectorProtocol, string>> = { portcullis: '/v1/detect', presidio: '/analyze', gliner: '/v1/extract', gliner_nim: '/v1/chat/completions', gliner_serve: '/gliner' }

const say = (response: ServerResponse, status: number, body: string): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(body) }

/** Answers with something that is no answer, if it is told to. */
const saidWrong = (response: ServerResponse, how: Misbehaviour): boolean => {
  switch (how.kind) {
    case 'hang': break
    case 'status': say(response, how.status, '{"error":"told to"}'); break
    case 'body': say(response, 200, how.body); break
    case 'huge': say(response, 200, `{"results":[],"offset_unit":"byte","model":"${'x'.repeat(9 * 1024 * 1024)}"}`); break
    case 'cut': response.writeHead(200, { 'content-length': '100' }).write('{"results":['); response.destroy(); break
    case 'none': case 'slow': case 'partial': case 'shifted': return false
  }
  return true
}

export const startFakeDetector = async ({ finds, key, protocol = 'portcullis' }: FakeDetectorOptions): Promise<FakeDetector> => {
  const calls: DetectorCall[] = []
  let how: Misbehaviour = { kind: 'none' }
  let active = 0
  let most = 0
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await read(request)) as Readonly<Record<string, unknown>>
    const texts = textsOf(protocol, body)
    calls.push({ path: request.url ?? '', authorization: request.headers.authorization ?? null, texts, body })
    if (request.method !== 'POST' || request.url !== paths[protocol] || (key !== undefined && request.headers.authorization !== `Bearer ${key}`)) {
      say(response, 404, '{"detail":"not here"}')
      return
    }
    const all = texts.map(text => spansIn(text, finds))
    if (how.kind === 'slow') await sleep(how.ms)
    const { by } = how.kind === 'shifted' ? how : { by: 0 }
    if (!saidWrong(response, how)) say(response, 200, JSON.stringify(replyOf(protocol, body, all.map(spans => shift(spans, by)), how)))
  }
  const server = createServer((request, response) => {
    active += 1
    most = Math.max(most, active)
    response.on('close', () => { active -= 1 })
    answer(request, response).catch(() => { response.destroy() })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls,
    get most() { return most },
    behave: next => { how = next },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => { server.close(resolve) })
    },
  }
}
