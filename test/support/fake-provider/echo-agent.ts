// The model behind the fake provider when nothing is scripted: it quotes, so that a test sees what reached the model, and it does as it is told.
import type { Asked } from './asked.ts'
import type { AnswerReply, ToolCall } from './reply.ts'

const order = /\buse ([\w.-]+) with (?=\{)/g

/** End of the JSON object that starts at `start`, or -1. Strings are skipped, so braces inside them do not count. */
const objectEnd = (text: string, start: number): number => {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth += 1
    else if (character === '}' && (depth -= 1) === 0) return at + 1
  }
  return -1
}

const parseArgs = (text: string): Readonly<Record<string, unknown>> | null => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return null
  }
}

/** Clients prefix the names of MCP tools with their own words ("mcp__server__tool"): the order names the end. */
const offeredName = (tools: readonly string[], wanted: string): string | undefined =>
  tools.find(tool => tool === wanted) ?? tools.find(tool => tool.endsWith(`__${wanted}`))

/** The orders `use <tool> with {json}` in a text, for tools that are offered. */
export const ordersIn = (text: string, tools: readonly string[]): ToolCall[] => [...text.matchAll(order)].flatMap(match => {
  const start = match.index + match[0].length
  const end = objectEnd(text, start)
  const name = offeredName(tools, match[1] ?? '')
  const args = end === -1 ? null : parseArgs(text.slice(start, end))
  return name === undefined || args === null ? [] : [{ name, args }]
})

/** Answers like an agent: obeys orders, sums up results, and quotes everything else. */
export const echoAgent = (asked: Asked): AnswerReply => {
  const thought = asked.thinking === 'omitted' ? '' : `The user wrote ${asked.userText.length} characters.`
  const thinking = asked.thinking === 'off' ? {} : { thinking: thought }
  if (asked.toolResults.length > 0) {
    return { kind: 'answer', ...thinking, text: asked.toolResults.map(result => `${result.tool} answered: ${result.text}`).join('\n') }
  }
  const toolCalls = ordersIn(asked.userText, asked.tools)
  if (toolCalls.length > 0) return { kind: 'answer', ...thinking, text: 'I will use a tool.', toolCalls }
  return { kind: 'answer', ...thinking, text: `You said: ${asked.userText}` }
}
