// Claude Code, headless, with its own Read tool and every partial message.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { called, heard, model, prompt, report } from './desk.mjs'

const claude = spawn(process.env.CLAUDE_CODE, [
  '-p', prompt, '--model', model, '--allowedTools', 'Read', '--output-format', 'stream-json', '--include-partial-messages', '--verbose',
], { stdio: ['ignore', 'pipe', 'inherit'] })
for await (const line of createInterface({ input: claude.stdout })) {
  const { event, message, result, type } = JSON.parse(line)
  if (type === 'stream_event' && event.type === 'content_block_delta' && event.delta.type === 'text_delta') heard(event.delta.text)
  if (type === 'assistant') for (const block of message.content) if (block.type === 'tool_use') called(block.input)
  if (type === 'result') report(result)
}
