import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { builtInKinds } from '../../../gateway/exchange/kinds.ts'
import { actionFor, hasRedaction, mayRestore } from '../../../gateway/stages/redaction-plan.ts'
import { noDuties, redactActions, type Duties, type RedactAction, type RedactDuty } from '../../../policies/engine/contract.ts'

const duty = (kinds: readonly string[], action: RedactAction, unlessLocal = false): RedactDuty => ({ kinds, action, unless_local: unlessLocal })
const redacting = (...redact: readonly RedactDuty[]): Duties => ({ ...noDuties, redact })

suite('what is done to a kind', () => {
  const rows: readonly (readonly [string, Duties, boolean, RedactAction])[] = [
    ['nothing without duties', noDuties, false, 'allow'],
    ['nothing where only other kinds are named', redacting(duty(['card', 'iban'], 'block')), false, 'allow'],
    ['what the duty says', redacting(duty(['email'], 'pseudonymise')), false, 'pseudonymise'],
    ['the same on the way to a local model', redacting(duty(['email'], 'pseudonymise')), true, 'pseudonymise'],
    ['nothing on the way to a local model where the duty is lifted', redacting(duty(['email'], 'block', true)), true, 'allow'],
    ['the duty on the way to any other model', redacting(duty(['email'], 'block', true)), false, 'block'],
    ['the strongest of several', redacting(duty(['email'], 'mask'), duty(['email'], 'block'), duty(['email'], 'drop')), false, 'block'],
    ['the strongest that is not lifted', redacting(duty(['email'], 'mask'), duty(['email'], 'block', true)), true, 'mask'],
    ['a duty over an allowance', redacting(duty(['email'], 'allow'), duty(['email'], 'mask')), false, 'mask'],
  ]
  for (const [title, duties, local, expected] of rows) {
    test(title, () => {
      assert.equal(actionFor(duties, local)('email'), expected)
      assert.equal(actionFor({ ...duties, redact: [...duties.redact].reverse() }, local)('email'), expected, 'order does not matter')
    })
  }

  const duties = fc.array(fc.record({ kinds: fc.subarray([...builtInKinds]), action: fc.constantFrom(...redactActions), unless_local: fc.boolean() }), { maxLength: 5 })

  test('a further duty never weakens what is done, and local is never stricter than remote', () => {
    fc.assert(fc.property(duties, duties, fc.constantFrom(...builtInKinds), fc.boolean(), (some, more, kind, local) => {
      const strength = (list: readonly RedactDuty[], isLocal: boolean): number => redactActions.indexOf(actionFor(redacting(...list), isLocal)(kind))
      assert.ok(strength([...some, ...more], local) >= strength(some, local))
      assert.ok(strength(some, true) <= strength(some, false))
    }))
  })

  test('hasRedaction tells whether any kind can be changed', () => {
    fc.assert(fc.property(duties.map(list => list.filter(({ kinds }) => kinds.length > 0)), fc.boolean(), (list, local) => {
      const action = actionFor(redacting(...list), local)
      assert.equal(hasRedaction(redacting(...list), local), builtInKinds.some(kind => action(kind) !== 'allow'))
    }))
  })
})

suite('where a pseudonym may become the value again', () => {
  const duties: Duties = { ...noDuties, restore: [{ kinds: ['email'], sinks: ['client', 'tool:crm'] }, { kinds: ['card'], sinks: ['tool:bank'] }] }
  for (const [sink, kind, expected] of [
    ['client', 'email', true], ['tool:crm', 'email', true], ['tool:bank', 'card', true],
    ['tool:bank', 'email', false], ['tool:crm', 'card', false], ['client', 'card', false], ['tool:other', 'email', false], ['tool:', 'email', false], ['', 'email', false],
    ['crm', 'email', false], ['client', 'iban', false],
  ] as const) {
    test(`${kind} ${expected ? 'may' : 'may not'} at "${sink}"`, () => { assert.equal(mayRestore(duties, sink)(kind), expected) })
  }

  test('nothing may anywhere without a duty', () => {
    for (const kind of builtInKinds) assert.equal(mayRestore(noDuties, 'client')(kind), false)
  })
})
