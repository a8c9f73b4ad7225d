// Bodies that begin as the last ones did are read as if nobody had seen them before: the same document, the same refusals, the same digest.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { spliceBytes, splice, type JsonDocument } from '../../../gateway/exchange/document.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { Dialect } from '../../../gateway/exchange/operation.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { ResentBodies } from '../../../gateway/surfaces/json/resent-bodies.ts'
import { editedConversation } from '../../support/edited-conversation.ts'

const limits = { maxDepth: 32 }
const dialects: readonly Dialect[] = ['openai', 'anthropic', 'gemini', 'openai-responses']

const tried = <T>(read: () => T): T | string => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `${error.code} ${error.message} ${JSON.stringify(error.detail)}`
  }
}

const leavesOf = ({ strings }: JsonDocument): unknown => strings.map(({ end, form, key, path, start, value }) => ({ form, start, end, value, key, path }))

const pathsIn = (value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] => {
  const inner = Array.isArray(value) ? value.map((element: unknown, at) => [at, element] as const) : typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [path, ...inner.flatMap(([step, element]) => pathsIn(element, [...path, step]))]
}

const assertSame = (read: JsonDocument, anew: JsonDocument): void => {
  assert.deepEqual(read.value, anew.value)
  assert.deepEqual(leavesOf(read), leavesOf(anew))
  assert.equal(read.length, anew.length)
  for (const path of [...pathsIn(anew.value), ['no', 1], ['messages', 999], ['messages', 'x'], ['messages', 0, 'none']]) {
    assert.deepEqual(read.locate(path), anew.locate(path), path.join('.'))
    assert.deepEqual(read.members(path), anew.members(path), path.join('.'))
  }
  assert.equal(read.text, anew.text)
  for (const { firstLeaf, part, start } of read.passages) {
    assert.equal(read.text.slice(start, start + part.length), part.text)
    assert.deepEqual(part.strings.map(({ value }) => value), read.strings.slice(firstLeaf, firstLeaf + part.strings.length).map(({ value }) => value))
  }
  // Everything at a leaf, at the edges, and around the passages.
  const edits = [{ start: 0, end: 0, text: 'ä' }, ...read.strings.filter((_, at) => at % 3 === 0).map(({ end, start }) => ({ start, end, text: '"é"' })), { start: read.length, end: read.length, text: ' ' }]
  assert.equal(spliceBytes(read, edits).toString(), splice(anew.text, edits))
}

