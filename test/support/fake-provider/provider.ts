// From a request's bytes to what goes on the wire: key, version and body are checked as the real APIs check them, then the script has its say.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import { readCountTokens } from './anthropic-request.ts'
import { MessageThreads } from './anthropic-threads.ts'
import { Refusal, refuse, tokensOf, type Asked } from './asked.ts'
import { deliver, type Wire } from './delivery.ts'
import type { Answer, Dialect } from './dialect.ts'
import { echoAgent } from './echo-agent.ts'
import { embed } from './embeddings.ts'
import { dialectOf, endpointOf } from './endpoint.ts'
import { countTokens, embedContent } from './gemini-request.ts'
import { modelsBody } from './models.ts'
import { ResponsesMemory } from './responses-memory.ts'
import type { AskedResponse } from './responses-request.ts'
import type { FakeProviderOptions, RecordedRequest } from './recorded.ts'
import type { AnswerReply, Delivery, ErrorReply, ProviderError, RawReply, Reply, TranscriptReply, Usage } from './reply.ts'

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const jsonOf = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

const jsonHeaders = { 'content-type': 'application/json' }
const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
const defaultModels = ['gpt-5-mini', 'gpt-5', 'claude-opus-5-5', 'claude-haiku-4-5']

/** One request on its way through: what every step needs. */
interface Turn {
  readonly record: RecordedRequest
  readonly dialect: Dialect
  readonly requestId: string
}

/** What goes out, or the wish not to answer. */
type Outcome = { readonly wire: Wire; readonly delivery: Delivery } | 'silence' | 'reset'

/** One provider's memory: requests, queued replies, kept responses, seen cache prefixes, serial numbers. */
export class Provider {
  readonly requests: RecordedRequest[] = []
  readonly queue: Reply[] = []
  readonly #options: FakeProviderOptions
  readonly #responses = new ResponsesMemory()
  readonly #seenPrefixes = new Set<string>()
  readonly #threads = new MessageThreads()
  #answers = 0
  #calls = 0

  constructor(options: FakeProviderOptions) { this.#options = options }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const turn = this.#record(request, body)
    let hungUp = false
    const hangUp = (): void => {
      hungUp = true
      response.destroy()
    }
    response.on('close', () => { turn.record.callerLeft = !response.writableFinished && !hungUp })
    const outcome = await this.#outcome(turn)
    if (outcome === 'silence') return
    if (outcome === 'reset') {
      hangUp()
      return
    }
    turn.record.status = outcome.wire.status
    await deliver(response, { wire: outcome.wire, delivery: outcome.delivery, hangUp })
    turn.record.finishedAtMs = Date.now()
  }

