// Credentials that expire: asked once however many wait, early enough, from every place that hands them out; and never in a message.
import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Answer, HttpSend } from '../../../gateway/exchange/answer.ts'
import type { AwsKeys, AwsSource, Credential, TokenSource } from '../../../gateway/exchange/credential.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { assertionOf } from '../../../gateway/upstream/credentials/access-token.ts'
import { environmentForCommand } from '../../../gateway/upstream/credentials/ask.ts'
import { createAuthorizer } from '../../../gateway/upstream/credentials/authorizer.ts'
import { askAwsKeys, sectionOf } from '../../../gateway/upstream/credentials/aws-keys.ts'
import { Perishable } from '../../../gateway/upstream/credentials/perishable.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

suite('what expires', () => {
  const minute = 60_000

  test('is asked for once, however many wait, and is a value while it is good', async () => {
    let asked = 0
    const token = new Perishable(() => { asked += 1; return Promise.resolve({ value: asked, expiresMs: 60 * minute }) }, () => 0)
    assert.deepEqual(await Promise.all([token.get(), token.get(), token.get()]), [1, 1, 1])
    assert.equal(token.get(), 1)
    assert.equal(asked, 1)
  })

  test('is renewed early, in the background, and a failure of that is no harm while the old one is good', async () => {
    let now = 0
    let fails = false
    let asked = 0
    const token = new Perishable(() => { asked += 1; return fails ? Promise.reject(new Error('no')) : Promise.resolve({ value: asked, expiresMs: now + 60 * minute }) }, () => now)
    assert.equal(await token.get(), 1)
    now = 56 * minute
    fails = true
    assert.equal(token.get(), 1)
    await new Promise(setImmediate)
    fails = false
    now += 2000
    assert.equal(token.get(), 1)
    await new Promise(setImmediate)
    assert.equal(token.get(), 3)
  })

  test('is not used when it is about to expire, and a source that fails is left alone for a second', async () => {
    let now = 0
    let asked = 0
    const token = new Perishable<number>(() => { asked += 1; return asked === 1 ? Promise.resolve({ value: 1, expiresMs: minute }) : Promise.reject(new Error(`no ${asked}`)) }, () => now)
    assert.equal(await token.get(), 1)
    now = minute - 5000
    await assert.rejects(async () => token.get(), /no 2/)
    await assert.rejects(async () => token.get(), /no 2/)
    now += 1500
    await assert.rejects(async () => token.get(), /no 3/)
    assert.equal(asked, 3)
  })
})

test('what was refused is asked for again, but not when it is new', async () => {
  let now = 0
  let asked = 0
  const token = new Perishable(() => { asked += 1; return Promise.resolve({ value: asked, expiresMs: Infinity }) }, () => now)
  assert.equal(await token.get(), 1)
  token.refused()
  assert.equal(token.get(), 1)
  now = 61_000
  token.refused()
  assert.equal(await token.get(), 2)
})

interface Asked { readonly url: string; readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }

