// Who moved last, in every dialect: a user or a tool loop, what the user had said, and whether a loop reports the same again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Turn } from '../../../gateway/exchange/root.ts'
import { anthropicTurn } from '../../../gateway/surfaces/anthropic/turn.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { openaiTurn } from '../../../gateway/surfaces/openai/turn.ts'
import { genericTurn } from '../../../gateway/surfaces/turn/generic-turn.ts'

type Part = Readonly<Record<string, unknown>>

/** One dialect's way to say what an agent loop consists of. */
interface Words {
  readonly turn: (body: unknown) => Turn
  readonly body: (parts: readonly Part[][]) => unknown
  readonly user: (text: string) => Part[]
  readonly call: (id: string, name: string, args: Part) => Part[]
  readonly result: (id: string, text: string) => Part[]
  readonly answer: (text: string) => Part[]
}

const doc = (body: unknown): ReturnType<typeof readJson> => readJson(JSON.stringify(body), { maxDepth: 64 })
const messages = (parts: readonly Part[][]): unknown => ({ model: 'm', messages: parts.flat() })

const dialects: Readonly<Record<string, Words>> = {
  openai: {
    turn: body => openaiTurn(doc(body)), body: messages, user: text => [{ role: 'user', content: text }],
    call: (id, name, args) => [{ role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }] }],
    result: (id, text) => [{ role: 'tool', tool_call_id: id, content: text }], answer: text => [{ role: 'assistant', content: text }],
  },
  anthropic: {
    turn: body => anthropicTurn(doc(body), {}), body: messages, user: text => [{ role: 'user', content: [{ type: 'text', text }] }],
    call: (id, name, args) => [{ role: 'assistant', content: [{ type: 'text', text: `I do ${id}.` }, { type: 'tool_use', id, name, input: args }] }],
    result: (id, text) => [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text }] }] }], answer: text => [{ role: 'assistant', content: text }],
  },
  'responses, without a reader of its own': {
    turn: body => genericTurn(doc(body)), body: parts => ({ model: 'm', input: parts.flat() }), user: text => [{ role: 'user', content: [{ type: 'input_text', text }] }],
    call: (id, name, args) => [{ type: 'reasoning', id: `r-${id}`, summary: [] }, { type: 'function_call', call_id: id, name, arguments: JSON.stringify(args) }],
    result: (id, text) => [{ type: 'function_call_output', call_id: id, output: text }], answer: text => [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }],
  },
  'gemini as in its .proto, and without brackets': {
    turn: body => genericTurn(doc(body)), body: parts => ({ contents: parts.flat() }), user: text => [{ parts: { text } }],
    call: (id, name, args) => [{ role: 'model', parts: [{ text: `I do ${id}.`, thought: true }, { function_call: { id, name, args }, thought_signature: 's' }] }],
    result: (id, text) => [{ role: 'user', parts: { function_response: { id, name: 'f', response: { text } } } }], answer: text => [{ role: 'model', parts: { text } }],
  },
  'gemini, without a reader of its own': {
    turn: body => genericTurn(doc(body)), body: parts => ({ contents: parts.flat() }), user: text => [{ role: 'user', parts: [{ text }] }],
    call: (_id, name, args) => [{ role: 'model', parts: [{ functionCall: { name, args } }] }],
    result: (_id, text) => [{ role: 'user', parts: [{ functionResponse: { name: 'f', response: { text } } }] }], answer: text => [{ role: 'model', parts: [{ text }] }],
  },
}

for (const [name, { turn, body, user, call, result, answer }] of Object.entries(dialects)) {
  test(`${name}: a user speaks, a loop answers to what he said, and he speaks again`, () => {
    const asked = turn(body([user('count the files')]))
    assert.deepEqual([asked.kind, asked.said?.at, asked.step], ['user', 0, null])
    const loop = turn(body([user('count the files'), call('1', 'ls', { path: '/' }), result('1', 'a b')]))
    assert.deepEqual([loop.kind, loop.said], ['loop', asked.said])
    const more = turn(body([user('count the files'), call('1', 'ls', { path: '/' }), result('1', 'a b'), answer('two'), user('and now?')]))
    assert.equal(more.kind, 'user')
    assert.notEqual(more.said?.digest, asked.said?.digest)
    assert.ok((more.said?.at ?? 0) > 2)
  })

  test(`${name}: the same calls and results are one step whatever their ids, and anything else is another`, () => {
    const stepOf = (id: string, tool: string, path: string, text: string): string | null => turn(body([user('go'), call(id, tool, { path }), result(id, text)])).step
    const first = stepOf('1', 'ls', '/', 'a b')
    assert.ok(first !== null)
    assert.equal(stepOf('2', 'ls', '/', 'a b'), first)
    for (const other of [stepOf('1', 'ls', '/tmp', 'a b'), stepOf('1', 'cat', '/', 'a b'), stepOf('1', 'ls', '/', 'a b c')]) assert.notEqual(other, first)
    const later = turn(body([user('go'), call('0', 'x', {}), result('0', 'y'), call('1', 'ls', { path: '/' }), result('1', 'a b')]))
    assert.equal(later.step, first, 'only the last step counts')
  })

  test(`${name}: our own refusal is the same each time, though each exchange has its own id`, () => {
    const refused = (id: string): string | null => turn(body([user('go'), call('1', 'ls', {}), result('1', `Refused by policy. (exchange ${id})`)])).step
    assert.equal(refused('3f2b8f7e-1111-4222-8333-0123456789ab'), refused('00000000-1111-4222-8333-0123456789ab'))
  })
}

