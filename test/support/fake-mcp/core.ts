// The protocol of the fake server, without a transport: one message in, messages out as texts. It speaks either era or both.
import type { FakeTool, FakeTools, Received, ToolAnswer } from './tools.ts'
import { FakeTasks } from './tasks.ts'
import { standardTools } from './tools.ts'

export interface FakeMcpOptions {
  readonly name?: string
  readonly era?: 'legacy' | 'modern' | 'dual'
  readonly tools?: Map<string, FakeTool>
  /** JSON texts of resources, templates and prompts. */
  readonly resources?: readonly string[]
  readonly templates?: readonly string[]
  readonly prompts?: readonly string[]
  readonly instructions?: string | (() => string)
  /** Entries per page; everything at once by default. */
  readonly pageSize?: number
  /** Modern: how long lists may be remembered. */
  readonly ttlMs?: number
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Where a request's messages go. */
export interface Channel {
  /** A notification or request that belongs to the request being answered. */
  related(text: string): void
  /** A message that belongs to none. */
  unrelated(text: string): void
}

const nothingToSay: ReadonlySet<string> = new Set(['ping', 'resources/subscribe', 'resources/unsubscribe', 'logging/setLevel'])

interface Message { readonly id?: unknown; readonly method?: string; readonly params?: Record<string, unknown>; readonly result?: unknown; readonly error?: unknown }

const modernVersion = '2026-07-28'
const legacyVersions = ['2025-11-25', '2025-06-18', '2025-03-26']

export class RpcError extends Error {
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

export class FakeMcp implements FakeTools {
  readonly name: string
  readonly era: 'legacy' | 'modern' | 'dual'
  readonly tools: Map<string, FakeTool>
  readonly received: Received[] = []
  readonly cancelled: unknown[] = []
  readonly tasks = new FakeTasks()
  /** Declared besides what the options give. */
  readonly extraCapabilities: Record<string, unknown> = {}
  /** How often initialize was answered. */
  initializations = 0
  readonly #options: FakeMcpOptions
  readonly #running = new Map<unknown, AbortController>()
  readonly #asked = new Map<unknown, (message: unknown) => void>()
  #lastAsked = 0

  constructor(options: FakeMcpOptions = {}) {
    this.#options = options
    this.name = options.name ?? 'fake'
    this.era = options.era ?? 'legacy'
    this.tools = options.tools ?? standardTools()
  }

  /** Handles one message. Returns the text of the response, or null where there is none. */
  async handle(text: string, headers: Headers, channel: Channel, gone?: AbortSignal): Promise<string | null> {
    const message = JSON.parse(text) as Message
    if (message.method === undefined) {
      this.#asked.get(message.id)?.(message)
      return null
    }
    this.received.push({ method: message.method, id: message.id, params: message.params, headers })
    if (message.id === undefined) {
      if (message.method === 'notifications/cancelled') this.#cancel(message.params?.['requestId'])
      return null
    }
    const controller = new AbortController()
    this.#running.set(message.id, controller)
    gone?.addEventListener('abort', () => { this.#cancel(message.id) })
    try {
      const result = await this.#result(message, controller.signal, channel)
      return this.cancelled.includes(message.id) ? null : `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${result}}`
    } catch (error) {
      const { code, data, message: why } = error instanceof RpcError ? error : new RpcError(-32603, String(error))
      return JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code, message: why, ...data === undefined ? {} : { data } } })
    } finally {
      this.#running.delete(message.id)
    }
  }

  isModern(message: Message): boolean {
    const meta = message.params?.['_meta'] as Record<string, unknown> | undefined
    return meta?.['io.modelcontextprotocol/protocolVersion'] !== undefined
  }

  #cancel(id: unknown): void {
    const running = this.#running.get(id)
    if (running === undefined) return
    this.cancelled.push(id)
    running.abort()
  }

