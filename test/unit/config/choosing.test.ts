// What a configuration says about choosing models, and which of it is refused with a remedy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { buildRuntime } from '../../../gateway/config/build-runtime.ts'
import { aliasSchema, usualSession } from '../../../registry/alias.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { loadText, problemsOf } from './load-text.ts'

const base = { providers: [{ id: 'a', dialect: 'openai', base_url: 'https://x.example/v1' }], models: [{ id: 'a/one' }, { id: 'a/two' }] }
const alias = (more: object): object => ({ ...base, aliases: [{ name: 'x', candidates: ['a/one', 'a/two'], ...more }] })
const build = async (t: CleansUp, written: object): Promise<unknown> => buildRuntime(loadText(t, stringify(written)), { generation: 1, observe: false, environment: {} })

for (const [title, written, path] of [
  ['a baseline that is no candidate', alias({ baseline: 'a/three' }), 'aliases[0].baseline'],
  ['a rule that uses another model', alias({ rules: [{ when: {}, use: ['a/one', 'b/other'] }] }), 'aliases[0].rules[0].use[1]'],
  ['a profile that nobody trained', { ...base, models: [{ id: 'a/one', profile: 'gpt-99' }] }, 'models[0].profile'],
  ['a quality of 1', { ...base, models: [{ id: 'a/one', quality: 1 }] }, 'models[0].quality'],
  ['a condition that there is not', alias({ rules: [{ when: { moon: 'full' }, use: ['a/one'] }] }), 'aliases[0].rules[0].when.moon'],
] as const) {
  test(`${title} is refused, with its path and an example`, async t => {
    const [problem, ...more] = await problemsOf(() => build(t, written))
    assert.deepEqual([problem?.path, more.length], [path, 0])
    assert.ok(problem?.problem !== '')
  })
}

test('a profile that was trained is accepted', async t => { await build(t, { ...base, models: [{ id: 'a/one', profile: 'mixtral-8x7b-instruct-v0.1' }] }) })

test('an alias that says nothing chooses as ever: the cheapest, whatever went before', () => {
  const { baseline, prefer, rules, session, shadow, strategy, tolerance } = aliasSchema.parse({ name: 'x', candidates: ['a/one'] })
  assert.deepEqual({ baseline, prefer, rules, session, shadow, strategy, tolerance }, { baseline: null, prefer: 'balanced', rules: [], session: null, shadow: null, strategy: 'cheapest', tolerance: null })
  assert.deepEqual(usualSession, { lock_tool_loops: true, cache_aware: true, max_switch_share: 0.3, escalate: true })
})
