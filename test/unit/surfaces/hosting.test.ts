// Requests as clouds want them: addresses, members of the body, betas. Tables, and a property over any JSON.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { splice } from '../../../gateway/exchange/document.ts'
import { addressOf, type Asked } from '../../../gateway/surfaces/hosting/address.ts'
import { hostedRequest } from '../../../gateway/surfaces/hosting/hosted-request.ts'
import { nestedEdits } from '../../../gateway/surfaces/hosting/nested-members.ts'
import { memberEdits, renameEdits, withMembers } from '../../../gateway/surfaces/hosting/root-members.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { providerSchema, type Provider } from '../../../registry/provider.ts'

const provider = (given: Readonly<Record<string, unknown>>): Provider => providerSchema.parse({ id: 'p', dialect: 'openai', ...given })
const chat = '/v1/chat/completions'
const messages = '/v1/messages?beta=true'

suite('addresses', () => {
  const aws = { base_url: 'https://bedrock-runtime.eu-west-1.amazonaws.com/', hosting: { kind: 'bedrock', region: 'eu-west-1' }, credential: { aws: 'instance' } }
  const google = { base_url: 'https://europe-west1-aiplatform.googleapis.com', hosting: { kind: 'vertex', project: 'p1', location: 'europe-west1' }, credential: { google: 'metadata' } }
  const azure = { hosting: { kind: 'azure' } }
  const dated = { hosting: { kind: 'azure', api_version: '2024-10-21' } }
  const rows: readonly (readonly [Readonly<Record<string, unknown>>, Partial<Asked>, string])[] = [
    [{ base_url: 'https://api.openai.com/v1' }, {}, '/v1/chat/completions'],
    [{ base_url: 'https://api.openai.com' }, {}, '/v1/chat/completions'],
    [{ base_url: 'https://api.groq.com/openai/v1/' }, {}, '/openai/v1/chat/completions'],
    [{ base_url: 'https://api.groq.com/openai' }, {}, '/openai/v1/chat/completions'],
    [{ base_url: 'https://openrouter.ai/api/v1' }, {}, '/api/v1/chat/completions'],
    [{ base_url: 'https://open.bigmodel.cn/api/paas/v4' }, {}, '/api/paas/v4/chat/completions'],
    [{ base_url: 'https://generativelanguage.googleapis.com/v1beta/openai' }, {}, '/v1beta/openai/chat/completions'],
    [{ base_url: 'https://api.anthropic.com', dialect: 'anthropic' }, { path: messages }, '/v1/messages?beta=true'],
    [{ base_url: 'https://r.openai.azure.com', ...azure }, {}, '/openai/v1/chat/completions'],
    [{ base_url: 'https://r.openai.azure.com/openai/v1', ...azure }, { path: '/v1/embeddings' }, '/openai/v1/embeddings'],
    [{ base_url: 'https://r.openai.azure.com/openai', ...dated }, { model: 'my dep/1' }, '/openai/deployments/my%20dep%2F1/chat/completions?api-version=2024-10-21'],
    [{ base_url: 'https://proxy.example/azure/openai', ...dated }, { path: '/v1/embeddings' }, '/azure/openai/deployments/m/embeddings?api-version=2024-10-21'],
    [{ base_url: 'https://r.openai.azure.com', ...dated }, { path: '/v1/responses' }, '/openai/responses?api-version=2024-10-21'],
    [{ ...aws, dialect: 'anthropic' }, { path: messages, model: 'anthropic.claude-3-haiku-20240307-v1:0' }, '/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke'],
    [{ ...aws, dialect: 'anthropic' }, { path: messages, stream: true }, '/model/m/invoke-with-response-stream'],
    [{ ...aws, dialect: 'bedrock' }, { path: '/converse' }, '/model/m/converse'],
    [{ ...aws, dialect: 'bedrock' }, { path: '/converse', stream: true, model: 'arn:aws:bedrock:eu-west-1:1:inference-profile/x' }, '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fx/converse-stream'],
    [{ ...google, dialect: 'anthropic' }, { path: messages, model: 'claude-sonnet-4-5@20250929' }, '/v1/projects/p1/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict'],
    [{ ...google, dialect: 'anthropic', base_url: 'https://aiplatform.googleapis.com/v1' }, { path: messages, stream: true }, '/v1/projects/p1/locations/europe-west1/publishers/anthropic/models/m:streamRawPredict'],
    [{ ...google, dialect: 'anthropic' }, { path: '/v1/messages/count_tokens?beta=true' }, '/v1/projects/p1/locations/europe-west1/publishers/anthropic/models/count-tokens:rawPredict'],
  ]
  for (const [given, asked, path] of rows) {
    test(path, () => { assert.equal(addressOf(provider(given), { path: chat, model: 'm', stream: false, ...asked }), path) })
  }

  for (const [path, operation] of [
    ['/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'gemini-2.5-pro:streamGenerateContent?alt=sse'], ['/v1/models/gemini-2.5-pro:countTokens', 'gemini-2.5-pro:countTokens'],
    ['/v1beta/tunedModels/mine:generateContent', 'mine:generateContent'],
  ] as const) {
    test(`Gemini at Vertex keeps the model and operation of ${path}`, () => {
      assert.equal(addressOf(provider({ ...google, dialect: 'gemini' }), { path, model: 'm', stream: true }), `/v1/projects/p1/locations/europe-west1/publishers/google/models/${operation}`)
    })
  }

  test('a name cannot lead out of its place in the path', () => {
    for (const model of ['../../x', 'a/../b', 'a?b=c', 'a#b', 'a b\r\nHost: x']) {
      for (const given of [{ ...aws, dialect: 'bedrock' }, { ...google, dialect: 'anthropic' }, { base_url: 'https://r.openai.azure.com', ...dated }]) {
        const path = addressOf(provider(given), { path: given === aws ? '/converse' : messages, model, stream: false })
        assert.doesNotMatch(path, /\.\.\/|[\s#]|\?b/, path)
      }
    }
  })
})

suite('members of the body', () => {
  const key = fc.oneof(fc.constantFrom('model', 'stream', 'a"b', 'x\\', '', '7', 'messages', 'ü'), fc.string({ maxLength: 6 }))
  const value = fc.jsonValue({ maxDepth: 2 })

  test('are taken out and added in any text, and everything else stays as it was written', () => {
    fc.assert(fc.property(fc.dictionary(key, value, { maxKeys: 7 }), fc.uniqueArray(key, { maxLength: 4 }), fc.dictionary(fc.constantFrom('anthropic_version', 'model', 'z'), fc.string(), { maxKeys: 2 }), fc.constantFrom(undefined, 1, '\t'), (body, drop, set, space) => {
      const document = readJson(JSON.stringify(body, null, space), { maxDepth: 20 })
      const change = { drop: new Set(drop), set: { ...set } }
      const { edits } = memberEdits(document, change)
      const expected = { ...set, ...Object.fromEntries(Object.entries(body).filter(([name]) => !drop.includes(name) && !Object.hasOwn(set, name))) }
      assert.deepEqual(JSON.parse(splice(document.text, edits)), JSON.parse(JSON.stringify(expected)))
      assert.deepEqual(JSON.parse(JSON.stringify(withMembers({ ...body }, change))), JSON.parse(JSON.stringify(expected)))
    }), { numRuns: 300 })
  })

  test('what stands inside a member that goes is known to be gone', () => {
    const document = readJson('{"model":"x","metadata":{"user":"me"},"messages":[]}', { maxDepth: 9 })
    const { isGone } = memberEdits(document, { drop: new Set(['metadata']), set: {} })
    assert.equal(isGone(document.locate(['metadata', 'user'])!), true)
    assert.equal(isGone(document.locate(['model'])!), false)
  })

  test('get another name', () => {
    for (const [text, expected] of [
      ['{ "max_tokens" : 5, "a": 1}', '{ "b":5, "a": 1}'], ['{"a":1,"max_tokens":5}', '{"a":1,"b":5}'], ['{"a":1}', '{"a":1}'], ['{"max_tokens":5,"b":6}', '{"b":6}'], ['{"b":6,"max_tokens":5}', '{"b":6}'],
    ] as const) {
      const document = readJson(text, { maxDepth: 9 })
      assert.equal(splice(text, renameEdits(document, 'max_tokens', 'b')), expected)
    }
  })
})

suite('members deep inside that only Anthropic\'s own service knows', () => {
  const body = {
    system: [{ type: 'text', text: 'scope', cache_control: { type: 'ephemeral', scope: 'global', ttl: '1h' } }],
    tools: [{ eager_input_streaming: true, name: 'f', input_schema: { type: 'object', properties: { defer_loading: { type: 'boolean' }, scope: {} } }, defer_loading: true, input_examples: [{ a: 'x' }], cache_control: { scope: 'global', type: 'ephemeral' } }],
    messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', scope: 'org' } }] }] }, { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: { scope: 1, cache_control: 2 } }] }, { role: 'user', content: 'scope' }],
  }
  const apply = (passed: readonly string[], space?: number): { made: typeof body; lost: readonly string[] } => {
    const document = readJson(JSON.stringify(body, null, space), { maxDepth: 20 })
    const { edits, lost } = nestedEdits(document, passed)
    return { made: JSON.parse(splice(document.text, edits)) as typeof body, lost }
  }
  const tool = { name: 'f', input_schema: body.tools[0]!.input_schema }

  test('are taken out where they stand, and never in schemas, arguments or texts', () => {
    for (const space of [undefined, 2]) {
      const { lost, made } = apply([], space)
      assert.deepEqual(lost, ['tools.*.eager_input_streaming', 'tools.*.defer_loading', 'tools.*.input_examples', 'cache_control.scope'])
      assert.deepEqual(made, {
        system: [{ type: 'text', text: 'scope', cache_control: { type: 'ephemeral', ttl: '1h' } }], tools: [{ ...tool, cache_control: { type: 'ephemeral' } }],
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] }] }, ...body.messages.slice(1)],
      })
    }
  })

  test('pass with the beta that they belong to', () => {
    const { lost, made } = apply(['tool-search-tool-2025-10-19', 'tool-examples-2025-10-29', 'prompt-caching-scope-2026-01-05'])
    assert.deepEqual(lost, ['tools.*.eager_input_streaming'])
    assert.equal(made.tools[0]?.defer_loading, true)
    assert.equal(made.system[0]?.cache_control.scope, 'global')
  })

  test('cost nothing where there are none', () => {
    assert.deepEqual(nestedEdits(readJson('{"messages":[{"role":"user","content":"x"}]}', { maxDepth: 9 }), []).edits, [])
  })
})

