// Gemini requests: paths, spellings, needs, what belongs to the protocol, and the edits for a destination.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { splice } from '../../../../gateway/exchange/document.ts'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { ModelOperation } from '../../../../gateway/exchange/operation.ts'
import { endpointOf } from '../../../../gateway/surfaces/endpoints.ts'
import { encodeForeign, unsignedCall } from '../../../../gateway/surfaces/gemini/foreign-thoughts.ts'
import { geminiSurface } from '../../../../gateway/surfaces/gemini/surface.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import { surfaceOfStranger } from '../../../../gateway/surfaces/model-surfaces.ts'

type Json = Readonly<Record<string, unknown>>
const hello = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }
const generate = '/v1beta/models/flash:generateContent'

const read = (body: Json, path = generate, name: ModelOperation['name'] = 'generateContent', headers: Record<string, string> = {}): ModelOperation =>
  geminiSurface.read(name, path, headers, readJson(JSON.stringify(body), { maxDepth: 40 }))

const refused = (body: Json, field: string, path = generate, name: ModelOperation['name'] = 'generateContent', code = 'request.malformed'): void => {
  assert.throws(() => read(body, path, name), (thrown: unknown) => thrown instanceof Failure && thrown.code === code && thrown.detail.field === field, `${JSON.stringify(body)} ${path}`)
}

test('the table of endpoints knows the methods of a model in both versions, and no others', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['POST', '/v1beta/models/flash:generateContent', 'generateContent'], ['POST', '/v1/models/flash:streamGenerateContent', 'generateContent'],
    ['POST', '/v1beta/models/google/flash:countTokens', 'countTokens'], ['POST', '/v1beta/tunedModels/mine:embedContent', 'embedContent'],
    ['POST', '/v1/models/llama3.1:8b:batchEmbedContents', 'batchEmbedContents'],
  ]
  for (const [method, path, name] of rows) assert.deepEqual(endpointOf(method, path), { kind: 'model', dialect: 'gemini', name })
  for (const path of ['/v1/models', '/v1beta/models', '/v1beta/models/flash', '/v1/models/cloud/small']) assert.deepEqual(endpointOf('GET', path), { kind: 'models' })
  assert.deepEqual(endpointOf('GET', generate), { kind: 'wrong-method', allow: 'POST' })
  assert.deepEqual(endpointOf('POST', '/v1beta/models'), { kind: 'wrong-method', allow: 'GET' })
  for (const path of ['/v1beta/models/flash:predict', '/v2/models/flash:generateContent', '/v1beta/files', '/v1beta/cachedContents', '/v1beta/models/flash%3AgenerateContent', '/v1beta']) assert.equal(endpointOf('POST', path).kind === 'model', false, path)
})

test('who speaks Gemini is answered in it, on paths that others have, too', () => {
  const rows: readonly (readonly [string, Record<string, string>, string])[] = [
    ['/v1beta/nothing', {}, 'gemini'], ['/v1/models', { 'x-goog-api-key': 'k' }, 'gemini'], ['/v1/models/flash:generateContent', {}, 'gemini'],
    ['/v1/models', {}, 'openai'], ['/v1/models', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
  ]
  for (const [path, headers, dialect] of rows) assert.equal(surfaceOfStranger(path, headers).dialect, dialect, path)
})

suite('the path names the model', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['/v1beta/models/flash:generateContent', 'flash'], ['/v1/models/google/flash:generateContent', 'google/flash'], ['/v1beta/models/google%2Fflash:generateContent', 'google/flash'],
    ['/v1beta/models/llama3.1:8b:generateContent', 'llama3.1:8b'], ['/v1beta/tunedModels/mine:generateContent', 'tunedModels/mine'], ['/v1beta/models/Caf%C3%A9:generateContent', 'Café'],
  ]
  for (const [path, name] of rows) test(path, () => { assert.equal(read(hello, path).requested, name) })

  test('what could mean another path is refused', () => {
    for (const name of ['..', '%2e%2e', 'a/../b', 'a%2F..%2Fb', 'a//b', '.', 'a%3Fkey=x', 'a%23b', 'a%0Ab', 'a%5Cb', '%E9', 'a'.repeat(300), 'a%2Fb%25']) refused(hello, 'model', `/v1beta/models/${name}:generateContent`)
  })
})