const rows: readonly [string, Turn['kind'], Turn][] = [
  ['a prefilled answer does not hide who spoke', 'user', anthropicTurn(doc(messages([[{ role: 'user', content: 'go' }], [{ role: 'assistant', content: '{' }]])), {})],
  ['words of the program at the end do not hide who spoke', 'user', openaiTurn(doc(messages([[{ role: 'user', content: 'go' }], [{ role: 'developer', content: 'be brief' }]])))],
  ['a user who interrupts a tool goes on with it', 'loop', anthropicTurn(doc(messages([[{ role: 'user', content: 'go' }], [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: '1', content: 'stopped' }, { type: 'text', text: 'stop' }] }]])), {})],
  ['a reminder after a result is no user', 'loop', anthropicTurn(doc(messages([
    [{ role: 'user', content: 'go' }], [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: '1', content: 'x' }] }], [{ role: 'user', content: [{ type: 'text', text: '<system-reminder>todo</system-reminder>' }] }],
  ])), {})],
  ['outputs behind a previous response hold no user', 'loop', genericTurn(doc({ previous_response_id: 'r', input: [{ type: 'function_call_output', call_id: '1', output: 'x' }] }))],
  ['one content without brackets is a user\'s', 'user', genericTurn(doc({ contents: { parts: { text: 'hello' } } }))],
  ['outputs of every tool are a loop', 'loop', genericTurn(doc({ input: [{ role: 'user', content: 'go' }, { type: 'local_shell_call', call_id: '1', action: {} }, { type: 'local_shell_call_output', call_id: '1', output: 'x' }] }))],
  ['an approval goes on with a loop', 'loop', genericTurn(doc({ input: [{ role: 'user', content: 'go' }, { type: 'mcp_approval_request', id: 'a' }, { type: 'mcp_approval_response', approval_request_id: 'a', approve: true }] }))],
  ['a result stays one whatever role it claims', 'loop', genericTurn(doc({ input: [{ role: 'user', content: 'go' }, { type: 'function_call_output', role: 'user', call_id: '1', output: 'x' }] }))],
  ['a reference says nothing of who spoke', 'none', genericTurn(doc({ input: [{ type: 'item_reference', id: 'msg_1' }] }))],
  ['a role that nobody has moves nothing', 'none', openaiTurn(doc({ messages: [{ role: 'constructor', content: 'x' }] }))],
  ['a text alone is a user', 'user', genericTurn(doc({ input: 'hello' }))],
  ['an unknown shape says nothing', 'none', genericTurn(doc({ prompt: 'hello' }))],
  ['nobody speaks in no messages', 'none', openaiTurn(doc({ messages: [] }))],
  ['what is no message says nothing', 'none', genericTurn(doc({ messages: [1, null, 'x', []] }))],
]

for (const [what, kind, turn] of rows) test(what, () => { assert.equal(turn.kind, kind) })

test('cache marks and reminders beside what a user said do not make it something else', () => {
  const said = (content: unknown): string | undefined => anthropicTurn(doc({ messages: [{ role: 'user', content }] }), {}).said?.digest
  const plain = said('count the files')
  assert.equal(said([{ type: 'text', text: 'count the files', cache_control: { type: 'ephemeral' } }]), plain)
  assert.equal(said([{ type: 'text', text: '<system-reminder>today</system-reminder>' }, { type: 'text', text: 'count the files' }]), plain)
  assert.notEqual(said('count the folders'), plain)
})

test('pictures are told apart, although their ends are alike', () => {
  const step = (data: string): string | null => anthropicTurn(doc(messages([
    [{ role: 'user', content: 'look' }], [{ role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'screenshot', input: {} }] }],
    [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: '1', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] }] }],
  ])), {}).step
  const picture = (middle: string): string => `${'A'.repeat(400)}${middle.repeat(40)}${'Z'.repeat(400)}`
  assert.equal(step(picture('x')), step(picture('x')))
  assert.notEqual(step(picture('x')), step(picture('y')))
})

test('the sub-agents of Claude Code are known by their headers', () => {
  const by = (headers: Record<string, string>): Turn['by'] => anthropicTurn(doc({ messages: [{ role: 'user', content: 'find it' }] }), headers).by
  assert.equal(by({}), null)
  assert.deepEqual(by({ 'x-claude-code-agent-id': 'a1' }), { id: 'a1', parent: null })
  assert.deepEqual(by({ 'x-claude-code-agent-id': 'a2', 'x-claude-code-parent-agent-id': 'a1' }), { id: 'a2', parent: 'a1' })
})
