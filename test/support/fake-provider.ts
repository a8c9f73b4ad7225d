// A model provider for tests and demos that speaks the real wire formats of OpenAI (chat completions, Responses), Anthropic and Gemini, refuses what they refuse, and does
// what a script says. It records every request. It never calls out and binds loopback only.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from './fake-provider/provider.ts'
import type { FakeProviderOptions, RecordedRequest } from './fake-provider/recorded.ts'
import type { Reply } from './fake-provider/reply.ts'

export { troubles } from './fake-provider/reply.ts'
export type { AnswerReply, Delivery, ErrorReply, ProviderError, RawReply, Reply, ToolCall, TranscriptReply, Usage } from './fake-provider/reply.ts'
export type { Asked } from './fake-provider/asked.ts'
export type { Endpoint, FakeProviderOptions, RecordedRequest } from './fake-provider/recorded.ts'

export interface FakeProvider extends AsyncDisposable {
  /** Origin without a path: the Anthropic base URL; OpenAI's is `${url}/v1`. */
  readonly url: string
  readonly port: number
  readonly requests: RecordedRequest[]
  readonly script: {
    /** Queues replies to the next accepted POST requests, one each, before `reply` and the echo agent are asked. */
    push: (...replies: readonly Reply[]) => void
    /** Queued replies that nobody fetched. */
    readonly left: number
  }
  /** Destroys every connection and stops listening. */
  close: () => Promise<void>
}

/** Starts a fake provider on loopback. */
export const startFakeProvider = async (options: FakeProviderOptions = {}): Promise<FakeProvider> => {
  const provider = new Provider(options)
  const server = createServer((request, response) => {
    provider.serve(request, response).catch((error: unknown) => {
      // A caller that leaves while its body is read is no news; a reply function that throws is a fault of the test, and must not look like one of the network.
      if (request.complete) console.error('fake provider:', error)
      response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> => new Promise(resolve => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: provider.requests,
    script: {
      push: (...replies) => { provider.queue.push(...replies) },
      get left() { return provider.queue.length },
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
