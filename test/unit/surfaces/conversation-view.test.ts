// What routing sees of conversations, in every dialect that is known and in those that are not.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { conversationView, type ConversationView } from '../../../gateway/surfaces/conversation-view.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'

const view = (body: unknown): ConversationView => conversationView(readJson(JSON.stringify(body), { maxDepth: 64 }))
const nothing: ConversationView = { firstText: '', lastText: '', length: 0, toolLoop: false, toolErrors: 0, signed: false, answered: false }

const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
const result = (content: string): object => ({ role: 'tool', tool_call_id: 'c', content })
const use = { role: 'assistant', content: [{ type: 'thinking', thinking: 't', signature: 's' }, { type: 'tool_use', id: 'u', name: 'f', input: {} }] }
const used = (content: unknown, more: object = {}): object => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'u', content, ...more }] })

const rows: readonly (readonly [string, unknown, Partial<ConversationView>])[] = [
  ['chat: a first question', { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }] }, { firstText: 'Hi', lastText: 'Hi', length: 2 }],
  ['chat: text parts', { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: 'x' } }] }] }, { firstText: 'What is this?', lastText: 'What is this?', length: 1 }],
  ['chat: a second question', { messages: [{ role: 'user', content: 'One' }, { role: 'assistant', content: '1' }, { role: 'user', content: 'Two' }] }, { firstText: 'One', lastText: 'Two', length: 3, answered: true }],
  ['chat: a tool loop', { messages: [{ role: 'user', content: 'Do' }, { role: 'assistant', content: null, tool_calls: [call] }, result('fine')] }, { firstText: 'Do', lastText: 'Do', length: 3, toolLoop: true, answered: true }],
  ['chat: failed tools at the end', { messages: [{ role: 'user', content: 'Do' }, result('fine'), result('Error: no'), { role: 'assistant', content: null, tool_calls: [call] }, result('  exit code 2')] }, { firstText: 'Do', lastText: 'Do', length: 5, toolLoop: true, toolErrors: 2, answered: true }],
  ['chat: a good tool call ends the count', { messages: [{ role: 'user', content: 'Do' }, result('Error: no'), result('errors were counted: none')] }, { firstText: 'Do', lastText: 'Do', length: 3, toolLoop: true }],
  ['messages: signed thinking in a tool loop', { messages: [{ role: 'user', content: 'Do' }, use, used('ok')] }, { firstText: 'Do', lastText: 'Do', length: 3, toolLoop: true, signed: true, answered: true }],
  ['messages: an old signature binds nothing', { messages: [{ role: 'user', content: 'Do' }, use, used('ok'), { role: 'assistant', content: 'Done' }, { role: 'user', content: 'More' }] }, { firstText: 'Do', lastText: 'More', length: 5, answered: true }],
  ['messages: is_error', { messages: [{ role: 'user', content: 'Do' }, use, used('x', { is_error: true }), use, used('y', { is_error: true })] }, { firstText: 'Do', lastText: 'Do', length: 5, toolLoop: true, toolErrors: 2, signed: true, answered: true }],
  ['messages: is_error false goes before words', { messages: [{ role: 'user', content: 'Do' }, used('Error: said so', { is_error: false })] }, { firstText: 'Do', lastText: 'Do', length: 2, toolLoop: true }],
  ['messages: reminders of the agent are not what the user says', { messages: [{ role: 'user', content: [{ type: 'text', text: 'Fix it' }, { type: 'text', text: '<system-reminder>today</system-reminder>' }] }] }, { firstText: 'Fix it', lastText: 'Fix it', length: 1 }],
  ['responses: a text', { input: 'Hi' }, { firstText: 'Hi', lastText: 'Hi', length: 1 }],
  ['responses: items', { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Go' }] }, { type: 'reasoning', encrypted_content: 'x' }, { type: 'function_call', name: 'f' }, { type: 'function_call_output', output: 'Error: no' }] }, { firstText: 'Go', lastText: 'Go', length: 4, toolLoop: true, toolErrors: 1, signed: true, answered: true }],
  ['generateContent: parts', { contents: [{ role: 'user', parts: [{ text: 'Go' }] }, { role: 'model', parts: [{ functionCall: { name: 'f' }, thoughtSignature: 's' }] }, { role: 'user', parts: [{ functionResponse: { name: 'f', response: { error: 'no' } } }] }] }, { firstText: 'Go', lastText: 'Go', length: 3, toolLoop: true, toolErrors: 1, signed: true, answered: true }],
  ['responses: what a provider ran itself is the model\'s', { input: [{ role: 'user', content: 'Go' }, { type: 'web_search_call', id: 'w', status: 'completed' }, { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Done' }] }, { role: 'user', content: 'More' }] }, { firstText: 'Go', lastText: 'More', length: 4, answered: true }],
  ['responses: a shell\'s output is a result', { input: [{ role: 'user', content: 'Go' }, { type: 'local_shell_call', call_id: 'c' }, { type: 'local_shell_call_output', call_id: 'c', output: 'exit code 1' }] }, { firstText: 'Go', lastText: 'Go', length: 3, toolLoop: true, toolErrors: 1, answered: true }],
  ['responses: references and summaries are nobody\'s words', { input: [{ type: 'compaction', encrypted_content: 'x' }, { type: 'item_reference', id: 'i' }, { role: 'user', content: 'Go' }] }, { firstText: 'Go', lastText: 'Go', length: 3 }],
  ['responses: a result behind a previous response', { previous_response_id: 'resp_1', input: [{ type: 'function_call_output', call_id: 'c', output: 'fine' }] }, { length: 1, toolLoop: true, answered: true }],
  ['chat: a signature where Google keeps it', { messages: [{ role: 'user', content: 'Do' }, { role: 'assistant', content: null, tool_calls: [{ ...call, extra_content: { google: { thought_signature: 's' } } }] }, result('fine')] }, { firstText: 'Do', lastText: 'Do', length: 3, toolLoop: true, signed: true, answered: true }],
  ['generateContent: as in the .proto, without brackets', { contents: [{ parts: { text: 'Go' } }, { role: 'model', parts: { function_call: { name: 'f' }, thought_signature: 's' } }, { role: 'user', parts: { function_response: { name: 'f', response: { error: 'no' } } } }] }, { firstText: 'Go', lastText: 'Go', length: 3, toolLoop: true, toolErrors: 1, signed: true, answered: true }],
  ['generateContent: one content alone', { contents: { parts: [{ text: 'Go' }] } }, { firstText: 'Go', lastText: 'Go', length: 1 }],
  ['generateContent: a result without an error', { contents: [{ parts: [{ text: 'Go' }] }, { role: 'function', parts: [{ functionResponse: { name: 'f', response: { output: 'Error: in words only' } } }] }] }, { firstText: 'Go', lastText: 'Go', length: 2, toolLoop: true }],
  ['completions: a prompt', { prompt: 'Once' }, { firstText: 'Once', lastText: 'Once', length: 1 }],
  ['nothing that is known', { question: 'Hi' }, {}],
]

suite('a conversation', () => {
  for (const [title, body, expected] of rows) test(title, () => { assert.deepEqual(view(body), { ...nothing, ...expected }) })

  test('is looked at from its end, a bounded part of it', () => {
    const results = Array.from({ length: 500 }, () => result('Error: no'))
    const seen = view({ messages: [{ role: 'user', content: 'Do' }, ...results] })
    assert.deepEqual([seen.toolErrors, seen.lastText, seen.firstText], [64, '', 'Do'])
  })

  test('of any shape does not throw', () => {
    const item = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.record({ role: fc.constantFrom('user', 'tool', 'assistant', 3), content: fc.jsonValue({ maxDepth: 3 }), parts: fc.jsonValue({ maxDepth: 2 }) }, { requiredKeys: [] }))
    fc.assert(fc.property(fc.constantFrom('messages', 'input', 'contents', 'prompt'), fc.oneof(item, fc.array(item, { maxLength: 6 })), (key, listed) => {
      const seen = view({ [key]: listed })
      assert.equal(typeof seen.lastText, 'string')
    }))
  })
})
