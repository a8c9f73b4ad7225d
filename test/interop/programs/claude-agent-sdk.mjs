// The Claude Agent SDK with a tool in its own process. It runs the Claude Code program that the test has installed.
import { createSdkMcpServer, query, tool } from '@anthropic-ai/claude-agent-sdk'
import { z } from 'zod'
import { description, heard, lookup, model, prompt, report } from './desk.mjs'

const desk = createSdkMcpServer({
  name: 'desk', version: '1.0.0',
  tools: [tool('lookup', description, { word: z.string(), mail: z.string() }, async args => ({ content: [{ type: 'text', text: lookup(args) }] }))],
})
const options = {
  model, mcpServers: { desk }, allowedTools: ['mcp__desk__lookup'], includePartialMessages: true, settingSources: [], pathToClaudeCodeExecutable: process.env.CLAUDE_CODE,
}
for await (const message of query({ prompt, options })) {
  if (message.type === 'stream_event' && message.event.type === 'content_block_delta' && message.event.delta.type === 'text_delta') heard(message.event.delta.text)
  if (message.type === 'result') report(message.result ?? message.errors?.join('\n') ?? message.subtype)
}
