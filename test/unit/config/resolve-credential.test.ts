// Credentials of the configuration, resolved: what each kind becomes, and what is said of one that cannot work, without its value.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Resolver } from '../../../gateway/config/resolve-secrets.ts'
import { resolveCredential } from '../../../gateway/config/resolve-credential.ts'
import { noCredential, type Credential } from '../../../gateway/exchange/credential.ts'
import { providerSchema } from '../../../registry/provider.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

const aws = { dialect: 'bedrock', hosting: { kind: 'bedrock', region: 'eu-west-1' } }
const google = { dialect: 'anthropic', hosting: { kind: 'vertex', project: 'p', location: 'global' } }

const resolving = (given: Readonly<Record<string, unknown>>, environment: NodeJS.ProcessEnv = {}, base = '/etc/portcullis'): { credential: Credential; problems: string[] } => {
  const by = new Resolver(environment, base)
  const provider = providerSchema.parse({ id: 'p', dialect: 'openai', base_url: 'https://x.example/v1', ...given })
  const credential = provider.credential === null ? noCredential : resolveCredential(provider, provider.credential, 'providers[0].credential', by)
  return { credential, problems: by.problems.map(({ path, problem }) => `${path}: ${problem}`) }
}

suite('keys travel in the header that their reader looks into', () => {
  for (const [given, headers] of [
    [{}, { authorization: 'Bearer k1' }], [{ dialect: 'anthropic' }, { 'x-api-key': 'k1' }], [{ hosting: { kind: 'azure' } }, { 'api-key': 'k1' }], [{ ...aws }, { authorization: 'Bearer k1' }], [{ ...google }, { authorization: 'Bearer k1' }],
  ] as const) test(JSON.stringify(headers), () => { assert.deepEqual(resolving({ ...given, credential: { env: 'K' } }, { K: 'k1' }), { credential: { kind: 'headers', headers }, problems: [] }) })
})

