// Labels follow text through quotes and sessions of one owner, for a time, within bounds; and never to another owner.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Labels } from '../../../../gateway/exchange/labels.ts'
import { MemoryTaint, type MemoryTaintOptions } from '../../../../gateway/redaction/taint/taint-book.ts'

const minute = 60_000
const crm: Labels = { labels: ['crm'], sensitivity: 'confidential' }
const web: Labels = { labels: ['untrusted'], sensitivity: 'public' }
const note = 'Customer Quill asked that the delivery of the new pumps be moved to the second week of April because of the strike.'
const page = 'Visitors are told that the north gate of the garden stays closed until the new path along the river is finished.'

const bench = (options: Partial<MemoryTaintOptions> = {}): { book: MemoryTaint; now: (value: number) => void } => {
  let nowMs = 1_000_000
  return { book: new MemoryTaint({ ttlMs: 10 * minute, most: 1000, memoBytes: 1 << 20, clockMs: () => nowMs, ...options }), now: value => { nowMs = value } }
}

const carried = (book: MemoryTaint, text: string, owner = 'acme/a', session = `${owner}/s`): readonly [string, ...string[]] => {
  const { labels, origins } = book.carriedBy(owner, session, [text])
  return [[labels.sensitivity, ...labels.labels].join(' '), ...origins]
}
const nothing = ['public']

test('a quote carries labels and origin, in any session of its owner and of no other', () => {
  const { book } = bench()
  assert.ok(book.isEmpty('acme/a'))
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
  assert.ok(!book.isEmpty('acme/a') && book.isEmpty('acme/b'))
  const quoted = `As I said:\n> ${note.slice(20).toUpperCase()}`
  assert.deepEqual(carried(book, quoted), ['confidential crm', 'crm/find'])
  assert.deepEqual(carried(book, quoted, 'acme/a', 'acme/a/other'), ['confidential crm', 'crm/find'])
  assert.deepEqual(carried(book, quoted, 'acme/b'), nothing)
  assert.deepEqual(carried(book, page), nothing)
  assert.deepEqual(carried(book, 'too short'), nothing)
})

test('of two sources both count', () => {
  const { book } = bench()
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [page], { labels: web, origin: 'web/fetch' })
  assert.deepEqual(carried(book, `${note} ${page}`), ['confidential crm untrusted', 'crm/find', 'web/fetch'])
})

test('a copy that comes back from elsewhere is still what it was, whoever returns it', () => {
  const { book } = bench()
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [`Saved: ${note}`], { labels: { labels: ['notes'], sensitivity: 'public' }, origin: 'notes/read' })
  assert.deepEqual(carried(book, note.slice(10)), ['confidential crm notes', 'crm/find', 'notes/read'])
})

test('values inside an answer of JSON are known by themselves', () => {
  const { book } = bench()
  const iban = ['DE89 3704 0044', '0532 0130 00'].join(' ')
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [JSON.stringify({ rows: [{ name: 'Quill', account: iban }] })], { labels: crm, origin: 'crm/find' })
  assert.deepEqual(carried(book, iban.replaceAll(' ', '')), nothing, 'written as one word it is another value')
  assert.deepEqual(carried(book, iban.toLowerCase()), ['confidential crm', 'crm/find'])
  assert.deepEqual(carried(book, 'Quill'), nothing)
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, ['['.repeat(50_000), `{"half": "${note}`], { labels: crm, origin: 'crm/find' })
})

test('it ends a time after a text was last returned, and a text that was looked at before is looked at anew', () => {
  const { book, now } = bench()
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
  now(1_000_000 + 8 * minute)
  assert.deepEqual(carried(book, note), ['confidential crm', 'crm/find'])
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
  now(1_000_000 + 17 * minute)
  assert.deepEqual(carried(book, note), ['confidential crm', 'crm/find'])
  now(1_000_000 + 19 * minute)
  assert.deepEqual(carried(book, note), nothing)
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [page], { labels: web, origin: 'web/fetch' })
  assert.deepEqual(carried(book, note), nothing)
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: web, origin: 'web/fetch' })
  assert.deepEqual(carried(book, note), ['public untrusted', 'web/fetch'], 'what ended does not come back')
})

