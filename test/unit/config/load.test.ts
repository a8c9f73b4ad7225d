import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { configJsonSchema } from '../../../gateway/config/explain.ts'
import { loadConfig, writableByOthers } from '../../../gateway/config/load.ts'
import { quirksOf } from '../../../registry/compatible-servers.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { loadText } from './load-text.ts'

suite('which file is read', () => {
  test('without a file in the working folder, the embedded defaults: loopback, no keys, nothing exported', t => {
    const cwd = scratchFolder(t)
    const { config, file, base, digest } = loadConfig({ file: null, cwd, environment: {} })
    assert.equal(file, null)
    assert.equal(base, cwd)
    assert.match(digest, /^[0-9a-f]{64}$/)
    assert.deepEqual([config.listen.host, config.admin.host, config.keys, config.telemetry.otlp_endpoint], ['127.0.0.1', '127.0.0.1', [], null])
    assert.equal(config.data, join(cwd, '.portcullis'))
  })

  test('the embedded defaults name a provider for each credential that the environment has, and never its value', t => {
    const cwd = scratchFolder(t)
    const { config } = loadConfig({ file: null, cwd, environment: { OPENAI_API_KEY: 'sk-value', ANTHROPIC_API_KEY: 'sk-other', GEMINI_API_KEY: 'sk-third' } })
    const remote = config.providers.filter(provider => !provider.local)
    assert.deepEqual(remote.map(provider => provider.credential), [{ env: 'ANTHROPIC_API_KEY' }, { env: 'OPENAI_API_KEY' }, { env: 'GEMINI_API_KEY' }])
    assert.ok(!JSON.stringify(config).includes('sk-'))
    assert.deepEqual(loadConfig({ file: null, cwd, environment: {} }).config.providers.filter(provider => !provider.local), [])
  })

  test('the local server of the embedded defaults is known for what it is: Ollama takes a limit by its old name only', t => {
    const { config } = loadConfig({ file: null, cwd: scratchFolder(t), environment: {} })
    assert.deepEqual(config.providers.filter(provider => provider.local).map(provider => [provider.server, quirksOf(provider).limit]), [['ollama', 'max_tokens']])
  })

  test('portcullis.yaml of the working folder is found', t => {
    const { config, file, base } = loadText(t, 'environment: staging')
    assert.equal(config.environment, 'staging')
    assert.equal(file, join(base, 'portcullis.yaml'))
  })

  test('a named file is read in place of it, and its folder is the base of relative paths', t => {
    const cwd = scratchFolder(t)
    mkdirSync(join(cwd, 'etc'))
    writeFileSync(join(cwd, 'portcullis.yaml'), 'environment: here')
    writeFileSync(join(cwd, 'etc', 'other.yaml'), 'environment: there')
    const { config, base, file } = loadConfig({ file: 'etc/other.yaml', cwd, environment: {} })
    assert.deepEqual([config.environment, base, file], ['there', join(cwd, 'etc'), join(cwd, 'etc', 'other.yaml')])
    assert.equal(config.data, join(cwd, 'etc', '.portcullis'))
    assert.equal(loadConfig({ file, cwd: '/', environment: {} }).config.environment, 'there')
  })

  test('JSON is a configuration too', t => {
    assert.equal(loadText(t, '{"environment": "staging", "listen": {"port": 1}}').config.listen.port, 1)
  })

  for (const [title, text] of [['an empty file', ''], ['a file of comments', '# nothing\n'], ['an empty map', '{}']] as const) {
    test(`${title} is all defaults`, t => {
      const { config } = loadText(t, text)
      assert.deepEqual({ ...config, data: '' }, { ...loadText(t, '{}').config, data: '' })
      assert.deepEqual(config.providers, [])
    })
  }
})

suite('paths and digest', () => {
  for (const [title, text, data, expected] of [
    ['is relative to the file', 'data: state', undefined, (base: string) => join(base, 'state')],
    ['may be absolute', 'data: /var/lib/portcullis', undefined, () => '/var/lib/portcullis'],
    ['gives way to the command line, relative to the working folder', 'data: state', 'elsewhere', (base: string) => join(base, 'elsewhere')],
    ['gives way to an absolute one of the command line', 'data: state', '/srv/data', () => '/srv/data'],
  ] as const) {
    test(`the data folder ${title}`, t => {
      const { config, base } = loadText(t, text, data === undefined ? {} : { data })
      assert.equal(config.data, expected(base))
    })
  }

  test('the digest is that of the text, comments included', t => {
    const text = 'environment: staging # of the third floor\n'
    assert.equal(loadText(t, text).digest, createHash('sha256').update(text).digest('hex'))
    assert.notEqual(loadText(t, 'environment: staging').digest, loadText(t, text).digest)
  })
})

