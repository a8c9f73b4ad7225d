// The OpenAI SDK over the Responses API, streamed; the loop is written out, each turn follows on the one before by previous_response_id.
import OpenAI from 'openai'
import { description, heard, lookup, model, parameters, prompt, report } from './desk.mjs'

const client = new OpenAI()
let input = [{ role: 'user', content: prompt }]
let previous
for (;;) {
  const stream = client.responses.stream({
    model, input, ...previous === undefined ? {} : { previous_response_id: previous },
    tools: [{ type: 'function', name: 'lookup', description, parameters, strict: true }],
  }).on('response.output_text.delta', event => { heard(event.delta) })
  const response = await stream.finalResponse()
  const calls = response.output.filter(item => item.type === 'function_call')
  if (calls.length === 0) {
    report(response.output_text)
    break
  }
  previous = response.id
  input = calls.map(call => ({ type: 'function_call_output', call_id: call.call_id, output: lookup(JSON.parse(call.arguments)) }))
}
