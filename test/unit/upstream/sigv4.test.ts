// Signatures against the examples that AWS documents (Signature Version 4 test suite, IAM example), and against the fake cloud's own check.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { AuthorizedRequest } from '../../../gateway/exchange/credential.ts'
import { amzDate, canonicalRequest, signV4 } from '../../../gateway/upstream/credentials/sigv4.ts'
import { signatureProblem, type Signed } from '../../support/fake-cloud/signature.ts'

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: null }
const atMs = Date.parse('2015-08-30T12:36:00Z')
const request = (more: Partial<AuthorizedRequest>): AuthorizedRequest => ({ origin: 'https://example.amazonaws.com', path: '/', method: 'GET', headers: {}, body: null, ...more })

suite('documented examples', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const rows: readonly (readonly [string, string, AuthorizedRequest, string, string])[] = [
    ['get-vanilla', 'service', request({}), 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'service', request({ method: 'POST' }), 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['get-vanilla-query-order-key-case', 'service', request({ path: '/?Param2=value2&Param1=value1' }), 'host;x-amz-date', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
    ['post-x-www-form-urlencoded', 'service', request({ method: 'POST', headers: form, body: 'Param1=value1' }), 'content-type;host;x-amz-date', 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a'],
    [
      'the IAM example', 'iam', request({ origin: 'https://iam.amazonaws.com', path: '/?Action=ListUsers&Version=2010-05-08', headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } }),
      'content-type;host;x-amz-date', '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    ],
  ]
  for (const [name, service, given, signedHeaders, signature] of rows) {
    test(name, () => {
      const { authorization, ...rest } = signV4(given, keys, { region: 'us-east-1', service, atMs })
      assert.equal(authorization, `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`)
      assert.deepEqual(rest, { 'x-amz-date': '20150830T123600Z' })
    })
  }

  test('the canonical request of the IAM example has the documented hash', () => {
    const { text } = canonicalRequest(rows[4]![2], { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host: 'iam.amazonaws.com', 'x-amz-date': '20150830T123600Z' })
    assert.equal(hash('sha256', text, 'hex'), 'f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59')
  })
})

test('the date is written as AWS wants it', () => {
  assert.equal(amzDate(Date.parse('2026-01-31T01:02:03.999Z')), '20260131T010203Z')
})

test('model ids and ARNs in a path are encoded once more than on the wire', () => {
  for (const [path, line] of [
    ['/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke', '/model/anthropic.claude-3-haiku-20240307-v1%253A0/invoke'],
    ['/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.x/converse', '/model/arn%253Aaws%253Abedrock%253Aeu-west-1%253A123456789012%253Ainference-profile%252Feu.x/converse'],
  ] as const) assert.equal(canonicalRequest(request({ path }), { host: 'h' }).text.split('\n')[1], line)
})

test('what is signed here is accepted by a check of its own kind, and any change of it is not', () => {
  const segment = fc.string({ minLength: 1, maxLength: 30 }).map(text => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`))
  fc.assert(fc.property(segment, fc.string(), fc.option(fc.stringMatching(/^[\w/+=]{8,60}$/), { nil: null }), (model, body, sessionToken) => {
    const account = { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey, region: 'eu-central-1', ...sessionToken === null ? {} : { sessionToken } }
    const given = request({ origin: 'http://127.0.0.1:8123', method: 'POST', path: `/model/${model}/converse`, headers: { 'content-type': 'application/json', 'user-agent': 'x' }, body })
    const added = signV4(given, { ...keys, sessionToken }, { region: 'eu-central-1', service: 'bedrock', atMs })
    const arrived: Signed = { method: 'POST', path: given.path, headers: { ...given.headers, ...added, host: '127.0.0.1:8123' }, body: Buffer.from(body) }
    const check = (more: Partial<Signed>): string | null => signatureProblem({ ...arrived, ...more }, account, atMs)
    assert.equal(check({}), null)
    assert.equal(check({ headers: { ...arrived.headers, 'user-agent': 'changed on the way' } }), null)
    assert.match(check({ body: Buffer.from(`${body} `) }) ?? '', /does not match/)
    assert.match(check({ path: `${given.path}-stream` }) ?? '', /does not match/)
    assert.match(check({ headers: { ...arrived.headers, 'content-type': 'text/plain' } }) ?? '', /does not match/)
    assert.match(signatureProblem(arrived, account, atMs + 16 * 60_000) ?? '', /expired/)
  }), { numRuns: 60 })
})
