// What one attempt holds, and that it gives back all of it however it ends.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Credential } from '../../../gateway/exchange/credential.ts'
import type { Answer } from '../../../gateway/exchange/answer.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { CredentialBook } from '../../../gateway/pipeline/credential-book.ts'
import { HealthBook } from '../../../gateway/pipeline/health-book.ts'
import { LimitBook } from '../../../gateway/pipeline/upstream-limits.ts'
import { RefusedAnswer, type RefusalKind } from '../../../gateway/stages/forward.ts'
import { OneAttempt } from '../../../gateway/stages/one-attempt.ts'
import type { ModelSendable } from '../../../gateway/stages/transform-model.ts'
import type { Choice } from '../../../router/route.ts'
import { openai, registryOf } from '../registry/setup.ts'

const [candidate] = registryOf({
  providers: [{ ...openai, credentials: [{ env: 'A' }, { env: 'B' }], limits: { concurrency: 2, queue_ms: 0 } }], models: [{ id: 'openai/m', price: { usd_per_mtok_in: 1, usd_per_mtok_out: 1 } }],
}).candidatesFor('openai/m', 'openai')
assert.ok(candidate)
const choice: Choice = { candidate, expectedUsd: 1, upperBoundUsd: 2, expectedTokens: 10, upperBoundTokens: 20, reason: 'only one' }

const answerOf = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({ status, headers, attach: () => undefined, resume: () => undefined, abort: () => undefined })

interface World { readonly attempt: OneAttempt; readonly limits: LimitBook; readonly credentials: CredentialBook; readonly health: HealthBook; readonly money: string[]; readonly sent: (string | null)[] }

const worldOf = (forward: (sendable: ModelSendable) => Promise<Answer>, fail: 'transform' | 'reserve' | null = null): World => {
  const limits = new LimitBook()
  const credentials = new CredentialBook()
  credentials.update(new Map([['openai', ['a', 'b'].map((key): Credential => ({ kind: 'headers', headers: { key } }))]]))
  const health = new HealthBook({ failures: 1, cooldownMs: 1000 })
  const money: string[] = []
  const sent: (string | null)[] = []
  const attempt = new OneAttempt(choice, {
    health, limits, credentials, flow: 'alice',
    transform: () => {
      if (fail === 'transform') throw new Failure('content.blocked', 'no')
      return { choice, lost: [], answered: null } as unknown as ModelSendable
    },
    reserve: () => {
      if (fail === 'reserve') throw new Failure('budget.exhausted', 'no')
      money.push('reserved')
      return { rates: [], settle: () => { money.push('settled') }, release: () => { money.push('released') } }
    },
    forward: (sendable, { credential }) => {
      sent.push(credential.kind === 'headers' ? credential.headers['key'] ?? null : null)
      return forward(sendable)
    },
  }, new AbortController().signal)
  return { attempt, limits, credentials, health, money, sent }
}

const isFree = ({ limits, credentials }: World): void => {
  assert.deepEqual(limits.states().map(({ active }) => active), [0])
  assert.deepEqual(credentials.states().map(({ active }) => active), [0, 0])
}

const refusal = (kind: RefusalKind, status: number, headers: Readonly<Record<string, string>> = {}): (sendable: ModelSendable) => Promise<Answer> =>
  sendable => Promise.reject(new RefusedAnswer({ answer: answerOf(status, headers), sendable }, kind, status))

suite('one attempt', () => {
  test('holds its place and its key while its answer goes on, and gives both back at the end', async () => {
    const world = worldOf(() => Promise.resolve(answerOf(200)))
    await world.attempt.run()
    assert.deepEqual([world.limits.states()[0]?.active, world.credentials.states()[0]?.active, world.sent, world.money], [1, 1, ['a'], ['reserved']])
    world.attempt.end()
    world.attempt.end()
    isFree(world)
  })

  for (const fail of ['transform', 'reserve'] as const) {
    test(`that fails in ${fail} holds nothing and has sent nothing`, async () => {
      const world = worldOf(() => assert.fail('it was sent'), fail)
      await assert.rejects(world.attempt.run())
      isFree(world)
      assert.equal(world.attempt.wasSent, false)
      assert.equal(world.health.of('openai/m').healthy, true)
    })
  }

  for (const [code, healthy] of [['upstream.connect', false], ['upstream.timeout', false], ['upstream.protocol', false], ['client.gone', true]] as const) {
    test(`that ends in ${code} gives everything back, and leaves its candidate ${healthy ? 'as it was' : 'resting'}`, async () => {
      const world = worldOf(() => Promise.reject(new Failure(code, 'no')))
      await assert.rejects(world.attempt.run(), { code })
      isFree(world)
      assert.ok(world.money.includes('released'))
      assert.equal(world.health.of('openai/m').healthy, healthy)
    })
  }

  for (const [kind, status, states, healthy] of [
    ['busy', 503, ['in use', 'in use'], false], ['busy', 409, ['in use', 'in use'], true], ['missing', 404, ['in use', 'in use'], true],
    ['limited', 429, ['resting', 'in use'], true], ['credential', 401, ['refused', 'in use'], true], ['credential', 403, ['resting', 'in use'], true],
  ] as const) {
    test(`that is answered ${status} says it of ${kind === 'limited' || kind === 'credential' ? 'its key' : 'its candidate'}`, async () => {
      const world = worldOf(refusal(kind, status))
      await assert.rejects(world.attempt.run(), { code: 'upstream.refused' })
      assert.deepEqual([world.credentials.states().map(({ state }) => state), world.health.of('openai/m').healthy], [states, healthy])
      assert.ok(world.money.includes('released'), 'a refusal costs nothing')
      assert.equal(world.limits.states()[0]?.active, 1, 'its answer may still be passed on')
      world.attempt.end()
      isFree(world)
    })
  }

  test('where every key rests, so does the model, for as long as it was told', async () => {
    const world = worldOf(refusal('limited', 429, { 'retry-after': '7' }))
    const other = world.credentials.choose('openai', 'openai/m')
    if (other !== null && other !== 'none') other.rests('openai/m', 60_000)
    await assert.rejects(world.attempt.run())
    assert.equal(world.health.of('openai/m').healthy, false)
    const restMs = world.health.restMs('openai/m')
    assert.ok(restMs > 6000 && restMs <= 7000, String(restMs))
  })

  test('that was cancelled leaves the settling to who cancelled it', async () => {
    const world = worldOf(() => Promise.reject(new Failure('client.gone', 'Another attempt was faster.')))
    world.attempt.cancelled = true
    await assert.rejects(world.attempt.run())
    assert.deepEqual(world.money, ['reserved'])
    world.attempt.end()
    isFree(world)
  })
})