test('a history that was clean is noticed when a source returns it later', () => {
  const { book } = bench()
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [page], { labels: web, origin: 'web/fetch' })
  const history = `We spoke of this: ${note} And of much else.`
  assert.deepEqual(carried(book, history), nothing)
  for (let turn = 0; turn < 3000; turn += 1) book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [`entry ${turn}: the ${turn * 7} pumps of hall ${turn} are due for their yearly check before winter begins in earnest`], { labels: web, origin: 'web/fetch' })
  assert.deepEqual(carried(book, history), nothing)
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
  assert.deepEqual(carried(book, history), ['confidential crm', 'crm/find'])
})

test('what an operator forgave stays off for that session, and comes back with what is returned after it', () => {
  const { book, now } = bench()
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: { labels: ['crm', 'hr'], sensitivity: 'restricted' }, origin: 'crm/find' })
  book.forgive('acme/a', 'acme/a/s', { labels: ['crm'], above: 'internal' })
  assert.deepEqual(carried(book, note), ['internal hr', 'crm/find'])
  assert.deepEqual(carried(book, note, 'acme/a', 'acme/a/other'), ['restricted crm hr', 'crm/find'])
  now(1_000_000 + minute)
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: { labels: ['crm', 'hr'], sensitivity: 'restricted' }, origin: 'crm/find' })
  assert.deepEqual(carried(book, note), ['restricted crm hr', 'crm/find'])
})

/** Texts that have nothing in common. */
const letter = (turn: number): string => Array.from({ length: 24 }, (_, at) => `word${turn * 100 + at}`).join(' ')

test('who fills it pushes out its own and not what others hold', () => {
  const { book } = bench({ most: 64 })
  book.learn({ owner: 'acme/b', session: 'acme/b/s' }, [note], { labels: crm, origin: 'crm/find' })
  for (let turn = 0; turn < 500; turn += 1) book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [letter(turn)], { labels: web, origin: 'web/fetch' })
  assert.deepEqual(carried(book, note, 'acme/b'), ['confidential crm', 'crm/find'])
  assert.deepEqual(carried(book, letter(0)), nothing)
  assert.deepEqual(carried(book, letter(499)), ['public untrusted', 'web/fetch'])
})

test('of a text that is longer than all that is kept the beginning is known', () => {
  const { book } = bench({ most: 16 })
  const long = Array.from({ length: 40_000 }, (_, at) => `word${at}`)
  book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [long.join(' ')], { labels: crm, origin: 'crm/find' })
  assert.deepEqual(carried(book, long.slice(100, 120).join(' ')), ['confidential crm', 'crm/find'])
})

const sentence = fc.array(fc.string({ unit: fc.constantFrom(...'a b c d e f g h i j k l m n o p r s t u w'.split(' ')), minLength: 3, maxLength: 9 }), { minLength: 16, maxLength: 60 }).filter(words => new Set(words).size === words.length)

test('any quoting keeps a label, and unrelated words never get one', () => {
  fc.assert(fc.property(sentence, sentence, fc.constantFrom('\n> ', ' ', ' | ', '\\n', '** _', '", "'), fc.boolean(), (source, other, joint, isJson) => {
    const { book } = bench()
    book.learn({ owner: 'o', session: 'o/s' }, [source.join(' ')], { labels: crm, origin: 's/t' })
    const quoted = `Look: ${source.join(joint)}`
    assert.deepEqual(carried(book, isJson ? JSON.stringify({ quoted }) : quoted, 'o'), ['confidential crm', 's/t'])
    fc.pre(!other.some(word => source.includes(word)))
    assert.deepEqual(carried(book, other.join(' '), 'o'), nothing)
  }), { numRuns: 200 })
})

test('a source that repeats a text piece by piece takes nothing from the one that had it first', () => {
  for (const length of [8, 9, 10, 12]) {
    const { book } = bench()
    book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [note], { labels: crm, origin: 'crm/find' })
    const words = note.split(' ')
    for (let again = 0; again < 6; again += 1) {
      for (let at = 0; at + length <= words.length; at += 1) book.learn({ owner: 'acme/a', session: 'acme/a/s' }, [`${words.slice(at, at + length).join(' ')}${'!'.repeat(again)}`], { labels: web, origin: 'web/echo' })
    }
    assert.deepEqual(carried(book, `It says: ${note}`), ['confidential crm untrusted', 'crm/find', 'web/echo'], `${length}`)
  }
})
