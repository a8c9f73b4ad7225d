import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { judge, type PinState, type PinVerdict } from '../../../gateway/upstream/pins/judge.ts'

const trust = { firstSight: 'trust', origin: 'here' } as const
const quarantine = { firstSight: 'quarantine', origin: 'here' } as const
const approved: PinState = { origin: 'here', approved: 'a', formerly: null }
const elsewhere: PinState = { origin: 'there', approved: 'a', formerly: null }
const waiting: PinState = { origin: 'here', approved: null, formerly: null }

suite('one definition', () => {
  const cases: readonly (readonly [string, Parameters<typeof judge>, PinVerdict])[] = [
    ['is new and trusted', [null, 'a', trust, false], { pin: 'match', next: approved, approves: true, news: 'first_sight' }],
    ['is new and waits', [null, 'a', quarantine, false], { pin: 'new', next: waiting, approves: false, news: 'first_sight' }],
    ['is the approved one', [approved, 'a', trust, true], { pin: 'match', next: null, approves: false, news: null }],
    ['is the approved one, under quarantine', [approved, 'a', quarantine, true], { pin: 'match', next: null, approves: false, news: null }],
    ['has changed', [approved, 'b', trust, false], { pin: 'drift', next: null, approves: false, news: 'drift' }],
    ['has changed, under quarantine', [approved, 'b', quarantine, false], { pin: 'drift', next: null, approves: false, news: 'drift' }],
    ['has changed as it had before', [approved, 'b', trust, true], { pin: 'drift', next: null, approves: false, news: null }],
    ['still waits', [waiting, 'a', quarantine, true], { pin: 'new', next: null, approves: false, news: null }],
    ['waits, and is another one', [waiting, 'b', quarantine, false], { pin: 'new', next: null, approves: false, news: 'first_sight' }],
    ['waited, and first sight is trusted now', [waiting, 'a', trust, true], { pin: 'match', next: approved, approves: true, news: 'first_sight' }],
    ['is equal, from elsewhere', [elsewhere, 'a', trust, true], { pin: 'match', next: approved, approves: false, news: 'moved' }],
    ['is another one, from elsewhere', [elsewhere, 'b', trust, false], { pin: 'drift', next: approved, approves: false, news: 'drift' }],
    ['is equal, from elsewhere, under quarantine', [elsewhere, 'a', quarantine, true], { pin: 'new', next: { origin: 'here', approved: null, formerly: 'a' }, approves: false, news: 'moved' }],
    ['is another one, from elsewhere, under quarantine', [elsewhere, 'b', quarantine, false], { pin: 'new', next: { origin: 'here', approved: null, formerly: 'a' }, approves: false, news: 'moved' }],
    ['waited elsewhere', [{ ...waiting, origin: 'there' }, 'a', quarantine, true], { pin: 'new', next: waiting, approves: false, news: null }],
  ]
  for (const [name, given, expected] of cases) test(name, () => { assert.deepEqual(judge(...given), expected) })
})
