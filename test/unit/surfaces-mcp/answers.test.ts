// Lists built from allowed entries, and what the gateway answers itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listMemberOf, listResult, type ListRequest } from '../../../gateway/surfaces/mcp/lists.ts'
import { answerDiscover, answerInitialize, answerSetLevel, mergeCapabilities, mergeInstructions, type UpstreamHello } from '../../../gateway/surfaces/mcp/local-answers.ts'
import { McpRefusal } from '../../../gateway/surfaces/mcp/refusal.ts'
import { McpSessions } from '../../../gateway/surfaces/mcp/sessions.ts'
import { request } from './setup.ts'

const list = (entries: readonly string[], changes: Partial<ListRequest> = {}): string =>
  listResult({ member: 'tools', entries: entries.map(rawText => ({ rawText })), cursor: undefined, era: 'legacy', idText: '1', ...changes })

test('entries are joined as they came', () => {
  assert.equal(list(['{"name":"a", "n":1.0}', '{"name":"b"}']), '{"tools":[{"name":"a", "n":1.0},{"name":"b"}]}')
  assert.equal(list([]), '{"tools":[]}')
})

test('modern lists say that they are complete and not to be shared or remembered', () => {
  assert.deepEqual(JSON.parse(list(['{}'], { era: 'modern' })), { tools: [{}], ttlMs: 0, cacheScope: 'private', resultType: 'complete' })
})

test('pages add up to the list, for every length and page size', () => {
  fc.assert(fc.property(fc.nat(30), fc.integer({ min: 1, max: 10 }), (length, pageSize) => {
    const entries = Array.from({ length }, (_, n) => `{"n":${n}}`)
    const all: unknown[] = []
    let cursor: string | undefined
    do {
      const page = JSON.parse(list(entries, { cursor, pageSize })) as { tools: unknown[]; nextCursor?: string }
      assert.ok(page.tools.length <= pageSize)
      all.push(...page.tools)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    assert.deepEqual(all, entries.map(text => JSON.parse(text) as unknown))
  }))
})

test('a cursor that is not ours, or of a list that has changed since, is refused with -32602', () => {
  const entries = ['{"n":1}', '{"n":2}', '{"n":3}']
  const { nextCursor } = JSON.parse(list(entries, { pageSize: 2 })) as { nextCursor: string }
  assert.equal(list(entries, { pageSize: 2, cursor: nextCursor }), '{"tools":[{"n":3}]}')
  for (const cursor of ['', 'x', 5, null, {}, `${nextCursor}9`, nextCursor.replace('.2', '.3')]) {
    assert.throws(() => list(entries, { pageSize: 2, cursor }), (refusal: McpRefusal) => refusal.rpcCode === -32602 && refusal.httpStatus === 200)
  }
  assert.throws(() => list([...entries, '{"n":4}'], { pageSize: 2, cursor: nextCursor }), McpRefusal)
})

test('list methods know their member', () => {
  assert.deepEqual(['tools/list', 'resources/templates/list', 'constructor'].map(listMemberOf), ['tools', 'resourceTemplates', undefined])
})

const upstream = (server: string, changes: Partial<UpstreamHello> = {}): UpstreamHello => ({ server, era: 'legacy', capabilities: { tools: {} }, instructions: null, ...changes })
const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } }

for (const [asked, answered] of [['2025-06-18', '2025-06-18'], ['2025-03-26', '2025-03-26'], ['2025-11-25', '2025-11-25'], ['2024-11-05', '2025-11-25'], ['2026-07-28', '2025-11-25'], ['nonsense', '2025-11-25']] as const) {
  test(`initialize with ${asked} is answered with ${answered}`, () => {
    const { result, session } = answerInitialize(request('initialize', { ...params, protocolVersion: asked }), [upstream('a')], '1.2.3')
    const { protocolVersion, serverInfo } = JSON.parse(result) as { protocolVersion: string; serverInfo: { name: string; version: string } }
    assert.deepEqual([protocolVersion, session.protocolVersion, serverInfo.name, serverInfo.version], [answered, answered, 'portcullis', '1.2.3'])
  })
}

for (const missing of ['protocolVersion', 'capabilities', 'clientInfo']) {
  test(`initialize without ${missing} is refused with -32602`, () => {
    assert.throws(() => answerInitialize(request('initialize', { ...params, [missing]: undefined }), [], '1'), (refusal: McpRefusal) => refusal.rpcCode === -32602)
  })
}

test('capabilities are the union of the upstreams, limited to what is carried', () => {
  const upstreams = [upstream('a', { capabilities: { tools: {}, resources: { subscribe: true }, tasks: {}, experimental: {} } }), upstream('b', { capabilities: { prompts: {}, logging: {}, completions: {} } })]
  assert.deepEqual(mergeCapabilities(upstreams, 'legacy'), { tools: { listChanged: true }, resources: { listChanged: true, subscribe: true }, prompts: { listChanged: true }, completions: {}, logging: {} })
  assert.deepEqual(mergeCapabilities([], 'legacy'), { tools: { listChanged: true } })
})

test('instructions of several servers stand under their names, bounded', () => {
  assert.equal(mergeInstructions([upstream('a', { instructions: ' use a ' }), upstream('b'), upstream('c', { instructions: 'use c' })]), '## a\nuse a\n\n## c\nuse c')
  assert.equal(mergeInstructions([upstream('a')]), null)
  assert.ok(mergeInstructions([upstream('a', { instructions: 'x'.repeat(100_000) })])!.length < 9000)
})

test('server/discover is answered with what 2026-07-28 requires', () => {
  assert.deepEqual(JSON.parse(answerDiscover([upstream('a', { era: 'modern', instructions: 'hi' })], '1.2.3')), {
    resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: { listChanged: true } }, instructions: '## a\nhi', ttlMs: 0, cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'portcullis', title: 'Portcullis MCP gateway', version: '1.2.3' } },
  })
})

test('logging/setLevel is noted in the session, unknown levels are refused', t => {
  const sessions = new McpSessions()
  t.after(() => { sessions.close() })
  const session = sessions.open({ principal: 'p', endpoint: '', protocolVersion: '2025-11-25', clientInfo: {}, clientCapabilities: {} })
  assert.equal(answerSetLevel(request('logging/setLevel', { level: 'error' }), session), '{}')
  assert.equal(session.logLevel, 'error')
  assert.throws(() => answerSetLevel(request('logging/setLevel', { level: 'loud' }), session), (refusal: McpRefusal) => refusal.rpcCode === -32602)
})
