// The strict reader: what it refuses, what it says, and that spans point at what they name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { syntaxErrorAt } from '../../../gateway/surfaces/json/syntax-error.ts'

const limits = { maxDepth: 64 }

const refusal = (input: Buffer | string, maxDepth = limits.maxDepth): Failure => {
  try {
    readJson(input, { maxDepth })
  } catch (thrown) {
    assert.ok(thrown instanceof Failure)
    assert.equal(thrown.code, 'request.malformed')
    return thrown
  }
  assert.fail('was read')
}

const refused: readonly (readonly [name: string, input: Buffer | string, message: RegExp])[] = [
  ['an empty body', '', /empty/],
  ['only white space', '  ', /too early, at position 2/],
  ['an unfinished object', '{"a":', /too early, at position 5/],
  ['a trailing comma', '{"a":1,}', /position 7/],
  ['trailing garbage', '{"a":1} x', /position 8/],
  ['a second document', '{"a":1}{"a":2}', /position 7/],
  ['single quotes', "{'a':1}", /position 1/],
  ['a comment', '{"a":1/*x*/}', /position 6/],
  ['NaN', '[NaN]', /position 1/],
  ['a leading zero', '[01]', /position 1/],
  ['a control character in a string', '["a\nb"]', /position 1/],
  ['a byte order mark', Buffer.from('\ufeff{"a":1}'), /position 0/],
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
  ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /UTF-8/],
  ['half of a surrogate pair in a text', '"\ud800"', /surrogate/],
  ['half of a surrogate pair in a key', '{"\\ud800":1}', /surrogate/],
  ['a duplicate key', '{"model":"a","model":"b"}', /"model" is given twice/],
  ['a duplicate key spelled with an escape', '{"a":1,"\\u0061":2}', /"a" is given twice/],
  ['a duplicate key whose first spelling has the escape', '{"\\u0061":1,"a":2}', /"a" is given twice/],
  ['a duplicate key deep inside', '{"x":[{},[1],{"y":{"k":1,"l":{},"k":2}}]}', /"x\.2\.y\.k" is given twice/],
  ['a duplicate __proto__', '{"__proto__":1,"__proto__":2}', /"__proto__" is given twice/],
  ['a duplicate empty key', '{"":1,"":2}', /given twice/],
]

for (const [name, input, message] of refused) {
  test(`${name} is refused`, () => assert.match(refusal(input).message, message))
}

test('a duplicate among very many keys is found', () => {
  const members = Array.from({ length: 500 }, (_, at) => `"k${at}":${at}`)
  assert.match(refusal(`{${members.join(',')},"k\\u0033":1}`).message, /"k3" is given twice/)
  assert.match(refusal(`{${members.slice(0, 17).join(',')},"k16":1}`).message, /"k16" is given twice/)
  assert.doesNotThrow(() => readJson(`{${members.join(',')}}`, limits))
})

test('the same key in sibling objects is fine', () => {
  assert.doesNotThrow(() => readJson('[{"a":{"a":1},"b":{"a":2}},{"a":[{"a":1},{"a":1}]}]', limits))
})

test('depth is counted in objects and arrays, and the limit itself is allowed', () => {
  assert.doesNotThrow(() => readJson('[[{"a":1}]]', { maxDepth: 3 }))
  assert.match(refusal('[[{"a":[]}]]', 3).message, /deeper than 3 levels at position 7/)
  assert.match(refusal('['.repeat(100_000) + ']'.repeat(100_000)).message, /deeper/)
})

test('a syntax error behind a very long string is found', () => {
  const long = `{"a":"${'\\n'.repeat(2_000_000)}"`
  assert.match(refusal(`${long}]`).message, new RegExp(`position ${long.length}\\.`))
})

test('an error never quotes a value', () => {
  for (const input of ['{"key":"hunter2" oops}', '{"a":"hunter2","a":"hunter2"}', '["hunter2', '{"hunter2']) {
    const failure = refusal(input)
    assert.ok(!`${failure.message} ${JSON.stringify(failure.detail)} ${String(failure.cause)}`.includes('hunter2'))
  }
})

