import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { ConfigError, type ConfigProblem } from '../../../gateway/config/config-error.ts'
import { explainIssues } from '../../../gateway/config/explain.ts'
import { nearName } from '../../../gateway/config/near-name.ts'
import { parseConfig } from '../../../gateway/config/load.ts'
import { configSchema } from '../../../gateway/config/schema.ts'
import { loadText, problemsOf } from './load-text.ts'

const provider = { id: 'a', dialect: 'openai', base_url: 'https://api.openai.com/v1' }
const zeros = '0'.repeat(64)

/** What is expected: the path, a part of the problem, and the example as it is shown. */
type Row = readonly [title: string, written: unknown, expected: readonly (readonly [path: string, problem: RegExp, example?: string])[]]

const check = (problems: readonly ConfigProblem[], expected: Row[2]): void => {
  assert.deepEqual(problems.map(({ path, example }) => [path, example]), expected.map(([path, , example]) => [path, example]))
  for (const [index, [, problem]] of expected.entries()) assert.match(problems[index]!.problem, problem)
}

suite('what a file says wrong is told with path, problem and example', () => {
  const rows: readonly Row[] = [
    ['an unknown section, misspelt', { listne: {} }, [['listne', /^unknown field; did you mean `listen`\? Known here: listen, admin, data,/, 'listen: {"host":"127.0.0.1"}']]],
    ['an unknown section, in the spelling of other programs', { mcpServers: {} }, [['mcpServers', /did you mean `mcp_servers`\?/, 'mcp_servers: {"files":{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem","/srv/files"]}}']]],
    ['an unknown section that is near nothing', { quux: 1 }, [['quux', /^unknown field\. Known here: listen, /]]],
    ['an unknown field, its letters swapped', { listen: { prot: 1 } }, [['listen.prot', /did you mean `port`\? Known here: host, port, allowed_hosts, allowed_origins$/, 'port: 8080']]],
    ['an unknown field in a list', { providers: [provider, { ...provider, baseurl: 'x' }] }, [['providers[1].baseurl', /did you mean `base_url`\?/, 'base_url: "https://api.openai.com/v1"']]],
    ['an unknown field under a name of one\'s own', { mcp_servers: { files: { command: 'npx', arg: [] } } }, [['mcp_servers.files.arg', /did you mean `args`\?/, 'args: ["-y","@modelcontextprotocol/server-filesystem","/srv/files"]']]],
    ['an unknown policy setting', { policy: { settings: { data: { masks: [] } } } }, [['policy.settings.data.masks', /did you mean `mask`\?/, 'mask: ["us_ssn"]']]],
    ['a wrong type', { listen: { port: 'x' } }, [['listen.port', /expected number, received string/, 'port: 8080']]],
    ['a number out of range', { listen: { port: 70_000 } }, [['listen.port', /<=65535/, 'port: 8080']]],
    ['a text in place of a list', { models: 'x' }, [['models', /expected array, received string/, 'models: [{"id":"openai/gpt-5-mini"}]']]],
    ['a number in place of an element', { providers: [3] }, [['providers[0]', /expected object, received number/, 'providers: [{"id":"openai","dialect":"openai","base_url":"https://api.openai.com/v1"}]']]],
    ['a number in a list of texts', { listen: { allowed_hosts: ['a', 1] } }, [['listen.allowed_hosts[1]', /expected string, received number/, 'allowed_hosts: ["gateway.internal"]']]],
    ['an empty section', { listen: null }, [['listen', /expected object, received null/, 'listen: {"host":"127.0.0.1"}']]],
    ['a list in place of the whole', [1], [['', /expected object, received array/, '{"listen":{"host":"127.0.0.1"}}']]],
    ['a choice that is none', { log: { level: 'verbose' } }, [['log.level', /"fatal"\|"error"\|"warn"\|"info"\|"debug"/, 'level: "info"']]],
    ['missing fields', { providers: [{ id: 'a' }] }, [['providers[0].dialect', /^is missing$/, 'dialect: "openai"'], ['providers[0].base_url', /^is missing$/, 'base_url: "https://api.openai.com/v1"']]],
    ['a missing section of a key', { keys: [{ name: 'a', hash: `sha256:${zeros}` }] }, [['keys[0].subject', /^is missing$/, 'subject: {"id":"alice"}']]],
    ['a hash that is none', { keys: [{ name: 'a', hash: 'x', subject: { id: 'b' } }] }, [['keys[0].hash', /as `portcullis key new` prints it/, `hash: "sha256:${zeros}"`]]],
    ['a date that is none', { keys: [{ name: 'a', hash: `sha256:${zeros}`, subject: { id: 'b' }, expires: 'soon' }] }, [['keys[0].expires', /datetime/, 'expires: "2027-01-01T00:00:00Z"']]],
    ['a secret where a reference belongs', { providers: [{ ...provider, credential: 'sk-very-secret' }] }, [['providers[0].credential', /expected object, received string/, 'credential: {"env":"OPENAI_API_KEY"}']]],
    ['a reference that names nothing', { providers: [{ ...provider, credential: { var: 'X' } }] }, [['providers[0].credential.env', /^is missing$/, 'env: "OPENAI_API_KEY"'], ['providers[0].credential.var', /^unknown field\. Known here: env, file, /]]],
    ['a reference deep inside a server', { mcp_servers: { files: { command: 'npx', env: { KEY: { file: 3 } } } } }, [['mcp_servers.files.env.KEY.file', /expected string, received number/, 'file: "/run/secrets/openai"']]],
    ['a server that is neither a program nor an address', { mcp_servers: { files: {} } }, [['mcp_servers.files.command', /^is missing$/, 'command: "npx"']]],
    ['a server that is both', { mcp_servers: { files: { command: 'npx', url: 'http://127.0.0.1/mcp' } } }, [['mcp_servers.files.url', /does not go together/]]],
    ['a server name that is none', { mcp_servers: { 'My Files': { command: 'npx' } } }, [['mcp_servers.My Files', /1 to 24 of a-z, 0-9/, 'mcp_servers: {"files":{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem","/srv/files"]}}']]],
    ['a URL that is none', { mcp_servers: { web: { url: 'nope' } } }, [['mcp_servers.web.url', /must be an http or https URL/, 'url: "http://127.0.0.1:3001/mcp"']]],
    ['a local provider at a public address', { providers: [{ ...provider, local: true }] }, [['providers[0].local', /looks public.*`asserted: true`/, 'asserted: true']]],
    ['a free provider that is not local', { providers: [{ ...provider, free: true }] }, [['providers[0].free', /only a local provider can be free/, 'price: {"usd_per_mtok_in":3,"usd_per_mtok_out":15}']]],
    ['a negative price', { models: [{ id: 'a/b', price: { usd_per_mtok_in: -1, usd_per_mtok_out: 1 } }] }, [['models[0].price.usd_per_mtok_in', />=0/, 'usd_per_mtok_in: 3']]],
    ['an alias for nothing', { aliases: [{ name: 'x', candidates: [] }] }, [['aliases[0].candidates', />=1/, 'candidates: ["openai/gpt-5-mini","local/llama"]']]],
    ['a policy rule over several fields', { policy: { settings: { arguments: [{ tools: ['a'], argument: 'b' }] } } }, [['policy.settings.arguments[0]', /exactly one of paths_within, hosts, max_number, one_of/]]],
    ['a policy layer', { policy: { settings: { layers: { tenant: 'off' } } } }, [['policy.settings.layers.tenant', /"enforce"\|"observe"/, 'tenant: "enforce"']]],
    ['everything at once', { listen: { port: 'x' }, data: 3, nope: 1 }, [['listen.port', /number/, 'port: 8080'], ['data', /string/, 'data: ".portcullis"'], ['nope', /unknown field/]]],
  ]
  for (const [title, written, expected] of rows) {
    test(title, async t => { check(await problemsOf(() => loadText(t, stringify(written))), expected) })
  }
})

