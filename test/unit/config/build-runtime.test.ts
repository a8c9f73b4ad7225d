import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { stringify } from 'yaml'
import { buildRuntime, type BuildOptions } from '../../../gateway/config/build-runtime.ts'
import { loadConfig } from '../../../gateway/config/load.ts'
import { resolveSecrets } from '../../../gateway/config/resolve-secrets.ts'
import type { Runtime } from '../../../gateway/pipeline/runtime.ts'
import { Admission } from '../../../gateway/stages/admit.ts'
import { authenticate } from '../../../gateway/stages/authenticate.ts'
import { hashKey } from '../../../registry/key.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { loadText, problemsOf } from './load-text.ts'

const key = (name: string, rest: object = {}): object => ({ name, hash: hashKey(`secret-of-${name}`), subject: { id: 'ada', tenant: 'acme', groups: ['dev'] }, ...rest })
const provider = { id: 'a', dialect: 'openai', base_url: 'https://x.example/v1' }

const build = (t: CleansUp, written: object, options: Partial<BuildOptions> = {}): Promise<Runtime> =>
  buildRuntime(loadText(t, stringify(written)), { generation: 1, observe: false, environment: {}, ...options })

suite('what is refused', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.4', 'gateway.internal', '127.0.0.1.example.com', '127.0.0.2', '']) {
    test(`listening on "${host}" without a key`, async t => {
      const problems = await problemsOf(() => build(t, { listen: { host } }))
      assert.equal(problems[0]?.path, 'listen.host')
      assert.ok(host === '' || problems[0].problem.includes('there is no key'))
      assert.ok(problems[0].example !== undefined)
    })
  }

  test('not so on loopback, nor with a key', async t => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) assert.equal((await build(t, { listen: { host } })).keyring.keyless, true)
    assert.equal((await build(t, { listen: { host: '0.0.0.0' }, keys: [key('k')] })).keyring.keyless, false)
  })

  test('references that lead nowhere, by path, with what is known', async t => {
    const problems = await problemsOf(() => build(t, { providers: [provider], models: [{ id: 'b/x' }], aliases: [{ name: 'fast', candidates: ['a/none'] }] }))
    assert.deepEqual(problems, [
      { path: 'models[0].id', problem: 'there is no provider "b"', example: 'known: a' },
      { path: 'aliases[0].candidates[0]', problem: 'there is no model "a/none"', example: 'known: b/x; or mark its provider passthrough' },
    ])
  })

  test('a policy that cannot be loaded', async t => {
    const problems = await problemsOf(() => build(t, { policy: { bundle: './nowhere' } }))
    assert.equal(problems[0]?.path, 'policy')
  })
})

suite('secrets', () => {
  const written = {
    admin: { key: { env: 'ADMIN' } },
    providers: [{ ...provider, credential: { env: 'KEY' } }, { ...provider, id: 'b', credential: { file: 'secrets/b' } }, { ...provider, id: 'c' }],
    mcp_servers: {
      files: { command: 'npx', env: { TOKEN: { env: 'TOKEN' }, MODE: 'plain' } },
      web: { url: 'http://127.0.0.1/mcp', headers: { Authorization: { file: 'secrets/web' } } },
      off: { command: 'npx', disabled: true, env: { X: { env: 'NOBODY_HAS_THIS' } } },
    },
    telemetry: { otlp_headers: { authorization: { env: 'OTLP' } } },
  }

  test('that are missing are all named, by path, place and remedy', async t => {
    const problems = await problemsOf(() => build(t, written))
    const env = (path: string, name: string): object => ({ path, problem: `the environment variable ${name} is not set`, example: `export ${name}=… before the gateway starts` })
    const file = (path: string, name: string): object =>
      ({ path, problem: `the file ${name} cannot be read`, example: `a file ${name} with nothing but the secret, readable by the gateway's user` })
    assert.deepEqual(problems, [
      env('providers[0].credential', 'KEY'), file('providers[1].credential', 'secrets/b'), env('mcp_servers.files.env.TOKEN', 'TOKEN'),
      file('mcp_servers.web.headers.Authorization', 'secrets/web'), env('telemetry.otlp_headers.authorization', 'OTLP'), env('admin.key', 'ADMIN'),
    ])
  })

  test('that are there are resolved once, files beside the configuration, and are no part of it', async t => {
    const cwd = scratchFolder(t)
    mkdirSync(join(cwd, 'secrets'))
    writeFileSync(join(cwd, 'secrets', 'b'), 'value-b\n')
    writeFileSync(join(cwd, 'secrets', 'web'), 'Bearer value-web\n')
    writeFileSync(join(cwd, 'portcullis.yaml'), stringify(written))
    const environment = { KEY: 'value-key', TOKEN: 'value-token', OTLP: 'value-otlp', ADMIN: 'value-admin' }
    const loaded = loadConfig({ file: null, cwd, environment })
    const runtime = await buildRuntime(loaded, { generation: 7, observe: false, environment })
    assert.equal(runtime.generation, 7)
    assert.deepEqual(['a', 'b', 'c', 'z'].map(id => runtime.credentials.get(id)), [
      [{ kind: 'headers', headers: { authorization: 'Bearer value-key' } }], [{ kind: 'headers', headers: { authorization: 'Bearer value-b' } }], undefined, undefined,
    ])
    assert.deepEqual(runtime.mcpServers.map(({ name, transport }) => [name, transport]), [
      ['files', { kind: 'stdio', command: 'npx', args: [], env: { TOKEN: 'value-token', MODE: 'plain' }, cwd: null }],
      ['web', { kind: 'http', url: 'http://127.0.0.1/mcp', headers: { authorization: 'Bearer value-web' } }],
    ])
    const { otlpHeaders, adminKey } = resolveSecrets('x', loaded.config, environment, cwd)
    assert.deepEqual([otlpHeaders, adminKey], [{ authorization: 'value-otlp' }, 'value-admin'])
    assert.ok(!JSON.stringify(runtime.config).includes('value-'))
  })
})

