// The Anthropic SDK's own tool runner over Messages, streamed.
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { description, heard, lookup, model, parameters, prompt, report } from './desk.mjs'

const runner = new Anthropic().beta.messages.toolRunner({
  model, max_tokens: 1024, stream: true, messages: [{ role: 'user', content: prompt }],
  tools: [betaTool({ name: 'lookup', description, inputSchema: parameters, run: lookup })],
})
let last
for await (const stream of runner) {
  stream.on('text', heard)
  last = await stream.finalMessage()
}
report(last.content.map(block => block.type === 'text' ? block.text : '').join(''))