suite('a file that is no YAML is told with the line', () => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['a list that does not end', 'listen:\n  port: 1\nproviders: [', /at line 3, column 13$/],
    ['a tab', 'listen:\n\tport: 1', /Tabs are not allowed.* at line 2, column 1$/],
    ['a key that is there twice', 'data: a\nlisten: {}\ndata: b', /^Map keys must be unique at line 3, column 1$/],
    ['a key that is there twice, deep inside', 'listen:\n  port: 1\n  port: 2', /^Map keys must be unique at line 3, column 3$/],
    ['two documents', 'data: a\n---\ndata: b', /^more than one YAML document; a second one begins at line 2$/],
    ['a tag that nobody resolves', 'data: !secret KEY', /^Unresolved tag: !secret at line 1, column 7$/],
    ['an alias that stands for nothing', 'data: *nope', /^Unresolved alias .*: nope$/],
    ['aliases that multiply', `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]`, /^Excessive alias count/],
    ['a list as a key', '? [data]\n: x', /^a key must be plain text/],
    ['a key that objects cannot hold', 'mcp_servers:\n  __proto__: {command: x}', /^the key `__proto__` is not accepted$/],
  ]
  for (const [title, text, problem] of rows) {
    test(title, async t => {
      const problems = await problemsOf(() => loadText(t, text))
      assert.equal(problems[0]?.path, '')
      assert.match(problems[0].problem, problem)
    })
  }

  test('a file that is not there', async t => {
    const problems = await problemsOf(() => loadText(t, '', { file: 'other.yaml' }))
    assert.match(problems[0]!.problem, /^cannot be read: ENOENT/)
    assert.equal(problems[0]!.example, 'portcullis start --config portcullis.yaml')
  })
})

