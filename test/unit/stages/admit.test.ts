import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { Admission as RealAdmission, type AdmissionRules, type KeyLimits } from '../../../gateway/stages/admit.ts'
import type { Release } from '../../../gateway/pipeline/fair-gate.ts'
import { principal } from './principal.ts'

const rules = (change: Partial<AdmissionRules> = {}): AdmissionRules => ({
  hosts: new Set(['127.0.0.1', 'gw.example']), origins: new Set(['https://console.example']), loopback: true, bodyBytes: 1000, exchanges: 100, limitsOf: () => null, ...change,
})
const here: IncomingHttpHeaders = { host: 'localhost:8080' }
const limited = (limits: Partial<KeyLimits>): AdmissionRules => rules({ limitsOf: () => ({ requestsPerMinute: null, concurrency: null, ...limits }) })

/** Where nobody may wait, a place is had at once or not at all. */
class Admission extends RealAdmission {
  override admit(...given: Parameters<RealAdmission['admit']>): Release {
    const place = super.admit(...given)
    assert.ok(!(place instanceof Promise))
    return place
  }
}

/** Runs it and gives the failure that it must throw. */
const failureOf = (run: () => unknown): Failure => {
  try {
    run()
  } catch (thrown) {
    assert.ok(thrown instanceof Failure, String(thrown))
    return thrown
  }
  assert.fail('it was admitted')
}

suite('the names that the gateway answers to', () => {
  const hosts: readonly (readonly [string | undefined, boolean, boolean])[] = [
    // Host, admitted on a loopback listener, admitted on another one.
    ['localhost', true, false], ['localhost:8080', true, false], ['LOCALHOST:1', true, false], ['127.0.0.1:8080', true, true], ['[::1]', true, false], ['[::1]:8080', true, false],
    ['gw.example', true, true], ['GW.Example:443', true, true],
    [undefined, false, false], ['', false, false], ['evil.example', false, false], ['evil.example:8080', false, false], ['localhost.evil.example', false, false],
    ['127.0.0.1.nip.example', false, false], ['gw.example.evil', false, false], ['evil-gw.example', false, false], ['localhost.', false, false], ['127.0.0.2', false, false],
    ['[::2]', false, false], ['[::1', false, false], ['::1', false, false], ['0.0.0.0:8080', false, false], [':8080', false, false], ['user@localhost', false, false], ['2130706433', false, false],
  ]
  for (const [host, onLoopback, elsewhere] of hosts) {
    test(`Host ${host ?? 'not sent'}: ${onLoopback ? 'ours' : 'not ours'} on loopback, ${elsewhere ? 'ours' : 'not ours'} elsewhere`, () => {
      for (const [loopback, expected] of [[true, onLoopback], [false, elsewhere]] as const) {
        const admission = new Admission()
        const admit = (): unknown => admission.admit(host === undefined ? {} : { host }, principal(), rules({ loopback }))
        if (expected) admit()
        else assert.deepEqual([failureOf(admit).code, failureOf(admit).detail.field], ['auth.origin', 'host'])
        assert.equal(admission.active, expected ? 1 : 0)
      }
    })
  }

  const origins: readonly (readonly [string, boolean, boolean])[] = [
    ['https://console.example', true, true], ['http://localhost', true, false], ['http://localhost:3000', true, false], ['https://127.0.0.1:5173', true, false], ['http://[::1]:3000', true, false],
    ['http://console.example', false, false], ['https://console.example:444', false, false], ['https://console.example.evil', false, false], ['https://evil.example', false, false],
    ['http://localhost.evil.example', false, false], ['http://evil.example:80', false, false], ['null', false, false], ['', false, false], ['file://', false, false],
    ['chrome-extension://localhost', false, false], ['localhost', false, false],
    // A page that was rebound: the name is the attacker's, whatever it resolves to.
    ['http://rebound.evil.example:8080', false, false],
  ]
  for (const [origin, onLoopback, elsewhere] of origins) {
    test(`Origin "${origin}": ${onLoopback ? 'accepted' : 'refused'} on loopback, ${elsewhere ? 'accepted' : 'refused'} elsewhere`, () => {
      for (const [loopback, expected] of [[true, onLoopback], [false, elsewhere]] as const) {
        const admit = (): unknown => new Admission().admit({ host: 'gw.example', origin }, principal(), rules({ loopback }))
        if (expected) admit()
        else assert.deepEqual([failureOf(admit).code, failureOf(admit).detail.field], ['auth.origin', 'origin'])
      }
    })
  }

  test('a rebound page is refused by its Host even where it sends no Origin', () => {
    assert.equal(failureOf(() => new Admission().admit({ host: 'rebound.evil.example:8080' }, principal(), rules())).code, 'auth.origin')
  })

  test('a refusal does not repeat the name that was sent', () => {
    const { message, detail } = failureOf(() => new Admission().admit({ host: 'evil.example' }, principal(), rules()))
    assert.ok(!`${message}${JSON.stringify(detail)}`.includes('evil'))
  })
})

