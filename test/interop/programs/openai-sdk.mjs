// The OpenAI SDK's own tool runner over chat completions, streamed.
import OpenAI from 'openai'
import { description, heard, lookup, model, parameters, prompt, report } from './desk.mjs'

const runner = new OpenAI().chat.completions.runTools({
  model, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: prompt }],
  tools: [{ type: 'function', function: { name: 'lookup', description, parameters, parse: JSON.parse, function: lookup } }],
}).on('content', heard)
report(await runner.finalContent())
