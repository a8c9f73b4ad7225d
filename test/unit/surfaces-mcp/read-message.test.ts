// From bytes and headers to one typed message, and every way to be turned away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeHeaderValue } from '../../../gateway/exchange/mcp-wire.ts'
import { McpRefusal } from '../../../gateway/surfaces/mcp/refusal.ts'
import { read } from './setup.ts'

const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} }
const modern = (changes: object = {}, envelope: object = meta): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'x', _meta: envelope }, ...changes })
const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'x' }

test('ids keep the text in which they were sent', () => {
  for (const idText of ['1', '"1"', '"a\\u0062"', '-7', '1.0', '1e2', '""']) {
    const message = read(`{"jsonrpc":"2.0","id": ${idText} ,"method":"ping"}`)
    assert.equal(message.kind === 'request' && message.idText, idText)
  }
})

const malformed: readonly (readonly [string, string])[] = [
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'], ['an empty batch', '[]'], ['a string', '"ping"'], ['null', 'null'],
  ['no version', '{"id":1,"method":"ping"}'], ['version 1.0', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
  ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}'], ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
  ['an id beyond exact integers', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}'],
  ['an object id', '{"jsonrpc":"2.0","id":{},"method":"ping"}'], ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":5}'],
  ['array params', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}'], ['null params', '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}'],
  ['method and result', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}'], ['neither', '{"jsonrpc":"2.0","id":1}'],
  ['result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}'],
]
for (const [name, text] of malformed) {
  test(`${name} is refused with -32600 and HTTP 400`, () => {
    assert.throws(() => read(text), (refusal: McpRefusal) => refusal instanceof McpRefusal && refusal.rpcCode === -32600 && refusal.httpStatus === 400 && refusal.code === 'request.malformed')
  })
}

test('requests, notifications and responses are told apart', () => {
  assert.equal(read('{"jsonrpc":"2.0","id":1,"method":"ping"}').kind, 'request')
  assert.equal(read('{"jsonrpc":"2.0","method":"notifications/initialized"}').kind, 'notification')
  assert.equal(read('{"jsonrpc":"2.0","id":1,"result":{}}').kind, 'response')
  assert.equal(read('{"jsonrpc":"2.0","id":1,"error":{"code":1}}').kind, 'response')
})

const bare = (method: string): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: { progressToken: 1 } } })
const bareRefused: readonly (readonly [string, string, Record<string, string>])[] = [
  ['a request whose header names the stateless revision', bare('tools/list'), { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }],
  ['server/discover, whatever its headers', bare('server/discover'), {}],
  ['a request with a part of the envelope', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: { 'io.modelcontextprotocol/clientCapabilities': {} } } }), {}],
]
for (const [name, text, sent] of bareRefused) {
  test(`${name} needs the whole envelope: HTTP 400 and -32602`, () => {
    assert.throws(() => read(text, sent), (refusal: McpRefusal) => refusal.httpStatus === 400 && refusal.rpcCode === -32602 && refusal.idText === '1')
  })
}

const ofSessions: readonly (readonly [string, Record<string, string>])[] = [
  ['a header of its own era', { 'mcp-protocol-version': '2025-11-25' }],
  ['no header at all', {}],
  ['a session, whatever version a header claims', { 'mcp-session-id': 's', 'mcp-protocol-version': '2026-07-28' }],
]
for (const [name, sent] of ofSessions) {
  test(`a body without envelope is of the session era with ${name}`, () => {
    const message = read(bare('tools/list'), sent)
    assert.ok(message.kind === 'request')
    assert.deepEqual([message.era, message.protocolVersion], ['legacy', null])
  })
}

test('a modern request with agreeing headers passes', () => {
  const message = read(modern(), headers)
  assert.ok(message.kind === 'request')
  assert.deepEqual([message.era, message.protocolVersion, message.method, message.idText], ['modern', '2026-07-28', 'tools/call', '7'])
  assert.equal(message.document.text.slice(message.paramsSpan!.start, message.paramsSpan!.end), JSON.stringify({ name: 'x', _meta: meta }))
})

const refused: readonly { readonly name: string; readonly text: string; readonly headers: Record<string, string | undefined>; readonly code: number }[] = [
  { name: 'without clientCapabilities', text: modern({}, { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }), headers, code: -32602 },
  { name: 'with a version that is no string', text: modern({}, { ...meta, 'io.modelcontextprotocol/protocolVersion': 1 }), headers, code: -32602 },
  { name: 'with an unknown version', text: modern({}, { ...meta, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }), headers: { ...headers, 'mcp-protocol-version': '2099-01-01' }, code: -32022 },
  { name: 'with a legacy version in its envelope', text: modern({}, { ...meta, 'io.modelcontextprotocol/protocolVersion': '2025-11-25' }), headers: { ...headers, 'mcp-protocol-version': '2025-11-25' }, code: -32022 },
  { name: 'without MCP-Protocol-Version', text: modern(), headers: { ...headers, 'mcp-protocol-version': undefined }, code: -32020 },
  { name: 'with another MCP-Protocol-Version', text: modern(), headers: { ...headers, 'mcp-protocol-version': '2025-11-25' }, code: -32020 },
  { name: 'without Mcp-Method', text: modern(), headers: { ...headers, 'mcp-method': undefined }, code: -32020 },
  { name: 'with another Mcp-Method', text: modern(), headers: { ...headers, 'mcp-method': 'tools/list' }, code: -32020 },
  { name: 'without Mcp-Name', text: modern(), headers: { ...headers, 'mcp-name': undefined }, code: -32020 },
  { name: 'with another Mcp-Name', text: modern(), headers: { ...headers, 'mcp-name': 'X' }, code: -32020 },
  { name: 'with a broken base64 Mcp-Name', text: modern(), headers: { ...headers, 'mcp-name': '=?base64?!!?=' }, code: -32020 },
]
for (const { name, text, headers: sent, code } of refused) {
  test(`a modern request ${name} is refused with ${code}, HTTP 400 and its id`, () => {
    assert.throws(() => read(text, sent), (refusal: McpRefusal) => refusal.rpcCode === code && refusal.httpStatus === 400 && refusal.idText === '7')
  })
}

test('an unknown version is refused with the versions that are supported', () => {
  assert.throws(() => read(modern({}, { ...meta, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }), { ...headers, 'mcp-protocol-version': '2099-01-01' }),
    (refusal: McpRefusal) => { assert.deepEqual(refusal.data, { supported: ['2026-07-28'], requested: '2099-01-01' }); return true })
})

test('any name passes in Mcp-Name when it is encoded as the specification says', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), name => {
    const message = read(modern({ params: { name, _meta: meta } }), { ...headers, 'mcp-name': encodeHeaderValue(name) })
    assert.equal(message.kind, 'request')
  }))
})

test('a modern notification needs no mirrored headers, but wrong ones are refused', () => {
  const text = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/x', params: { _meta: meta } })
  assert.equal(read(text).kind, 'notification')
  assert.throws(() => read(text, { 'mcp-method': 'other' }), (refusal: McpRefusal) => refusal.rpcCode === -32020)
})
