// What an operator may write under policy.settings. Whatever is not understood is an error that names its place, never ignored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { plainPatterns } from '../../../policies/engine/plain-patterns.ts'
import { personalKinds, settingsSchema } from '../../../policies/engine/settings.ts'

test('the defaults allow nothing, enforce every layer and hide personal data', () => {
  assert.deepEqual(settingsSchema.parse({}), {
    layers: { organisation: 'enforce', tenant: 'enforce', application: 'enforce' },
    access: [], production: { environments: ['production'], reads: [], approvers: [] }, arguments: [], models: [], degrade: [],
    data: {
      pseudonymise: [...personalKinds], surrogates: [], hash: [], mask: [], drop: [], block: [], rephrase: [], approve: [], approvers: [], local: [], may_see: [], unless_local: true, secrets: 'local', unseen_media: 'allow',
      restore_client: null, restore_in_addresses: false, restore_servers: [], restore: [], secret_servers: [], answers: { kinds: [], action: 'mask' },
    },
    trifecta: { mode: 'off', private_labels: ['secret'], private_sensitivity: 'confidential', untrusted_labels: ['untrusted'], outward: [], open_world: true, except: [], models: false, approvers: [] },
    sticky_local: { labels: [], sensitivity: null }, tools: { require_model_request: [] },
    loops: {
      max_repeats: 8, max_repeats_in_root: 50, max_model_repeats: 20, exempt: ['*/*wait*', '*/*poll*', '*/*sleep*', '*/*status*'], spend_factor: 20, spend_floor_usd: 1,
      max_root_calls: null, max_root_usd: null,
    },
  })
})

const argument = { tools: ['files/*'], argument: 'path' }
const wrong: readonly [string, unknown, string][] = [
  ['an unknown section', { acces: [] }, ''],
  ['an unknown mode of the trifecta', { trifecta: { mode: 'observe' } }, 'trifecta.mode'],
  ['a sensitivity that there is not', { sticky_local: { sensitivity: 'secret' } }, 'sticky_local.sensitivity'],
  ['an empty tool', { tools: { require_model_request: [''] } }, 'tools.require_model_request.0'],
  ['an unknown layer', { layers: { team: 'enforce' } }, 'layers'],
  ['an unknown mode', { layers: { tenant: 'shadow' } }, 'layers.tenant'],
  ['a grant to nobody', { access: [{ groups: [], tools: ['*'] }] }, 'access.0.groups'],
  ['a grant without groups', { access: [{ tools: ['*'] }] }, 'access.0.groups'],
  ['a grant of nothing', { access: [{ groups: ['*'], tools: [] }] }, 'access.0.tools'],
  ['an empty pattern', { access: [{ groups: ['*'], tools: [''] }] }, 'access.0.tools.0'],
  ['an empty exception', { access: [{ groups: ['*'], tools: ['*'], except: [''] }] }, 'access.0.except.0'],
  ['an exception by another name', { access: [{ groups: ['*'], tools: ['*'], exept: ['a'] }] }, 'access.0'],
  ['a grant of models without models', { models: [{ groups: ['*'] }] }, 'models.0.models'],
  ['a degradation that says not to what', { degrade: [{ from_percent: 80 }] }, 'degrade.0.models'],
  ['a degradation from nothing on', { degrade: [{ from_percent: 0, models: ['*'] }] }, 'degrade.0.from_percent'],
  ['a ceiling below zero', { models: [{ groups: ['*'], models: ['*'], max_usd: -1 }] }, 'models.0.max_usd'],
  ['a ceiling as text', { models: [{ groups: ['*'], models: ['*'], max_usd: '1' }] }, 'models.0.max_usd'],
  ['an argument rule without condition', { arguments: [argument] }, 'arguments.0'],
  ['an argument rule with two conditions', { arguments: [{ ...argument, max_number: 1, one_of: ['a'] }] }, 'arguments.0'],
  ['an argument rule without name', { arguments: [{ ...argument, argument: '', max_number: 1 }] }, 'arguments.0.argument'],
  ['a relative folder', { arguments: [{ ...argument, paths_within: ['srv'] }] }, 'arguments.0.paths_within.0'],
  ['no folder', { arguments: [{ ...argument, paths_within: [] }] }, 'arguments.0.paths_within'],
  ['no host', { arguments: [{ ...argument, hosts: [] }] }, 'arguments.0.hosts'],
  ['an empty host', { arguments: [{ ...argument, hosts: [''] }] }, 'arguments.0.hosts.0'],
  ['no choice', { arguments: [{ ...argument, one_of: [] }] }, 'arguments.0.one_of'],
  ['a choice that is a list', { arguments: [{ ...argument, one_of: [['a']] }] }, 'arguments.0.one_of.0'],
  ['an unknown fate of secrets', { data: { secrets: 'shout' } }, 'data.secrets'],
  ['a limit of repetitions that everybody passes', { loops: { max_repeats: 2 } }, 'loops.max_repeats'],
  ['an unknown limit of loops', { loops: { max_repeat: 8 } }, 'loops'],
  ['a limit between two steps', { loops: { max_root_calls: 300 } }, 'loops.max_root_calls'],
  ['a sum between two steps', { loops: { max_root_usd: 3 } }, 'loops.max_root_usd'],
  ['an exemption of nothing', { loops: { exempt: [''] } }, 'loops.exempt.0'],
  ['a kind that cannot be one', { data: { hash: ['E-Mail'] } }, 'data.hash.0'],
  ['a sink that is none', { data: { restore: [{ kinds: ['email'], sinks: ['mail/send'] }] } }, 'data.restore.0.sinks.0'],
  ['a place that is no pointer', { data: { restore: [{ kinds: ['email'], sinks: ['tool:mail/send'], paths: ['to'] }] } }, 'data.restore.0.paths.0'],
  ['a place of nothing', { data: { restore: [{ kinds: [], sinks: ['tool:mail/send'] }] } }, 'data.restore.0.kinds'],
  ['nobody who may see a kind', { data: { may_see: [{ kinds: ['email'] }] } }, 'data.may_see.0.providers'],
  ['an unknown field about data', { data: { redact: ['email'] } }, 'data'],
]