suite('messages', () => {
  test('an error says the file, how many problems there are, and each with its example', () => {
    const error = new ConfigError('a.yaml', [{ path: 'listen.port', problem: 'is wrong', example: 'port: 1' }, { path: '', problem: 'is odd' }])
    assert.equal(error.message, 'a.yaml: 2 problems\n  listen.port: is wrong\n      example: port: 1\n  (file): is odd')
    assert.match(new ConfigError('a.yaml', [{ path: 'x', problem: 'y' }]).message, /^a\.yaml: one problem\n/)
  })

  test('what was written is never repeated, because it may be a secret', async t => {
    const secret = 'sk-do-not-print'
    for (const written of [
      { providers: [{ ...provider, credential: secret }] }, { providers: [{ ...provider, credential: { env: [secret] } }] }, { admin: { key: secret } },
      { keys: [{ name: 'a', hash: secret, subject: { id: 'b' } }] }, { telemetry: { otlp_headers: { authorization: secret } } }, { providers: [{ ...provider, base_url: `https://me:${secret}@x.example` }] },
      { log: { level: secret } }, { mcp_servers: { files: { command: 'x', args: { a: secret } } } }, [secret],
    ]) {
      assert.ok(!JSON.stringify(await problemsOf(() => loadText(t, stringify(written)))).includes(secret), JSON.stringify(written))
    }
  })

  test('every example of an unknown or wrong field is itself accepted by the schema where it belongs to the top', () => {
    for (const name of Object.keys(configSchema.shape)) {
      const [problem] = explainIssues(configSchema.safeParse({ [name]: 3.5 }).error!.issues, { [name]: 3.5 })
      const example = problem!.example!
      assert.ok(example.startsWith(`${name}: `), example)
      assert.ok(configSchema.safeParse({ [name]: JSON.parse(example.slice(name.length + 2)) as unknown }).success, example)
    }
  })

  test('whatever JSON a file holds, it is accepted or every problem has a text', () => {
    const keys = fc.constantFrom('listen', 'keys', 'providers', 'mcp_servers', 'policy', 'settings', 'host', 'id', 'command', 'url', 'credential', 'env', 'hash', 'x', '', 'constructor', 'toString')
    const { value } = fc.letrec(tie => ({
      value: fc.oneof({ depthSize: 'medium' }, fc.constantFrom(null, 0, -1, true, '', 'a', 'http://x'), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(keys, tie('value'), { maxKeys: 4 })),
    }))
    fc.assert(fc.property(value, input => {
      try {
        parseConfig('x.yaml', input)
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error))
        assert.ok(error.problems.length > 0 && error.problems.every(({ problem }) => problem !== ''), error.message)
      }
    }), { numRuns: 300 })
  })
})

suite('near names', () => {
  const known = ['listen', 'host', 'port', 'mcp_servers', 'keys', 'models', 'env', 'file', 'base_url']
  for (const [written, meant] of [
    ['listne', 'listen'], ['Listen', 'listen'], ['lisen', 'listen'], ['ports', 'port'], ['prot', 'port'], ['model', 'models'], ['key', 'keys'], ['mcpServers', 'mcp_servers'],
    ['mcp-servers', 'mcp_servers'], ['baseUrl', 'base_url'], ['environment', 'env'], ['envv', 'env'],
    ['x', undefined], ['', undefined], ['zz', undefined], ['database', undefined], ['___', undefined], ['p'.repeat(10_000), undefined],
  ] as const) {
    test(`${written.slice(0, 20) || 'nothing'} is near ${meant ?? 'nothing'}`, () => { assert.equal(nearName(written, known), meant) })
  }
})