describe('bodies that come again', () => {
  for (const dialect of dialects) {
    test(`a conversation in ${dialect} with all sorts of edits is read as if it was new`, () => {
      let reused = 0
      for (let seed = 1; seed <= 40; seed += 1) {
        const bodies = new ResentBodies({ leastBytes: 1 })
        const known = new WeakSet<object>()
        for (const text of editedConversation(dialect, seed, 12)) {
          const bytes = Buffer.from(text)
          const anew = tried(() => readJson(Buffer.from(text), limits))
          const read = tried(() => bodies.read('acme/alice', bytes, limits))
          if (typeof anew === 'string' || typeof read === 'string') {
            assert.equal(read, anew)
            continue
          }
          assertSame(read.document, anew)
          assert.equal(read.digest(), hash('sha256', bytes))
          for (const { part } of read.document.passages) {
            if (known.has(part)) reused += 1
            known.add(part)
          }
        }
      }
      assert.ok(reused > 1000, `only ${reused} elements were known`)
    })
  }

  const message = (at: number): object => ({ role: 'user', content: `message number ${at} says something that is long enough` })
  const bodyOf = (messages: readonly object[], more: object = {}): Buffer => Buffer.from(JSON.stringify({ model: 'm', messages, ...more }))
  const partsOf = (bodies: ResentBodies, whose: string, bytes: Buffer): readonly JsonDocument[] => bodies.read(whose, bytes, limits).document.passages.map(({ part }) => part)

  test('old messages are the same objects, which nobody can change, and new ones are read', () => {
    const bodies = new ResentBodies({ leastBytes: 1 })
    const first = partsOf(bodies, 'a', bodyOf([message(1), message(2)]))
    const second = partsOf(bodies, 'a', bodyOf([message(1), message(2), message(3)], { tools: [{ name: 'x', description: 'a tool that is described at some length' }] }))
    assert.equal(second.length, 4)
    assert.equal(second[0], first[0])
    assert.equal(second[1], first[1])
    assert.throws(() => { (first[0]?.value as { role: string }).role = 'system' }, TypeError)
  })

  test('an element after one that was changed, put in or taken out is known again, wherever it stands', () => {
    const bodies = new ResentBodies({ leastBytes: 1 })
    const [, two, three] = partsOf(bodies, 'a', bodyOf([message(1), message(2), message(3)]))
    const changed = partsOf(bodies, 'a', bodyOf([message(9), message(2), message(3)]))
    assert.deepEqual([changed[1] === two, changed[2] === three], [true, true])
    const inserted = partsOf(bodies, 'a', bodyOf([message(9), message(8), message(2), message(3)]))
    assert.deepEqual([inserted[2] === two, inserted[3] === three], [true, true])
    const removed = partsOf(bodies, 'a', bodyOf([message(3)]))
    assert.equal(removed[0], three)
  })

  test('nothing is shared between callers', () => {
    const bodies = new ResentBodies({ leastBytes: 1 })
    const [first] = partsOf(bodies, 'acme/alice', bodyOf([message(1)]))
    const [other] = partsOf(bodies, 'acme/bob', bodyOf([message(1)]))
    assert.notEqual(other, first)
  })

  test('conversations of one caller that begin alike do not push each other out', () => {
    const bodies = new ResentBodies({ leastBytes: 1 })
    const begin = Array.from({ length: 20 }, (_, at) => message(at))
    const a = partsOf(bodies, 'x', bodyOf([...begin, message(100)]))
    const b = partsOf(bodies, 'x', bodyOf([...begin.slice(0, 5), ...Array.from({ length: 30 }, (_, at) => message(200 + at))]))
    const againA = partsOf(bodies, 'x', bodyOf([...begin, message(100), message(101)]))
    const againB = partsOf(bodies, 'x', bodyOf([...begin.slice(0, 5), ...Array.from({ length: 31 }, (_, at) => message(200 + at))]))
    assert.equal(againA.filter(part => a.includes(part)).length, 21)
    assert.equal(againB.filter(part => b.includes(part)).length, 35)
  })

  test('what is not known any more is read again, and memory is bounded', () => {
    const bodies = new ResentBodies({ leastBytes: 1, mostBytes: 200_000 })
    const one = bodyOf(Array.from({ length: 20 }, (_, at) => message(at)))
    const [first] = partsOf(bodies, 'a', one)
    for (let at = 0; at < 10; at += 1) partsOf(bodies, `other-${at}`, one)
    const [again] = partsOf(bodies, 'a', one)
    assert.notEqual(again, first)
    const huge = bodies.read('a', bodyOf(Array.from({ length: 300 }, (_, at) => message(at))), limits)
    assert.equal(huge.document.passages.length, 0)
  })

  test('short strings take more memory than they are long, and are counted so', () => {
    const isKept = (body: Buffer): boolean => {
      const bodies = new ResentBodies({ leastBytes: 1, mostBytes: 200_000 })
      return partsOf(bodies, 'a', body)[0] === partsOf(bodies, 'a', body)[0]
    }
    const short = bodyOf(Array.from({ length: 60 }, () => ({ role: 'user', content: ['', '', '', '', '', '', '', '', ''] })))
    const long = bodyOf([{ role: 'user', content: 'x'.repeat(short.length) }])
    assert.deepEqual([isKept(short), isKept(long)], [false, true])
  })

  test('a duplicate key, a depth and a broken letter in a message are refused as they are in any body', () => {
    const bodies = new ResentBodies({ leastBytes: 1 })
    partsOf(bodies, 'a', bodyOf([message(1)]))
    const text = bodyOf([message(1), message(2)]).toString()
    for (const spoilt of [
      text.replace('"content":"message number 2', '"role":"x","content":"message number 2'), text.replace('"messages":', '"messages":[],"messages":'),
      text.replace('"message number 2', '{"role":"user","deep":'.concat('['.repeat(40), ']'.repeat(40), '},"message number 2')), text.replace('number 2', 'number 2\u0000'), `${text}x`, text.replace(/\]/, '}'), text.replace(/\{"model/, '[{"model'),
    ]) {
      const bytes = Buffer.from(spoilt)
      assert.equal(tried(() => bodies.read('a', bytes, limits)), tried(() => readJson(Buffer.from(spoilt), limits)))
    }
    const broken = Buffer.from(text)
    broken[broken.indexOf('number 2')] = 0xff
    assert.equal(tried(() => bodies.read('a', broken, limits)), tried(() => readJson(broken, limits)))
  })

  test('the digest of a conversation that goes on is that of its bytes, in whatever order it is asked for', () => {
    const bodies = new ResentBodies({ leastBytes: 1 })
    const messages = Array.from({ length: 12 }, (_, at) => message(at))
    const reads = []
    for (let turn = 0; turn < 8; turn += 1) {
      messages.push(message(100 + turn))
      if (turn === 5) messages[1] = message(999)
      const bytes = bodyOf(messages)
      reads.push({ bytes, read: bodies.read('a', bytes, limits) })
      if (turn % 2 === 0) assert.equal(reads.at(-1)?.read.digest(), hash('sha256', bytes))
    }
    for (const { bytes, read } of reads.reverse()) assert.equal(read.digest(), hash('sha256', bytes))
  })
})
