// Tools of a Converse request, and which of them the model may or must call.
import type { Conversation, Tool, Turn } from '../conversation.ts'
import { shortName } from '../tool-names.ts'
import { marked, type Converse, type Json } from './converse.ts'

const toolSpec = (tool: Tool, { family }: Converse): Json => ({ toolSpec: {
  name: shortName(tool.name), ...tool.description === null || tool.description.trim() === '' ? {} : { description: tool.description }, inputSchema: { json: { ...tool.schema, type: 'object' } },
  ...tool.strict === true && family.takesStrict ? { strict: true } : {},
} })

const calledIn = (turns: readonly Turn[]): readonly string[] =>
  [...new Set(turns.flatMap(turn => turn.role === 'assistant' ? turn.parts.flatMap(part => part.kind === 'tool-call' ? [part.name] : []) : []))]

const choiceOf = ({ toolChoice }: Conversation, { losses }: Converse): Json => {
  switch (toolChoice?.kind) {
    case undefined: return {}
    case 'auto': return { toolChoice: { auto: {} } }
    case 'any': return { toolChoice: { any: {} } }
    case 'tool': return { toolChoice: { tool: { name: shortName(toolChoice.name) } } }
    case 'none': losses.lost('tool_choice')
  }
  return {}
}

/** `toolConfig`, or nothing where no tool may be called. */
export const toolsOf = (conversation: Conversation, converse: Converse): Json => {
  const { parallelToolCalls, toolChoice, tools, turns } = conversation
  const called = calledIn(turns)
  // Without tools none is called; with calls in the history there have to be some.
  if (called.length === 0 && (tools.length === 0 || toolChoice?.kind === 'none')) return {}
  if (parallelToolCalls === false) converse.losses.lost(converse.names.parallelToolCalls)
  if (!converse.family.takesStrict && tools.some(tool => tool.strict === true)) converse.losses.lost(converse.names.strict)
  if (tools.length > 0) return { toolConfig: { tools: tools.flatMap(tool => marked(toolSpec(tool, converse), tool, converse, true)), ...choiceOf(conversation, converse) } }
  // Bedrock refuses calls in a history whose tools it is not told: they are named, as nothing to call any more.
  const past = called.map((name): Tool => ({ name, description: 'No longer available.', schema: { type: 'object', properties: {} }, strict: null, cached: false }))
  return { toolConfig: { tools: past.map(tool => toolSpec(tool, converse)) } }
}