suite('AWS', () => {
  const rows: readonly (readonly [Readonly<Record<string, unknown>>, NodeJS.ProcessEnv, object])[] = [
    [{ aws: 'environment' }, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' }, { kind: 'keys', keys: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: null } }],
    [{ aws: 'environment' }, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }, { kind: 'keys', keys: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' } }],
    [{ aws_keys: { access_key_id: { env: 'A' }, secret_access_key: { env: 'B' } } }, { A: 'a', B: 'b' }, { kind: 'keys', keys: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: null } }],
    [{ aws_profile: { name: 'work', file: 'aws/credentials' } }, {}, { kind: 'profile', name: 'work', file: '/etc/portcullis/aws/credentials' }],
    [{ aws: 'container' }, { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }, { kind: 'container', url: 'http://169.254.170.2/v2/x', token: null, tokenFile: null }],
    [{ aws: 'container' }, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/var/token' }, { kind: 'container', url: 'http://169.254.170.23/v1/credentials', token: null, tokenFile: '/var/token' }],
    [{ aws: 'web_identity' }, { AWS_ROLE_ARN: 'arn:r', AWS_WEB_IDENTITY_TOKEN_FILE: '/var/jwt' }, { kind: 'web-identity', roleArn: 'arn:r', tokenFile: '/var/jwt', sessionName: 'portcullis', endpoint: 'https://sts.eu-west-1.amazonaws.com' }],
    [{ aws: 'instance' }, {}, { kind: 'instance', endpoint: 'http://169.254.169.254' }],
    [{ command: ['aws', 'x'] }, {}, { kind: 'command', command: ['aws', 'x'] }],
  ]
  for (const [credential, environment, source] of rows) {
    test(JSON.stringify(credential), () => { assert.deepEqual(resolving({ ...aws, credential }, environment), { credential: { kind: 'aws', provider: 'p', region: 'eu-west-1', source }, problems: [] }) })
  }
})

suite('tokens', () => {
  const { privateKey: pem } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
  const { privateKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
  const key = { type: 'service_account', client_email: 'a@b', private_key: pem, private_key_id: 'k1', token_uri: 'https://oauth2.googleapis.com/token' }
  const withKey = (value: unknown): ReturnType<typeof resolving> => resolving({ ...google, credential: { google_service_account: { env: 'G' } } }, { G: typeof value === 'string' ? value : JSON.stringify(value) })

  test('a service account\'s key is read once, from a file beside the configuration too', t => {
    const folder = scratchFolder(t)
    writeFileSync(join(folder, 'key.json'), JSON.stringify(key))
    for (const { credential, problems } of [withKey(key), resolving({ ...google, credential: { google_service_account: { file: 'key.json' } } }, {}, folder)]) {
      assert.deepEqual(problems, [])
      assert.ok(credential.kind === 'token' && credential.source.kind === 'google-service-account')
      assert.deepEqual([credential.provider, credential.source.email, credential.source.keyId, credential.source.tokenUri, credential.source.privateKey.asymmetricKeyType], ['p', 'a@b', 'k1', key.token_uri, 'rsa'])
    }
  })

  for (const [title, value] of [['no JSON', 'secret-stuff'], ['another type', { ...key, type: 'authorized_user' }], ['no key', { ...key, private_key: 'secret-stuff' }], ['a key of another kind', { ...key, private_key: curve }], ['a token_uri without TLS', { ...key, token_uri: 'http://oauth2.example/token' }]] as const) {
    test(`${title} is a problem of the configuration, named without its value`, () => {
      const { credential, problems } = withKey(value)
      assert.equal(credential.kind, 'none')
      assert.equal(problems.length, 1)
      assert.match(problems[0]!, /^providers\[0\]\.credential\.google_service_account: (?:is not the JSON key of a service account|the token_uri)/)
      assert.doesNotMatch(problems[0]!, /secret-stuff|BEGIN/)
    })
  }

  test('metadata and Entra ID', () => {
    assert.deepEqual(resolving({ ...google, credential: { google: 'metadata' } }).credential, { kind: 'token', provider: 'p', source: { kind: 'google-metadata', endpoint: 'http://metadata.google.internal' } })
    assert.deepEqual(resolving({ hosting: { kind: 'azure' }, credential: { entra_client: { tenant: 't', client_id: 'c', client_secret: { env: 'S' } } } }, { S: 's' }).credential, {
      kind: 'token', provider: 'p', source: { kind: 'entra-client', url: 'https://login.microsoftonline.com/t/oauth2/v2.0/token', clientId: 'c', clientSecret: 's', scope: 'https://cognitiveservices.azure.com/.default' },
    })
  })
})

suite('what is missing or unsafe is named by where it was looked for', () => {
  const rows: readonly (readonly [Readonly<Record<string, unknown>>, NodeJS.ProcessEnv, RegExp])[] = [
    [{ ...aws, credential: { aws: 'environment' } }, { AWS_ACCESS_KEY_ID: 'a' }, /credential\.aws: the environment variable AWS_SECRET_ACCESS_KEY is not set/],
    [{ ...aws, credential: { aws: 'container' } }, {}, /credential\.aws: the environment variable AWS_CONTAINER_CREDENTIALS_FULL_URI is not set/],
    [{ ...aws, credential: { aws: 'container' } }, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/x' }, /neither https nor an address of this machine/],
    [{ ...aws, credential: { aws: 'instance' } }, { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://evil.example' }, /AWS_EC2_METADATA_SERVICE_ENDPOINT is neither https/],
    [{ ...aws, credential: { aws: 'web_identity' } }, { AWS_ROLE_ARN: 'r' }, /AWS_WEB_IDENTITY_TOKEN_FILE is not set/],
    [{ ...aws, credential: { aws_keys: { access_key_id: { env: 'A' }, secret_access_key: { env: 'B' } } } }, { A: 'a' }, /credential\.aws_keys\.secret_access_key: the environment variable B is not set/],
    [{ ...google, credential: { google: 'metadata' } }, { GCE_METADATA_HOST: 'evil.example' }, /credential\.google: GCE_METADATA_HOST is not an address/],
    [{ hosting: { kind: 'azure' }, credential: { entra_client: { tenant: 't', client_id: 'c', client_secret: { env: 'S' }, authority: 'http://login.example' } } }, { S: 's' }, /entra_client\.authority: must be an https URL/],
  ]
  for (const [given, environment, expected] of rows) {
    test(String(expected), () => {
      const { problems } = resolving(given, environment)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0]!, expected)
    })
  }
})
