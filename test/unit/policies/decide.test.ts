// The shipped bundle as the gateway loads it. `opa test` judges the Rego; this judges what was compiled from it, where globs, regular
// expressions and JSON are other code than in OPA.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import type { Facts } from '../../../policies/engine/contract.ts'
import { loadPolicy } from '../../../policies/engine/load-policy.ts'
import { personalKinds, settingsSchema } from '../../../policies/engine/settings.ts'
import { candidate, modelFacts, totalFacts } from './facts.ts'

type Given = z.input<typeof settingsSchema>
const shipped = (given: Given = {}, observeAll = false) => loadPolicy({ bundle: null, rego: [], settings: settingsSchema.parse(given), observeAll })

const given: Given = {
  access: [
    { groups: ['engineering'], tools: ['files/*', 'db/query', 'web/{get,head}'], except: ['files/delete_*', '*.secret'] },
    { groups: ['*'], tools: ['search/*'] },
  ],
  production: { reads: ['files/read_*'], approvers: ['dba'] },
  arguments: [
    { tools: ['files/*'], argument: 'path', paths_within: ['/srv/files'], required: false },
    { tools: ['web/*'], argument: 'url', hosts: ['api.example.com', '*.example.org'] },
    { tools: ['search/*'], argument: 'limit', max_number: 0.5, required: false },
  ],
  models: [{ groups: ['engineering'], models: ['openai/*', 'local/llama'], max_usd: 0.5 }, { groups: ['*'], models: ['free/*'] }],
  data: { mask: ['us_ssn'], restore_servers: ['crm'] },
}

test('default settings allow nothing and say what to grant', async () => {
  const engine = await shipped()
  const tool = engine.decide(totalFacts())
  assert.equal(tool.result, 'deny')
  assert.deepEqual(tool.reasons, [{
    rule: 'main.default_deny',
    message: 'no rule allows tool.call of files/read_file for ada; grant it in policy.settings.access or policy.settings.models',
  }])
  assert.match(engine.decide(modelFacts([candidate('openai/gpt-5')])).reasons[0]?.message ?? '', /no rule allows model\.call of chat for ada/)
})

const tools: readonly [string, string, string, readonly string[], string][] = [
  ['a granted tool', 'files', 'read_file', ['engineering'], 'allow'],
  ['a name with a dot', 'files', 'read.v2', ['engineering'], 'allow'],
  ['a name with a slash', 'files', 'file:///srv/a.txt', ['engineering'], 'allow'],
  ['a name beyond ASCII', 'files', 'läsen', ['engineering'], 'allow'],
  ['an exact name', 'db', 'query', ['engineering'], 'allow'],
  ['a longer name than the exact one', 'db', 'query2', ['engineering'], 'deny'],
  ['one of alternatives', 'web', 'post', ['engineering'], 'deny'],
  ['an exception', 'files', 'delete_file', ['engineering'], 'deny'],
  ['an exception with a dot', 'files', 'delete_file.now', ['engineering'], 'deny'],
  ['an exception with a line feed', 'files', 'delete_a\nb', ['engineering'], 'deny'],
  ['an exception by ending', 'files', 'a.b/c.secret', ['engineering'], 'deny'],
  ['a sibling server', 'files-evil', 'read_file', ['engineering'], 'deny'],
  ['a glob as a name', 'db', '*', ['engineering'], 'deny'],
  ['everybody', 'search', 'web', [], 'allow'],
  ['no group', 'files', 'read_file', [], 'deny'],
  ['a group called *', 'files', 'read_file', ['*'], 'deny'],
]

test('tools are granted by group and glob', async () => {
  const engine = await shipped(given)
  for (const [what, server, name, groups, result] of tools) {
    const facts = totalFacts({ subject: { groups }, resource: { server, original_name: name }, args: { url: 'https://api.example.com' } })
    assert.equal(engine.decide(facts).result, result, what)
  }
})

const paths: readonly [unknown, boolean][] = [
  ['/srv/files/a.txt', true], ['/srv/files', true], ['/srv/files/ü', true], ['/srv/files/..a', true], [['/srv/files/a', '/srv/files/b'], true],
  ['/srv/files-evil/a', false], ['/srv/files/../x', false], ['/srv/files/.', false], ['srv/files/a', false], ['/srv/files/%2e%2e/x', false],
  ['/srv/files\\..\\x', false], ['/srv/files/a\0', false], ['/srv/files/a\n', false], ['/srv/files/a\x7f', false], ['', false], [[], false], [null, false], [1, false],
  [{}, false], [['/srv/files/a', '/etc'], false], [['/srv/files/a', null], false],
]