test('a key named __proto__ changes no prototype', () => {
  const { value } = readJson('{"__proto__":{"polluted":true}}', limits)
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('strings are listed in order with key, path and spans that include the quotes', () => {
  const document = readJson('{ "a": "x\\n\\"y", "b": [ "p", {"c":"q"}, [["r"]] ], "n": 1.50, "e\\u0031": "é" }', limits)
  assert.deepEqual(document.strings.filter(leaf => leaf.form === 'value').map(leaf => [leaf.value, leaf.key, leaf.path, document.text.slice(leaf.start, leaf.end)]), [
    ['x\n"y', 'a', ['a'], '"x\\n\\"y"'],
    ['p', 'b', ['b', 0], '"p"'],
    ['q', 'c', ['b', 1, 'c'], '"q"'],
    ['r', 'b', ['b', 2, 0, 0], '"r"'],
    ['é', 'e1', ['e1'], '"é"'],
  ])
  assert.equal(document.strings, document.strings)
})

test('locate finds values of every type and nothing else', () => {
  const document = readJson('{"a":[1, {"b":null}, "s"],"n":1.50,"":true}', limits)
  const found = (path: (string | number)[]): string | undefined => {
    const span = document.locate(path)
    return span && document.text.slice(span.start, span.end)
  }
  assert.equal(found([]), document.text)
  assert.equal(found(['n']), '1.50')
  assert.equal(found(['']), 'true')
  assert.equal(found(['a']), '[1, {"b":null}, "s"]')
  assert.equal(found(['a', 1, 'b']), 'null')
  assert.equal(found(['a', 2]), '"s"')
  for (const path of [['x'], ['a', 3], ['a', 'b'], ['n', 0], [0], ['a', 0, 'x']]) assert.equal(found(path), undefined)
})

test('long strings with escaped quotes and backslashes at the end are measured right', () => {
  for (let length = 0; length < 60; length += 1) {
    for (const tail of ['\\', '"', '\\"', '\\\\', '"\\', '\n']) {
      const value = 'x'.repeat(length) + tail
      const document = readJson(JSON.stringify([value, 'next']), limits)
      assert.deepEqual(document.strings.map(leaf => leaf.value), [value, 'next'])
    }
  }
})

/** Every value by path, found the slow way. */
const walk = (value: unknown, path: (string | number)[], visit: (value: unknown, path: (string | number)[]) => void): void => {
  visit(value, path)
  if (Array.isArray(value)) value.forEach((item, at) => walk(item, [...path, at], visit))
  else if (typeof value === 'object' && value !== null) for (const [key, item] of Object.entries(value)) walk(item, [...path, key], visit)
}

test('for any JSON, every path locates the text of its value', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 5 }), fc.nat({ max: 2 }), (text, indent) => {
    const spaced = JSON.stringify(JSON.parse(text), null, indent)
    const document = readJson(spaced, limits)
    walk(document.value, [], (value, path) => {
      const span = document.locate(path)
      assert.ok(span)
      assert.deepEqual(JSON.parse(spaced.slice(span.start, span.end)), value)
    })
    const expected: string[] = []
    walk(document.value, [], value => { if (typeof value === 'string') expected.push(value) })
    // Integer-like keys are listed first by JavaScript, in document order by us.
    assert.deepEqual(document.strings.filter(leaf => leaf.form === 'value').map(leaf => leaf.value).sort(), expected.sort())
  }))
})

test('the finder of syntax errors agrees with JSON.parse about any text', () => {
  const texts = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"\\u00e9"', '1', '-0', '1.5e3', '01', 'true', 'null', ' ', 'x', '"'), { maxLength: 10 })
  fc.assert(fc.property(texts, parts => {
    const text = parts.join('')
    let valid = true
    try { JSON.parse(text) } catch { valid = false }
    if (valid) assert.equal(syntaxErrorAt(text), text.length)
    else assert.ok(syntaxErrorAt(text) <= text.length)
  }), { numRuns: 1000 })
})

test('keys and numbers are leaves where they could hold data, and nothing else is', () => {
  const text = '{"max_tokens":100000,"anna@example.com":{"a_key_that_is_longer_than_any_field_name_would_be":4111111111111111,"n":[-1.5e300,true,null,123456789012]},"[EMAIL_1]":"x"}'
  const leaves = readJson(text, { maxDepth: 9 }).strings.map(({ form, value, key, path, start, end }) => ({ form, value, key, path: path.join('/'), literal: text.slice(start, end) }))
  assert.deepEqual(leaves, [
    { form: 'key', value: 'anna@example.com', key: null, path: 'anna@example.com', literal: '"anna@example.com"' },
    { form: 'key', value: 'a_key_that_is_longer_than_any_field_name_would_be', key: null, path: 'anna@example.com/a_key_that_is_longer_than_any_field_name_would_be', literal: '"a_key_that_is_longer_than_any_field_name_would_be"' },
    { form: 'number', value: '4111111111111111', key: 'a_key_that_is_longer_than_any_field_name_would_be', path: 'anna@example.com/a_key_that_is_longer_than_any_field_name_would_be', literal: '4111111111111111' },
    { form: 'number', value: '123456789012', key: 'n', path: 'anna@example.com/n/3', literal: '123456789012' },
    { form: 'key', value: '[EMAIL_1]', key: null, path: '[EMAIL_1]', literal: '"[EMAIL_1]"' },
    { form: 'value', value: 'x', key: '[EMAIL_1]', path: '[EMAIL_1]', literal: '"x"' },
  ])
})

test('numbers are leaves where they are whole and long enough, or say where somebody is, and read in digits however they are written', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['patient_id', '1234567', '1234567'], ['id', '123456', null], ['id', '219099999.0', '219099999'], ['id', '2.19099999E8', '219099999'], ['id', '4.111111111111111e15', '4111111111111111'],
    ['id', '4111111111111111.00', '4111111111111111'], ['id', '-4111111111111111', '-4111111111111111'], ['id', '1.5e300', null], ['price', '1234.567', null], ['price', '-0.12345', null], ['vector', '0.123456789012', '0.123456789012'],
    ['lat', '52.5200066', '52.5200066'], ['lng', '-122.4194', '-122.4194'], ['geo', '52.52', null], ['id', '12345678901234567890', '12345678901234567890'],
  ]
  for (const [key, literal, expected] of cases) {
    const found = readJson(`{"${key}":${literal}}`, { maxDepth: 9 }).strings.map(({ form, value }) => `${form} ${value}`)
    assert.deepEqual(found, expected === null ? [] : [`number ${expected}`], `${key} ${literal}`)
  }
})

test('a key is a leaf where it has more in it than the name of a field', () => {
  const keys = ['Project Bluebird', 'Königsstein', 'anna+work', 'user1', 'two/parts']
  const names = ['customer_name', 'customerName', 'x-custom-field', 'a.b.c.d', '$schemaName', 'short é']
  const found = readJson(`{${[...keys, ...names].map(key => `${JSON.stringify(key)}:1`).join(',')}}`, { maxDepth: 9 }).strings.map(({ value }) => value)
  assert.deepEqual(found, keys.filter(key => key.length > 6).concat('short é'))
})
