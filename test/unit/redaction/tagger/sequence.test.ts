// The chain of tags: against all ways to tag, one by one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tags } from '../../../../gateway/redaction/tagger/features.ts'
import { mayFollow, Sequence, transitionCount } from '../../../../gateway/redaction/tagger/sequence.ts'
import { roles } from '../../../../gateway/redaction/tagger/words.ts'
import { randomFrom } from '../../../../router/train/random.ts'

const count = tags.length

test('a name goes on only as what it began as', () => {
  for (let previous = 0; previous < count; previous += 1) {
    for (let tag = 0; tag < count; tag += 1) {
      const expected = tags[tag]?.startsWith('I') !== true || tags[previous]?.slice(1) === tags[tag]?.slice(1)
      assert.equal(mayFollow(previous, tag), expected, `${tags[previous]} ${tags[tag]}`)
    }
  }
})

/** All ways to tag `length` words with their scores. */
const waysOf = (sequence: Sequence, transitions: Float64Array, length: number): { readonly tags: readonly number[]; readonly score: number }[] => {
  let ways: { tags: number[]; score: number }[] = [{ tags: [], score: 0 }]
  for (let index = 0; index < length; index += 1) {
    ways = ways.flatMap(way => Array.from({ length: count }, (_, tag) => tag).filter(tag => mayFollow(way.tags.at(-1) ?? 0, tag)).map(tag => ({
      tags: [...way.tags, tag], score: way.score + (sequence.emissions[index * count + tag] ?? 0) + (transitions[((sequence.roles[index] ?? 0) * count + (way.tags.at(-1) ?? 0)) * count + tag] ?? 0),
    })))
  }
  return ways
}

test('the best tags and how likely each is are those of all ways together', () => {
  const random = randomFrom(7)
  for (let round = 0; round < 40; round += 1) {
    const transitions = Float64Array.from({ length: transitionCount }, () => random() * 4 - 2)
    const sequence = new Sequence(transitions)
    const length = 1 + Math.floor(random() * 4)
    for (let at = 0; at < length * count; at += 1) sequence.emissions[at] = random() * 6 - 3
    for (let at = 0; at < length; at += 1) sequence.roles[at] = Math.floor(random() * roles)
    const ways = waysOf(sequence, transitions, length)
    sequence.decode(length)
    assert.deepEqual(sequence.best, ways.reduce((best, way) => way.score > best.score ? way : best).tags)
    const total = sequence.weigh(length)
    const sum = ways.reduce((all, { score }) => all + Math.exp(score), 0)
    assert.ok(Math.abs(total - Math.log(sum)) < 1e-9)
    for (let at = 0; at < length; at += 1) for (let tag = 0; tag < count; tag += 1) {
      const expected = ways.filter(way => way.tags[at] === tag).reduce((all, { score }) => all + Math.exp(score), 0) / sum
      assert.ok(Math.abs((sequence.marginals[at * count + tag] ?? 0) - expected) < 1e-9)
      for (let previous = 0; previous < count; previous += 1) {
        const both = ways.filter(way => way.tags[at] === tag && (at === 0 ? 0 : way.tags[at - 1]) === previous).reduce((all, { score }) => all + Math.exp(score), 0) / sum
        assert.ok(Math.abs(sequence.pair(at, previous, tag, total) - both) < 1e-9)
      }
    }
  }
})

test('room is made for a long run', () => {
  const sequence = new Sequence(new Float64Array(transitionCount))
  sequence.reserve(1_000)
  sequence.emissions.fill(0)
  sequence.decode(1_000)
  assert.equal(sequence.best.length, 1_000)
})
