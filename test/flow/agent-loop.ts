// An agent as the flow tests need one: it asks a model in either dialect, calls the tools that it wants over MCP, reports what they returned, and
// keeps the history. What each exchange answered is kept, so that tests can say which user request it was counted to.
import { call, openSession, rpc } from './mcp-client.ts'
import type { World } from './setup.ts'

export type LoopDialect = 'openai' | 'anthropic'

interface Wanted { readonly id: string; readonly name: string; readonly args: unknown }

interface Wire {
  readonly path: string
  readonly tools: (names: readonly string[]) => unknown
  readonly wanted: (body: unknown) => { readonly message: unknown; readonly calls: readonly Wanted[]; readonly text: string }
  readonly results: (results: readonly { readonly id: string; readonly text: string }[]) => readonly unknown[]
}

type Json = Readonly<Record<string, unknown>>

const wires: Readonly<Record<LoopDialect, Wire>> = {
  openai: {
    path: '/v1/chat/completions', tools: names => names.map(name => ({ type: 'function', function: { name, parameters: { type: 'object' } } })),
    wanted: body => {
      const { message } = (body as { choices: { message: Json }[] }).choices[0]!
      const calls = (message['tool_calls'] ?? []) as { id: string; function: { name: string; arguments: string } }[]
      return { message, text: (message['content'] ?? '') as string, calls: calls.map(one => ({ id: one.id, name: one.function.name, args: JSON.parse(one.function.arguments) as unknown })) }
    },
    results: results => results.map(({ id, text }) => ({ role: 'tool', tool_call_id: id, content: text })),
  },
  anthropic: {
    path: '/v1/messages', tools: names => names.map(name => ({ name, input_schema: { type: 'object' } })),
    wanted: body => {
      const { content } = body as { content: { type: string; id: string; name: string; input: unknown; text: string }[] }
      return {
        message: { role: 'assistant', content }, text: content.map(block => block.text).join(''),
        calls: content.filter(block => block.type === 'tool_use').map(({ id, name, input }) => ({ id, name, args: input })),
      }
    },
    results: results => [{ role: 'user', content: results.map(({ id, text }) => ({ type: 'tool_result', tool_use_id: id, content: text })) }],
  },
}

/** One exchange as the agent saw it. */
export interface Seen { readonly kind: 'model' | 'tool'; readonly status: number; readonly root: string | null; readonly text: string }

export interface AgentOptions {
  readonly dialect: LoopDialect
  readonly tools?: readonly string[]
  /** Sent with model calls and tool calls. */
  readonly headers?: Readonly<Record<string, string>>
  /** Model calls after which it gives up. */
  readonly patience?: number
  readonly model?: string
}

export class Agent {
  readonly seen: Seen[] = []
  readonly #world: World
  readonly #options: AgentOptions
  readonly #history: unknown[] = []
  #mcp: Promise<Record<string, string>> | null = null

  constructor(world: World, options: AgentOptions) {
    this.#world = world
    this.#options = options
  }

  get roots(): readonly (string | null)[] { return this.seen.map(one => one.root) }

  /** Asks, and goes on until the model wants no more tools, something is refused, or its patience ends. @returns the model's last words */
  async say(text: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const { dialect, patience = 60 } = this.#options
    this.#history.push({ role: 'user', content: text })
    for (let step = 0; step < patience; step += 1) {
      const { status, body } = await this.#ask(more)
      if (status !== 200) return body
      const { message, calls, text: words } = wires[dialect].wanted(JSON.parse(body))
      this.#history.push(message)
      if (calls.length === 0) return words
      const results = []
      for (const { id, name, args } of calls) results.push({ id, text: await this.#call(name, args) })
      this.#history.push(...wires[dialect].results(results))
    }
    return 'out of patience'
  }

  async #ask(more: Readonly<Record<string, string>>): Promise<{ status: number; body: string }> {
    const { dialect, headers, model = 'cloud-only', tools = ['web__echo'] } = this.#options
    const response = await this.#world.post(wires[dialect].path, { model, max_tokens: 256, messages: this.#history, tools: wires[dialect].tools(tools) }, { ...headers, ...more })
    const body = await response.text()
    this.seen.push({ kind: 'model', status: response.status, root: response.headers.get('x-portcullis-root'), text: body })
    return { status: response.status, body }
  }

  async #call(name: string, args: unknown): Promise<string> {
    const { headers } = this.#options
    const answer = await rpc(this.#world, call(name, args), await (this.#mcp ??= openSession(this.#world, headers)))
    const { result, error } = answer.message
    const text = result === undefined ? error?.message ?? '' : (result['content'] as { text?: string }[]).map(block => block.text ?? '').join('')
    this.seen.push({ kind: 'tool', status: answer.status, root: answer.headers.get('x-portcullis-root'), text })
    return text
  }
}
