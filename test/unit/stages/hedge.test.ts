import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hedge, type Runner } from '../../../gateway/stages/hedge.ts'

class Work implements Runner<string> {
  readonly #result = Promise.withResolvers<string>()
  started = 0
  cancelled = 0
  run(): Promise<string> {
    this.started += 1
    return this.#result.promise
  }
  cancel(): void { this.cancelled += 1 }
  answer(text: string): void { this.#result.resolve(text) }
  fail(message: string): void { this.#result.reject(new Error(message)) }
}

const settled = (): Promise<void> => new Promise(resolve => { setTimeout(resolve, 5) })

test('a first attempt that is fast enough is alone', async () => {
  const first = new Work()
  first.answer('first')
  const { value, loser } = await hedge<string, Work>(first, 1000, () => assert.fail('nobody else is asked'))
  assert.deepEqual([value, loser, first.cancelled], ['first', null, 0])
})

test('a first attempt that fails at once is not hedged: what follows is the business of retries', async () => {
  const first = new Work()
  first.fail('no')
  await assert.rejects(hedge<string, Work>(first, 1000, () => assert.fail('nobody else is asked')), /no/)
})

for (const winner of ['first', 'second'] as const) {
  test(`where the first is slow and the ${winner} answers first, the other is broken off`, async () => {
    const works = { first: new Work(), second: new Work() }
    const race = hedge<string, Work>(works.first, 1, () => works.second)
    await settled()
    assert.deepEqual([works.first.started, works.second.started], [1, 1])
    works[winner].answer(winner)
    const { value, by, loser } = await race
    const other = works[winner === 'first' ? 'second' : 'first']
    assert.deepEqual([value, by === works[winner], loser === other, other.cancelled, works[winner].cancelled], [winner, true, true, 1, 0])
  })

  test(`where the ${winner} fails the other one answers`, async () => {
    const works = { first: new Work(), second: new Work() }
    const race = hedge<string, Work>(works.first, 1, () => works.second)
    await settled()
    works[winner].fail('no')
    await settled()
    works[winner === 'first' ? 'second' : 'first'].answer('yes')
    assert.equal((await race).value, 'yes')
  })
}

test('where both fail the first one is answered for', async () => {
  const [first, second] = [new Work(), new Work()]
  const race = hedge<string, Work>(first, 1, () => second)
  await settled()
  second.fail('second')
  first.fail('first')
  await assert.rejects(race, /first/)
})

test('where there is no second candidate the first one is waited for', async () => {
  const first = new Work()
  const race = hedge<string, Work>(first, 1, () => null)
  await settled()
  first.answer('late')
  assert.equal((await race).value, 'late')
})
