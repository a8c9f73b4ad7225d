// Rego of an operator's own, compiled together with the shipped library. It needs OPA; running the gateway does not.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { factsJsonSchema } from '../../../policies/engine/facts-schema.ts'
import { loadPolicy } from '../../../policies/engine/load-policy.ts'
import { PolicyError, type PolicyErrorKind } from '../../../policies/engine/policy-error.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { findOpa, opaVersion } from '../../../policies/toolchain/find-opa.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { candidate, modelFacts, totalFacts } from './facts.ts'

const opa = await findOpa(process.env)
const skip = opa === null ? `OPA ${opaVersion} is not here; run \`npm run policy\`` : false
const settings = settingsSchema.parse({ access: [{ groups: ['*'], tools: ['files/*'] }], models: [{ groups: ['*'], models: ['*'] }] })
const root = resolve(import.meta.dirname, '../../..')

const withRego = (t: TestContext, files: Readonly<Record<string, string>>) => {
  const folder = join(scratchFolder(t), 'rego')
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return loadPolicy({ bundle: null, rego: [folder], settings, observeAll: false })
}

const refusing = (kind: PolicyErrorKind, message: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof PolicyError)
  assert.equal(error.kind, kind)
  assert.match(error.message, message)
  return true
}

test('layers of one tenant and one agent tighten what the organisation allows', { skip }, async t => {
  const engine = await withRego(t, {
    'tenant.rego': `package portcullis.tenant.acme.hours
deny contains {"rule": "confirmed", "message": "say confirm"} if {
	input.action.kind == "tool.call"
	not input.args.confirm
}
duties contains {"route": {"max_usd": 0.1, "providers": ["openai"]}} if input.action.kind == "model.call"
`,
    'agent.rego': `package portcullis.application.assistant.review
approve contains {"rule": "ask", "message": "ask", "approval": {"class": "review", "approvers": ["lead"]}} if input.action.name == "tools/call"
`,
  })
  const missing = engine.decide(totalFacts({ args: { path: '/a' } }))
  assert.deepEqual([missing.result, missing.reasons.map(({ rule }) => rule)], ['deny', ['tenant.hours.confirmed']])
  assert.equal(engine.decide(totalFacts({ args: null })).result, 'deny')
  const asked = engine.decide(totalFacts({ args: { confirm: true } }))
  assert.deepEqual([asked.result, asked.approval], ['approve', { class: 'review', approvers: ['lead'], ttl_s: 900, quorum: 1 }])
  assert.equal(engine.decide(totalFacts({ args: {}, subject: { tenant: 'other' }, agent: { id: 'other' } })).result, 'allow')
  const { route } = engine.decide(modelFacts([candidate('openai/gpt-5')])).duties
  assert.deepEqual(route, { max_usd: 0.1, models: ['openai/gpt-5'], providers: ['openai'], trust: 'internal' })
})

test('a deny is no silence, whatever its form', { skip }, async t => {
  const engine = await withRego(t, {
    'a.rego': 'package portcullis.tenant.acme.flag\ndeny if input.args.a == 1\n',
    'b.rego': 'package portcullis.tenant.acme.text\ndeny contains "no b" if input.args.b == 1\n',
  })
  const said = (args: Record<string, unknown>) => { const { result, reasons } = engine.decide(totalFacts({ args })); return [result, reasons[0]] }
  assert.deepEqual(said({ a: 1 }), ['deny', { rule: 'tenant.flag.unnamed', message: 'the policy gives no message' }])
  assert.deepEqual(said({ b: 1 }), ['deny', { rule: 'tenant.text.unnamed', message: 'no b' }])
  assert.equal(said({})[0], 'allow')
})

test('a malformed duty stops what it was meant to tighten', { skip }, async t => {
  const engine = await withRego(t, { 'a.rego': 'package portcullis.tenant.acme.data\nduties contains {"redact": [{"kinds": ["email"], "action": "hide", "unless_local": true}]}\n' })
  assert.throws(() => engine.decide(totalFacts()), refusing('contract', /a duty has a form that the contract does not know/))
})

const refused: readonly [string, string, RegExp][] = [
  ['a syntax error', 'package portcullis.tenant.acme.a\ndeny contains {', /rego_parse_error/],
  ['a field that facts do not have', 'package portcullis.tenant.acme.a\ndeny contains {"rule": "r", "message": "m"} if input.subject.emial == "x"\n', /undefined ref: input\.subject\.emial[\s\S]*id/],
  ['an unused variable', 'package portcullis.tenant.acme.a\ndeny contains {"rule": "r", "message": "m"} if { x := input.subject.id }\n', /assigned var x unused/],
  ['a builtin that the gateway does not provide', 'package portcullis.tenant.acme.a\ndeny contains {"rule": "r", "message": "m"} if http.send({"url": "http://a.example"}).status_code == 200\n', /undefined function http\.send/],
  ['the clock', 'package portcullis.tenant.acme.a\ndeny contains {"rule": "r", "message": "m"} if time.now_ns() > 0\n', /undefined function time\.now_ns/],
  ['a recursion', 'package portcullis.tenant.acme.a\ndeny contains {"rule": "r", "message": "m"} if data.portcullis.main.decision\n', /recursive/],
]

