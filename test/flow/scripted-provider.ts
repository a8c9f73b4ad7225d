// A provider that answers whatever a test wrote down, byte for byte, and keeps what it was sent: for answers that the fake provider has no words for.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CleansUp } from '../support/scratch-folder.ts'
import { adjustEntry } from './setup.ts'

export interface Script { readonly status?: number; readonly type: string; readonly body: string; readonly headers?: Readonly<Record<string, string>> }

export interface ScriptedProvider {
  readonly url: string
  readonly received: { readonly path: string; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }[]
  /** From now on. */
  answers(script: Script): void
  /** The change of a configuration that lets it stand for a provider. */
  serves(provider: string, more?: Readonly<Record<string, unknown>>): (config: Readonly<Record<string, unknown>>) => Record<string, unknown>
}

export const scriptedProvider = async (test: CleansUp): Promise<ScriptedProvider> => {
  let script: Script = { type: 'application/json', body: '{}' }
  const received: ScriptedProvider['received'] = []
  const server = createServer((request, response) => {
    void text(request).then(body => {
      received.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(script.status ?? 200, { 'content-type': script.type, ...script.headers })
      response.end(script.body)
    })
  })
  await new Promise<void>(listening => { server.listen(0, '127.0.0.1', listening) })
  test.after(() => { server.close(); server.closeAllConnections() })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url, received,
    answers: given => { script = given },
    serves: (provider, more = {}) => adjustEntry('providers', provider, { base_url: provider.includes('anthropic') || more['dialect'] === 'gemini' ? url : `${url}/v1`, ...more }),
  }
}
