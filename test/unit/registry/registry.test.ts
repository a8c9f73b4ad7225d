import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hashKey } from '../../../registry/key.ts'
import { speaks } from '../../../registry/provider.ts'
import { createRegistry, RegistryError, type RegistryProblem } from '../../../registry/registry.ts'
import { anthropic, local, openai, registryInput, registryOf, type WrittenRegistry } from './setup.ts'

const ids = (candidates: readonly { readonly id: string }[]): string[] => candidates.map(candidate => candidate.id)

const everything: WrittenRegistry = {
  providers: [openai, anthropic, { ...local, passthrough: true }, { ...openai, id: 'open-2', passthrough: true }],
  models: [
    { id: 'openai/gpt-5-mini' }, { id: 'openai/prod', name: 'gpt-4o' }, { id: 'local/gpt-5-mini' },
    { id: 'anthropic/claude-haiku-4-5' }, { id: 'anthropic/nested/name' },
  ],
  aliases: [
    { name: 'fast', candidates: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'local/llama'] },
    { name: 'gpt-4o', candidates: ['local/gpt-5-mini'] },
    { name: 'only-claude', candidates: ['anthropic/claude-haiku-4-5'] },
    { name: 'as-it-is', candidates: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'], translate: false },
  ],
}

suite('candidatesFor', () => {
  const registry = registryOf(everything)
  const table: readonly (readonly [string, 'openai' | 'openai-responses' | 'anthropic', readonly string[], string])[] = [
    ['fast', 'openai', ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'local/llama'], 'an alias gives its candidates of every dialect, passed-through ones too'],
    ['fast', 'anthropic', ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'local/llama'], 'an alias gives the same candidates whatever the caller speaks'],
    ['as-it-is', 'anthropic', ['anthropic/claude-haiku-4-5'], 'an alias that is not translated gives the candidates of the caller\'s dialect'],
    ['gpt-4o', 'openai', ['local/gpt-5-mini'], 'an alias hides a real model of its name'],
    ['only-claude', 'openai', ['anthropic/claude-haiku-4-5'], 'an alias may lead to another dialect alone'],
    ['openai/gpt-5-mini', 'openai', ['openai/gpt-5-mini'], 'a candidate id names one model'],
    ['gpt-5-mini', 'openai', ['openai/gpt-5-mini', 'local/gpt-5-mini'], 'a bare model name finds every provider that has it configured'],
    ['openai/prod', 'openai', ['openai/prod'], 'an id finds a model whose own name is another'],
    ['anthropic/nested/name', 'anthropic', ['anthropic/nested/name'], 'a model name may hold a slash'],
    ['claude-haiku-4-5', 'anthropic', ['anthropic/claude-haiku-4-5'], 'a bare model name is found in its dialect'],
    ['claude-haiku-4-5', 'openai', ['anthropic/claude-haiku-4-5'], 'a configured model of another dialect is found by its name'],
    ['new-model', 'openai', ['local/new-model', 'open-2/new-model'], 'an unknown name goes to each passthrough provider of the dialect'],
    ['new-model', 'anthropic', [], 'an unknown name goes nowhere without a passthrough provider of the dialect'],
    ['new-model', 'openai-responses', ['local/new-model', 'open-2/new-model'], 'an unknown name goes to the same providers whichever API of their dialect the caller speaks'],
    ['local/new-model', 'openai', ['local/new-model'], 'an unknown name at a passthrough provider goes to it alone'],
    ['local/new-model', 'anthropic', ['local/new-model'], 'a passthrough provider that is named is asked in its own dialect'],
    ['openai/new-model', 'openai', [], 'an unknown model of a provider without passthrough is nobody\'s'],
    ['meta/llama', 'openai', ['local/meta/llama', 'open-2/meta/llama'], 'a slash that follows no provider is part of the name'],
    ['locals', 'openai', ['local/locals', 'open-2/locals'], 'a name that only begins like a provider is no name of that provider'],
    ['openaix', 'openai', ['local/openaix', 'open-2/openaix'], 'a name that begins like a provider without passthrough is not lost'],
    ['local/', 'openai', [], 'a provider without a model name is nobody'],
    ['', 'anthropic', [], 'the empty name is nobody'],
    ['local/accounts/acme/models/x-1.5@2:8b', 'openai', ['local/accounts/acme/models/x-1.5@2:8b'], 'names are passed through with all characters that names have'],
    ['local/../../v1/files', 'openai', [], 'a name that leads elsewhere as a path is nobody'],
    ['..', 'openai', [], 'a bare name that leads elsewhere as a path is nobody'],
    ['local/a?key=b', 'openai', [], 'a name that is more than a path is nobody'],
    ['local/a%2f..%2fb', 'openai', [], 'a name that somebody may decode is nobody'],
    ['local/a\r\nb: c', 'openai', [], 'a name that is more than a line is nobody'],
    ['模型', 'openai', [], 'a bare name that no header can hold is nobody'],
    [`local/${'a'.repeat(257)}`, 'openai', [], 'a name without end is nobody'],
  ]
  for (const [requested, dialect, expected, title] of table) {
    test(title, () => { assert.deepEqual(ids(registry.candidatesFor(requested, dialect)), expected) })
  }

  const elsewhere: readonly (readonly [string, Readonly<Record<string, unknown>>, boolean])[] = [
    ['gpt-oss:120b-cloud', {}, false], ['glm-4.6:cloud', {}, false], ['glm-4.6:Cloud', { server: 'ollama' }, false], ['glm-4.6:cloud', { server: 'vllm' }, true],
    ['cloud', {}, true], ['cloudy:8b', { server: 'ollama' }, true], ['my-cloud:8b', { server: 'ollama' }, true],
  ]
  for (const [model, more, isLocal] of elsewhere) {
    test(`${model} at a local ${JSON.stringify(more)} is ${isLocal ? '' : 'not '}local: Ollama passes such names on to its maker's machines`, () => {
      const declared = registryOf({ providers: [{ ...local, ...more, trust: 'confidential' }], models: [{ id: 'local/m', name: model }] }).candidatesFor('local/m', 'openai')
      const passed = registryOf({ providers: [{ ...local, ...more, passthrough: true, trust: 'confidential' }] }).candidatesFor(model, 'openai')
      for (const [found] of [declared, passed]) assert.deepEqual([found?.local, found?.trust], isLocal ? [true, 'confidential'] : [false, 'internal'])
    })
  }

  test('an answer is no longer than the context that it stands in', () => {
    const most = (declared: Readonly<Record<string, unknown>>): number | undefined => registryOf({ providers: [local], models: [{ id: 'local/m', ...declared }] }).candidatesFor('local/m', 'openai')[0]?.maxOutputTokens
    assert.deepEqual([most({ context: 4096 }), most({ context: 4096, max_output_tokens: 8192 }), most({ context: 4096, max_output_tokens: 1000 }), most({ context: 128_000 })], [4096, 4096, 1000, 16_384])
  })

  test('a candidate carries what its model and provider declare', () => {
    const [found] = registryOf({
      providers: [{ ...anthropic, region: 'eu', trust: 'confidential' }],
      models: [{ id: 'anthropic/claude-haiku-4-5', name: 'claude-haiku-4-5-20251001', context: 200_000, max_output_tokens: 8192, capabilities: ['tools', 'vision'] }],
    }).candidatesFor('anthropic/claude-haiku-4-5', 'anthropic')
    const { provider, price, ...rest } = found!
    assert.deepEqual(rest, {
      id: 'anthropic/claude-haiku-4-5', model: 'claude-haiku-4-5-20251001', local: false, trust: 'confidential', region: 'eu',
      context: 200_000, maxOutputTokens: 8192, capabilities: ['tools', 'vision'], quality: null, limits: null, profile: null,
    })
    assert.equal(provider.id, 'anthropic')
    assert.equal(price?.usdPerMTokIn, 1)
  })

  for (const [written, trust] of [[local, 'restricted'], [openai, 'internal'], [{ ...local, trust: 'public' }, 'public']] as const) {
    test(`trust of ${JSON.stringify(written)} is ${trust}`, () => {
      const [found] = registryOf({ providers: [{ ...written, passthrough: true }] }).candidatesFor('any', 'openai')
      assert.equal(found?.trust, trust)
    })
  }

  test('a configured model has embeddings only where it says so, a passed-through one is taken at its word', () => {
    const twin = registryOf({ providers: [{ ...local, passthrough: true }], models: [{ id: 'local/embedder', capabilities: ['embeddings'] }, { id: 'local/talker' }] })
    const able = (name: string): boolean => twin.candidatesFor(name, 'openai')[0]!.capabilities.includes('embeddings')
    assert.deepEqual([able('embedder'), able('talker'), able('unheard-of')], [true, false, true])
  })
})