test('the tier that is asked for is one of the needs, in every spelling', () => {
  for (const [body, tier] of [[{ serviceTier: 'priority' }, 'priority'], [{ service_tier: 'flex' }, 'flex'], [{ serviceTier: 'SERVICE_TIER_PRIORITY' }, 'priority'], [{}, undefined], [{ serviceTier: 3 }, undefined]] as const) {
    assert.equal(read({ ...hello, ...body }).needs.serviceTier, tier)
  }
  assert.equal(read({ generateContentRequest: { ...hello, serviceTier: 'flex' } }, '/v1beta/models/flash:countTokens', 'countTokens').needs.serviceTier, 'flex')
  refused({ ...hello, SERVICETIER: 'priority' }, 'SERVICETIER')
})

test('keys in an address are refused, and so is what could hide part of an answer', () => {
  for (const query of ['fields=candidates', 'quotaUser=x', '%0A=x', 'callback=f']) assert.throws(() => read(hello, `${generate}?${query}`), { code: 'request.malformed' })
  for (const query of ['alt=proto', 'alt=sse&alt=json', 'alt=sse&$alt=json', '%61lt=sse&alt=json']) refused(hello, 'query.alt', `${generate}?${query}`)
  assert.equal(read(hello, `${generate}?alt=json&prettyPrint=false`).path, `${generate}?alt=json&prettyPrint=false`)
})

test('a stream is asked for as events, whatever form the caller wants', () => {
  const path = '/v1beta/models/flash:streamGenerateContent'
  const rows = [[`${path}?alt=sse`, 'sse', `${path}?alt=sse`], [path, 'json-array', `${path}?alt=sse`], [`${path}?alt=json&prettyPrint=false`, 'json-array', `${path}?alt=sse`]] as const
  for (const [asked, form, sent] of rows) {
    const { path: upstream, stream, streamForm } = read(hello, asked)
    assert.deepEqual([stream, streamForm, upstream], [true, form, sent])
  }
  assert.equal(read(hello).stream, false)
})

test('both spellings of a field are understood, and one field in two is refused', () => {
  const image = { mime_type: 'image/png', data: 'A'.repeat(4000) }
  const { needs } = read({ contents: { parts: [{ text: 'See' }, { inline_data: image }] }, generation_config: { max_output_tokens: 77 }, tools: { function_declarations: [{ name: 'f' }] } })
  assert.deepEqual([needs.maxOutputTokens, needs.tools, needs.vision, needs.inputTokens < 100], [77, true, true, true])
  refused({ ...hello, generationConfig: {}, generation_config: {} }, 'generation_config')
  refused({ contents: [{ parts: [{ inlineData: image, inline_data: image }] }] }, 'inline_data')
  refused({ ...hello, generationConfig: { maxOutputTokens: 1, max_output_tokens: 2 } }, 'max_output_tokens')
  for (const odd of ['Contents', 'CONTENTS', 'systeminstruction', 'System_Instruction', 'generationconfig', 'Tools', 'MODEL']) refused({ ...hello, [odd]: [] }, odd)
  assert.doesNotThrow(() => read({ contents: [{ parts: [{ functionCall: { name: 'f', args: { mime_type: 1, mimeType: 2 } } }] }] }), 'arguments may use any key')
})

test('what is no request is refused with the name of the field', () => {
  refused([] as unknown as Json, 'body')
  refused({}, 'contents')
  refused({ contents: [] }, 'contents')
  refused({ contents: ['x'] }, 'contents.0')
  refused({ contents: [{ parts: ['x'] }] }, 'contents.0')
  refused({ ...hello, generationConfig: 7 }, 'generationConfig')
  refused({ ...hello, generationConfig: { maxOutputTokens: '7' } }, 'maxOutputTokens')
  refused({ ...hello, model: 'models/other' }, 'model')
  refused({}, 'content', '/v1beta/models/flash:embedContent', 'embedContent')
  refused({ requests: [] }, 'requests', '/v1beta/models/flash:batchEmbedContents', 'batchEmbedContents')
  refused({ requests: [{ model: 'models/other', content: { parts: [] } }] }, 'requests.0.model', '/v1beta/models/flash:batchEmbedContents', 'batchEmbedContents')
  refused({ generateContentRequest: { model: 'models/other', ...hello } }, 'generateContentRequest.model', '/v1beta/models/flash:countTokens', 'countTokens')
  assert.doesNotThrow(() => read({ cachedContent: 'cachedContents/x', contents: [] }))
})

test('what leaves of the caller\'s headers is listed', () => {
  const { headers } = read(hello, generate, 'generateContent', {
    'x-goog-api-key': 'k', 'authorization': 'Bearer k', 'x-api-key': 'k', 'cookie': 'c', 'x-goog-user-project': 'p', 'x-portcullis-session': 's', 'x-goog-api-client': 'genai/3', 'user-agent': 'GeminiCLI', 'accept': '*/*', 'x-server-timeout': '30',
  })
  assert.deepEqual(Object.keys(headers).sort(), ['accept', 'user-agent', 'x-goog-api-client', 'x-server-timeout'])
})