/** An HTTP client that answers by a table and remembers what it was asked. */
const httpOf = (answer: (asked: Asked) => readonly [status: number, body: string] | Failure): { send: (request: HttpSend) => Promise<Answer>; asked: Asked[] } => {
  const asked: Asked[] = []
  return {
    asked,
    send: ({ body, headers, method, origin, path }) => {
      const one = { url: origin + path, method, headers, body: String(body ?? '') }
      asked.push(one)
      const given = answer(one)
      if (given instanceof Failure) return Promise.reject(given)
      return Promise.resolve({
        status: given[0], headers: {}, resume: () => undefined, abort: () => undefined,
        attach: sink => { sink.data(Buffer.from(given[1])); sink.end() },
      })
    },
  }
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const account: Extract<TokenSource, { kind: 'google-service-account' }> = { kind: 'google-service-account', email: 'a@b.iam', privateKey, keyId: 'k', tokenUri: 'https://oauth2.example/token' }
const post = { origin: 'https://x.example', path: '/', method: 'POST', headers: {}, body: '' }

const authorizing = (credential: Credential, http: ReturnType<typeof httpOf>, clock = (): number => 1_000_000): Promise<Readonly<Record<string, string>>> =>
  Promise.resolve(createAuthorizer({ http, clock, environment: { PATH: process.env['PATH'] } }).authorize(credential, post))

const token = (source: TokenSource): Credential => ({ kind: 'token', provider: 'cloud-x', source })

suite('access tokens', () => {
  test('the assertion of a service account is signed with its key and says who, for what, and for how long', () => {
    const [head = '', claims = '', signature = ''] = assertionOf(account, 1_700_000_000_500).split('.')
    assert.ok(verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url')))
    assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), { alg: 'RS256', typ: 'JWT', kid: 'k' })
    assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()), { iss: 'a@b.iam', scope: 'https://www.googleapis.com/auth/cloud-platform', aud: 'https://oauth2.example/token', iat: 1_700_000_000, exp: 1_700_003_600 })
  })

  const rows: readonly (readonly [string, TokenSource, (asked: Asked) => boolean])[] = [
    ['a service account', account, ({ body, url }) => url === 'https://oauth2.example/token' && body.startsWith('grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=')],
    ['Google\'s metadata server', { kind: 'google-metadata', endpoint: 'http://metadata.google.internal' }, ({ headers, method, url }) => method === 'GET' && headers['metadata-flavor'] === 'Google' && url === 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token'],
    ['Entra ID', { kind: 'entra-client', url: 'https://login.example/t/oauth2/v2.0/token', clientId: 'c', clientSecret: 's e', scope: 'x/.default' }, ({ body }) => body === 'grant_type=client_credentials&client_id=c&client_secret=s+e&scope=x%2F.default'],
  ]
  for (const [name, source, isRight] of rows) {
    test(`of ${name} are asked for once and sent as a bearer`, async () => {
      const http = httpOf(() => [200, '{"access_token":"tok-1","expires_in":3599,"token_type":"Bearer"}'])
      const { authorize } = createAuthorizer({ http, clock: () => 5, environment: {} })
      const credential = token(source)
      assert.deepEqual(await authorize(credential, post), { authorization: 'Bearer tok-1' })
      assert.deepEqual(authorize(credential, post), { authorization: 'Bearer tok-1' })
      assert.equal(http.asked.length, 1)
      assert.ok(isRight(http.asked[0]!), JSON.stringify(http.asked[0]))
    })
  }

  test('a program is asked without a shell, and does not see the gateway\'s other secrets', async t => {
    const folder = scratchFolder(t)
    const script = join(folder, 'print.mjs')
    writeFileSync(script, 'console.log(JSON.stringify({ access_token: [process.argv[2], process.env.ANTHROPIC_API_KEY ?? "unseen"].join("-"), expires_in: 60 }))')
    const command = [process.execPath, script, '$(id)']
    const { authorize } = createAuthorizer({ http: httpOf(() => [500, '']), clock: Date.now, environment: { ...process.env, ANTHROPIC_API_KEY: 'sk-secret' } })
    assert.deepEqual(await authorize(token({ kind: 'command', command }), post), { authorization: 'Bearer $(id)-unseen' })
    assert.deepEqual(environmentForCommand({ PATH: 'p', HOME: 'h', AWS_PROFILE: 'x', OPENAI_API_KEY: 's', PORTCULLIS_ADMIN: 's' }), { PATH: 'p', HOME: 'h', AWS_PROFILE: 'x' })
  })

  for (const [name, script] of [['fails', 'console.error("secret-out"); process.exit(3)'], ['prints nonsense', 'console.log("secret out\\nof lines")'], ['prints JSON without a token', 'console.log(JSON.stringify({ secret: "secret-out" }))']] as const) {
    test(`a program that ${name} is named by its provider, and nothing that it printed is`, async () => {
      await assert.rejects(authorizing(token({ kind: 'command', command: [process.execPath, '-e', script, 'secret-argument'] }), httpOf(() => [200, ''])), thrown =>
        thrown instanceof Failure && thrown.code === 'upstream.refused' && thrown.message.includes('cloud-x') && !/secret/.test(thrown.message + thrown.remedy + JSON.stringify(thrown.detail) + String(thrown.cause)))
    })
  }

  for (const [name, answer, code, says] of [
    ['a refusal', [400, '{"error":"invalid_grant","error_description":"secret-detail"}'], 'upstream.refused', /cloud-x.*400, invalid_grant/], ['no token', [200, '{"id_token":"secret-x"}'], 'upstream.refused', /without an access token/],
    ['no JSON', [200, 'secret-page'], 'upstream.refused', /not a JSON object/], ['too long an answer', [200, 'x'.repeat(300_000)], 'upstream.protocol', /cloud-x/], ['nobody there', new Failure('upstream.connect', 'refused 10.0.0.1'), 'upstream.connect', /cloud-x.*did not answer/],
  ] as const) {
    test(`${name} is a failure that names the provider and no secret`, async () => {
      await assert.rejects(authorizing(token(account), httpOf(() => answer)), thrown => {
        assert.ok(thrown instanceof Failure)
        assert.equal(thrown.code, code)
        assert.match(thrown.message, says)
        assert.doesNotMatch(thrown.message + JSON.stringify(thrown.detail), /secret|assertion/)
        return true
      })
    })
  }
})