test('paths have to lie inside', async () => {
  const engine = await shipped(given)
  for (const [path, allowed] of paths) {
    assert.equal(engine.decide(totalFacts({ args: { path } })).result, allowed ? 'allow' : 'deny', JSON.stringify(path))
  }
  assert.equal(engine.decide(totalFacts({ args: {} })).result, 'allow')
  assert.equal(engine.decide(totalFacts({ args: null })).result, 'allow')
})

const urls: readonly [unknown, boolean][] = [
  ['https://api.example.com', true], ['http://API.example.com:8080/x?y#z', true], ['https://a.b.example.org/', true], ['https://api.example.com/@evil.com', true],
  ['https://api.example.com@evil.com', false], ['https://evil.com\\@api.example.com/', false], ['https://api.example.com\\@evil.com', false],
  ['https://api.example.com.', false], ['https://api.example.com.evil.com', false], ['https://example.org', false], ['https://evilexample.org', false],
  ['https://api。example.com', false], ['https://аpi.example.com', false], ['https://api.example.com:x', false], ['https://[::1]/', false],
  ['https://evil.com#api.example.com', false], ['https://api.example.com\nhttps://evil.com', false], ['https://evil.com/\n.example.org', false],
  ['file://api.example.com/etc', false], ['//api.example.com', false], [null, false], [undefined, false], [[], false], [{ url: 'https://api.example.com' }, false],
]

test('URLs have to lie on the hosts', async () => {
  const engine = await shipped(given)
  for (const [url, allowed] of urls) {
    const facts = totalFacts({ resource: { server: 'web', original_name: 'get' }, args: { url } })
    assert.equal(engine.decide(facts).result, allowed ? 'allow' : 'deny', JSON.stringify(url))
  }
})

test('a denial names argument and limit, and never the value', async () => {
  const decision = (await shipped(given)).decide(totalFacts({ resource: { server: 'search', original_name: 'web' }, args: { limit: 'hunter2' } }))
  assert.deepEqual(decision.reasons, [{ rule: 'organisation.argument_rules.max_number', message: 'argument limit must be a number of at most 0.5' }])
})

test('arguments with half a surrogate pair are judged as OPA judges them', async () => {
  const engine = await shipped(given)
  assert.equal(engine.decide(totalFacts({ args: { path: '/srv/files/\ud83d' } })).result, 'allow')
  assert.equal(engine.decide(totalFacts({ args: { path: '/etc/\udc00' } })).result, 'deny')
  // A back slash before the letters is no escape.
  assert.equal(engine.decide(totalFacts({ args: { path: '/srv/files/\\ud83d' } })).result, 'deny')
})

test('production writes need approval, reads do not', async () => {
  const engine = await shipped(given)
  const select = { parsed: true, kinds: ['select'], tables: ['t'], has_where: null, statements: 1 }
  const on = (server: string, name: string, sql: Facts['sql']) =>
    engine.decide(totalFacts({ resource: { server, original_name: name, env: 'production' }, sql }))
  const write = on('files', 'write_file', null)
  assert.equal(write.result, 'approve')
  assert.deepEqual(write.approval, { class: 'production-write', approvers: ['dba'], ttl_s: 900, quorum: 1 })
  assert.equal(on('files', 'read_file', null).result, 'allow')
  assert.equal(on('db', 'query', select).result, 'allow')
  for (const sql of [{ ...select, parsed: false }, { ...select, statements: 2 }, { ...select, kinds: ['select', 'delete'] }, null]) {
    assert.equal(on('db', 'query', sql).result, 'approve', JSON.stringify(sql))
  }
})

