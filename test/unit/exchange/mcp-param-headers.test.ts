// Arguments repeated in headers: which annotations count, which end a tool, what is sent and what is taken for a match.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mismatchedParamHeader, paramHeaders, readParamMirrors, type ParamMirror } from '../../../gateway/exchange/mcp-param-headers.ts'

const read = (inputSchema: unknown): ReturnType<typeof readParamMirrors> => readParamMirrors(inputSchema, JSON.stringify(inputSchema))
const mirrorsOf = (inputSchema: unknown): readonly ParamMirror[] => {
  const found = read(inputSchema)
  assert.ok(found.kind === 'mirrors')
  return found.mirrors
}
const marked = (name: unknown, more: object = { type: 'string' }): object => ({ ...more, 'x-mcp-header': name })
const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more })

const valid: readonly (readonly [string, unknown, readonly (readonly [string, string])[]])[] = [
  ['no annotation', object({ a: { type: 'string' } }), []],
  ['a property', object({ a: marked('Region') }), [['mcp-param-region', 'a']]],
  ['every type that may be', object({ a: marked('A'), b: marked('B', { type: 'integer' }), c: marked('C', { type: 'boolean' }) }), [['mcp-param-a', 'a'], ['mcp-param-b', 'b'], ['mcp-param-c', 'c']]],
  ['a nested property', object({ at: object({ a: marked('Region') }) }), [['mcp-param-region', 'at.a']]],
  ['odd but legal characters', object({ a: marked('x~!#$%&\'*+.^_`|-9') }), [['mcp-param-x~!#$%&\'*+.^_`|-9', 'a']]],
  ['a property of that name', object({ 'x-mcp-header': { type: 'string' } }), []],
  ['what only looks like one', object({ a: { type: 'object', default: { 'x-mcp-header': '' }, enum: [{ 'x-mcp-header': '' }] } }), []],
]
for (const [what, schema, expected] of valid) {
  test(`${what} is read`, () => { assert.deepEqual(mirrorsOf(schema).map(({ header, path }) => [header, path.join('.')]), expected) })
}

const invalid: readonly (readonly [string, unknown])[] = [
  ['an empty name', object({ a: marked('') })], ['a space', object({ a: marked('My Region') })], ['a colon', object({ a: marked('a:b') })], ['another alphabet', object({ a: marked('Région') })],
  ['a line break', object({ a: marked('a\r\nb') })], ['a name that is no text', object({ a: marked(7) })],
  ['an object', object({ a: marked('A', { type: 'object' }) })], ['an array', object({ a: marked('A', { type: 'array' }) })], ['null', object({ a: marked('A', { type: 'null' }) })],
  ['a number', object({ a: marked('A', { type: 'number' }) })], ['several types', object({ a: marked('A', { type: ['string', 'null'] }) })], ['no type', object({ a: marked('A', {}) })],
  ['the same name twice', object({ a: marked('Region'), b: marked('Region') })], ['the same name in other letters', object({ a: marked('MyField'), b: object({ c: marked('myfield') }) })],
  ['items', object({ a: { type: 'array', items: marked('A') } })], ['oneOf', object({}, { oneOf: [object({ a: marked('A') })] })], ['then', object({}, { then: object({ a: marked('A') }) })],
  ['a definition', object({}, { $defs: { a: marked('A') } })], ['pattern properties', object({}, { patternProperties: { '^a': marked('A') } })], ['additional properties', object({}, { additionalProperties: marked('A') })],
  ['the root', { ...marked('A'), properties: {} }],
]
for (const [what, schema] of invalid) {
  test(`an annotation with ${what} ends the tool`, () => { assert.equal(read(schema).kind, 'invalid') })
}

test('an escaped annotation is seen', () => {
  assert.equal(readParamMirrors({ properties: { a: { 'type': 'string', 'x-mcp-header': '' } } }, '{"\\u0078-mcp-header":""}').kind, 'invalid')
})

const mirrors = mirrorsOf(object({ text: marked('Text'), count: marked('Count', { type: 'integer' }), flag: marked('Flag', { type: 'boolean' }), at: object({ deep: marked('Deep') }) }))

const written: readonly (readonly [string, unknown, Readonly<Record<string, string>>])[] = [
  ['nothing', {}, {}], ['no arguments', undefined, {}], ['null', { text: null }, {}], ['what the schema does not allow', { text: { a: 1 }, count: 1.5 }, {}],
  ['plain values', { text: 'us west', count: -7, flag: false, at: { deep: 'x' } }, { 'mcp-param-text': 'us west', 'mcp-param-count': '-7', 'mcp-param-flag': 'false', 'mcp-param-deep': 'x' }],
  ['what does not fit into a header', { text: ' a\n' }, { 'mcp-param-text': '=?base64?IGEK?=' }],
  ['what looks encoded', { text: '=?base64?x?=' }, { 'mcp-param-text': '=?base64?PT9iYXNlNjQ/eD89?=' }],
  ['inherited properties', Object.create({ text: 'x' }), {}],
]
for (const [what, args, headers] of written) {
  test(`${what} becomes headers`, () => { assert.deepEqual(paramHeaders(mirrors, args), headers) })
  test(`${what} matches the headers made of it`, () => { assert.equal(mismatchedParamHeader(mirrors, args, headers), null) })
}

const mismatches: readonly (readonly [string, unknown, Readonly<Record<string, string>>, string | null])[] = [
  ['a missing header', { text: 'a' }, {}, 'mcp-param-text'],
  ['another value', { text: 'a' }, { 'mcp-param-text': 'b' }, 'mcp-param-text'],
  ['a header without an argument', {}, { 'mcp-param-text': 'a' }, 'mcp-param-text'],
  ['a header for null', { text: null }, { 'mcp-param-text': 'null' }, 'mcp-param-text'],
  ['base64 without padding', { text: 'Hello' }, { 'mcp-param-text': '=?base64?SGVsbG8?=' }, 'mcp-param-text'],
  ['base64 with other characters', { text: 'Hello' }, { 'mcp-param-text': '=?base64?SGVs!!!bG8=?=' }, 'mcp-param-text'],
  ['a byte that should have been encoded', { text: 'é' }, { 'mcp-param-text': 'é' }, 'mcp-param-text'],
  ['an encoded value', { text: 'Hello' }, { 'mcp-param-text': '=?base64?SGVsbG8=?=' }, null],
  ['half a marker', { text: '=?base64?SGVsbG8=' }, { 'mcp-param-text': '=?base64?SGVsbG8=' }, null],
  ['an equal number in other digits', { count: 42 }, { 'mcp-param-count': '42.0' }, null],
  ['an empty header for a number', { count: 0 }, { 'mcp-param-count': '' }, 'mcp-param-count'],
  ['a number in other notation', { count: 16 }, { 'mcp-param-count': '0x10' }, 'mcp-param-count'],
  ['a truth value in capitals', { flag: true }, { 'mcp-param-flag': 'True' }, 'mcp-param-flag'],
  ['a header that the tool does not know', {}, { 'mcp-param-other': 'x' }, null],
]
for (const [what, args, headers, expected] of mismatches) {
  test(`${what} is ${expected === null ? 'accepted' : 'a mismatch'}`, () => { assert.equal(mismatchedParamHeader(mirrors, args, headers), expected) })
}
