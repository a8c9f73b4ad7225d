// Our own words in each dialect: failures, failures within a stream, and the model list.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, failureTable, type FailureCode } from '../../../gateway/exchange/failure.ts'
import { SseSplitter } from '../../../gateway/exchange/sse.ts'
import { anthropicSurface } from '../../../gateway/surfaces/anthropic/surface.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'

const denied = new Failure('policy.denied', 'The model is not allowed for this team.', { detail: { rule: 'org.models.allowed', field: 'model' } })

test('OpenAI failures name message, rule, remedy, code and exchange', () => {
  const { status, headers, body } = openaiSurface.renderFailure(denied, 'ex-1')
  assert.equal(status, 403)
  assert.equal(headers['x-portcullis-exchange'], 'ex-1')
  assert.deepEqual(JSON.parse(body), {
    error: {
      message: 'The model is not allowed for this team. Change the request so that the named rule allows it, or ask the policy owner. (portcullis policy.denied, rule org.models.allowed, exchange ex-1)',
      type: 'permission_error', param: 'model', code: 'policy.denied',
    },
  })
})

test('Anthropic failures name message, rule, remedy, code and exchange', () => {
  const { status, body } = anthropicSurface.renderFailure(denied, 'ex-1')
  assert.equal(status, 403)
  const parsed = JSON.parse(body) as { type: string; error: { type: string; message: string }; request_id: string }
  assert.deepEqual([parsed.type, parsed.error.type, parsed.request_id], ['error', 'permission_error', 'ex-1'])
  assert.match(parsed.error.message, /policy\.denied, rule org\.models\.allowed, exchange ex-1/)
})

const types: readonly (readonly [FailureCode, number, openai: string, anthropic: string])[] = [
  ['request.malformed', 400, 'invalid_request_error', 'invalid_request_error'],
  ['auth.missing', 401, 'authentication_error', 'authentication_error'],
  ['route.lossy', 400, 'invalid_request_error', 'invalid_request_error'],
  ['route.none', 404, 'invalid_request_error', 'not_found_error'],
  ['request.too_large', 413, 'invalid_request_error', 'request_too_large'],
  ['quota.exceeded', 429, 'rate_limit_error', 'rate_limit_error'],
  ['budget.exhausted', 429, 'insufficient_quota', 'rate_limit_error'],
  ['gateway.bug', 500, 'server_error', 'api_error'],
  ['upstream.connect', 502, 'server_error', 'api_error'],
  ['gateway.overloaded', 503, 'server_error', 'overloaded_error'],
  ['upstream.timeout', 504, 'server_error', 'timeout_error'],
]
for (const [code, status, openai, anthropic] of types) {
  test(`${code} has status ${status} and each dialect's own type`, () => {
    const typeIn = (body: string): string => (JSON.parse(body) as { error: { type: string } }).error.type
    const failure = new Failure(code, 'x.')
    assert.deepEqual([openaiSurface.renderFailure(failure, 'e').status, anthropicSurface.renderFailure(failure, 'e').status], [status, status])
    assert.equal(typeIn(openaiSurface.renderFailure(failure, 'e').body), openai)
    assert.equal(typeIn(anthropicSurface.renderFailure(failure, 'e').body), anthropic)
  })
}

test('waiting times are told in whole seconds, rounded up, and a spent budget is not to be retried', () => {
  const { headers } = openaiSurface.renderFailure(new Failure('budget.exhausted', 'x.', { retryAfterMs: 1_001 }), 'e')
  assert.deepEqual([headers['retry-after'], headers['x-should-retry']], ['2', 'false'])
  assert.equal(anthropicSurface.renderFailure(denied, 'e').headers['retry-after'], undefined)
})

test('a missing key is challenged', () => {
  assert.match(anthropicSurface.renderFailure(new Failure('auth.missing', 'x.'), 'e').headers['www-authenticate'] ?? '', /^Bearer/)
})

test('a failure within a stream is an event of its own even when the event before it was cut', () => {
  for (const code of Object.keys(failureTable) as FailureCode[]) {
    const failure = new Failure(code, 'Broken.')
    const after = (cut: string, surface: typeof openaiSurface): { event: string | null; data: string | null } => {
      const frame = new SseSplitter().push(Buffer.concat([Buffer.from(cut), surface.renderFailureEvent(failure, 'e')])).at(-1)
      return { event: frame!.event, data: frame!.data }
    }
    const openai = after('data: {"id":"x","cho', openaiSurface)
    assert.equal((JSON.parse(openai.data!) as { error: { code: string } }).error.code, code)
    const anthropic = after('event: content_block_delta\ndata: {"ty', anthropicSurface)
    assert.equal(anthropic.event, 'error')
    assert.equal((JSON.parse(anthropic.data!) as { type: string }).type, 'error')
  }
})

test('the model list has each dialect\'s shape', () => {
  const entries = [{ id: 'a', created: 1_767_225_600 }, { id: 'p/b', created: 0 }]
  assert.deepEqual(JSON.parse(openaiSurface.renderModelList(entries)), {
    object: 'list',
    data: [{ id: 'a', object: 'model', created: 1_767_225_600, owned_by: 'portcullis' }, { id: 'p/b', object: 'model', created: 0, owned_by: 'portcullis' }],
  })
  assert.deepEqual(JSON.parse(anthropicSurface.renderModelList(entries)), {
    data: [
      { type: 'model', id: 'a', display_name: 'a', created_at: '2026-01-01T00:00:00.000Z' },
      { type: 'model', id: 'p/b', display_name: 'p/b', created_at: '1970-01-01T00:00:00.000Z' },
    ],
    has_more: false, first_id: 'a', last_id: 'p/b',
  })
  assert.deepEqual(JSON.parse(anthropicSurface.renderModelList([])), { data: [], has_more: false, first_id: null, last_id: null })
})
