// Requests with a text in every field that has room for one, in each dialect: prompts and system text, tool definitions, arguments, results,
// schemas, files and their names, addresses, stop sequences, metadata and what identifies a user.
import { signatureOf } from '../support/fake-provider/anthropic-signature.ts'

export interface MaximalRequest { readonly path: string; readonly body: Record<string, unknown> }

const data = Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(90, 200)]).toString('base64')

/** Keys are shorter than texts. */
const keyOf = (it: string): string => it.split(' ').find(word => word.includes('@')) ?? it

export const maximalRequests = (it: string): readonly MaximalRequest[] => {
  const schema = { type: 'object', title: it, description: it, properties: { [keyOf(it)]: { type: 'string', description: it, default: it, enum: [it], examples: [it], pattern: it, const: it } } }

  return [
    {
      path: '/v1/chat/completions', body: {
        model: 'cloud/large', user: it, safety_identifier: it, prompt_cache_key: it, metadata: { note: it, [keyOf(it)]: it }, stop: [it], prediction: { type: 'content', content: it },
        tools: [{ type: 'function', function: { name: 'send', description: it, parameters: schema } }], response_format: { type: 'json_schema', json_schema: { name: 'x', description: it, schema } },
        messages: [
          { role: 'system', content: it, name: 'x' }, { role: 'user', name: 'y', content: [{ type: 'text', text: it }, { type: 'image_url', image_url: { url: `https://images.example/x.png?of=${keyOf(it)}` } }, { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }, { type: 'file', file: { filename: it, file_data: `data:application/pdf;base64,${data}` } }] },
          { role: 'assistant', content: it, reasoning_content: it, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'send', arguments: JSON.stringify({ to: it, deep: [JSON.stringify({ [it]: it })] }) } }] },
          { role: 'tool', tool_call_id: 'call_1', content: it },
        ],
      },
    },
    {
      path: '/v1/messages', body: {
        model: 'cloud-anthropic/small', max_tokens: 100, metadata: { user_id: it }, stop_sequences: [it], system: [{ type: 'text', text: it }],
        tools: [{ name: 'send', description: it, input_schema: schema, input_examples: [{ to: it }] }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: it }, { type: 'document', title: it, context: it, source: { type: 'text', media_type: 'text/plain', data: it }, citations: { enabled: true } }, { type: 'search_result', source: it, title: it, content: [{ type: 'text', text: it }] }] },
          { role: 'assistant', content: [{ type: 'thinking', thinking: it, signature: signatureOf(it) }, { type: 'text', text: it }, { type: 'tool_use', id: 'toolu_1', name: 'send', input: { to: it, [it]: it } }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: it }] }] },
        ],
      },
    },
    {
      path: '/v1/responses', body: {
        model: 'cloud/large', instructions: it, user: it, safety_identifier: it, prompt_cache_key: it, metadata: { note: it }, tools: [{ type: 'function', name: 'send', description: it, parameters: schema, strict: false }],
        input: [
          { role: 'user', content: [{ type: 'input_text', text: it }, { type: 'input_file', filename: it, file_data: `data:application/pdf;base64,${data}` }] },
          { type: 'function_call', call_id: 'c', name: 'send', arguments: JSON.stringify({ to: it }) }, { type: 'function_call_output', call_id: 'c', output: it }, { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: it, annotations: [] }] },
        ],
      },
    },
    {
      path: '/v1beta/models/cloud/large:generateContent', body: {
        labels: { note: it }, systemInstruction: { parts: [{ text: it }] }, generationConfig: { stopSequences: [it] }, tools: [{ functionDeclarations: [{ name: 'send', description: it, parameters: { type: 'OBJECT', description: it, properties: {} } }] }],
        contents: [
          { role: 'user', parts: [{ text: it }, { inlineData: { mimeType: 'image/png', data, displayName: it } }] },
          { role: 'model', parts: [{ functionCall: { name: 'send', args: { to: it } } }] }, { role: 'user', parts: [{ functionResponse: { name: 'send', response: { output: it } } }] },
        ],
      },
    },
    { path: '/v1/embeddings', body: { model: 'cloud/large', input: [it, it], user: it } },
    { path: '/v1/messages/count_tokens', body: { model: 'cloud-anthropic/small', messages: [{ role: 'user', content: it }] } },
  ]
}
