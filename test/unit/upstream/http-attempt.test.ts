// The attempt loop: whom it tries, when it stops, and that nothing is left out of the record.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { attempt, AttemptsFailed, type AttemptRecord, type RetryAdvice } from '../../../gateway/upstream/attempt.ts'

const failing = new Failure('upstream.connect', 'refused')

const failedOf = (thrown: unknown): readonly AttemptRecord<string>[] => {
  assert.ok(thrown instanceof AttemptsFailed)
  assert.equal(thrown.failure, failing)
  return (thrown as AttemptsFailed<string>).attempts
}

interface Case { name: string; advice: readonly RetryAdvice['retry'][]; answersAt: number; tried: string; records: string; answered: boolean }

const cases: readonly Case[] = [
  { name: 'the first choice answers', advice: [], answersAt: 1, tried: 'a', records: 'ok', answered: true },
  { name: 'the same choice is tried again', advice: ['same'], answersAt: 2, tried: 'aa', records: 'upstream.connect ok', answered: true },
  { name: 'the next choice is tried', advice: ['same', 'next'], answersAt: 3, tried: 'aab', records: 'upstream.connect upstream.connect ok', answered: true },
  { name: 'the policy says no', advice: ['no'], answersAt: 9, tried: 'a', records: 'upstream.connect', answered: false },
  { name: 'the choices are used up', advice: ['next', 'next', 'next'], answersAt: 9, tried: 'abc', records: 'upstream.connect upstream.connect upstream.connect', answered: false },
]

for (const { name, advice, answersAt, tried, records, answered } of cases) {
  test(`attempt: ${name}`, async () => {
    const seen: string[] = []
    const result = attempt(['a', 'b', 'c'], (choice, attemptNo) => {
      seen.push(choice)
      return attemptNo === answersAt ? Promise.resolve(choice) : Promise.reject(failing)
    }, { next: attemptNo => ({ retry: advice[attemptNo - 1] ?? 'no', afterMs: 0 }) })
    const record = await result.then(done => {
      assert.equal(done.value, tried.at(-1))
      return done.attempts
    }, failedOf)
    assert.equal(record.at(-1)?.failure === null, answered)
    assert.equal(seen.join(''), tried)
    assert.equal(record.map(one => one.failure ?? 'ok').join(' '), records)
    assert.deepEqual(record.map(one => one.choice), seen)
  })
}

test('attempt: what was not asked uses no attempt up, and several choices are passed over at once', async () => {
  const seen: string[] = []
  const result = await attempt(['a', 'b', 'c'], (choice, attemptNo) => {
    seen.push(`${choice}${attemptNo}`)
    return choice === 'c' ? Promise.resolve(choice) : Promise.reject(failing)
  }, { next: () => ({ retry: 'next', afterMs: 0, by: 2, uncounted: true }) })
  assert.deepEqual([seen, result.attempts.length], [['a1', 'c1'], 1])
})

test('attempt: a wait between attempts ends when the signal aborts', async () => {
  const leave = new AbortController()
  let runs = 0
  const result = attempt(['a'], () => {
    runs += 1
    setImmediate(() => { leave.abort() })
    return Promise.reject(failing)
  }, { next: () => ({ retry: 'same', afterMs: 60_000 }), signal: leave.signal })
  await assert.rejects(result, (thrown: unknown) => failedOf(thrown).length === 1)
  assert.equal(runs, 1)
})

test('attempt: something that is not a failure is a defect of ours and reaches the policy as one', async () => {
  const codes: string[] = []
  await assert.rejects(attempt(['a'], () => Promise.reject(new Error('oops')), {
    next: (_attemptNo, failure) => {
      codes.push(failure.code)
      return { retry: 'no', afterMs: 0 }
    },
  }), (thrown: unknown) => thrown instanceof AttemptsFailed && thrown.failure.code === 'gateway.bug')
  assert.deepEqual(codes, ['gateway.bug'])
})
