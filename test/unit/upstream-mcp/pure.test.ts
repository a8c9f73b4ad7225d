// The parts without I/O: names, templates, lines, header values, outgoing params, incoming messages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Failure } from '../../../gateway/exchange/failure.ts'
import { decodeHeaderValue, encodeHeaderValue } from '../../../gateway/exchange/mcp-wire.ts'
import { LineSplitter } from '../../../gateway/upstream/mcp-lines.ts'
import { readIncoming } from '../../../gateway/upstream/mcp-message.ts'
import { exposedName } from '../../../gateway/upstream/mcp-names.ts'
import { rewriteParams, type Envelope } from '../../../gateway/upstream/mcp-params.ts'
import { readUriTemplate } from '../../../gateway/upstream/mcp-uri-template.ts'
import { readJson } from './setup.ts'

test('a legal name is only prefixed', () => {
  assert.equal(exposedName('files', 'read_file'), 'files__read_file')
})

test('every exposed name is one that model providers accept, and different tools of a server keep different names', () => {
  fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }), fc.string({ minLength: 1, maxLength: 100 }), (a, b) => {
    const names = [a, b].map(name => exposedName('a-server', name))
    for (const name of names) assert.match(name, /^[a-zA-Z0-9_-]{1,64}$/)
    assert.equal(names[0] === names[1], a === b)
    assert.equal(names[0], exposedName('a-server', a))
  }))
})

const matches: readonly (readonly [string, string, boolean])[] = [
  ['file:///{path}', 'file:///a', true], ['file:///{path}', 'file:///a/b', false], ['file:///{+path}', 'file:///a/b', true],
  ['db://{table}/rows/{id}', 'db://t/rows/7', true], ['db://{table}/rows/{id}', 'db://t/rows', false], ['db://{table}/rows/{id}', 'db://t/rows/7/x', false],
  ['x://a{?q,r}', 'x://a?q=1&r=/2', true], ['x://a{?q}', 'x://b?q=1', false], ['x://{a}.{b}', 'x://1.2', true], ['x:///{a}end', 'x:///end', true],
]
for (const [template, uri, expected] of matches) {
  test(`${uri} ${expected ? 'fits' : 'does not fit'} ${template}`, () => { assert.equal(readUriTemplate(template)!.matches(uri), expected) })
}

for (const template of ['{+all}', '{scheme}://x', 'no-scheme', 'x:{+all}', 'x://{open', 'x://{}']) {
  test(`the template ${template} is refused`, () => { assert.equal(readUriTemplate(template), null) })
}

test('lines are the same for every chunking of the same bytes', () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }).map(text => text.replace(/[\r\n]/g, ' '))), fc.array(fc.nat(40)), (lines, cuts) => {
    const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
    const splitter = new LineSplitter(1_000_000)
    const out: string[] = []
    let at = 0
    for (const cut of [...cuts, bytes.length]) {
      out.push(...splitter.push(bytes.subarray(at, at + cut)))
      at += cut
    }
    assert.deepEqual(out, lines.filter(line => line !== ''))
  }))
})

test('a line over the limit is refused before its end was seen', () => {
  const splitter = new LineSplitter(10)
  assert.deepEqual(splitter.push(Buffer.from('012345678\r\n01234')), ['012345678'])
  assert.throws(() => splitter.push(Buffer.from('5678901')), (failure: Failure) => failure.code === 'upstream.protocol')
})

test('header values survive their encoding, whatever they hold', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), value => {
    const encoded = encodeHeaderValue(value)
    assert.match(encoded, /^[\x20-\x7e]+$/)
    assert.equal(decodeHeaderValue(encoded), value)
  }))
  // The examples of the specification.
  for (const [value, encoded] of [['us-west1', 'us-west1'], ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='], [' padded ', '=?base64?IHBhZGRlZCA=?='], ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=']] as const) {
    assert.equal(encodeHeaderValue(value), encoded)
  }
  assert.equal(decodeHeaderValue('=?base64?####?='), null)
})

const envelope: Envelope = { protocolVersion: '"2026-07-28"', clientInfo: '{"name":"gateway"}', clientCapabilities: '{}', logLevel: null }
const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'gateway' }, 'io.modelcontextprotocol/clientCapabilities': {} }
const rewrites: readonly { readonly name: string; readonly params: string | null; readonly envelope: Envelope | null; readonly text: string | null; readonly token?: string }[] = [
  { name: 'no params, legacy', params: null, envelope: null, text: null },
  { name: 'no params, modern', params: null, envelope, text: JSON.stringify({ _meta: meta }) },
  { name: 'nothing to change, legacy', params: '{ "name":"x" , "n":1.0}', envelope: null, text: '{ "name":"x" , "n":1.0}' },
  { name: 'a token, legacy', params: '{"_meta": {"a":1.0,"progressToken" : "t\\u00e9"} , "name":"x"}', envelope: null, text: '{"_meta": {"a":1.0,"progressToken" : 9} , "name":"x"}', token: '"t\\u00e9"' },
  { name: 'a token under an escaped key, legacy', params: '{"\\u005fmeta":{"progressToken":5}}', envelope: null, text: '{"\\u005fmeta":{"progressToken":9}}', token: '5' },
  { name: 'a token that is not the request\'s, legacy', params: '{"arguments":{"_meta":{"progressToken":5}}}', envelope: null, text: '{"arguments":{"_meta":{"progressToken":5}}}' },
  { name: 'empty params, modern', params: '{}', envelope, text: JSON.stringify({ _meta: meta }) },
  { name: 'foreign meta, modern', params: '{"_meta":{"traceparent":"t"},"name":"x"}', envelope, text: JSON.stringify({ _meta: { ...meta, traceparent: 't' }, name: 'x' }) },
]
for (const { name, params, envelope: around, text, token } of rewrites) {
  test(`outgoing params: ${name}`, () => {
    const out = rewriteParams({ method: 'tools/call', params, token: 9, envelope: around }, readJson)
    assert.equal(out.text, text)
    assert.equal(out.callerToken, token ?? null)
  })
}

test('outgoing params keep everything but the envelope and the token, whatever they hold', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (rest, own) => {
    const params = { ...rest, _meta: { ...own, progressToken: 'mine' } }
    const out = rewriteParams({ method: 'tools/call', params: JSON.stringify(params), token: 9, envelope }, readJson)
    assert.deepEqual(JSON.parse(out.text!), JSON.parse(JSON.stringify({ ...rest, _meta: { ...own, ...meta, progressToken: 9 } })))
    assert.equal(out.callerToken, '"mine"')
  }))
})

for (const text of ['[]', '1', '{"id":1,"result":{}}', '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', '{"jsonrpc":"2.0","id":1,"result":5}', '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}', '{"jsonrpc":"2.0","method":5}', 'x']) {
  test(`a server's message ${text} is a protocol failure that does not quote it`, () => {
    assert.throws(() => readIncoming('s', text, readJson), (failure: Failure) => failure.code === 'upstream.protocol' && (text.length === 1 || !failure.message.includes(text)))
  })
}