const part = (more: Json): Json => ({ contents: [{ role: 'user', parts: [more] }] })
const picture = Buffer.alloc(96, 7).toString('base64')

const uses: readonly (readonly [string, Json, 'rewrite' | 'watch' | 'ignore'])[] = [
  ['text', part({ text: 'V' }), 'rewrite'],
  ['a thought', part({ text: 'V', thought: true }), 'watch'],
  ['a signature', part({ text: 'x', thoughtSignature: 'V' }), 'ignore'],
  ['a picture', part({ inlineData: { mimeType: 'image/x', data: picture } }), 'ignore'],
  ['the type of a picture', part({ inlineData: { mimeType: 'V', data: 'AAAA' } }), 'ignore'],
  ['a file by address', part({ fileData: { fileUri: 'V' } }), 'rewrite'],
  ['the name of a file', part({ inlineData: { mimeType: 'image/png', data: 'AAAA', displayName: 'V' } }), 'rewrite'],
  ['an argument', part({ functionCall: { name: 'f', args: { a: 'V' } } }), 'rewrite'],
  ['an argument that is called like a field', part({ functionCall: { name: 'f', args: { name: 'V' } } }), 'rewrite'],
  ['an argument that looks like a part', part({ functionCall: { name: 'f', args: { contents: [{ parts: [{ thoughtSignature: 'V' }] }] } } }), 'rewrite'],
  ['a name of a call', part({ functionCall: { name: 'V', args: {} } }), 'ignore'],
  ['an id of a result', part({ functionResponse: { id: 'V', name: 'f', response: {} } }), 'ignore'],
  ['a result', part({ functionResponse: { name: 'f', response: { id: 'V' } } }), 'rewrite'],
  ['a picture in a result', part({ functionResponse: { name: 'f', response: {}, parts: [{ inlineData: { mimeType: 'image/png', data: picture } }] } }), 'ignore'],
  ['a word in place of a picture', part({ inlineData: { mimeType: 'image/x', data: 'V' } }), 'rewrite'],
  ['a role', { contents: [{ role: 'V', parts: [] }] }, 'ignore'],
  ['the system\'s text', { ...hello, systemInstruction: { parts: [{ text: 'V' }] } }, 'rewrite'],
  ['the system\'s text of a lone part', { ...hello, systemInstruction: { parts: { text: 'V' } } }, 'rewrite'],
  ['a tool\'s name', { ...hello, tools: [{ functionDeclarations: [{ name: 'V' }] }] }, 'ignore'],
  ['a tool\'s description', { ...hello, tools: [{ functionDeclarations: [{ name: 'f', description: 'V' }] }] }, 'rewrite'],
  ['a type in a schema', { ...hello, tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { properties: { a: { type: 'V' } } } }] }] }, 'ignore'],
  ['a choice in a schema', { ...hello, tools: [{ functionDeclarations: [{ name: 'f', parameters: { properties: { a: { enum: ['V'] } } } }] }] }, 'rewrite'],
  ['a mode', { ...hello, toolConfig: { functionCallingConfig: { mode: 'V' } } }, 'ignore'],
  ['an allowed name', { ...hello, toolConfig: { functionCallingConfig: { allowedFunctionNames: ['V'] } } }, 'ignore'],
  ['where to stop', { ...hello, generationConfig: { stopSequences: ['V'] } }, 'rewrite'],
  ['a format', { ...hello, generationConfig: { responseMimeType: 'V' } }, 'ignore'],
  ['a request to count', { generateContentRequest: { contents: [{ role: 'V', parts: [] }] } }, 'ignore'],
  ['text to embed', { content: { parts: [{ text: 'V' }] } }, 'rewrite'],
  ['the model of a batch', { requests: [{ model: 'V', content: { parts: [] } }] }, 'ignore'],
  ['what nobody knows', { ...hello, name: 'V' }, 'rewrite'],
  ['a key with a point in it', part({ 'functionCall.name': 'V' }), 'rewrite'],
]