  async #result(message: Message, signal: AbortSignal, channel: Channel): Promise<string> {
    const modern = this.isModern(message)
    if (modern && this.era === 'legacy') throw new RpcError(-32601, 'Method not found')
    if (!modern && this.era === 'modern') throw new RpcError(-32602, 'Missing request metadata', { supported: [modernVersion] })
    return this.#task(message.method ?? '', message.params ?? {}, modern) ?? await this.#answer(message, modern, { signal, channel })
  }

  async #answer(message: Message, modern: boolean, { signal, channel }: { signal: AbortSignal; channel: Channel }): Promise<string> {
    const params = message.params ?? {}
    const finish = (json: string, extra = ''): string => modern && !json.includes('"resultType"') ? `${json.slice(0, -1)},"resultType":"complete"${extra}}` : json
    const lists = this.#lists(message.method ?? '')
    if (lists !== null) return finish(this.#page(lists[0], lists[1], params), this.#caching)
    if (nothingToSay.has(message.method ?? '')) return '{}'
    switch (message.method) {
      case 'initialize': return this.#initialize(params)
      case 'server/discover': return this.#discover()
      case 'resources/read': return finish(`{"contents":[{"uri":${JSON.stringify(params['uri'])},"text":"content"}]}`, this.#caching)
      case 'prompts/get': return finish('{"messages":[]}')
      case 'tools/call': return finish(await this.#call(params, signal, channel))
      default: throw new RpcError(-32601, 'Method not found')
    }
  }

  #task(method: string, params: Record<string, unknown>, modern: boolean): string | null {
    if (method === 'tools/call' && params['name'] === 'job') return this.tasks.create((params['arguments'] ?? {}) as Record<string, unknown>, modern)
    if (!method.startsWith('tasks/')) return null
    const answer = this.tasks.answer(method, params, modern)
    if (answer === null) throw new RpcError(-32602, 'Unknown task')
    return answer
  }

  /** Member and entries of a list method. */
  #lists(method: string): readonly [string, readonly string[]] | null {
    switch (method) {
      case 'tools/list': return ['tools', [...this.tools.values()].map(tool => tool.definition)]
      case 'resources/list': return ['resources', this.#options.resources ?? []]
      case 'resources/templates/list': return ['resourceTemplates', this.#options.templates ?? []]
      case 'prompts/list': return ['prompts', this.#options.prompts ?? []]
      default: return null
    }
  }

  get #caching(): string { return `,"ttlMs":${this.#options.ttlMs ?? 60_000},"cacheScope":"private"` }

  #capabilities(): Record<string, unknown> {
    const { prompts, resources, templates } = this.#options
    return {
      tools: { listChanged: true }, ...resources === undefined && templates === undefined ? {} : { resources: { subscribe: true } },
      ...prompts === undefined ? {} : { prompts: {} }, 'x-vendor': {}, ...this.extraCapabilities,
    }
  }

  /** A function says something else each time it is asked. */
  get #instructions(): { readonly instructions?: string } {
    const { instructions } = this.#options
    return instructions === undefined ? {} : { instructions: typeof instructions === 'string' ? instructions : instructions() }
  }

  #initialize(params: Record<string, unknown>): string {
    this.initializations += 1
    const wanted = String(params['protocolVersion'])
    return JSON.stringify({
      protocolVersion: legacyVersions.includes(wanted) ? wanted : legacyVersions[0], capabilities: this.#capabilities(),
      serverInfo: { name: this.name, version: '1.0.0' }, ...this.#instructions,
    })
  }

  #discover(): string {
    return JSON.stringify({
      resultType: 'complete', supportedVersions: [modernVersion], capabilities: this.#capabilities(), ttlMs: 0, cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: this.name, version: '1.0.0' } },
      ...this.#instructions,
    })
  }

  #page(member: string, texts: readonly string[], params: Record<string, unknown>): string {
    const { pageSize = texts.length } = this.#options
    const from = Number(params['cursor'] ?? 0)
    const next = from + pageSize
    return `{"${member}":[${texts.slice(from, next).join(' , ')}],"x-list":true${next < texts.length ? `,"nextCursor":"${next}"` : ''}}`
  }

  async #call(params: Record<string, unknown>, signal: AbortSignal, channel: Channel): Promise<string> {
    const tool = this.tools.get(String(params['name']))
    if (tool === undefined) throw new RpcError(-32602, `Unknown tool: ${String(params['name'])}`)
    const answer: ToolAnswer = await tool.run({
      params, args: (params['arguments'] ?? {}) as Record<string, unknown>, meta: (params['_meta'] ?? {}) as Record<string, unknown>, signal, server: this,
      notify: (method, value) => { channel.related(JSON.stringify({ jsonrpc: '2.0', method, params: value })) },
      announce: (method, value) => { channel.unrelated(JSON.stringify({ jsonrpc: '2.0', method, ...value === undefined ? {} : { params: value } })) },
      ask: (method, value, shared = false) => new Promise(resolve => {
        const id = `ask-${this.#lastAsked += 1}`
        this.#asked.set(id, resolve)
        const text = JSON.stringify({ jsonrpc: '2.0', id, method, params: value })
        if (shared) channel.unrelated(text)
        else channel.related(text)
      }),
    })
    if (typeof answer === 'string') return answer
    throw new RpcError(answer.code, answer.message, answer.data)
  }
}
