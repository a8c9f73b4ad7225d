// The OpenAI Agents SDK. API says which of the two APIs it speaks; its own default is the Responses API.
import { Agent, run, setOpenAIAPI, setTracingDisabled, tool } from '@openai/agents'
import { z } from 'zod'
import { description, heard, lookup, model, prompt, report } from './desk.mjs'

setTracingDisabled(true)
if (process.env.API !== undefined) setOpenAIAPI(process.env.API)
const agent = new Agent({
  name: 'desk', model, instructions: 'You look words up.',
  tools: [tool({ name: 'lookup', description, parameters: z.object({ word: z.string(), mail: z.string() }), execute: lookup })],
})
const result = await run(agent, prompt, { stream: true })
for await (const text of result.toTextStream()) heard(text)
await result.completed
report(result.finalOutput)
