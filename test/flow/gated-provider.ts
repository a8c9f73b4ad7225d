// A provider whose stream stands still after its first event until the test lets it go on: what is asserted about running streams is an
// order of events, never a duration. It answers every POST and never ends a stream by itself.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { CleansUp } from '../support/scratch-folder.ts'

export interface GatedProvider {
  readonly url: string
  /** Streams that have sent their first event and wait. */
  readonly waiting: number
  /** Streams whose caller closed the connection before the end. */
  readonly left: number
  /** Sends the rest of every waiting stream. */
  release(): void
}

interface Said { readonly first: string; readonly rest: string }

const openai = (last: string, first: string): Said => ({
  first: `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'small', choices: [{ index: 0, delta: { role: 'assistant', content: first }, finish_reason: null }] })}\n\n`,
  rest: [
    { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'small', choices: [{ index: 0, delta: { content: last }, finish_reason: null }] },
    { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'small', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'small', choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } },
  ].map(chunk => `data: ${JSON.stringify(chunk)}\n\n`).join('') + 'data: [DONE]\n\n',
})

const event = (data: { readonly type: string; readonly [member: string]: unknown }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

const anthropic = (last: string, first: string): Said => ({
  first: event({ type: 'message_start', message: { id: 'm1', type: 'message', role: 'assistant', model: 'small', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 5, output_tokens: 1 } } })
    + event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
    + event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: first } }),
  rest: event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: last } }) + event({ type: 'content_block_stop', index: 0 })
    + event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } }) + event({ type: 'message_stop' }),
})

/** Starts one on loopback; it ends with the test. @param last what its streams say once they go on @param first what they say before */
export const startGatedProvider = async (test: CleansUp, last = ' last', first = 'first'): Promise<GatedProvider> => {
  const waiting = new Map<ServerResponse, string>()
  let left = 0
  const server = createServer((request, response) => {
    void buffer(request).then(() => {
      const dialect = (request.url?.includes('/messages') === true ? anthropic : openai)(last, first)
      response.on('close', () => {
        waiting.delete(response)
        if (!response.writableFinished) left += 1
      })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(dialect.first, () => { waiting.set(response, dialect.rest) })
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get waiting() { return waiting.size },
    get left() { return left },
    release: () => {
      for (const [response, rest] of waiting) response.end(rest)
      waiting.clear()
    },
  }
}

/** Configuration that puts it in the place of the cloud. */
export const gatedConfig = ({ url }: GatedProvider): Record<string, unknown> => ({
  providers: [
    { id: 'cloud', dialect: 'openai', base_url: `${url}/v1` },
    { id: 'cloud-anthropic', dialect: 'anthropic', base_url: url },
  ],
  models: [
    { id: 'cloud/small', price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2 } },
    { id: 'cloud-anthropic/small', price: { usd_per_mtok_in: 1, usd_per_mtok_out: 5 } },
  ],
  aliases: [{ name: 'auto', candidates: ['cloud/small', 'cloud-anthropic/small'] }],
})

/** The part of a stream that has arrived, and the rest when asked for. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  text = ''

  constructor(response: Response) {
    if (response.body === null) throw new Error('the answer has no body')
    this.#reader = response.body.getReader()
  }

  /** Reads until the text is there. @throws when the stream ends before */
  async until(wanted: string): Promise<void> {
    while (!this.text.includes(wanted)) if (!await this.#more()) throw new Error(`the stream ended without "${wanted}"; it said:\n${this.text}`)
  }

  async rest(): Promise<string> {
    while (await this.#more()) { /* each round adds what arrived */ }
    return this.text
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (value !== undefined) this.text += this.#decoder.decode(value, { stream: true })
    return !done
  }
}
