// The book of pins over a real file: what it remembers, who else may write, and that nothing is trusted that could not be remembered.
import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { PinBook, type PinBookOptions } from '../../../gateway/upstream/pins/pin-book.ts'
import type { PinEvent } from '../../../gateway/upstream/pins/judge-list.ts'
import { PinFile } from '../../../gateway/upstream/pins/pin-file.ts'
import type { ListedEntry, ServerLists } from '../../../gateway/upstream/mcp-server-lists.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'

const rule = (firstSight: 'trust' | 'quarantine' = 'trust', origin = 'here') => ({ firstSight, origin })

const entry = (name: string, description: string, kind: ListedEntry['kind'] = 'tool'): ListedEntry => {
  const value = { name, description }
  return { kind, originalName: name, rawText: JSON.stringify(value), nameSpan: null, descriptionSpan: null, annotations: {}, mirrors: [], value, pin: 'none', flags: [] }
}

const lists = (...entries: readonly ListedEntry[]): ServerLists => ({ entries, instructions: null, problems: [], ttlMs: null })

interface Opened { readonly book: PinBook; readonly file: string; readonly events: PinEvent[]; readonly approved: string[]; readonly troubles: (string | null)[] }

const open = (t: TestContext, options: Partial<PinBookOptions> = {}): Opened => {
  const file = options.file ?? join(scratchFolder(t), 'pins.db')
  const [events, approved, troubles]: [PinEvent[], string[], (string | null)[]] = [[], [], []]
  const book = new PinBook({
    rules: new Map([['s', rule()], ['other', rule()]]), everyMs: 10,
    onEvents: found => { events.push(...found) }, onApproved: servers => { approved.push(...servers) }, onTrouble: problem => { troubles.push(problem) }, ...options, file,
  })
  t.after(() => { book.close() })
  return { book, file, events, approved, troubles }
}

const pins = (book: PinBook, ...entries: readonly ListedEntry[]): string[] => book.judge('s', lists(...entries)).entries.map(({ pin }) => pin)

test('each change is told once, however many owners are shown it', t => {
  const { book, events } = open(t)
  for (let owner = 0; owner < 3; owner += 1) {
    assert.deepEqual(pins(book, entry('a', 'one'), entry('b', 'one')), ['match', 'match'])
    assert.deepEqual(pins(book, entry('a', 'two'), entry('b', 'one')), ['drift', 'match'])
  }
  assert.deepEqual(events.map(({ name, news }) => `${name} ${news}`), ['a first_sight', 'b first_sight', 'a drift'])
  assert.deepEqual(book.counts('s'), { new: 0, match: 1, drift: 1 })
})

test('tools, prompts, templates and instructions have pins of their own, resources have none', t => {
  const { book } = open(t)
  const all: ServerLists = { ...lists(entry('x', 'a'), entry('x', 'b', 'prompt'), entry('x', 'c', 'template'), entry('x', 'd', 'resource')), instructions: { text: 'x', pin: 'none', flags: [] } }
  const judged = book.judge('s', all)
  assert.deepEqual([...judged.entries.map(({ pin }) => pin), judged.instructions?.pin], ['match', 'match', 'match', 'none', 'match'])
  const again = book.judge('s', { ...all, instructions: { text: 'y', pin: 'none', flags: [] } })
  assert.deepEqual([...again.entries.map(({ pin }) => pin), again.instructions?.pin], ['match', 'match', 'match', 'none', 'drift'])
})

test('one name that stands twice in a list with different words is trusted only as it was approved', t => {
  const { book } = open(t)
  assert.deepEqual(pins(book, entry('a', 'one'), entry('a', 'two')), ['match', 'drift'])
  assert.deepEqual(pins(book, entry('a', 'two')), ['drift'])
})

test('an approval of another process counts at the next list, and is never written over', async t => {
  const { book, file, approved } = open(t, { rules: new Map([['s', rule('quarantine')]]), everyMs: 60_000 })
  assert.deepEqual(pins(book, entry('a', 'one'), entry('b', 'one')), ['new', 'new'])
  const other = new PinFile(file, { busyMs: 1000, mayCreate: false })
  t.after(() => { other.close() })
  const [a, b] = other.pins()
  const [one] = other.definitions()
  other.putPin({ ...a!, approved: one!.digest, approvedAt: 1, approvedBy: 'ada' })
  assert.deepEqual(pins(book, entry('a', 'one'), entry('b', 'changed')), ['match', 'new'])
  assert.equal(other.pins()[0]?.approvedBy, 'ada')
  assert.equal(other.pins()[1]?.approved, b?.approved)
  await eventually(() => approved.includes('s'))
})

test('the running book notices approvals by itself', async t => {
  const { book, file, approved } = open(t, { rules: new Map([['s', rule('quarantine')]]) })
  pins(book, entry('a', 'one'))
  const other = new PinFile(file, { busyMs: 1000, mayCreate: false })
  t.after(() => { other.close() })
  other.putPin({ ...other.pins()[0]!, approved: other.definitions()[0]!.digest, approvedAt: 1, approvedBy: 'ada' })
  await eventually(() => approved.includes('s'))
})

