// The tools that every fake MCP server offers unless a test brings its own: each one provokes one behaviour of a proxy.
import { setTimeout as sleep } from 'node:timers/promises'

export interface ToolCall {
  readonly args: Readonly<Record<string, unknown>>
  /** All of params: what a stateless client comes back with stands beside the arguments. */
  readonly params: Readonly<Record<string, unknown>>
  /** params._meta as it arrived. */
  readonly meta: Readonly<Record<string, unknown>>
  /** Aborted by notifications/cancelled or, in the modern era, by a closed stream. */
  readonly signal: AbortSignal
  /** Sends a notification that belongs to this call. */
  readonly notify: (method: string, params: unknown) => void
  /** Sends a notification that belongs to no call. */
  readonly announce: (method: string, params?: unknown) => void
  /** Sends a request to the client, on the stream of the call or on the shared one, and waits for the whole answer message. */
  readonly ask: (method: string, params: unknown, shared?: boolean) => Promise<unknown>
  readonly server: FakeTools
}

/** What a tool returns: JSON text of the result, so that tests decide every byte; or an error object. */
export type ToolAnswer = string | { readonly code: number; readonly message: string; readonly data?: unknown }

export interface FakeTool {
  /** JSON text of the tool's definition. */
  readonly definition: string
  readonly run: (call: ToolCall) => ToolAnswer | Promise<ToolAnswer>
}

/** What a tool may change about its server. */
export interface FakeTools {
  readonly tools: Map<string, FakeTool>
  /** Methods and raw ids received so far. */
  readonly received: readonly Received[]
  /** Request ids that were cancelled. */
  readonly cancelled: readonly unknown[]
}

export interface Received {
  readonly method: string
  readonly id: unknown
  readonly params: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export const textResult = (text: string): string => `{"content":[{"type":"text","text":${JSON.stringify(text)}}]}`

/** A definition with members and number spellings that no schema knows: they must survive a proxy byte for byte. */
export const definitionOf = (name: string, extra = ''): string =>
  `{"name":"${name}","x-vendor":{"b":1.0,"a":"\\u00e9"},"description":"Fake tool ${name}.","inputSchema":{"type":"object","x-order":[3,2,1]},"annotations":{"readOnlyHint":true,"x-unknown":null}${extra}}`

const stringOr = (value: unknown, otherwise: string): string => typeof value === 'string' ? value : otherwise

const sleepUnlessAborted = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).then(() => undefined, () => undefined)

const runs: Readonly<Record<string, FakeTool['run']>> = {
  echo: ({ args, meta }) => `{"content":[{"type":"text","text":${JSON.stringify(JSON.stringify(args))}}],"structuredContent":${JSON.stringify({ args, meta })},"x-extra":[1.0,2e3]}`,
  odd_content: () => '{"content":[{"type":"hologram","frames":[1.50]}],"x-unknown":{"z":1,"a":2}, "_meta" : {"vendor/x":true}}',
  slow: async ({ args, signal }) => {
    await sleepUnlessAborted(Number(args['ms'] ?? 50), signal)
    return textResult(signal.aborted ? 'aborted' : 'done')
  },
  progress: async ({ args, meta, notify, signal }) => {
    const steps = Number(args['steps'] ?? 3)
    const values = Array.isArray(args['values']) ? args['values'] as unknown[] : Array.from({ length: steps }, (_, index) => index + 1)
    for (const progress of values) {
      if (signal.aborted) break
      if (meta['progressToken'] !== undefined) notify('notifications/progress', { progressToken: meta['progressToken'], progress, total: steps, 'x-note': args['note'] })
      await sleep(Number(args['ms'] ?? 1))
    }
    return textResult(`${steps} steps`)
  },
  invented_progress: ({ notify }) => {
    notify('notifications/progress', { progressToken: 'invented', progress: 1 })
    return textResult('ok')
  },
  log: ({ notify }) => {
    notify('notifications/message', { level: 'info', data: 'working' })
    return textResult('logged')
  },
  tool_error: () => '{"content":[{"type":"text","text":"it did not work"}],"isError":true}',
  rpc_error: () => ({ code: -32050, message: 'vendor error', data: { hint: 'x' } }),
  add_tool: ({ announce, args, server }) => {
    const name = stringOr(args['name'], 'added')
    server.tools.set(name, { definition: definitionOf(name), run: () => textResult(name) })
    announce('notifications/tools/list_changed')
    return textResult('added')
  },
  ask: async ({ args, ask, meta, params }) => {
    const method = stringOr(args['method'], 'ping')
    if (meta['io.modelcontextprotocol/protocolVersion'] === undefined) return textResult(JSON.stringify(await ask(method, args['params'] ?? {}, args['shared'] === true)))
    const { inputResponses, requestState } = params
    if (inputResponses !== undefined) return textResult(JSON.stringify({ result: (inputResponses as { asked?: unknown }).asked, requestState }))
    return JSON.stringify({ resultType: 'input_required', inputRequests: { asked: { method, params: args['params'] ?? {} } }, requestState: 'of the server' })
  },
  // The server answers it itself.
  job: () => textResult('done at once'),
  crash: ({ args }) => process.exit(Number(args['code'] ?? 7)),
  crash_after: ({ args }) => {
    setTimeout(() => process.exit(9), Number(args['ms'] ?? 20))
    return new Promise<string>(() => undefined)
  },
  junk: () => {
    process.stdout.write('this is not JSON\n\n{"half":\n')
    return textResult('after junk')
  },
  big: ({ args }) => textResult('x'.repeat(Number(args['bytes'] ?? 1000))),
  environment: () => textResult(JSON.stringify(Object.keys(process.env).sort())),
  pid: () => textResult(JSON.stringify({ pid: process.pid })),
  received: ({ server }) => `{"content":[],"structuredContent":${JSON.stringify({ received: server.received, cancelled: server.cancelled })}}`,
  complain: ({ args }) => {
    process.stderr.write(`${stringOr(args['text'], 'complaint')}\n`)
    return textResult('complained')
  },
}

export const standardTools = (): Map<string, FakeTool> => new Map(Object.entries(runs).map(([name, run]) => [name, { definition: definitionOf(name), run }]))