suite('what a cloud takes', () => {
  const aws = provider({ dialect: 'anthropic', base_url: 'https://bedrock-runtime.eu-west-1.amazonaws.com', hosting: { kind: 'bedrock', region: 'eu-west-1' }, credential: { aws: 'instance' } })
  const headers = { 'anthropic-version': '2023-06-01', 'x-app': 'cli', 'user-agent': 'agent/1', 'accept': 'application/json' }
  const asked = (betas: string | undefined, members: readonly string[] = []): Parameters<typeof hostedRequest>[1] =>
    ({ headers: betas === undefined ? headers : { ...headers, 'anthropic-beta': betas }, counting: false, has: member => members.includes(member) })

  test('Bedrock: the version in the body, the model and the stream in the path, no header of the dialect', () => {
    assert.deepEqual(hostedRequest(aws, asked(undefined)), {
      change: { drop: new Set(['model', 'stream']), set: { anthropic_version: 'bedrock-2023-05-31' } }, headers: { 'user-agent': 'agent/1' }, lost: [], namesModel: false, betas: [],
    })
  })

  const rows: readonly (readonly [string, string, readonly string[], readonly string[], readonly string[]])[] = [
    ['known betas pass, once', 'context-1m-2025-08-07, context-1m-2025-08-07,interleaved-thinking-2025-05-14', [], ['context-1m-2025-08-07', 'interleaved-thinking-2025-05-14'], []],
    ['what clouds call otherwise passes by their name', 'advanced-tool-use-2025-11-20,tool-search-tool-2025-10-19', [], ['tool-search-tool-2025-10-19'], []],
    ['unknown ones are reported, made-up names without being repeated', 'oauth-2025-04-20,A B\u0001', [], [], ['anthropic_beta.oauth-2025-04-20', 'anthropic_beta._']],
    ['a member goes with its beta', 'context-management-2025-06-27', ['context_management'], ['context-management-2025-06-27'], []],
    ['a member without its beta stays behind', '', ['context_management', 'mcp_servers', 'thinking', 'service_tier'], [], ['context_management', 'mcp_servers', 'service_tier']],
  ]
  for (const [name, betas, members, passed, lost] of rows) {
    test(name, () => {
      const made = hostedRequest(aws, asked(betas, members))
      assert.deepEqual(made?.change.set['anthropic_beta'] ?? [], passed)
      assert.deepEqual(made?.lost, lost)
      for (const member of lost) if (!member.includes('.')) assert.ok(made.change.drop.has(member))
    })
  }

  test('a list of betas is bounded', () => {
    const made = hostedRequest(aws, asked(Array.from({ length: 500 }, (_, at) => `b${at}`).join(',')))
    assert.equal(made?.lost.length, 32)
  })
})

