// Failures as MCP clients read them. A denial is never an HTTP error, and what is hidden does not exist.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, failureTable, type FailureCode } from '../../../gateway/exchange/failure.ts'
import { unknownMethod } from '../../../gateway/surfaces/mcp/methods.ts'
import { mcpFailureRenderer, renderMcpFailure, type FailureContext } from '../../../gateway/surfaces/mcp/render-failure.ts'

const call: FailureContext = { idText: '"i"', era: 'legacy', method: 'tools/call', target: 'db__query', visible: true }
const before: FailureContext = { idText: null, era: 'legacy', method: null, target: null, visible: false }
const denied = new Failure('policy.denied', 'DELETE without WHERE on a production database', { detail: { rule: 'organisation.sql.no_unbounded_delete' } })

interface Body { readonly id: unknown; readonly result?: { isError: boolean; content: { text: string }[]; resultType?: string }; readonly error?: { code: number; message: string; data: Record<string, unknown> } }
const render = (failure: Failure, context: FailureContext): { status: number; headers: Readonly<Record<string, string>>; body: Body } => {
  const { body, headers, status } = renderMcpFailure(failure, context, 'ex-1')
  return { status, headers, body: JSON.parse(body) as Body }
}

test('a forbidden call of a visible tool is a result with isError that names rule, reason and remedy', () => {
  const { body, status } = render(denied, call)
  assert.equal(status, 200)
  assert.equal(body.id, 'i')
  assert.equal(body.result!.isError, true)
  assert.equal(body.result!.content[0]!.text, 'Refused by policy rule organisation.sql.no_unbounded_delete: DELETE without WHERE on a production database. Change the request so that the named rule allows it, or ask the policy owner. (exchange ex-1)')
  assert.equal(body.result!.resultType, undefined)
  assert.equal(render(denied, { ...call, era: 'modern' }).body.result!.resultType, 'complete')
})

test('a call that needs an approval names its class', () => {
  const failure = new Failure('policy.approval_required', 'Deleting rows needs a human', { detail: { rule: 'organisation.sql.delete', approvalClass: 'database-admin' } })
  const { body } = render(failure, call)
  assert.equal(body.result!.isError, true)
  assert.match(body.result!.content[0]!.text, /organisation\.sql\.delete.*Deleting rows needs a human\. It needs an approval of class "database-admin"\./)
})

test('a hidden tool and a tool that does not exist get the same answer, without rule or reason', () => {
  const hidden = render(denied, { ...call, visible: false })
  const unknown = render(new Failure('request.unknown_tool', 'There is no such tool.'), { ...call, visible: false })
  assert.deepEqual(hidden, unknown)
  assert.deepEqual(hidden.body, { jsonrpc: '2.0', id: 'i', error: { code: -32602, message: 'Unknown tool: db__query', data: { code: 'request.unknown_tool', exchange: 'ex-1' } } })
  assert.equal(hidden.status, 200)
})

test('hidden prompts and resources do not exist either, in the words of their era', () => {
  assert.equal(render(denied, { ...call, method: 'prompts/get', visible: false }).body.error!.message, 'Unknown prompt: db__query')
  assert.deepEqual((['legacy', 'modern'] as const).map(era => render(denied, { ...call, era, method: 'resources/read', target: 'x://y', visible: false }).body.error!.code), [-32002, -32602])
})

test('a denied list or prompt that the caller may see is a JSON-RPC error with the rule', () => {
  const { body, status } = render(denied, { ...call, method: 'prompts/get' })
  assert.equal(status, 200)
  assert.deepEqual([body.error!.code, body.error!.data['rule']], [-32602, 'organisation.sql.no_unbounded_delete'])
})

for (const [code, status] of [['auth.missing', 401], ['auth.invalid', 401], ['auth.origin', 403], ['request.too_large', 413]] as const) {
  test(`${code} is HTTP ${status} even when the request was read`, () => {
    for (const context of [before, call]) {
      const rendered = render(new Failure(code, 'No.'), context)
      assert.equal(rendered.status, status)
      assert.equal(rendered.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined)
    }
  })
}

test('every other failure of a request that was read travels in HTTP 200 with its JSON-RPC code', () => {
  for (const code of Object.keys(failureTable) as FailureCode[]) {
    if (['auth.missing', 'auth.invalid', 'auth.origin', 'request.too_large', 'request.method', 'client.gone'].includes(code)) continue
    const { body, status } = render(new Failure(code, 'It failed.'), call)
    assert.equal(status, 200, code)
    if (body.error !== undefined) {
      assert.equal(body.error.code, failureTable[code].jsonrpc)
      assert.equal(body.error.data['exchange'], 'ex-1')
    } else assert.equal(body.result!.isError, true)
  }
})

test('a body that could not be read is a parse error, one that names its field is an invalid request', () => {
  assert.deepEqual([{}, { field: 'content-type' }].map(detail => render(new Failure('request.malformed', 'Bad.', { detail }), before)).map(({ body, status }) => [status, body.error!.code, body.id]), [[400, -32700, null], [400, -32600, null]])
})

test('a quota tells when to come back, in the header before and in the data after the request was read', () => {
  const failure = new Failure('quota.exceeded', 'Too many requests.', { retryAfterMs: 1500 })
  assert.equal(render(failure, before).headers['retry-after'], '2')
  assert.equal(render(failure, before).status, 429)
  assert.equal(render(failure, call).body.error!.data['retryAfterMs'], 1500)
})

test('an unknown method keeps the status of its era', () => {
  assert.equal(render(unknownMethod('modern', '5'), { ...before, era: 'modern' }).status, 404)
  assert.deepEqual(render(unknownMethod('legacy', '5'), before).body.id, 5)
})

test('a defect says nothing about its cause', () => {
  const rendered = renderMcpFailure(new Error('secret path /home/x'), call, 'ex-1')
  assert.ok(!rendered.body.includes('secret'))
})

test('the renderer of an exchange follows what is learnt about it', () => {
  let context = before
  const renderer = mcpFailureRenderer(() => context)
  assert.equal(renderer.renderFailure(denied, 'e').status, 403)
  context = call
  assert.equal(renderer.renderFailure(denied, 'e').status, 200)
  assert.match(renderer.renderFailureEvent(denied, 'e').toString(), /^event: message\ndata: \{"jsonrpc":"2.0","id":"i","result":/)
})