suite('size and place', () => {
  for (const [length, admitted] of [['1000', true], ['1001', false], ['0', true], [undefined, true], ['999999999999999999999', false], ['1e9', false]] as const) {
    test(`a body announced with ${length ?? 'nothing'} is ${admitted ? 'let in' : 'refused'}`, () => {
      const admit = (): unknown => new Admission().admit({ ...here, ...(length === undefined ? {} : { 'content-length': length }) }, principal(), rules())
      if (admitted) admit()
      else assert.deepEqual([failureOf(admit).code, failureOf(admit).detail.limit], ['request.too_large', 1000])
    })
  }

  test('places are limited, given back, and not given back twice', () => {
    const admission = new Admission()
    const two = rules({ exchanges: 2 })
    const first = admission.admit(here, principal(), two)
    admission.admit(here, principal(), two)
    const full = failureOf(() => admission.admit(here, principal(), two))
    assert.deepEqual([full.code, full.retryAfterMs], ['gateway.overloaded', 1000])
    first()
    first()
    assert.equal(admission.active, 1)
    admission.admit(here, principal(), two)
    assert.equal(failureOf(() => admission.admit(here, principal(), two)).code, 'gateway.overloaded')
  })

  test('a gateway that drains takes nobody in, and lets those inside finish', () => {
    const admission = new Admission()
    const release = admission.admit(here, principal(), rules())
    admission.draining = true
    assert.equal(failureOf(() => admission.admit(here, principal(), rules())).code, 'gateway.draining')
    release()
    assert.equal(admission.active, 0)
  })

  test('whatever order things end in, what is in flight is what was admitted and not yet released', () => {
    fc.assert(fc.property(fc.array(fc.record({ release: fc.boolean(), which: fc.nat(20) }), { maxLength: 60 }), steps => {
      const admission = new Admission()
      const releases: { release: () => void; done: boolean }[] = []
      for (const { release, which } of steps) {
        const one = releases[which % Math.max(1, releases.length)]
        if (release && one !== undefined) {
          one.release()
          one.done = true
        } else if (admission.active < 5) releases.push({ release: admission.admit(here, principal(), rules({ exchanges: 5 })), done: false })
        else assert.throws(() => admission.admit(here, principal(), rules({ exchanges: 5 })), { code: 'gateway.overloaded' })
        assert.equal(admission.active, releases.filter(({ done }) => !done).length)
      }
    }))
  })
})