test('defaults are safe and complete at every depth', t => {
  const { config } = loadText(t, [
    'providers: [{id: a, dialect: openai, base_url: "https://x.example/v1"}]', 'models: [{id: a/b}]', 'mcp_servers: {files: {command: npx}, web: {url: "http://127.0.0.1/mcp"}}',
    `keys: [{name: k, hash: "sha256:${'0'.repeat(64)}", subject: {id: ada}}]`,
  ].join('\n'))
  assert.deepEqual(config.providers[0], {
    id: 'a', dialect: 'openai', apis: null, base_url: 'https://x.example/v1', hosting: { kind: 'direct' }, server: null, credential: null, credentials: null, headers: {}, local: false, asserted: false,
    trust: null, region: null, passthrough: false, free: false, prices_as: null, timeouts: { connect_ms: 10_000, first_byte_ms: 120_000, idle_ms: 120_000, total_ms: null }, limits: { concurrency: 256, queue: 1000, queue_ms: 10_000 },
  })
  assert.deepEqual(config.models[0], {
    id: 'a/b', name: null, context: 128_000, max_output_tokens: 16_384, capabilities: ['tools'], apis: null, quality: null, profile: null, priced_as: null, price: null, limits: null,
  })
  const common = {
    environment: null, trust: 'internal', sensitivity: 'internal', labels: [], tool_labels: {}, resource_labels: {}, era: 'auto', disabled: false, connect_timeout_ms: 30_000, call_timeout_ms: 120_000, call_limit_ms: 3_600_000, tool_timeouts: {}, required: false, pinning: {}, idle_stop_ms: 900_000,
  }
  assert.deepEqual(config.mcp_servers, { files: { command: 'npx', args: [], env: {}, cwd: null, ...common }, web: { url: 'http://127.0.0.1/mcp', headers: {}, oauth: null, ...common } })
  assert.deepEqual(config.policy.settings.access, [])
  assert.deepEqual(config.policy.settings.models, [])
  assert.equal(config.policy.settings.layers.organisation, 'enforce')
  assert.equal(config.telemetry.trust_inbound, false)
  assert.equal(config.admin.open_metrics, false)
})

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly allOf?: readonly Node[]
}

/** Every field of the schema by its path, however deep, in every alternative. */
const fieldsOf = (node: Node, path = ''): (readonly [string, Node])[] => [
  ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => [[`${path}.${name}`, child] as const, ...fieldsOf(child, `${path}.${name}`)]),
  ...node.items === undefined ? [] : fieldsOf(node.items, `${path}[]`),
  ...typeof node.additionalProperties === 'object' ? fieldsOf(node.additionalProperties, `${path}.*`) : [],
  ...[...node.anyOf ?? [], ...node.oneOf ?? [], ...node.allOf ?? []].flatMap(branch => fieldsOf(branch, path)),
]

suite('the JSON Schema of the configuration', () => {
  const fields = fieldsOf(configJsonSchema())

  test('describes every field at every depth, in a sentence', () => {
    const wanting = fields.filter(([, field]) => !/^[A-Z`].*[.)]$/s.test(field.description ?? '')).map(([path]) => path)
    assert.deepEqual(wanting, [])
  })

  test('was walked to its depths', () => {
    const paths = new Set(fields.map(([path]) => path))
    for (const path of [
      '.listen.port', '.keys[].subject.groups', '.providers[].credential.env', '.providers[].timeouts.idle_ms', '.models[].price.cache_read', '.mcp_servers.*.command', '.mcp_servers.*.url',
      '.mcp_servers.*.env.*.file', '.policy.settings.access[].except', '.policy.settings.arguments[].paths_within', '.telemetry.otlp_headers.*.env', '.log.level',
    ]) assert.ok(paths.has(path), path)
  })

  test('knows no field that may be anything else besides', () => {
    const open: string[] = []
    const walk = (node: Node, path: string): void => {
      if (node.properties !== undefined && node.additionalProperties !== false) open.push(path)
      for (const [name, child] of Object.entries(node.properties ?? {})) walk(child, `${path}.${name}`)
      for (const child of [node.items, ...node.anyOf ?? [], ...node.oneOf ?? [], typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined]) if (child !== undefined) walk(child, path)
    }
    walk(configJsonSchema(), '')
    assert.deepEqual(open, [])
  })
})

test('what others may write to is named, and nothing else', { skip: process.platform === 'win32' }, t => {
  const folder = scratchFolder(t)
  const modes = { private: 0o600, readable: 0o644, group: 0o664, everybody: 0o666, runnable: 0o755 } as const
  const paths = Object.entries(modes).map(([name, mode]) => {
    const path = join(folder, name)
    writeFileSync(path, '')
    chmodSync(path, mode)
    return path
  })
  mkdirSync(join(folder, 'open'))
  chmodSync(join(folder, 'open'), 0o777)
  const found = writableByOthers([...paths, join(folder, 'open'), join(folder, 'missing')])
  assert.deepEqual(found, ['group', 'everybody', 'open'].map(name => join(folder, name)))
})