suite('work grows with the request, not with its square', () => {
  const many = 60_000
  const filler = Array.from({ length: many }, (_, at) => `"f${at}":0`).join(',')
  /** Generous for a busy machine, and far below what squares take (a minute). */
  const withinMs = 4000
  const rows: readonly (readonly [string, string])[] = [
    ['tools that only Anthropic knows', `{"tools":[${Array.from({ length: many }, () => '{"defer_loading":true,"name":"x"}').join(',')}]}`],
    ['marks behind many members', `{${filler},"messages":[{"role":"user",${filler},"content":[${Array.from({ length: many }, () => '{"cache_control":{"type":"ephemeral","scope":"global"}}').join(',')}]}]}`],
  ]
  for (const [title, text] of rows) {
    test(title, () => {
      const document = readJson(text, { maxDepth: 20 })
      const began = performance.now()
      const { edits, isGone } = nestedEdits(document, [])
      assert.equal(edits.length, many)
      assert.equal(edits.filter(edit => isGone(edit)).length, many)
      assert.doesNotMatch(splice(text, edits), /defer_loading|scope/)
      assert.ok(performance.now() - began < withinMs, `${performance.now() - began} ms`)
    })
  }

  test('members of an object that there are many of', () => {
    const text = `{"model":"x",${filler}}`
    const began = performance.now()
    assert.equal(splice(text, memberEdits(readJson(text, { maxDepth: 2 }), { drop: new Set(['model']), set: {} }).edits), `{${filler}}`)
    assert.ok(performance.now() - began < withinMs)
  })
})
