// A text that was compared before is brought up to date by what was added since, also where a source came in pieces.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSource, OwnerIndex } from '../../../../gateway/redaction/taint/owner-index.ts'
import type { Source } from '../../../../gateway/redaction/taint/owner-index.ts'
import type { Seen } from '../../../../gateway/redaction/taint/seen-texts.ts'

/** Even hashes are those of which two have to be found. */
const [first, second, other] = [2, 4, 6]

const seenBy = (index: OwnerIndex<string>, hashes: readonly number[]): Seen<Source<string>> => ({ hashes, sorted: null, version: index.version, sources: index.compare(hashes), own: null })

test('of a source whose pieces come one after the other, with a question between, both are counted', () => {
  const index = new OwnerIndex<string>((one, another) => one === another)
  const source = newSource('a note', 0, 2)
  index.add(source, [first])
  const [whole, half] = [seenBy(index, [first, second]), seenBy(index, [second])]
  assert.deepEqual(whole.sources, [])
  index.add(source, [second])
  assert.equal(index.follow(whole, [second]), true)
  assert.deepEqual(whole.sources, [source])
  index.follow(half, [second])
  assert.deepEqual(half.sources, [], 'one hash is not enough')
})

test('what is added to one source says nothing of another that was there', () => {
  const index = new OwnerIndex<string>((one, another) => one === another)
  const [old, young] = [newSource('old', 0, 2), newSource('young', 0, 1)]
  index.add(old, [first, other])
  const seen = seenBy(index, [first, second])
  index.add(young, [second])
  index.follow(seen, [second])
  assert.deepEqual(seen.sources, [young])
})