test('an odd name is kept apart from every other over a restart', t => {
  const names = ['a', 'a\u0000', 'a\u0000b', '\ud800', '\ud801', '\ufffd', '', '__proto__', 'tool a']
  const first = open(t)
  assert.ok(pins(first.book, ...names.map(name => entry(name, name))).every(pin => pin === 'match'))
  first.book.close()
  const { book } = open(t, { file: first.file })
  assert.ok(pins(book, ...names.map(name => entry(name, name))).every(pin => pin === 'match'))
  assert.ok(pins(book, ...names.map(name => entry(name, 'other'))).every(pin => pin === 'drift'))
})

test('what a server shows in ever new words fills no disk: the oldest of those that wait make room', t => {
  const { book, file } = open(t)
  pins(book, entry('a', 'approved'))
  for (let index = 0; index < 30; index += 1) pins(book, entry('a', `words ${index}`))
  const other = new PinFile(file, { busyMs: 1000, mayCreate: false })
  t.after(() => { other.close() })
  assert.ok(other.definitions().length <= 5)
  assert.deepEqual(pins(book, entry('a', 'approved')), ['match'])
})

test('names beyond the limit are not trusted', t => {
  const { book } = open(t)
  const many = Array.from({ length: 20_001 }, (_, index) => entry(`t${index}`, 'x'))
  const judged = pins(book, ...many)
  assert.equal(judged.filter(pin => pin === 'match').length, 20_000)
  assert.equal(judged.at(-1), 'drift')
  assert.deepEqual(pins(book, entry('one more', 'x')), ['drift'])
})

test('a list of enormous definitions does not hold up the process', t => {
  const { book } = open(t)
  const big = Array.from({ length: 40 }, (_, index) => entry(`t${index}`, `${index}${'\ufdfa '.repeat(512 * 1024)}`))
  const began = performance.now()
  const judged = book.judge('s', lists(...big))
  assert.ok(performance.now() - began < 5000, `${performance.now() - began} ms`)
  assert.ok(judged.entries.every(({ pin, flags }) => pin === 'match' && flags.includes('oversized')))
})

for (const [what, spoil] of Object.entries({
  'is not a database': (file: string) => { writeFileSync(file, 'not a database, but long enough to look at as if it were one'.repeat(100)) },
  'is of another version': (file: string) => { const db = new DatabaseSync(file); db.exec('PRAGMA user_version = 7'); db.close() },
  'holds a row that is not ours': (file: string) => { const db = new DatabaseSync(file); db.exec('UPDATE pin SET approved = \'sha256:x\''); db.close() },
  'has lost a table': (file: string) => { const db = new DatabaseSync(file); db.exec('DROP TABLE definition'); db.close() },
})) {
  test(`nothing is trusted where the file ${what}`, t => {
    const first = open(t)
    pins(first.book, entry('a', 'one'))
    first.book.close()
    spoil(first.file)
    const { book, troubles, events } = open(t, { file: first.file })
    const judged = book.judge('s', lists(entry('a', 'one'), entry('never seen', 'x')))
    assert.deepEqual(judged.entries.map(({ pin, flags }) => [pin, ...flags]), [['drift', 'pins_unreadable'], ['drift', 'pins_unreadable']])
    assert.match(troubles[0] ?? '', /pin database .*pins\.db cannot be used|invalid/i)
    assert.match(book.problem ?? '', /./)
    assert.deepEqual(events, [])
  })
}

test('a file that vanishes or is replaced while the gateway runs is not begun anew', async t => {
  const { book, file, approved, troubles } = open(t, { nowMs: (() => { let now = 0; return () => now += 10_000 })() })
  pins(book, entry('a', 'one'))
  renameSync(file, `${file}.away`)
  await eventually(() => book.problem !== null)
  assert.deepEqual(pins(book, entry('a', 'one')), ['drift'])
  for (const extra of ['-wal', '-shm']) rmSync(`${file}${extra}`, { force: true })
  renameSync(`${file}.away`, file)
  await eventually(() => book.problem === null)
  assert.equal(troubles.at(-1), null)
  await eventually(() => approved.includes('s'))
  assert.deepEqual(pins(book, entry('a', 'one')), ['match'])
  assert.deepEqual(pins(book, entry('a', 'two')), ['drift'])
})

test('what cannot be written is not trusted', t => {
  const { book, file } = open(t, { everyMs: 60_000 })
  pins(book, entry('a', 'one'))
  const other = new DatabaseSync(file)
  t.after(() => { other.close() })
  other.exec('BEGIN IMMEDIATE')
  assert.deepEqual(pins(book, entry('b', 'never seen')), ['drift'])
  other.exec('ROLLBACK')
})

test('a server that is not configured has nothing that is trusted', t => {
  const { book } = open(t)
  assert.deepEqual(book.judge('stranger', lists(entry('a', 'one'))).entries.map(({ pin }) => pin), ['drift'])
})

test('other rules for a server are told, so that what was judged of it can be dropped', t => {
  const { book } = open(t)
  assert.deepEqual(book.update(new Map([['s', rule('quarantine')], ['other', rule()], ['third', rule()]])), ['s', 'third'])
})
