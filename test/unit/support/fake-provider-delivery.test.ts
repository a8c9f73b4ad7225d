import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { ordersIn } from '../../support/fake-provider/echo-agent.ts'

let provider: FakeProvider
beforeEach(async () => { provider = await startFakeProvider() })
afterEach(() => provider.close())

const post = (stream: boolean, signal?: AbortSignal): Promise<Response> => fetch(`${provider.url}/v1/chat/completions`, {
  method: 'POST', headers: { 'content-type': 'application/json' }, signal: signal ?? null,
  body: JSON.stringify({ model: 'gpt-5-mini', stream, messages: [{ role: 'user', content: 'Grüße 🎉' }] }),
})

test('requests are recorded with their exact bytes', async () => {
  await post(false)
  const [request] = provider.requests
  assert.deepEqual([request?.method, request?.path, request?.endpoint, request?.dialect, request?.status], ['POST', '/v1/chat/completions', 'chat.completions', 'openai', 200])
  assert.equal(request?.body.toString(), '{"model":"gpt-5-mini","stream":false,"messages":[{"role":"user","content":"Grüße 🎉"}]}')
  assert.equal(request.asked?.userText, 'Grüße 🎉')
})

test('any chunking of a stream carries the same bytes', async () => {
  const reply = { kind: 'answer', text: 'Grüße 🎉 in many pieces' } as const
  const withoutId = (text: string): string => text.replaceAll(/chatcmpl-fake\d+/g, '')
  provider.script.push(reply)
  const whole = withoutId(await (await post(true)).text())
  await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }), async chunkBytes => {
    provider.script.push({ ...reply, chunkBytes })
    assert.equal(withoutId(await (await post(true)).text()), whole)
  }), { numRuns: 15 })
})

test('an answer cut by bytes or by events breaks the connection after exactly that', async () => {
  provider.script.push({ kind: 'answer', text: 'x'.repeat(100), cutAfterBytes: 20 }, { kind: 'answer', text: 'x'.repeat(100), cutAfterEvents: 2 })
  for (const [stream, check] of [[false, (text: string) => text.length === 20], [true, (text: string) => text.split('\n\n').length === 3]] as const) {
    const response = await post(stream)
    const decoder = new TextDecoder()
    let text = ''
    await assert.rejects(async () => {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) text += decoder.decode(chunk, { stream: true })
    })
    assert.ok(check(text), text)
    assert.equal(provider.requests.at(-1)?.callerLeft, false)
  }
})

test('silence ends only when the caller leaves, and the record says so', async () => {
  provider.script.push({ kind: 'silence' })
  const controller = new AbortController()
  const answer = post(false, controller.signal)
  while (provider.requests.length === 0) await new Promise(resolve => setImmediate(resolve))
  controller.abort()
  await assert.rejects(answer)
  while (!provider.requests[0]!.callerLeft) await new Promise(resolve => setImmediate(resolve))
  assert.equal(provider.requests[0]!.status, 0)
})

test('a reset breaks the connection before the head', async () => {
  provider.script.push({ kind: 'reset' })
  await assert.rejects(post(false))
  assert.equal(provider.requests[0]?.callerLeft, false)
})

test('malformed output and recorded transcripts go out as they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'transcript-'))
  try {
    const file = join(folder, 'recorded.sse')
    writeFileSync(file, 'data: {"recorded":true}\n\n')
    provider.script.push({ kind: 'raw', body: '{"half":' }, { kind: 'transcript', file })
    assert.equal(await (await post(false)).text(), '{"half":')
    const replay = await post(true)
    assert.equal(replay.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.equal(await replay.text(), 'data: {"recorded":true}\n\n')
    assert.equal(provider.script.left, 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a pause separates the events of a paced stream', async () => {
  provider.script.push({ kind: 'answer', text: 'abc', deltaChars: 1, eventDelayMs: 2 })
  const reads: Uint8Array[] = []
  for await (const chunk of (await post(true)).body as AsyncIterable<Uint8Array>) reads.push(chunk)
  assert.ok(reads.length > 1)
})

test('a reply function may leave requests to the echo agent', async () => {
  await using own = await startFakeProvider({ reply: request => request.asked?.stream === true ? { kind: 'answer', text: 'scripted' } : null })
  const ask = async (stream: boolean): Promise<string> => (await fetch(`${own.url}/v1/chat/completions`, {
    method: 'POST', body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'hello' }] }),
  })).text()
  assert.match(await ask(false), /You said: hello/)
  assert.match(await ask(true), /scripted/)
})

test('unknown paths get the dialect\'s 404', async () => {
  const response = await fetch(`${provider.url}/v1/audio/speech`, { method: 'POST', body: '{}' })
  assert.equal(response.status, 404)
  assert.match(await response.text(), /Unknown request URL/)
})

test('orders are read only whole, and only for offered tools', () => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ['use read with {"a": {"b": "}"}} now', [{ name: 'read', args: { a: { b: '}' } } }]],
    ['use other with {"a": 1}', []],
    ['use read with {"a": ', []],
    ['use read with {not json}', []],
    ['misuse read with {}', []],
    ['use long with {"a": "\\"}"}', [{ name: 'mcp__x__long', args: { a: '"}' } }]],
  ]
  for (const [text, orders] of cases) assert.deepEqual(ordersIn(text, ['read', 'mcp__x__long']), orders, text)
})
