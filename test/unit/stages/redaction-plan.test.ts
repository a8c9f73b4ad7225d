// What duties come to for one destination, and where a pseudonym may become its value again.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { builtInKinds, type EntityKind } from '../../../gateway/exchange/kinds.ts'
import type { Treatment } from '../../../gateway/redaction/rewrite-plan.ts'
import { actionFor, client, dependsOnProvider, hasRedaction, isAt, mayRestore, notAModel, restoresAtTools, type Destination, type Sink } from '../../../gateway/stages/redaction-plan.ts'
import { noDuties, redactActions, sensitivities, type Duties, type RedactAction, type RedactDuty } from '../../../policies/engine/contract.ts'

const duty = (kinds: readonly string[], action: RedactAction, terms: Partial<RedactDuty> = {}): RedactDuty => ({ kinds, action, unless_local: false, ...terms })
const redacting = (...redact: readonly RedactDuty[]): Duties => ({ ...noDuties, redact })

const cloud: Destination = { local: false, provider: 'cloud', trust: 'internal' }
const home: Destination = { local: true, provider: 'home', trust: 'restricted' }
const lifted = { unless_local: true } as const

suite('what is done to a kind', () => {
  const rows: readonly (readonly [string, Duties, Destination, Treatment])[] = [
    ['nothing without duties', noDuties, cloud, 'allow'],
    ['nothing where only other kinds are named', redacting(duty(['card', 'iban'], 'block')), cloud, 'allow'],
    ['what the duty says', redacting(duty(['email'], 'pseudonymise')), cloud, 'pseudonymise'],
    ['the same on the way to a local model', redacting(duty(['email'], 'pseudonymise')), home, 'pseudonymise'],
    ['nothing on the way to a local model where the duty is lifted', redacting(duty(['email'], 'block', lifted)), home, 'allow'],
    ['the duty on the way to any other model', redacting(duty(['email'], 'block', lifted)), cloud, 'block'],
    ['the duty on the way to what is no model', redacting(duty(['email'], 'block', { ...lifted, unless_providers: ['cloud'], unless_trust: 'public' })), notAModel, 'block'],
    ['the strongest of several', redacting(duty(['email'], 'mask'), duty(['email'], 'block'), duty(['email'], 'drop')), cloud, 'block'],
    ['the strongest that is not lifted', redacting(duty(['email'], 'mask'), duty(['email'], 'block', lifted)), home, 'mask'],
    ['a duty over an allowance', redacting(duty(['email'], 'allow'), duty(['email'], 'mask')), cloud, 'mask'],
    ['what never comes back over what does', redacting(duty(['email'], 'pseudonymise'), duty(['email'], 'hash')), cloud, 'hash'],
    ['a mask over a hash', redacting(duty(['email'], 'mask'), duty(['email'], 'hash')), cloud, 'mask'],
    ['a surrogate where it is asked for', redacting(duty(['email'], 'pseudonymise', { form: 'surrogate' })), cloud, 'surrogate'],
    ['a placeholder over a surrogate', redacting(duty(['email'], 'pseudonymise', { form: 'surrogate' }), duty(['email'], 'pseudonymise')), cloud, 'pseudonymise'],
    ['a surrogate over an allowance', redacting(duty(['email'], 'pseudonymise', { form: 'surrogate' }), duty(['email'], 'allow')), cloud, 'surrogate'],
    ['a mask in whatever form', redacting(duty(['email'], 'mask', { form: 'surrogate' })), cloud, 'mask'],
    ['nothing for a provider that may see it', redacting(duty(['email'], 'mask', { unless_providers: ['other', 'cloud'] })), cloud, 'allow'],
    ['the duty for the provider next to it', redacting(duty(['email'], 'mask', { unless_providers: ['cloud-2'] })), cloud, 'mask'],
    ['nothing where trust is enough', redacting(duty(['email'], 'mask', { unless_trust: 'internal' })), cloud, 'allow'],
    ['nothing where trust is more than enough', redacting(duty(['email'], 'mask', { unless_trust: 'confidential' })), home, 'allow'],
    ['the duty where trust is not enough', redacting(duty(['email'], 'mask', { unless_trust: 'confidential' })), cloud, 'mask'],
  ]
  for (const [title, duties, to, expected] of rows) {
    test(title, () => {
      assert.equal(actionFor(duties, to)('email'), expected)
      assert.equal(actionFor({ ...duties, redact: [...duties.redact].reverse() }, to)('email'), expected, 'order does not matter')
    })
  }

  const sure = redacting(duty(['phone'], 'block', { min_confidence: 0.9 }), duty(['phone'], 'mask', { min_confidence: 0.7 }), duty(['phone'], 'pseudonymise'))
  for (const [confidence, expected] of [[0.1, 'pseudonymise'], [0.69, 'pseudonymise'], [0.7, 'mask'], [0.89, 'mask'], [0.9, 'block'], [1, 'block'], [undefined, 'block']] as const) {
    test(`a finding that is ${confidence ?? 'not said to be'} sure: ${expected}`, () => { assert.equal(actionFor(sure, cloud)('phone', confidence), expected) })
  }

  for (const [kinds, kind, expected] of [
    [['own:*'], 'own:projects', 'mask'], [['own:*'], 'own-secret:codes', 'allow'], [['own-secret:*'], 'own-secret:codes', 'mask'],
    [['own:projects'], 'own:projects', 'mask'], [['own:projects'], 'own:people', 'allow'], [['own:*'], 'email', 'allow'],
  ] as const) {
    test(`${kinds.join()} and ${kind}: ${expected}`, () => { assert.equal(actionFor(redacting(duty(kinds, 'mask')), cloud)(kind), expected) })
  }

  const dutyOf = fc.record({
    kinds: fc.subarray([...builtInKinds]), action: fc.constantFrom(...redactActions), unless_local: fc.boolean(), form: fc.constantFrom('placeholder', 'surrogate'),
    min_confidence: fc.constantFrom(0, 0.5, 0.9), unless_providers: fc.subarray(['cloud', 'home']), unless_trust: fc.constantFrom(...sensitivities),
  }, { requiredKeys: ['kinds', 'action', 'unless_local'] })
  const duties = fc.array(dutyOf, { maxLength: 5 }) as fc.Arbitrary<RedactDuty[]>
  const strength = (treatment: Treatment): number => treatment === 'surrogate' ? 0.5 : redactActions.indexOf(treatment)

  test('a further duty never weakens what is done, and a destination that lifts nothing gets least', () => {
    fc.assert(fc.property(duties, duties, fc.constantFrom(...builtInKinds), fc.constantFrom(cloud, home), fc.constantFrom(0.4, 0.6, 1), (some, more, kind, to, confidence) => {
      const done = (list: readonly RedactDuty[], at: Destination): number => strength(actionFor(redacting(...list), at)(kind, confidence))
      assert.ok(done([...some, ...more], to) >= done(some, to))
      assert.ok(done(some, to) <= done(some, notAModel))
    }))
  })

  test('hasRedaction tells whether any kind can be changed', () => {
    fc.assert(fc.property(duties.map(list => list.filter(({ kinds }) => kinds.length > 0)), fc.constantFrom(cloud, home, notAModel), (list, to) => {
      const action = actionFor(redacting(...list), to)
      assert.equal(hasRedaction(redacting(...list), to), builtInKinds.some(kind => action(kind) !== 'allow'))
    }))
  })

  test('only conditions on providers make providers differ', () => {
    assert.equal(dependsOnProvider(redacting(duty(['email'], 'mask', lifted))), false)
    assert.equal(dependsOnProvider(redacting(duty(['email'], 'mask', { unless_providers: ['a'] }))), true)
    assert.equal(dependsOnProvider(redacting(duty(['email'], 'mask', { unless_trust: 'internal' }))), true)
  })
})