suite('limits of a key', () => {
  test('concurrency is counted per key and freed by release, once', () => {
    const admission = new Admission()
    const one = limited({ concurrency: 1 })
    const release = admission.admit(here, principal({ key: 'a' }), one)
    const refused = failureOf(() => admission.admit(here, principal({ key: 'a' }), one))
    assert.deepEqual([refused.code, refused.retryAfterMs, refused.detail.field], ['quota.exceeded', 1000, 'limits.concurrency'])
    admission.admit(here, principal({ key: 'b' }), one)
    release()
    release()
    admission.admit(here, principal({ key: 'a' }), one)
    assert.equal(failureOf(() => admission.admit(here, principal({ key: 'a' }), one)).code, 'quota.exceeded')
  })

  test('who is refused takes no place', () => {
    const admission = new Admission()
    admission.admit(here, principal(), limited({ concurrency: 1 }))
    failureOf(() => admission.admit(here, principal(), limited({ concurrency: 1 })))
    assert.equal(admission.active, 1)
  })

  test('a minute\'s worth may come at once, then as it refills, and the refusal says when', () => {
    let nowMs = 5000
    const admission = new Admission(() => nowMs)
    const six = limited({ requestsPerMinute: 6 })
    const admit = (): unknown => admission.admit(here, principal(), six)
    for (let i = 0; i < 6; i += 1) admit()
    const refused = failureOf(admit)
    assert.deepEqual([refused.code, refused.retryAfterMs, refused.detail.field], ['quota.exceeded', 10_000, 'limits.requests_per_minute'])
    nowMs += 9_000
    assert.equal(failureOf(admit).retryAfterMs, 1000)
    nowMs += 1_000
    admit()
    assert.equal(failureOf(admit).code, 'quota.exceeded')
    nowMs += 3_600_000
    for (let i = 0; i < 6; i += 1) admit()
    assert.equal(failureOf(admit).code, 'quota.exceeded', 'an hour of silence is worth one minute')
  })

  test('waiting for as long as the refusal says is enough', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(120_000), (requestsPerMinute, passedMs) => {
      let nowMs = 0
      const admission = new Admission(() => nowMs)
      const admit = (): void => { admission.admit(here, principal(), limited({ requestsPerMinute }))() }
      nowMs += passedMs
      nowMs += failureOf(() => { for (let i = 0; i <= requestsPerMinute; i += 1) admit() }).retryAfterMs!
      // The bucket counts in fractions: one more millisecond makes up for their rounding.
      nowMs += 1
      admit()
    }), { numRuns: 30 })
  })

  test('rates are counted per key', () => {
    const admission = new Admission(() => 0)
    const one = limited({ requestsPerMinute: 1 })
    admission.admit(here, principal({ key: 'a' }), one)
    admission.admit(here, principal({ key: 'b' }), one)
    assert.equal(failureOf(() => admission.admit(here, principal({ key: 'a' }), one)).code, 'quota.exceeded')
  })

  test('a reload that lowers a rate counts at once, and no burst is kept from before', () => {
    const admission = new Admission(() => 0)
    admission.admit(here, principal(), limited({ requestsPerMinute: 100 }))
    admission.admit(here, principal(), limited({ requestsPerMinute: 1 }))
    assert.equal(failureOf(() => admission.admit(here, principal(), limited({ requestsPerMinute: 1 }))).code, 'quota.exceeded')
  })
})

suite('waiting for a place', () => {
  const waiting = { queue: 10, queueMs: 60_000 }
  const settled = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

  test('keys take turns: one with many calls does not keep another out', async () => {
    const waits: string[] = []
    const admission = new RealAdmission(undefined, limit => { waits.push(limit) })
    const one = rules({ exchanges: 1, ...waiting })
    const first = await admission.admit(here, principal({ key: 'greedy' }), one)
    const order: string[] = []
    const all = ['greedy', 'greedy', 'greedy', 'modest'].map(async key => {
      const release = await admission.admit(here, principal({ key }), one)
      order.push(key)
      await settled()
      release()
    })
    assert.equal(admission.waiting, 4)
    first()
    await Promise.all(all)
    assert.deepEqual(order, ['greedy', 'modest', 'greedy', 'greedy'])
    assert.deepEqual([admission.active, admission.waiting, waits], [0, 0, ['exchanges', 'exchanges', 'exchanges', 'exchanges']])
  })

  test('agents that share a key take turns by the session that they name', async () => {
    const admission = new RealAdmission()
    const one = limited({ concurrency: 1, ...waiting })
    const admit = (session: string): Release | Promise<Release> => admission.admit({ ...here, 'x-portcullis-session': session }, principal(), one)
    const first = await admit('a')
    const order: string[] = []
    const all = ['a', 'a', 'b'].map(async session => {
      const release = await admit(session)
      order.push(session)
      await settled()
      release()
    })
    assert.equal(admission.waitingForKeys, 3)
    first()
    await Promise.all(all)
    assert.deepEqual(order, ['a', 'b', 'a'])
  })

  test('who leaves, or waits too long for the gateway, holds no place of its key', async () => {
    const admission = new RealAdmission()
    const both = rules({ exchanges: 1, queue: 10, queueMs: 5, limitsOf: () => ({ requestsPerMinute: null, concurrency: 2 }) })
    const first = await admission.admit(here, principal(), both)
    await assert.rejects(async () => admission.admit(here, principal(), both), { code: 'gateway.overloaded' })
    const leave = new AbortController()
    const waits = admission.admit(here, principal(), { ...both, queueMs: 60_000 }, leave.signal)
    leave.abort(new Failure('client.gone', 'gone'))
    await assert.rejects(async () => waits, { code: 'client.gone' })
    first()
    const again = [await admission.admit(here, principal(), { ...both, exchanges: 2 }), await admission.admit(here, principal(), { ...both, exchanges: 2 })]
    assert.equal(admission.active, 2)
    for (const release of again) release()
  })
})
