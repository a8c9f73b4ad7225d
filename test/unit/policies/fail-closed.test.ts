// A policy that does not load, breaks off, or answers something outside the contract never yields a decision.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createEngine } from '../../../policies/engine/create-engine.ts'
import { loadPolicy } from '../../../policies/engine/load-policy.ts'
import { PolicyError, type PolicyErrorKind } from '../../../policies/engine/policy-error.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { totalFacts } from './facts.ts'
import { answering, plainAllow, tinyBundle, type TinyPolicy } from './tiny-policy.ts'

const settings = settingsSchema.parse({})
const engineOf = (policy: TinyPolicy) => createEngine(tinyBundle(policy), settings)
const refusing = (kind: PolicyErrorKind, message: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof PolicyError)
  assert.equal(error.kind, kind)
  assert.match(error.message, message)
  return true
}

test('an answer within the contract is a decision', () => {
  const { revision, remembered, ...said } = engineOf({ answer: answering(plainAllow) }).decide(totalFacts())
  assert.deepEqual(said, plainAllow)
  assert.equal(remembered, false)
  assert.match(revision, /^[0-9a-f]{16}$/)
})

const duties = plainAllow.duties
const outside: readonly [string, unknown, RegExp][] = [
  ['text', 'allow', /expected object/],
  ['true', true, /expected object/],
  ['null', null, /expected object/],
  ['an empty object', {}, /at result/],
  ['an unknown result', { ...plainAllow, result: 'permit' }, /at result/],
  ['a result in another case', { ...plainAllow, result: 'ALLOW' }, /at result/],
  ['reasons that are none', { ...plainAllow, reasons: 'yes' }, /at reasons/],
  ['a reason without message', { ...plainAllow, reasons: [{ rule: 'r' }] }, /at reasons\.0\.message/],
  ['no duties', { ...plainAllow, duties: null }, /at duties/],
  ['an unknown duty', { ...plainAllow, duties: { ...duties, redcat: [] } }, /at duties/],
  ['a missing duty', { ...plainAllow, duties: { ...duties, redact: undefined } }, /at duties\.redact/],
  ['an unknown action', { ...plainAllow, duties: { ...duties, redact: [{ kinds: ['email'], action: 'hide', unless_local: true }] } }, /at duties\.redact\.0\.action/],
  ['no unless_local', { ...plainAllow, duties: { ...duties, redact: [{ kinds: ['email'], action: 'mask' }] } }, /at duties\.redact\.0\.unless_local/],
  ['an unknown trust', { ...plainAllow, duties: { ...duties, route: { trust: 'secret' } } }, /at duties\.route\.trust/],
  ['an unknown wish', { ...plainAllow, duties: { ...duties, route: { locl: true } } }, /at duties\.route/],
  ['a wish that is null', { ...plainAllow, duties: { ...duties, route: { local: null } } }, /at duties\.route\.local/],
  ['money as text', { ...plainAllow, duties: { ...duties, route: { max_usd: '1' } } }, /at duties\.route\.max_usd/],
  ['a limit as text', { ...plainAllow, duties: { ...duties, limit: { calls: '3' } } }, /at duties\.limit\.calls/],
  ['an approval without class', { ...plainAllow, approval: { approvers: [], ttl_s: 1, quorum: 1 } }, /at approval\.class/],
  ['no word on what was observed', { ...plainAllow, observed: undefined }, /at observed/],
  ['an observation outside the contract', { ...plainAllow, observed: { ...plainAllow } }, /at observed/],
  ['something more', { ...plainAllow, bypass: true }, /bypass/],
]

for (const [what, decision, message] of outside) {
  test(`an answer that is ${what} is no decision`, () => {
    const engine = engineOf({ answer: answering(decision) })
    assert.throws(() => engine.decide(totalFacts()), refusing('contract', message))
    // Nothing of it may be remembered.
    assert.throws(() => engine.decide(totalFacts()), refusing('contract', message))
  })
}

for (const [what, answer] of [['an undefined entrypoint', '[]'], ['no list', '{}'], ['a result that is missing', '[{}]'], ['null in the list', '[null]']] as const) {
  test(`${what} is no decision`, () => {
    assert.throws(() => engineOf({ answer }).decide(totalFacts()), refusing('contract', /gave no decision/))
  })
}

test('an answer that is no JSON is no decision', () => {
  assert.throws(() => engineOf({ answer: '[{"result":' }).decide(totalFacts()), refusing('contract', /not JSON/))
})

test('an evaluation that breaks off is an error, every time', () => {
  const engine = engineOf({ answer: null })
  for (const id of ['a', 'a', 'b']) assert.throws(() => engine.decide(totalFacts({ subject: { id } })), refusing('evaluate', /the policy failed: unreachable/))
})

const unloadable: readonly [string, TinyPolicy, RegExp][] = [
  ['a builtin that nobody provides', { answer: '[]', builtins: ['sprintf', 'http.send', 'opa.runtime'] }, /http\.send, opa\.runtime; see policies\/rego\/capabilities\.json/],
  ['another entrypoint', { answer: '[]', entrypoint: 'example/allow' }, /no entrypoint portcullis\/main\/decision; it has example\/allow/],
  ['an interface that is too old', { answer: '[]', abiMinor: 1 }, /too old/],
]

for (const [what, policy, message] of unloadable) {
  test(`a bundle with ${what} is refused when it is loaded`, () => {
    assert.throws(() => engineOf(policy), refusing('load', message))
  })
}

test('bytes that are no WebAssembly are refused when they are loaded', () => {
  const { manifest, wasm } = tinyBundle({ answer: '[]' })
  for (const bytes of [new Uint8Array(), new Uint8Array([1, 2, 3]), wasm.slice(0, 100)]) {
    assert.throws(() => createEngine({ manifest, wasm: bytes }, settings), refusing('load', /WebAssembly cannot be loaded/))
  }
})

const source = (bundle: string) => ({ bundle, rego: [], settings, observeAll: false })

test('a bundle on disk that is not whole is refused with its path', async t => {
  const folder = scratchFolder(t)
  const { wasm, manifest } = tinyBundle({ answer: answering(plainAllow) })
  const cases: readonly [string, string | null, RegExp][] = [
    ['absent', null, /absent: the policy bundle cannot be read/],
    ['no-json', '{', /no-json: the manifest is not one of ours/],
    ['no-manifest-of-ours', '{"roots": [""]}', /the manifest is not one of ours/],
    ['mistyped', JSON.stringify({ ...manifest, inputs: 'all' }), /the manifest is not one of ours/],
  ]
  for (const [name, content, message] of cases) {
    const path = join(folder, name)
    if (content !== null) {
      mkdirSync(path)
      writeFileSync(join(path, 'manifest.json'), content)
      writeFileSync(join(path, 'policy.wasm'), wasm)
    }
    await assert.rejects(loadPolicy(source(path)), refusing('load', message))
  }
})

test('an archive that is no archive is refused', async t => {
  const path = join(scratchFolder(t), 'bundle.tar.gz')
  writeFileSync(path, 'not gzip')
  await assert.rejects(loadPolicy(source(path)), refusing('load', /bundle\.tar\.gz: the policy bundle cannot be read/))
})