suite('one generation', () => {
  test('its keys are found by what callers present, with their principal, until they expire', async t => {
    const { keyring } = await build(t, {
      keys: [key('laptop', { agent: { id: 'cli', framework: 'x', enforced_egress: true } }), key('old', { expires: '2020-01-01T00:00:00Z' }), key('new', { expires: '2999-01-01T00:00:00+02:00' })],
    })
    assert.deepEqual(keyring.find('secret-of-laptop'), {
      key: 'laptop', subject: { id: 'ada', tenant: 'acme', groups: ['dev'], method: 'key' }, agent: { id: 'cli', framework: 'x', enforced_egress: true, depth: 0, chain: [] },
    })
    assert.equal(keyring.find('secret-of-old'), undefined)
    assert.equal(keyring.find('secret-of-new')?.key, 'new')
    for (const wrong of ['', 'laptop', 'secret', hashKey('secret-of-laptop')]) assert.equal(keyring.find(wrong), undefined)
    assert.throws(() => authenticate({ 'x-api-key': 'secret-of-old' }, keyring), { code: 'auth.invalid' })
  })

  test('principals of keys cannot be changed by whoever gets them', async t => {
    const principal = (await build(t, { keys: [key('k')] })).keyring.find('secret-of-k')!
    assert.throws(() => { (principal.subject.groups as string[]).push('admin') }, TypeError)
    assert.throws(() => { Object.assign(principal.subject, { id: 'eve' }) }, TypeError)
  })

  for (const [host, allowed, header, admitted] of [
    ['127.0.0.1', [], 'localhost:8080', true], ['::1', [], '[::1]:8080', true], ['127.0.0.1', [], 'gw.example', false], ['127.0.0.1', ['GW.example'], 'gw.example:1', true],
    ['10.0.0.5', [], '10.0.0.5:8080', true], ['10.0.0.5', [], 'localhost', false], ['fd00::5', [], '[fd00::5]:8080', true], ['FD00::5', [], '[fd00::5]', true],
    ['0.0.0.0', ['fd00::7'], '[fd00::7]', true], ['0.0.0.0', [], '10.0.0.5', false],
  ] as const) {
    test(`listening on ${host}, allowing ${JSON.stringify(allowed)}, the Host ${header} is ${admitted ? 'ours' : 'not ours'}`, async t => {
      const { admission, keyring } = await build(t, { listen: { host, allowed_hosts: allowed }, keys: [key('k')] })
      const admit = (): unknown => new Admission().admit({ host: header }, keyring.find('secret-of-k')!, admission)
      if (admitted) assert.ok(typeof admit() === 'function')
      else assert.throws(admit, { code: 'auth.origin' })
    })
  }

  test('limits and budgets belong to their key', async t => {
    const runtime = await build(t, {
      limits: { body_bytes: 2048, exchanges: 7 },
      keys: [key('a', { limits: { requests_per_minute: 60 }, budget: { limit_usd: 5, window: 'day' } }), key('b')],
    })
    assert.deepEqual(['a', 'b', 'c'].map(name => runtime.admission.limitsOf(name)), [{ requestsPerMinute: 60, concurrency: null, queue: 100, queueMs: 0 }, null, null])
    const limits = ['a', 'b'].map(name => runtime.limitsOf(runtime.keyring.find(`secret-of-${name}`)!, { session: 's', agent: 'a', subject: 'u' }, []))
    assert.deepEqual(limits[0]!.budgets.map(({ limitUsd, window, account, scope }) => [limitUsd, window, account, scope]), [[5, 'day', 'acme/a', 'key:a']])
    assert.deepEqual([limits[0]?.rates, limits[1]], [[], { budgets: [], rates: [] }])
    assert.deepEqual([runtime.admission.bodyBytes, runtime.admission.exchanges], [2048, 7])
  })

  test('candidates are seen by the policy with their prices, and the same set each time', async t => {
    const written = { providers: [{ ...provider, passthrough: true, region: 'eu' }], models: [{ id: 'a/m', context: 5, price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2 } }] }
    const runtime = await build(t, written, { p50Ms: id => id === 'a/m' ? 700 : null })
    const set = runtime.candidatesFor('a/m', 'openai')
    assert.equal(runtime.candidatesFor('a/m', 'openai'), set)
    assert.deepEqual(set.view.map(view => ({ ...view })), [{
      id: 'a/m', provider: 'a', local: false, trust: 'internal', region: 'eu', usd_in: 1, usd_out: 2, context: 5, caps: ['tools'], p50_ms: 1024,
    }])
    const [unpriced] = runtime.candidatesFor('a/unheard-of', 'openai').view
    assert.deepEqual([unpriced!.usd_in, unpriced!.usd_out, unpriced!.p50_ms], [null, null, null])
  })

  test('MCP endpoints are the merged one and one per server that is not disabled', async t => {
    const runtime = await build(t, {
      mcp_servers: { files: { command: 'npx', environment: 'production', trust: 'restricted', sensitivity: 'confidential', labels: ['b', 'a', 'b'], tool_labels: { 'read_*': { labels: ['c'] }, '*_hr': { labels: ['hr'], sensitivity: 'restricted' }, '*low': { sensitivity: 'public' } }, resource_labels: { 'file:///hr/*': { labels: ['hr'] } }, call_timeout_ms: 500, tool_timeouts: { 'render_*': 900, '*_report': 700 } }, off: { command: 'x', disabled: true } },
    })
    assert.deepEqual(['', 'files', 'off', 'none'].map(name => runtime.mcpEndpoint(name, [])?.servers), [['files'], ['files'], undefined, undefined])
    assert.equal(runtime.mcpEndpoint('', []), runtime.mcpEndpoint('', ['any']))
    const { timeoutOf, labelsOf, ...facts } = runtime.mcpServer('files') ?? assert.fail()
    assert.deepEqual([null, 'read', 'render_report', 'daily_report', 'read'].map(timeoutOf), [500, 500, 900, 700, 500], 'the first glob that matches counts')
    assert.deepEqual(facts, { env: 'production', trust: 'restricted', required: false, callLimitMs: 3_600_000, labels: { labels: ['a', 'b'], sensitivity: 'confidential' } })
    const labelled = ([kind, name]: readonly ['tool' | 'resource' | 'prompt', string]): string => Object.values(labelsOf(kind, name)).flat().join(' ')
    assert.deepEqual(([['tool', 'write'], ['tool', 'read_file'], ['tool', 'read_hr'], ['tool', 'low'], ['resource', 'file:///hr/pay'], ['resource', 'read_hr'], ['prompt', 'read_hr']] as const).map(labelled), [
      'a b confidential', 'a b c confidential', 'a b c hr restricted', 'a b confidential', 'a b hr confidential', 'a b confidential', 'a b confidential',
    ], 'what is declared for one comes on top, and lowers nothing')
    assert.equal(runtime.mcpServer('none'), undefined)
  })

  test('a virtual server is there for its groups, with what there is of its servers', async t => {
    const runtime = await build(t, {
      mcp_servers: { files: { command: 'npx' }, off: { command: 'x', disabled: true } },
      virtual_servers: { desk: { groups: ['support'], tools: ['files/*', 'off/*'] }, open: { groups: ['*'], tools: ['files/read'] } },
    })
    assert.deepEqual([['support'], ['other'], []].map(groups => runtime.mcpEndpoint('desk', groups)?.servers), [['files'], undefined, undefined])
    assert.deepEqual(runtime.mcpEndpoint('open', [])?.servers, ['files'])
  })
})