for (const [what, given, path] of wrong) {
  test(`${what} is an error at ${path === '' ? 'the top' : path}`, () => {
    const parsed = settingsSchema.safeParse(given)
    assert.deepEqual(parsed.error?.issues.map(issue => issue.path.join('.')), [path])
  })
}

test('exactly one condition makes an argument rule', () => {
  for (const condition of [{ paths_within: ['/srv'] }, { hosts: ['a.example'] }, { max_number: 0 }, { one_of: [false] }]) {
    const rule = settingsSchema.parse({ arguments: [{ ...argument, ...condition }] }).arguments[0]
    assert.equal(rule?.required, true)
  }
  assert.throws(() => settingsSchema.parse({ arguments: [argument] }), /needs exactly one of paths_within, hosts, max_number, one_of/)
})

test('every setting says what it is for', () => {
  const described = (schema: z.core.JSONSchema.BaseSchema, path: string): string[] => Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (typeof field === 'boolean') return []
    const items = Array.isArray(field.items) || typeof field.items !== 'object' ? undefined : field.items
    const here = field.description === undefined ? [`${path}${name}`] : []
    return [...here, ...described(field, `${path}${name}.`), ...items === undefined ? [] : described(items, `${path}${name}.`)]
  })
  assert.deepEqual(described(z.toJSONSchema(settingsSchema, { io: 'input' }), ''), [])
})

test('only patterns without glob characters are matched as text', () => {
  const tools = ['files/*', 'db/query', '*', 'a/b*c', 'a/**', 'a/?', 'a/[x]', 'a/{x,y}', 'a\\*', 'a!', 'ü/*', 'file:///srv/a.txt', '__proto__']
  const { start, exact } = plainPatterns(settingsSchema.parse({
    access: [{ groups: ['*'], tools, except: ['files/delete_*'] }],
    production: { reads: ['db/list_*'] },
    arguments: [{ ...argument, tools: ['web/*'], max_number: 1 }],
    models: [{ groups: ['*'], models: ['openai/*'] }],
  }))
  assert.deepEqual(Object.entries(start), [
    ['files/*', 'files/'], ['*', ''], ['files/delete_*', 'files/delete_'], ['db/list_*', 'db/list_'], ['web/*', 'web/'], ['openai/*', 'openai/'],
  ])
  assert.deepEqual(Object.keys(exact), ['db/query', 'file:///srv/a.txt', '__proto__'])
})