test('models are granted by glob, and what is not granted is taken out of the choice', async () => {
  const engine = await shipped(given)
  const facts = (...ids: string[]) => modelFacts(ids.map(id => candidate(id)))
  const mixed = engine.decide(facts('anthropic/opus', 'openai/gpt-4.1', 'local/llama'))
  assert.equal(mixed.result, 'allow')
  assert.deepEqual(mixed.duties.route, { max_usd: 0.5, models: ['local/llama', 'openai/gpt-4.1'], trust: 'internal' })
  assert.equal(engine.decide(facts('anthropic/opus')).result, 'deny')
  assert.deepEqual(engine.decide(facts()).reasons, [{ rule: 'organisation.model_access.unknown_model', message: 'no such model' }])
  assert.equal(engine.decide(modelFacts(null)).result, 'deny')
})

test("everybody's grant of a free model does not lift the ceiling of another", async () => {
  const decision = (await shipped(given)).decide(modelFacts([candidate('openai/gpt-5'), candidate('free/small')]))
  assert.equal(decision.duties.route.max_usd, 0.5)
})

test('a model call carries the duties of the settings', async () => {
  const { duties } = (await shipped(given)).decide(modelFacts([candidate('openai/gpt-5')]))
  const personal = [...personalKinds].sort()
  assert.deepEqual(duties.redact, [
    { kinds: ['us_ssn'], action: 'mask', unless_local: true }, { kinds: personal.filter(kind => kind !== 'us_ssn'), action: 'pseudonymise', unless_local: true },
  ], 'a mask is stronger than a pseudonym, so that us_ssn stands once')
  assert.deepEqual(duties.restore, [{ kinds: personalKinds, sinks: ['client', 'tool:crm'] }])
  assert.deepEqual([duties.limit, duties.label, duties.notify], [{}, [], []])
})

test('a secret keeps its session on local models', async () => {
  const engine = await shipped(given)
  for (const secret of [{ data: { labels: ['secret'] } }, { agent: { session: { labels: ['secret'] } } }]) {
    assert.equal(engine.decide(modelFacts([candidate('openai/gpt-5')], secret)).duties.route.local, true)
  }
  assert.equal(engine.decide(modelFacts([candidate('openai/gpt-5')])).duties.route.local, undefined)
})

test('when every layer observes, nothing is stopped and what would have been said is told', async () => {
  const engine = await shipped(given, true)
  const denied = engine.decide(totalFacts({ resource: { server: 'secrets' } }))
  assert.deepEqual([denied.result, denied.reasons, denied.observed?.result], ['none', [], 'deny'])
  const allowed = engine.decide(totalFacts())
  assert.deepEqual([allowed.result, allowed.observed?.result], ['none', 'allow'])
  assert.notEqual(engine.revision, (await shipped(given)).revision)
})

test('one observing layer leaves the others in force', async () => {
  const engine = await shipped({ ...given, layers: { tenant: 'observe' } })
  assert.equal(engine.decide(totalFacts({ resource: { server: 'secrets' } })).result, 'deny')
  const allowed = engine.decide(totalFacts())
  assert.deepEqual([allowed.result, allowed.observed?.result], ['allow', 'allow'])
})

test('the revision follows bundle and settings', async () => {
  const [one, same, other] = await Promise.all([shipped(given), shipped(given), shipped({ ...given, data: { mask: ['card'] } })])
  assert.equal(one.revision, same.revision)
  assert.notEqual(one.revision, other.revision)
})

test('patterns with and without glob machinery match the same names', async () => {
  // Braces need the machinery; plain text and a final star do not.
  const names = fc.oneof(
    fc.constantFrom('read', 'read.v2', 'rea', 're', 'Read', 'read/x', 'read\nx', '', 'läs', 'read-all', '*', 'read\r\n', 'read\u2028x', 'read😀', '\n'),
    fc.string({ unit: fc.constantFrom('r', 'e', 'a', 'd', '.', '/', '\n', '\t', '\0', '*', 'ü', '😀', '{', '\\'), maxLength: 8 }),
  )
  for (const [plain, glob] of [['files/read*', 'files/{read}*'], ['files/read', 'files/{read}'], ['*', '{*}'], ['files/*', '{files}/*']] as const) {
    const [quick, slow] = await Promise.all([plain, glob].map(pattern => shipped({ access: [{ groups: ['*'], tools: [pattern] }] })))
    fc.assert(fc.property(names, name => {
      const facts = totalFacts({ resource: { original_name: name } })
      assert.equal(quick!.decide(facts).result, slow!.decide(facts).result, `${plain} on ${JSON.stringify(name)}`)
    }), { numRuns: 300 })
  }
})