suite('AWS keys', () => {
  const given = { AccessKeyId: 'ASIA1', SecretAccessKey: 'secret1', Token: 'token1', Expiration: '2026-01-01T01:00:00Z' }
  const expected: AwsKeys = { accessKeyId: 'ASIA1', secretAccessKey: 'secret1', sessionToken: 'token1' }
  const expiresMs = Date.parse(given.Expiration)

  test('come from a container\'s endpoint with the token that its file holds now', async t => {
    const tokenFile = join(scratchFolder(t), 'token')
    writeFileSync(tokenFile, 'first\n')
    const http = httpOf(() => [200, JSON.stringify(given)])
    const source: AwsSource = { kind: 'container', url: 'http://169.254.170.23/v1/credentials', token: null, tokenFile }
    const means = { http, clock: () => 0, environment: {} }
    assert.deepEqual(await askAwsKeys(source, 'p', means), { value: expected, expiresMs })
    writeFileSync(tokenFile, 'second\n')
    await askAwsKeys(source, 'p', means)
    assert.deepEqual(http.asked.map(({ headers }) => headers['authorization']), ['first', 'second'])
  })

  test('come from the metadata of an instance, behind a session token', async () => {
    const http = httpOf(({ headers, method, url }) => {
      if (method === 'PUT') return [200, 'session']
      if (headers['x-aws-ec2-metadata-token'] !== 'session') return [401, '']
      return url.endsWith('/') ? [200, 'my-role\n'] : [url.endsWith('/my-role') ? 200 : 404, JSON.stringify(given)]
    })
    assert.deepEqual(await askAwsKeys({ kind: 'instance', endpoint: 'http://169.254.169.254' }, 'p', { http, clock: () => 0, environment: {} }), { value: expected, expiresMs })
    assert.equal(http.asked.length, 3)
  })

  test('come from STS for a web identity', async t => {
    const tokenFile = join(scratchFolder(t), 'jwt')
    writeFileSync(tokenFile, 'a.b.c\n')
    const http = httpOf(() => [200, JSON.stringify({ AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: { AccessKeyId: 'ASIA1', SecretAccessKey: 'secret1', SessionToken: 'token1', Expiration: expiresMs / 1000 } } } })])
    const source: AwsSource = { kind: 'web-identity', roleArn: 'arn:aws:iam::1:role/r', tokenFile, sessionName: 'portcullis', endpoint: 'https://sts.eu-west-1.amazonaws.com' }
    assert.deepEqual(await askAwsKeys(source, 'p', { http, clock: () => 0, environment: {} }), { value: expected, expiresMs })
    assert.equal(http.asked[0]?.body, 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=portcullis&WebIdentityToken=a.b.c')
  })

  test('come from a profile of the shared credentials file, which is read again', async t => {
    const file = join(scratchFolder(t), 'credentials')
    writeFileSync(file, '# mine\n[default]\naws_access_key_id = NOT\naws_secret_access_key=THIS\n\n[ work ]\r\naws_access_key_id = ASIA1\r\naws_secret_access_key= secret1\r\naws_session_token =token1\r\n')
    const means = { http: httpOf(() => [500, '']), clock: () => 1000, environment: {} }
    assert.deepEqual(await askAwsKeys({ kind: 'profile', file, name: 'work' }, 'p', means), { value: expected, expiresMs: 601_000 })
    await assert.rejects(askAwsKeys({ kind: 'profile', file, name: 'other' }, 'p', means), /the provider p: the shared credentials file has no such profile/)
    await assert.rejects(askAwsKeys({ kind: 'profile', file: `${file}2`, name: 'work' }, 'p', means), /cannot be read/)
    assert.equal(sectionOf('[a]\nx=1', 'b'), null)
  })

  test('come from a credential_process', async () => {
    const command = [process.execPath, '-e', `console.log(JSON.stringify({ Version: 1, AccessKeyId: 'ASIA1', SecretAccessKey: 'secret1', SessionToken: 'token1', Expiration: '${given.Expiration}' }))`]
    assert.deepEqual(await askAwsKeys({ kind: 'command', command }, 'p', { http: httpOf(() => [500, '']), clock: () => 0, environment: process.env }), { value: expected, expiresMs })
  })

  test('that are not there are a failure that names the provider', async () => {
    const http = httpOf(() => [200, '{"AccessKeyId":"ASIA1","SecretAccessKey":7}'])
    await assert.rejects(askAwsKeys({ kind: 'container', url: 'http://127.0.0.1/x', token: null, tokenFile: null }, 'p', { http, clock: () => 0, environment: {} }), thrown => thrown instanceof Failure && /the provider p: .*without an access key/.test(thrown.message) && !thrown.message.includes('ASIA1'))
  })

  test('sign at the time of sending, with nothing to wait for', () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const { authorize } = createAuthorizer({ http: httpOf(() => [500, '']), clock: () => now, environment: {} })
    const credential: Credential = { kind: 'aws', provider: 'p', region: 'eu-west-1', source: { kind: 'keys', keys: expected } }
    const first = authorize(credential, post) as Readonly<Record<string, string>>
    now += 1000
    const second = authorize(credential, post) as Readonly<Record<string, string>>
    assert.deepEqual([first['x-amz-date'], second['x-amz-date'], first['x-amz-security-token']], ['20260101T000000Z', '20260101T000001Z', 'token1'])
    assert.notEqual(first['authorization'], second['authorization'])
  })
})

test('what never changes is the same object each time', () => {
  const { authorize } = createAuthorizer({ http: httpOf(() => [500, '']), clock: Date.now, environment: {} })
  const headers = { 'x-api-key': 'k' }
  assert.equal(authorize({ kind: 'headers', headers }, post), headers)
  assert.deepEqual(authorize({ kind: 'none' }, post), {})
})
