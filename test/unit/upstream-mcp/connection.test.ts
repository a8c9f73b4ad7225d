// What every kind of connection promises, checked over each transport and era.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '../../../gateway/exchange/failure.ts'
import type { McpConnection, McpOwner } from '../../../gateway/exchange/mcp.ts'
import { standardTools } from '../../support/fake-mcp-server.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'
import { alice, bob, callTool, firstText, httpSpec, payloadText, seenBy, startFake, startPool, stdioSpec } from './setup.ts'

type Open = (test: CleansUp) => Promise<(owner?: McpOwner) => Promise<McpConnection>>

const overHttp = (options: Parameters<typeof startFake>[1]): Open => async t => {
  const fake = await startFake(t, options)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  return async (owner = alice) => pool.get('web', owner)
}

const overStdio = (...flags: string[]): Open => t => {
  const { pool } = startPool(t, [stdioSpec(flags, { era: 'auto' })])
  return Promise.resolve(async (owner = alice) => pool.get('local', owner))
}

const kinds: readonly { readonly name: string; readonly era: string; readonly open: Open }[] = [
  { name: 'HTTP, legacy, JSON answers', era: 'legacy', open: overHttp({}) },
  { name: 'HTTP, legacy, event streams', era: 'legacy', open: overHttp({ events: 'always' }) },
  { name: 'HTTP, modern', era: 'modern', open: overHttp({ era: 'modern' }) },
  { name: 'stdio, legacy', era: 'legacy', open: overStdio() },
  { name: 'stdio, modern', era: 'modern', open: overStdio('--era=modern') },
]

for (const { name, era, open } of kinds) {
  test(`${name}: the era is found by asking`, async t => {
    const connection = await (await open(t))()
    assert.equal(connection.era, era)
    assert.equal(connection.protocolVersion, era === 'modern' ? '2026-07-28' : '2025-11-25')
    assert.deepEqual(connection.serverInfo, { name: 'fake', version: '1.0.0' })
  })

  test(`${name}: unknown fields, unknown content and number spellings survive byte for byte`, async t => {
    const connection = await (await open(t))()
    const expected = '{"content":[{"type":"hologram","frames":[1.50]}],"x-unknown":{"z":1,"a":2}, "_meta" : {"vendor/x":true}'
    assert.equal(payloadText(await callTool(connection, 'odd_content')), `${expected}${era === 'modern' ? ',"resultType":"complete"' : ''}}`)
    const list = await connection.request({ method: 'tools/list', params: null, signal: null, timeoutMs: 5000, onNotification: null, caller: null })
    assert.ok(payloadText(list).includes([...standardTools().values()][0]!.definition))
  })

  test(`${name}: a JSON-RPC error is a reply with its code and data, not a throw`, async t => {
    const reply = await callTool(await (await open(t))(), 'rpc_error')
    assert.equal(reply.kind, 'error')
    assert.deepEqual(JSON.parse(payloadText(reply)), { code: -32050, message: 'vendor error', data: { hint: 'x' } })
  })

  test(`${name}: equal progress tokens of concurrent callers do not collide, and each gets its own token back`, async t => {
    const connect = await open(t)
    const connection = await connect()
    const seen: Record<string, unknown[]> = { one: [], two: [] }
    const call = (who: string, token: string): Promise<unknown> => callTool(connection, 'progress', {
      args: { steps: 3, note: who }, meta: `{"progressToken":${token}}`,
      onNotification: (method, params) => { seen[who]!.push([method, JSON.parse(params ?? 'null')]) },
    })
    await Promise.all([call('one', '7'), call('two', '7')])
    for (const who of ['one', 'two']) {
      assert.deepEqual(seen[who], [1, 2, 3].map(progress => ['notifications/progress', { progressToken: 7, progress, total: 3, 'x-note': who }]))
    }
  })

  test(`${name}: progress for a token that nobody sent reaches nobody`, async t => {
    const seen: string[] = []
    const reply = await callTool(await (await open(t))(), 'invented_progress', { meta: '{"progressToken":"mine"}', onNotification: method => { seen.push(method) } })
    assert.equal(firstText(reply), 'ok')
    assert.deepEqual(seen, [])
  })

  test(`${name}: a cancelled call is rejected at once and the server is told`, async t => {
    const connection = await (await open(t))()
    const abort = new AbortController()
    const calling = callTool(connection, 'slow', { args: { ms: 10_000 }, signal: abort.signal })
    await eventually(async () => (await seenBy(connection)).received.some(({ params }) => params?.['name'] === 'slow'))
    abort.abort()
    await assert.rejects(calling, (failure: Failure) => failure.code === 'client.gone')
    const seen = await eventually(async () => { const now = await seenBy(connection); return now.cancelled.length > 0 && now })
    const slow = seen.received.find(({ params }) => params?.['name'] === 'slow')
    assert.deepEqual(seen.cancelled, [slow!.id])
  })

  test(`${name}: a call that takes too long fails with upstream.timeout, is cancelled, and leaves the connection usable`, async t => {
    const connection = await (await open(t))()
    await assert.rejects(callTool(connection, 'slow', { args: { ms: 10_000 }, timeoutMs: 60 }), (failure: Failure) => failure.code === 'upstream.timeout')
    await eventually(async () => (await seenBy(connection)).cancelled.length === 1)
    assert.equal(firstText(await callTool(connection, 'slow', { args: { ms: 1 } })), 'done')
  })

  test(`${name}: two owners never share a connection, whatever ids their clients use`, async t => {
    const connect = await open(t)
    const [first, second] = await Promise.all([connect(alice), connect(bob)])
    assert.notEqual(first, second)
    const texts = await Promise.all([callTool(first, 'echo', { args: { who: 'alice' } }), callTool(second, 'echo', { args: { who: 'bob' } })])
    assert.deepEqual(texts.map(firstText), ['{"who":"alice"}', '{"who":"bob"}'])
  })

  test(`${name}: answers to many concurrent calls find their callers`, async t => {
    const connection = await (await open(t))()
    const texts = await Promise.all(Array.from({ length: 30 }, (_, n) => callTool(connection, 'echo', { args: { n } }).then(firstText)))
    assert.deepEqual(texts, Array.from({ length: 30 }, (_, n) => JSON.stringify({ n })))
  })

  test(`${name}: a closed connection rejects pending and later calls`, async t => {
    const connection = await (await open(t))()
    const pending = callTool(connection, 'slow', { args: { ms: 10_000 } })
    const rejected = assert.rejects(pending, (failure: Failure) => failure.code === 'upstream.connect')
    await connection.close()
    await rejected
    await assert.rejects(callTool(connection, 'echo'), (failure: Failure) => failure.code === 'upstream.connect')
  })
}