suite('names, keys and servers', () => {
  test('names are the aliases and configured models, whatever the caller speaks', () => {
    assert.deepEqual([...registryOf(everything).names('anthropic')].sort(), [
      'anthropic/claude-haiku-4-5', 'anthropic/nested/name', 'as-it-is', 'fast', 'gpt-4o', 'local/gpt-5-mini', 'only-claude', 'openai/gpt-5-mini', 'openai/prod',
    ])
  })

  test('a key is found by its hash and by nothing else', () => {
    const registry = registryOf({ keys: [{ name: 'laptop', hash: hashKey('secret'), subject: { id: 'ada' } }] })
    assert.equal(registry.keyByHash(hashKey('secret'))?.name, 'laptop')
    for (const wrong of ['secret', 'laptop', hashKey('Secret'), '', 'sha256:', 'constructor']) assert.equal(registry.keyByHash(wrong), undefined)
  })

  test('disabled servers are left out', () => {
    const registry = registryOf({ servers: { on: { command: 'a' }, off: { command: 'b', disabled: true } } })
    assert.deepEqual([...registry.servers.keys()], ['on'])
  })
})

suite('mistakes', () => {
  const problemsOf = (written: WrittenRegistry): readonly RegistryProblem[] => {
    const input = registryInput(written)
    try {
      createRegistry(input)
    } catch (error) {
      assert.ok(error instanceof RegistryError)
      return error.problems
    }
    return []
  }
  const key = (name: string, secret: string): Readonly<Record<string, unknown>> => ({ name, hash: hashKey(secret), subject: { id: 'ada' } })
  const table: readonly (readonly [string, WrittenRegistry, RegistryProblem])[] = [
    ['a provider that is there twice', { providers: [openai, local, openai] }, { path: 'providers[2].id', problem: 'provider "openai" is there twice', remedy: 'keep one, or rename' }],
    ['a model that is there twice', { providers: [openai], models: [{ id: 'openai/a' }, { id: 'openai/a' }] }, { path: 'models[1].id', problem: 'model "openai/a" is there twice', remedy: 'keep one, or rename' }],
    ['an alias that is there twice', { providers: [{ ...local, passthrough: true }], aliases: [{ name: 'x', candidates: ['local/a'] }, { name: 'x', candidates: ['local/b'] }] }, { path: 'aliases[1].name', problem: 'alias "x" is there twice', remedy: 'keep one, or rename' }],
    ['a candidate that an alias names twice', { providers: [{ ...local, passthrough: true }], aliases: [{ name: 'x', candidates: ['local/a', 'local/a'] }] }, { path: 'aliases[0].candidates[1]', problem: 'candidate "local/a" is there twice', remedy: 'keep one, or rename' }],
    ['a key name that is there twice', { keys: [key('k', 'a'), key('k', 'b')] }, { path: 'keys[1].name', problem: 'key "k" is there twice', remedy: 'keep one, or rename' }],
    ['a hash that is there twice', { keys: [key('k', 'a'), key('l', 'a')] }, { path: 'keys[1].hash', problem: `hash "${hashKey('a')}" is there twice`, remedy: 'keep one, or rename' }],
    ['a model without its provider', { providers: [openai], models: [{ id: 'opena/gpt' }] }, { path: 'models[0].id', problem: 'there is no provider "opena"', remedy: 'known: openai' }],
    ['a model where there is no provider at all', { models: [{ id: 'opena/gpt' }] }, { path: 'models[0].id', problem: 'there is no provider "opena"', remedy: 'known: none' }],
    ['a candidate that nobody offers', { providers: [openai], models: [{ id: 'openai/a' }], aliases: [{ name: 'x', candidates: ['openai/a', 'openai/b'] }] }, { path: 'aliases[0].candidates[1]', problem: 'there is no model "openai/b"', remedy: 'known: openai/a; or mark its provider passthrough' }],
    ['a candidate without a slash, though it begins like a passthrough provider', { providers: [{ ...local, passthrough: true }], aliases: [{ name: 'x', candidates: ['locals'] }] }, { path: 'aliases[0].candidates[0]', problem: 'there is no model "locals"', remedy: 'known: none; or mark its provider passthrough' }],
    ['a candidate without a model name', { providers: [{ ...local, passthrough: true }], aliases: [{ name: 'x', candidates: ['local/'] }] }, { path: 'aliases[0].candidates[0]', problem: 'there is no model "local/"', remedy: 'known: none; or mark its provider passthrough' }],
  ]
  for (const [title, written, expected] of table) {
    test(`${title} is named with its path and remedy`, () => { assert.deepEqual(problemsOf(written), [expected]) })
  }

  test('all mistakes are reported together', () => {
    const problems = problemsOf({ providers: [openai, openai], models: [{ id: 'no/a' }], aliases: [{ name: 'x', candidates: ['no/b'] }] })
    assert.deepEqual(problems.map(problem => problem.path), ['providers[1].id', 'models[0].id', 'aliases[0].candidates[0]'])
  })

  test('the message of the error has a line per mistake', () => {
    assert.throws(() => registryOf({ providers: [openai, openai], models: [{ id: 'no/a' }] }), {
      name: 'RegistryError', message: 'providers[1].id: provider "openai" is there twice\nmodels[0].id: there is no provider "no"',
    })
  })
})

test('a model can be asked through another API than the rest of its provider, and only where there are several', () => {
  const provider = { id: 'p', dialect: 'openai', base_url: 'http://127.0.0.1:1/v1' }
  const registry = registryOf({ providers: [provider], models: [{ id: 'p/old' }, { id: 'p/new', apis: ['responses'] }] })
  const dialectsOf = (id: string): string[] => ['openai', 'openai-responses'].filter(dialect => registry.candidatesFor(id, dialect).some(found => speaks(found.provider, dialect)))
  assert.deepEqual([dialectsOf('p/old'), dialectsOf('p/new')], [['openai'], ['openai-responses']])
  assert.throws(() => registryOf({ providers: [{ ...provider, dialect: 'anthropic' }], models: [{ id: 'p/new', apis: ['responses'] }] }), /models\[0\]\.apis/)
})
