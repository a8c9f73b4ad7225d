// An agent as anybody would write it: the public SDKs, an MCP client, a loop. Nothing in it knows of the gateway but base URLs and a key.
import Anthropic from '@anthropic-ai/sdk'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import OpenAI from 'openai'

export interface DemoAgent {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly mcp: Client
  /** Asks the model, carries out the tools that it wants, until it is content. Returns what it said last and what was called. */
  run(prompt: string): Promise<{ readonly text: string; readonly called: readonly string[] }>
  close(): Promise<void>
}

interface Call { readonly id: string; readonly name: string; readonly input: unknown }

const textOf = (content: unknown): string => (content as readonly { type: string; text?: string }[]).map(block => block.text ?? '').join('')

/** Makes an agent with one key. */
export const startAgent = async (url: string, key: string): Promise<DemoAgent> => {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  const anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
  const mcp = new Client({ name: 'demo-agent', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  await mcp.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${key}` } } }))

  const run = async (prompt: string): Promise<{ text: string; called: string[] }> => {
    const { tools } = await mcp.listTools()
    const offered = tools.map(tool => ({ name: tool.name, description: tool.description ?? '', input_schema: tool.inputSchema as Anthropic.Tool.InputSchema }))
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }]
    const called: string[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = await anthropic.messages.stream({ model: 'smart', max_tokens: 512, tools: offered, messages }).finalMessage()
      const calls = answer.content.filter(block => block.type === 'tool_use') as Call[]
      if (calls.length === 0) return { text: textOf(answer.content), called }
      messages.push({ role: 'assistant', content: answer.content })
      const results = []
      for (const call of calls) {
        called.push(call.name)
        const result = await mcp.callTool({ name: call.name, arguments: call.input as Record<string, unknown> })
        results.push({ type: 'tool_result' as const, tool_use_id: call.id, content: textOf(result.content), is_error: result.isError === true })
      }
      messages.push({ role: 'user', content: results })
    }
    throw new Error('the agent did not come to an end')
  }
  return { openai, anthropic, mcp, run, close: () => mcp.close() }
}

/** Text and error flag of a tool result. */
export const resultOf = (result: unknown): { readonly text: string; readonly isError: boolean } => {
  const { content, isError } = result as { content: unknown; isError?: boolean }
  return { text: textOf(content), isError: isError === true }
}