for (const { name, open } of kinds.filter(kind => kind.era === 'legacy')) {
  test(`${name}: ping of the server is answered, sampling is refused with -32601`, async t => {
    const connection = await (await open(t))()
    assert.deepEqual((JSON.parse(firstText(await callTool(connection, 'ask', { args: { method: 'ping' } }))) as { result: unknown }).result, {})
    const refused = JSON.parse(firstText(await callTool(connection, 'ask', { args: { method: 'sampling/createMessage' } }))) as { error: { code: number } }
    assert.equal(refused.error.code, -32601)
  })
}

test('no client capability is declared to a server, in either era, whatever the caller claims', async t => {
  const legacy = await startFake(t)
  const modern = await startFake(t, { era: 'modern' })
  const { pool } = startPool(t, [httpSpec(legacy.url), httpSpec(modern.url, { name: 'modern' })])
  await pool.get('web', alice)
  const connection = await pool.get('modern', alice)
  await callTool(connection, 'echo', { meta: '{"io.modelcontextprotocol/clientCapabilities":{"sampling":{}},"io.modelcontextprotocol/clientInfo":{"name":"agent"},"traceparent":"00-1"}' })
  const hello = legacy.fake.received.find(({ method }) => method === 'initialize')!.params as { capabilities: unknown }
  assert.deepEqual(hello.capabilities, {})
  const { _meta: meta } = modern.fake.received.find(({ method }) => method === 'tools/call')!.params as { _meta: Record<string, unknown> }
  assert.deepEqual(meta['io.modelcontextprotocol/clientCapabilities'], {})
  assert.deepEqual((meta['io.modelcontextprotocol/clientInfo'] as { name: string }).name, 'portcullis')
  assert.equal(meta['traceparent'], '00-1')
})
