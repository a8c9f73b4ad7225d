// What is remembered of callers, bounded and fair: against a plain model, and against one who fills it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FairMap } from '../../../gateway/exchange/fair-map.ts'

interface Kept { readonly owner: string; readonly key: string; readonly value: number }

/** The same by looking at everything each time; of owners who hold equally much any may lose. */
const heaviestOf = (kept: readonly Kept[]): ReadonlySet<string> => {
  const counts = new Map<string, number>()
  for (const { owner } of kept) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  return new Set([...counts].filter(([, count]) => count === Math.max(...counts.values())).map(([owner]) => owner))
}

test('it holds what was put, up to its bound, and only one who holds most loses, its oldest first', () => {
  const step = fc.record({ owner: fc.constantFrom('a', 'b', 'c'), name: fc.nat(6), drops: fc.boolean() })
  fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 80 }), (most, steps) => {
    const map = new FairMap<number>(most)
    let kept: Kept[] = []
    steps.forEach(({ drops, name, owner }, value) => {
      const key = `${owner}/${name}`
      const before = kept.filter(one => one.key !== key)
      if (drops) map.delete(key)
      else map.put(owner, key, value)
      const lost = before.filter(one => map.get(one.key) === undefined)
      if (lost.length > 0) {
        assert.deepEqual([drops, lost.length, before.length], [false, 1, most])
        assert.ok(heaviestOf(before).has(lost[0]!.owner))
        assert.equal(before.find(one => one.owner === lost[0]!.owner), lost[0], 'its oldest')
      }
      kept = [...before.filter(one => one !== lost[0]), ...drops ? [] : [{ owner, key, value }]]
      for (const one of kept) assert.equal(map.get(one.key), one.value)
      assert.equal(map.size, kept.length)
      const heaviest = [...map.ofHeaviest()].map(([held]) => held)
      if (kept.length > 0) assert.ok([...heaviestOf(kept)].some(name => JSON.stringify(kept.filter(one => one.owner === name).map(one => one.key)) === JSON.stringify(heaviest)))
    })
    assert.deepEqual([...map.values()].sort(), kept.map(one => one.value).sort())
    map.clear()
    assert.deepEqual([map.size, [...map.ofHeaviest()]], [0, []])
  }), { numRuns: 300 })
})

test('one who fills it takes nothing from the others', () => {
  const map = new FairMap<number>(100)
  for (let at = 0; at < 10; at += 1) map.put('quiet', `quiet/${at}`, at)
  for (let at = 0; at < 5000; at += 1) map.put('loud', `loud/${at}`, at)
  assert.deepEqual([map.size, Array.from({ length: 10 }, (_, at) => map.get(`quiet/${at}`))], [100, Array.from({ length: 10 }, (_, at) => at)])
  assert.equal(map.get('loud/4999'), 4999)
})

test('a bound of nothing keeps one', () => {
  const map = new FairMap<number>(0)
  map.put('a', 'x', 1)
  map.put('a', 'y', 2)
  assert.deepEqual([map.size, map.get('y')], [1, 2])
})
