// A LangGraph agent: a model node and a tool node that take turns. PROVIDER says which chat model class of LangChain it is built on.
import { ChatAnthropic } from '@langchain/anthropic'
import { tool } from '@langchain/core/tools'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { description, heard, lookup, model, prompt, report } from './desk.mjs'

const tools = [tool(lookup, { name: 'lookup', description, schema: z.object({ word: z.string(), mail: z.string() }) })]
const chat = process.env.PROVIDER === 'anthropic' ? new ChatAnthropic({ model }) : new ChatOpenAI({ model })
const bound = chat.bindTools(tools)
const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }) => ({ messages: [await bound.invoke(messages)] }))
  .addNode('tools', new ToolNode(tools))
  .addEdge(START, 'agent').addConditionalEdges('agent', toolsCondition).addEdge('tools', 'agent')
  .compile()
let last = ''
for await (const [mode, event] of await graph.stream({ messages: [{ role: 'user', content: prompt }] }, { streamMode: ['messages', 'values'] })) {
  if (mode === 'values') last = event.messages.at(-1).text
  else if (event[1].langgraph_node === 'agent') heard(event[0].text)
}
report(last)