const snake = (value: unknown, free = false): unknown => {
  if (Array.isArray(value)) return value.map(element => snake(element, free))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [free ? key : key.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`), snake(inner, free || ['args', 'response', 'parametersJsonSchema'].includes(key))]))
}

suite('what may happen to a string', () => {
  for (const [name, body, use] of uses) {
    test(`${name}: ${use}, in both spellings`, () => {
      for (const given of [body, snake(body)]) {
        const document = readJson(JSON.stringify(given), { maxDepth: 40 })
        const leaf = document.strings.find(one => one.value === 'V' || one.value === picture)
        assert.ok(leaf !== undefined)
        assert.equal(geminiSurface.leafUse(leaf, document), use, JSON.stringify(given))
        assert.equal(geminiSurface.skipLeaf(leaf), use === 'ignore')
      }
    })
  }
})

test('for another name the path is edited, and the body where it repeats the model', () => {
  const to = (operation: ModelOperation, model: string): [string | undefined, unknown] =>
    [geminiSurface.pathFor?.(operation, model), JSON.parse(splice(operation.document.text, geminiSurface.modelEdits(operation, model)))]
  assert.deepEqual(to(read(hello, '/v1/models/alias:streamGenerateContent?alt=sse'), 'gemini-3-flash'), ['/v1/models/gemini-3-flash:streamGenerateContent?alt=sse', hello])
  assert.deepEqual(to(read(hello, `${generate}?prettyPrint=false`), 'tunedModels/my model'), ['/v1beta/tunedModels/my%20model:generateContent?prettyPrint=false', hello])
  assert.deepEqual(to(read(hello, '/v1beta/models/a%2Fb:generateContent'), 'a/b'), ['/v1beta/models/a%2Fb:generateContent', hello], 'as sent where the name is right')
  const batch = { requests: [{ model: 'models/alias', content: { parts: [{ text: 'a' }] } }, { model: 'models/alias', content: { parts: [{ text: 'b' }] } }] }
  const [, sent] = to(read(batch, '/v1beta/models/alias:batchEmbedContents', 'batchEmbedContents'), 'gemini-embedding-001')
  assert.deepEqual((sent as typeof batch).requests.map(request => request.model), ['models/gemini-embedding-001', 'models/gemini-embedding-001'])
  const counted = read({ generate_content_request: { model: 'models/alias', ...hello } }, '/v1beta/models/alias:countTokens', 'countTokens')
  assert.deepEqual(to(counted, 'real')[1], { generate_content_request: { model: 'models/real', ...hello } })
})

test('signatures of other providers are taken out of a history, and nothing else', () => {
  const foreign = encodeForeign('portcullis.anthropic.c2ln')
  const call = { name: 'f', args: { thoughtSignature: foreign } }
  const history = {
    contents: [{ role: 'model', parts: [
      { text: 'hm', thought: true, thoughtSignature: foreign }, { functionCall: call, thoughtSignature: unsignedCall }, { functionCall: call, thoughtSignature: 'own/signature==' }, { function_call: call, thought_signature: foreign },
    ] }],
  }
  const sent = (model: string): unknown[] => {
    const operation = read(history, `/v1beta/models/${model}:generateContent`)
    const edited = JSON.parse(splice(operation.document.text, geminiSurface.modelEdits(operation, model))) as { contents: { parts: (Json & { functionCall?: Json })[] }[] }
    assert.deepEqual(edited.contents[0]?.parts[1]?.functionCall, call)
    return edited.contents[0].parts.map(one => one['thoughtSignature'] ?? one['thought_signature'])
  }
  assert.deepEqual(sent('gemini-3-flash'), ['', 'skip_thought_signature_validator', 'own/signature==', 'skip_thought_signature_validator'])
  assert.deepEqual(sent('gemini-2.5-flash'), ['', '', 'own/signature==', ''])
  assert.deepEqual(geminiSurface.modelEdits(read(hello), 'flash'), [])
})

test('failures are statuses of google.rpc, with what a client can branch on', () => {
  const { body, status } = geminiSurface.renderFailure(new Failure('request.malformed', 'contents: must be an array', { detail: { field: 'contents' } }), 'x1')
  interface Status { readonly error: { readonly code: number; readonly status: string; readonly details: readonly Json[] } }
  const { error } = JSON.parse(body) as Status
  assert.deepEqual([status, error.code, error.status], [400, 400, 'INVALID_ARGUMENT'])
  assert.deepEqual(error.details.map(detail => String(detail['@type']).split('.').at(-1)), ['ErrorInfo', 'BadRequest'])
  const limited = JSON.parse(geminiSurface.renderFailure(new Failure('quota.exceeded', 'Too many.', { retryAfterMs: 2500 }), 'x1').body) as Status
  assert.deepEqual([limited.error.status, limited.error.details.at(-1)], ['RESOURCE_EXHAUSTED', { '@type': 'type.googleapis.com/google.rpc.RetryInfo', 'retryDelay': '3s' }])
})