  #record(request: IncomingMessage, body: Buffer): Turn {
    const { method = '', url: path = '', headers } = request
    const endpoint = endpointOf(method, path)
    const dialect = dialectOf(endpoint, headers)
    const record: RecordedRequest = { method, path, endpoint, dialect: dialect.name, headers, body, json: jsonOf(body), asked: null, status: 0, callerLeft: false, receivedAtMs: Date.now(), finishedAtMs: 0 }
    this.requests.push(record)
    return { record, dialect, requestId: `req_fake${String(this.requests.length).padStart(6, '0')}` }
  }

  async #outcome(turn: Turn): Promise<Outcome> {
    try {
      this.#admit(turn)
      return await this.#reply(turn)
    } catch (error) {
      if (error instanceof Refusal) return this.#error(turn, { kind: 'error', error: error.error })
      throw error
    }
  }

  /** Key and version: what the real API looks at before the body. */
  #admit({ record: { headers }, dialect }: Turn): void {
    const { apiKey } = this.#options
    const sent = [headers.authorization?.replace(/^Bearer /, ''), dialect.name === 'anthropic' ? headers['x-api-key'] : dialect.name === 'gemini' ? headers['x-goog-api-key'] : undefined]
    if (apiKey !== undefined && apiKey !== null && !sent.includes(apiKey)) {
      refuse(dialect.name === 'anthropic' ? 'invalid x-api-key' : 'Incorrect API key provided.', { status: 401, code: 'invalid_api_key' })
    }
    if (dialect.name === 'anthropic' && headers['anthropic-version'] === undefined) refuse('anthropic-version: header is required')
  }

  async #reply(turn: Turn): Promise<Outcome> {
    const { record, dialect } = turn
    if (record.endpoint === 'unknown') refuse(`Unknown request URL: ${record.method} ${record.path}.`, { status: 404 })
    if (record.endpoint === 'models') return this.#json(turn, modelsBody(dialect.name, record.path, this.#options.models ?? defaultModels))
    if (record.json === undefined) refuse('The request body is not valid JSON.')
    const standard = this.#understand(turn)
    const scripted = this.queue.shift() ?? await this.#options.reply?.(record)
    switch (scripted?.kind) {
      case undefined: return standard(null)
      case 'answer': return standard(scripted)
      case 'error': return this.#error(turn, scripted)
      case 'raw': case 'transcript': return this.#verbatim(turn, scripted)
      case 'silence': case 'reset': return scripted.kind
    }
  }

  /** Validates the body now, and gives the function that answers it in the endpoint's own way. @throws Refusal */
  #understand(turn: Turn): (script: AnswerReply | null) => Outcome {
    const { record, dialect } = turn
    switch (record.endpoint) {
      case 'embeddings': {
        const body = embed(record.json)
        return script => this.#json(turn, body, script ?? {})
      }
      case 'messages.count_tokens': {
        const body = JSON.stringify({ input_tokens: tokensOf(readCountTokens(record.json)) })
        return script => this.#json(turn, body, script ?? {})
      }
      case 'countTokens': case 'embedContent': {
        const body = record.endpoint === 'countTokens' ? countTokens(record.json) : embedContent(record.json, record.path)
        return script => this.#json(turn, body, script ?? {})
      }
      default: {
        const whole = this.#threads.whole(record.json)
        const asked = record.endpoint === 'responses' ? this.#responses.read(record.json) : dialect.read(whole, record.path)
        record.asked = asked
        const { models } = this.#options
        if (models !== undefined && !models.includes(asked.model)) {
          refuse(dialect.name === 'anthropic' ? `model: ${asked.model}` : `The model '${asked.model}' does not exist`, { status: 404, code: 'model_not_found' })
        }
        return script => this.#model(turn, asked, script ?? echoAgent(asked), answer => { this.#threads.keep(record.json, whole, answer, asked) })
      }
    }
  }

  #model(turn: Turn, asked: Asked, reply: AnswerReply, keep: (answer: Answer) => void): Outcome {
    const answer = this.#complete(turn.dialect, asked, reply)
    keep(answer)
    if (turn.record.endpoint === 'responses') this.#responses.keep(answer, asked as AskedResponse)
    if (!asked.stream) return this.#json(turn, turn.dialect.whole(answer, asked), reply)
    return { wire: this.#wire(turn, { status: 200, headers: streamHeaders, parts: turn.dialect.events(answer, asked), stream: true }), delivery: reply }
  }

  /** Fills in what the script left open. */
  #complete(dialect: Dialect, asked: Asked, reply: AnswerReply): Answer {
    const { text = '', thinking = null, toolCalls = [] } = reply
    const calls = toolCalls.map(call => ({
      id: call.id ?? dialect.toolCallId(this.#calls += 1), name: call.name, argsText: typeof call.args === 'string' ? call.args : JSON.stringify(call.args),
    }))
    const output = tokensOf((thinking ?? '') + text + calls.map(call => call.name + call.argsText).join(''))
    return {
      id: dialect.answerId(this.#answers += 1), model: reply.model ?? asked.model, thinking, text, toolCalls: calls,
      stop: reply.stop ?? (calls.length > 0 ? 'tools' : 'end'),
      usage: { ...this.#usage(asked, output), ...reply.usage },
      serviceTier: reply.serviceTier ?? null,
      deltaChars: reply.deltaChars ?? 12,
    }
  }

  /** A marked prefix is written to the cache when first seen and read from it afterwards. */
  #usage(asked: Asked, output: number): Usage {
    const input = tokensOf(asked.inputText)
    const cached = asked.cachedPrefix === null ? 0 : Math.min(input, tokensOf(asked.cachedPrefix))
    const seen = asked.cachedPrefix !== null && this.#seenPrefixes.has(asked.cachedPrefix)
    if (asked.cachedPrefix !== null) this.#seenPrefixes.add(asked.cachedPrefix)
    return { input, output, cacheRead: seen ? cached : 0, cacheWrite: seen ? 0 : cached }
  }

  #json(turn: Turn, body: string, delivery: Delivery = {}): Outcome {
    return { wire: this.#wire(turn, { status: 200, headers: jsonHeaders, parts: [body], stream: false }), delivery }
  }

  #error(turn: Turn, reply: ErrorReply): Outcome {
    const retry = reply.retryAfterS === undefined ? {} : { 'retry-after': String(reply.retryAfterS) }
    const body = turn.dialect.errorBody(reply.error, turn.requestId)
    return { wire: this.#wire(turn, { status: reply.error.status, headers: { ...jsonHeaders, ...retry }, parts: [body], stream: false }), delivery: reply }
  }

  #verbatim(turn: Turn, reply: RawReply | TranscriptReply): Outcome {
    const isFile = reply.kind === 'transcript'
    const body = isFile ? readFileSync(reply.file) : reply.body
    const stream = isFile ? reply.file.endsWith('.sse') : turn.record.asked?.stream === true
    return { wire: this.#wire(turn, { status: reply.status ?? 200, headers: stream ? streamHeaders : jsonHeaders, parts: [body], stream }), delivery: reply }
  }

  #wire(turn: Turn, wire: Omit<Wire, 'errorEvent'>): Wire {
    const { dialect, requestId } = turn
    return { ...wire, headers: { ...dialect.headers(requestId), ...wire.headers }, errorEvent: (error: ProviderError) => dialect.errorEvent(error, requestId) }
  }
}
