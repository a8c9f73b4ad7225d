// Kinds in policy settings that do not exist, and restorations that can never happen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInKinds } from '../../../gateway/exchange/kinds.ts'
import { idleOwnKinds, kindProblems } from '../../../gateway/config/kind-problems.ts'
import { configSchema } from '../../../gateway/config/schema.ts'

const redaction = {
  own: [{ name: 'projects', words: ['Falcon'] }, { name: 'codes', secret: true, words: ['open sesame'] }],
  remote: [{ name: 'names', url: 'http://127.0.0.1:1', local: true, kinds: { STAFF: 'own:staff', DATE: null } }],
}

const problemsOf = (data: Record<string, unknown>): string[] =>
  kindProblems(configSchema.parse({ redaction, policy: { settings: { data } } })).map(({ path, problem }) => `${path.replace('policy.settings.data.', '')}: ${problem}`)

const place = { sinks: ['tool:deploy/start'], paths: ['/key'] }
const rows: readonly (readonly [string, Record<string, unknown>, readonly RegExp[]])[] = [
  ['the defaults', {}, []],
  ['kinds that exist, and own ones', { hash: ['email'], mask: ['own:projects', 'own:*'], block: ['own-secret:codes'], restore_client: ['email'] }, []],
  ['every kind that exists, in every list', { pseudonymise: builtInKinds, hash: builtInKinds, rephrase: builtInKinds, local: builtInKinds, answers: { kinds: builtInKinds } }, []],
  ['kinds of remote detectors', { mask: ['own:names', 'own:staff'], answers: { kinds: ['own-secret:*'] } }, []],
  ['own kinds that no entry makes', { mask: ['own:project'], rephrase: ['own:codes'], answers: { kinds: ['own-secret:projects'] } }, [/^mask\[0\]: no entry of redaction\.own.* makes "own:project"; did you mean "own:projects"\?$/, /^rephrase\[0\]: no entry/, /^answers\.kinds\[0\]: no entry/]],
  ['a misspelt kind in answers and rephrase', { rephrase: ['emial'], answers: { kinds: ['emial'] } }, [/^rephrase\[0\]: there is no kind/, /^answers\.kinds\[0\]: there is no kind/]],
  ['a misspelt kind', { mask: ['email', 'emial'] }, [/^mask\[1\]: there is no kind "emial"; did you mean "email"\?$/]],
  ['a kind of other programs', { block: ['quux_xyz'] }, [/^block\[0\]: there is no kind "quux_xyz"$/]],
  ['one in each list', { pseudonymise: ['a1'], surrogates: ['a2'], hash: ['a3'], drop: ['a4'], approve: ['a5'], local: ['a6'], restore_client: ['a7'] }, [/^pseudonymise\[0\]/, /^surrogates\[0\]/, /^hash\[0\]/, /^drop\[0\]/, /^approve\[0\]/, /^local\[0\]/, /^restore_client\[0\]/]],
  ['who may see what is none', { may_see: [{ kinds: ['emal'], trust: 'public' }] }, [/^may_see\[0\]\.kinds\[0\]: .*"email"/]],
  ['a place for what is none', { restore: [{ kinds: ['emal'], ...place }] }, [/^restore\[0\]\.kinds\[0\]/]],
  ['a secret at a named place', { restore: [{ kinds: ['api_key'], ...place }] }, []],
  ['a secret anywhere in a tool', { restore: [{ kinds: ['api_key'], sinks: place.sinks }] }, [/^restore\[0\]: "api_key" is a secret/]],
  ['a secret in any tool of a server', { restore: [{ kinds: ['email', 'own-secret:codes'], ...place, sinks: ['tool:deploy'] }] }, [/^restore\[0\]: "own-secret:codes" is a secret/]],
  ['a secret for the caller', { restore: [{ kinds: ['password'], sinks: ['client'] }] }, [/^restore\[0\]: "password" is a secret/]],
]

for (const [what, data, expected] of rows) {
  test(`${what}: ${expected.length === 0 ? 'nothing is wrong' : 'is told with its place'}`, () => {
    const problems = problemsOf(data)
    assert.equal(problems.length, expected.length, problems.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? '', pattern)
  })
}

test('own kinds about which nothing is done are told, unless something may be', () => {
  const idle = (more: { own?: object[]; data?: object; policy?: object }): readonly string[] =>
    idleOwnKinds(configSchema.parse({ redaction: { own: more.own ?? redaction.own }, policy: { settings: { data: more.data ?? { pseudonymise: ['email'] } }, ...more.policy } }))
  assert.deepEqual(idle({}), ['own:projects'])
  for (const data of [{}, { pseudonymise: [], mask: ['own:projects'] }, { pseudonymise: ['own:*'] }, { pseudonymise: [], answers: { kinds: ['own:projects'] } }, { pseudonymise: [], may_see: [{ kinds: ['own:projects'], trust: 'public' }] }]) assert.deepEqual(idle({ data }), [])
  assert.deepEqual(idle({ own: [{ name: 'a', words: ['Falcon'], labels: ['b'] }, { name: 'b', words: ['Heron'], sensitivity: 'internal' }] }), [])
  assert.deepEqual(idle({ policy: { rego: ['./policies'] } }), [])
})