for (const [what, text, message] of refused) {
  test(`Rego with ${what} is refused with OPA's own message`, { skip }, async t => {
    await assert.rejects(withRego(t, { 'own.rego': text }), refusing('compile', message))
  })
}

test('a bundle that was built without our capabilities is refused when it is loaded', { skip }, async t => {
  const folder = scratchFolder(t)
  writeFileSync(join(folder, 'own.rego'), 'package portcullis.main\ndecision := http.send({"url": input.subject.id})\n')
  const bundle = join(folder, 'bundle.tar.gz')
  execFileSync(opa ?? '', ['build', '-t', 'wasm', '-e', 'portcullis/main/decision', '-o', bundle, join(folder, 'own.rego')])
  await assert.rejects(loadPolicy({ bundle, rego: [], settings, observeAll: false }), refusing('load', /does not provide: http\.send/))
})

test('a bundle that opa build made decides without our manifest', { skip }, async t => {
  const folder = scratchFolder(t)
  const rego = `package portcullis.main
decision := {"result": "allow", "reasons": [{"rule": "r", "message": sprintf("%s asks", [input.subject.id])}],
	"duties": {"redact": [], "restore": [], "route": {}, "limit": {}, "label": [], "notify": []}, "approval": null, "observed": null}
`
  writeFileSync(join(folder, 'own.rego'), rego)
  const bundle = join(folder, 'bundle.tar.gz')
  execFileSync(opa ?? '', ['build', '-t', 'wasm', '-e', 'portcullis/main/decision', '-o', bundle, join(folder, 'own.rego')])
  const engine = await loadPolicy({ bundle, rego: [], settings, observeAll: false })
  assert.deepEqual(engine.decide(totalFacts()).reasons, [{ rule: 'r', message: 'ada asks' }])
})

interface Builtin { readonly name: string; readonly decl: { readonly args?: readonly unknown[]; readonly variadic?: unknown }; readonly infix?: string; readonly relation?: boolean; readonly deprecated?: boolean }

test('every builtin that policies may use is there when they are loaded', { skip }, async t => {
  const { builtins } = JSON.parse(readFileSync(join(root, 'policies/rego/capabilities.json'), 'utf8')) as { builtins: readonly Builtin[] }
  // What has no call of its own: operators, what OPA rewrites, and what answers with rows.
  const callable = builtins.filter(({ name, infix, relation, deprecated, decl }) =>
    infix === undefined && relation !== true && deprecated !== true && decl.variadic === undefined && !name.startsWith('internal.') && !/^(?:walk|eq|assign|rego\..*)$/.test(name))
  assert.ok(callable.length > 60)
  const calls = callable.map(({ name, decl }) => `\t${name}(${(decl.args ?? []).map((_, index) => `data.of[${index}]`).join(', ')}),\n`)
  const folder = scratchFolder(t)
  writeFileSync(join(folder, 'all.rego'), `package portcullis.main\ndecision := [\n${calls.join('')}]\n`)
  const bundle = join(folder, 'bundle.tar.gz')
  execFileSync(opa ?? '', ['build', '-t', 'wasm', '-e', 'portcullis/main/decision', '-o', bundle, join(folder, 'all.rego')])
  const engine = await loadPolicy({ bundle, rego: [], settings, observeAll: false })
  assert.throws(() => engine.decide(totalFacts()), refusing('contract', /gave no decision/))
})

test('tests beside a policy are not compiled with it', { skip }, async t => {
  const engine = await withRego(t, { 'a.rego': 'package portcullis.tenant.acme.a\n', 'a_test.rego': 'package portcullis.tenant.acme.a\ndeny contains {"rule": "r", "message": "m"}\n' })
  assert.equal(engine.decide(totalFacts()).result, 'allow')
})

test('the schema of facts that policies are checked against is what the contract says', () => {
  assert.equal(readFileSync(join(root, 'policies/rego/facts.schema.json'), 'utf8'), factsJsonSchema())
})

test('the checked-in bundle is what a rebuild gives, and its Rego tests pass', { skip }, () => {
  const output = execFileSync(process.execPath, [join(root, 'policies/toolchain/main.ts'), '--check'], { encoding: 'utf8' })
  assert.match(output, /^PASS: (\d+)\/\1$/m)
})

test('a file that is not the pinned OPA is refused by name', async () => {
  await assert.rejects(findOpa({ OPA_BIN: process.execPath }), refusing('compile', new RegExp(`OPA_BIN names .*, which is not OPA ${opaVersion}`)))
})

test('Rego without OPA is refused with what to do', t => {
  const folder = scratchFolder(t)
  writeFileSync(join(folder, 'own.rego'), 'package portcullis.tenant.acme.a\n')
  const script = `
    import { loadPolicy } from ${JSON.stringify(pathToFileURL(join(root, 'policies/engine/load-policy.ts')).href)}
    await loadPolicy({ bundle: null, rego: [process.argv[1]], settings: {}, observeAll: false }).catch(error => console.log(error.kind, error.message))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script, folder], { encoding: 'utf8', env: { PATH: folder, XDG_CACHE_HOME: folder } })
  assert.match(output, /^compile policy\.rego needs OPA \d+\.\d+\.\d+, which is not here; run `npm run policy` once, or build a bundle elsewhere/)
})