suite('where a pseudonym may become the value again', () => {
  const duties: Duties = {
    ...noDuties, restore: [
      { kinds: ['email', 'api_key'], sinks: ['client', 'tool:crm'] }, { kinds: ['card'], sinks: ['tool:bank/pay'] },
      { kinds: ['phone', 'api_key'], sinks: ['tool:mail/send', 'client', 'tool:sms'], paths: ['/to', '/recipients/*', '/deep/**'] }, { kinds: ['own:*'], sinks: ['client'] },
      { kinds: ['jwt'], sinks: ['tool:mail/send'] },
    ],
  }
  const at = (server: string, tool: string | null, ...path: readonly (string | number)[]): Sink => ({ at: 'tool', server, tool, path })
  const rows: readonly (readonly [Sink, EntityKind, boolean])[] = [
    [client, 'email', true], [at('crm', 'find', 'who'), 'email', true], [at('crm', null), 'email', true], [at('crm-2', 'find', 'who'), 'email', false], [at('', ''), 'email', false],
    [client, 'card', false], [at('bank', 'pay', 'card'), 'card', true], [at('bank', 'list', 'card'), 'card', false], [at('bank', null), 'card', false], [at('crm', 'find'), 'card', false],
    [client, 'phone', false], [at('mail', 'send', 'to'), 'phone', true], [at('mail', 'send', 'to', 0), 'phone', false], [at('mail', 'send', 'body'), 'phone', false],
    [at('mail', 'send', 'recipients', 3), 'phone', true], [at('mail', 'send', 'recipients'), 'phone', false], [at('mail', 'send', 'deep', 'er', 1), 'phone', true],
    [at('mail', 'draft', 'to'), 'phone', false], [at('sms', 'any', 'to'), 'phone', true], [at('mail', 'send'), 'phone', false],
    // A secret needs the name of the tool and the place, whatever else is granted.
    [client, 'api_key', false], [at('crm', 'find', 'who'), 'api_key', false], [at('sms', 'any', 'to'), 'api_key', false], [at('mail', 'send', 'to'), 'api_key', true],
    [at('mail', 'send', 'body'), 'api_key', false], [at('mail', 'send', 'to'), 'jwt', false],
    [client, 'own:projects', true], [client, 'own-secret:codes', false], [client, 'iban', false],
  ]
  for (const [sink, kind, expected] of rows) {
    test(`${kind} ${expected ? 'may' : 'may not'} at ${JSON.stringify(sink)}`, () => { assert.equal(mayRestore(duties, sink)(kind), expected) })
  }

  test('nothing may anywhere without a duty', () => {
    for (const kind of builtInKinds) assert.equal(mayRestore(noDuties, client)(kind), false)
  })

  for (const [pointer, path, expected] of [
    ['/to', ['to'], true], ['/to', ['To'], false], ['/to', ['to', 'x'], false], ['/a~1b', ['a/b'], true], ['/a~0b', ['a~b'], true], ['/list/0', ['list', 0], true],
    ['/list/*', ['list', 12], true], ['/*/x', ['any', 'x'], true], ['/**', [], true], ['/**', ['a', 1], true], ['/a/**', ['a'], true], ['/a/**', ['b', 'c'], false], ['/*', [], false],
  ] as const) {
    test(`${pointer} ${expected ? 'names' : 'does not name'} ${JSON.stringify(path)}`, () => { assert.equal(isAt(path, pointer), expected) })
  }

  test('sinks that are tools are told from the client', () => {
    assert.equal(restoresAtTools(duties), true)
    assert.equal(restoresAtTools({ ...noDuties, restore: [{ kinds: ['email'], sinks: ['client'] }] }), false)
  })
})
