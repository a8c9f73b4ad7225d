import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { buildLaunch, type BuildLaunchOptions } from '../../../registry/build-launch.ts'
import { launchersSchema } from '../../../registry/launchers.ts'
import { RegistryError } from '../../../registry/registry.ts'
import { serverJsonSchema, type ServerJson } from '../../../registry/server-json.ts'

const stdio = { transport: { type: 'stdio' } }
const npm = { registryType: 'npm', identifier: '@x/weather', version: '1.2.3', ...stdio }

const documentOf = (parts: object): ServerJson => serverJsonSchema.parse({ name: 'io.github.x/weather', description: 'Weather', version: '1.0.0', ...parts })

type Given = Readonly<Record<string, string | readonly string[]>>
const optionsOf = (given: Given = {}, more: Partial<BuildLaunchOptions> = {}): BuildLaunchOptions => ({
  name: 'weather', launchers: launchersSchema.parse(undefined), pick: null, given: new Map(Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? [value] : value])), ...more,
})

const problemsOf = (parts: object, options: BuildLaunchOptions): string => {
  try {
    buildLaunch(documentOf(parts), options)
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error))
    return error.problems.map(({ path, problem, remedy }) => `${path}: ${problem} | ${remedy}`).join('\n')
  }
  return 'accepted'
}

suite('what a server.json comes to', () => {
  const table: readonly (readonly [string, object, Given, object])[] = [
    ['an npm package', { packages: [npm] }, {}, { command: 'npx', args: ['-y', '@x/weather@1.2.3'], env: {} }],
    ['a hint for another launcher', { packages: [{ ...npm, runtimeHint: 'bunx' }] }, {}, { command: 'bunx', args: ['@x/weather@1.2.3'], env: {} }],
    ['a PyPI package', { packages: [{ registryType: 'pypi', identifier: 'weather', version: '0.5', ...stdio }] }, {}, { command: 'uvx', args: ['weather==0.5'], env: {} }],
    ['an image with its version in the name, and variables that the container gets by name',
      { packages: [{ registryType: 'oci', identifier: 'docker.io/x/weather:1.2.3', ...stdio, runtimeArguments: [{ type: 'named', name: '--mount', value: 'type=bind,src={dir},dst=/data', variables: { dir: { isRequired: true } } }], environmentVariables: [{ name: 'MODE', value: 'fast' }] }] },
      { dir: '/srv/data' }, { command: 'docker', args: ['run', '-i', '--rm', '-e', 'MODE', '--mount=type=bind,src=/srv/data,dst=/data', 'docker.io/x/weather:1.2.3'], env: { MODE: 'fast' } }],
    ['an image with its version beside', { packages: [{ registryType: 'oci', identifier: 'x/weather', version: '1.2.3', ...stdio, runtimeArguments: [{ type: 'positional', value: 'run' }, { type: 'positional', value: '-i' }] }] }, {},
      { command: 'docker', args: ['run', '-i', '--rm', 'x/weather:1.2.3'], env: {} }],
    ['arguments: fixed, default, given, repeated, optional, a flag without a value', { packages: [{
      ...npm, runtimeArguments: [{ type: 'positional', value: '-y' }],
      packageArguments: [
        { type: 'positional', value: 'serve' }, { type: 'named', name: '--city', default: 'Berlin' }, { type: 'positional', valueHint: 'folder', isRepeated: true, isRequired: true },
        { type: 'named', name: '--debug' }, { type: 'named', name: '-u', default: 'metric' }, { type: 'named', name: '--quiet', isRequired: true }, { type: 'positional', value: '{kept}; rm -rf /' },
      ],
    }] }, { folder: ['/a', '/b c'], '--quiet': '' }, { command: 'npx', args: ['-y', '@x/weather@1.2.3', 'serve', '--city=Berlin', '/a', '/b c', '-u', 'metric', '--quiet', '{kept}; rm -rf /'], env: {} }],
    ['secrets become references under a name of our own', { packages: [{ ...npm, environmentVariables: [
      { name: 'OPENAI_API_KEY', isRequired: true, isSecret: true }, { name: 'OTHER', isSecret: true }, { name: 'THIRD', isSecret: true, isRequired: true }, { name: 'REGION', default: 'eu', choices: ['eu', 'us'] },
    ] }] }, { THIRD: 'file:/run/secrets/third' }, { command: 'npx', args: ['-y', '@x/weather@1.2.3'], env: { OPENAI_API_KEY: { env: 'MCP_WEATHER_OPENAI_API_KEY' }, THIRD: { file: '/run/secrets/third' }, REGION: 'eu' } }],
    ['a remote with variables and a secret header', { remotes: [{
      type: 'streamable-http', url: 'https://{tenant}.example.com/{region}/mcp', variables: { tenant: { isRequired: true }, region: { default: 'eu', choices: ['eu', 'us'] } },
      headers: [{ name: 'Authorization', value: 'Bearer {token}', variables: { token: { isSecret: true } } }, { name: 'X-Mode', value: 'fast' }],
    }], packages: [npm] }, { tenant: 'acme', region: 'us' }, { url: 'https://acme.example.com/us/mcp', headers: { Authorization: { env: 'MCP_WEATHER_AUTHORIZATION' }, 'X-Mode': 'fast' } }],
  ]
  for (const [name, parts, given, server] of table) test(name, () => { assert.deepEqual(buildLaunch(documentOf(parts), optionsOf(given)).server, server) })

  test('one can be picked by place or kind', () => {
    const parts = { remotes: [{ type: 'streamable-http', url: 'https://x.example/mcp' }], packages: [{ ...npm, registryType: 'nuget' }, npm] }
    for (const pick of ['npm', 'packages[1]']) assert.deepEqual(Object.keys(buildLaunch(documentOf(parts), optionsOf({}, { pick })).server), ['command', 'args', 'env'])
    assert.match(problemsOf(parts, optionsOf({}, { pick: 'pypi' })), /pypi: is not there \| it offers remotes\[0\] \(remote\), packages\[0\] \(nuget\), packages\[1\] \(npm\)/)
  })

  test('what cannot be used is passed over while something else can', () => {
    const { server } = buildLaunch(documentOf({ remotes: [{ type: 'sse', url: 'https://x.example/sse' }], packages: [{ ...npm, transport: { type: 'streamable-http', url: 'http://localhost:1/mcp' } }, npm] }), optionsOf())
    assert.deepEqual(server, { command: 'npx', args: ['-y', '@x/weather@1.2.3'], env: {} })
  })

  test('a remote with the older transport is named as such, and taken only where nothing else can be', () => {
    const sse = { type: 'sse', url: 'https://x.example/sse' }
    assert.deepEqual(buildLaunch(documentOf({ remotes: [sse] }), optionsOf()).server, { ...sse, headers: {} })
    assert.deepEqual(buildLaunch(documentOf({ remotes: [sse, { type: 'streamable-http', url: 'https://x.example/mcp' }] }), optionsOf()).server, { url: 'https://x.example/mcp', headers: {} })
  })

  test('notices say what the operator has to know', () => {
    const { notices } = buildLaunch(documentOf({ packages: [{ ...npm, registryBaseUrl: 'https://packages.example', environmentVariables: [{ name: 'A', isSecret: true }, { name: 'B', value: 'x {y}', variables: { y: { isSecret: true } } }] }] }), optionsOf())
    assert.equal(notices.length, 3)
    assert.match(notices.join('\n'), /A is an optional secret[\s\S]*whole value, of the form "x \{y\}"[\s\S]*packages\.example/)
  })
})

suite('what is refused, by place and with what helps', () => {
  const table: readonly (readonly [string, object, Given, RegExp])[] = [
    ['nothing to run', {}, {}, /nothing to run or call/],
    ['a package type that nobody starts here', { packages: [{ ...npm, registryType: 'cargo' }] }, {}, /packages\[0\]: packages of type "cargo"/],
    ['an mcpb bundle', { packages: [{ ...npm, registryType: 'mcpb', fileSha256: 'a'.repeat(64) }] }, {}, /mcpb bundles are not unpacked/],
    ['a file digest that the launcher cannot check', { packages: [{ ...npm, fileSha256: 'a'.repeat(64) }] }, {}, /cannot check/],
    ['a shell as hint', { packages: [{ ...npm, runtimeHint: 'bash' }] }, {}, /runtimeHint "bash"/],
    ['a package without a version', { packages: [{ ...npm, version: undefined }] }, {}, /not exact/],
    ['a version that npm reads as a range', { packages: [{ ...npm, version: '1.2' }] }, {}, /not exact/],
    ['an identifier that is an option', { packages: [{ ...npm, identifier: '--call=id #' }] }, {}, /option "--call=id #@1.2.3"/],
    ['an identifier that is an address', { packages: [{ ...npm, identifier: 'https://x.example/a.tgz' }] }, {}, /does not name an npm package/],
    ['runtime arguments that run something else', { packages: [{ ...npm, runtimeArguments: [{ type: 'positional', value: '-c' }, { type: 'positional', value: 'id' }] }] }, {}, /option "-c"/],
    ['runtime arguments that name a package of their own', { packages: [{ ...npm, runtimeArguments: [{ type: 'positional', value: 'evil' }] }] }, {}, /"evil" needs an exact version/],
    ['an image without a version', { packages: [{ registryType: 'oci', identifier: 'x/weather', ...stdio }] }, {}, /needs an exact version/],
    ['a steering variable', { packages: [{ ...npm, environmentVariables: [{ name: 'NODE_OPTIONS', value: '--import=data:,x' }] }] }, {}, /env\.NODE_OPTIONS: decides what is run/],
    ['a value that is missing', { packages: [{ ...npm, packageArguments: [{ type: 'named', name: '--city', isRequired: true, description: 'Where' }] }] }, {}, /--city needs a value \| --value --city=… \(Where\)/],
    ['a value that is not offered', { packages: [{ ...npm, packageArguments: [{ type: 'named', name: '--u', choices: ['a', 'b'] }] }] }, { '--u': 'c' }, /not offered/],
    ['a value that is no number', { packages: [{ ...npm, packageArguments: [{ type: 'named', name: '--n', format: 'number' }] }] }, { '--n': 'many' }, /not a number/],
    ['a value that nobody asked for', { packages: [npm] }, { tpyo: 'x' }, /asks for no value "tpyo"/],
    ['a secret that was given literally', { packages: [{ ...npm, environmentVariables: [{ name: 'KEY', isSecret: true }] }] }, { KEY: 'hunter2' }, /KEY is a secret and is not stored \| --value KEY=env:VARIABLE/],
    ['a secret on the command line', { packages: [{ ...npm, packageArguments: [{ type: 'named', name: '--key', isSecret: true, isRequired: true }] }] }, {}, /every process of this machine can read/],
    ['a secret in an address', { remotes: [{ type: 'streamable-http', url: 'https://x.example/{key}', variables: { key: { isSecret: true } } }] }, {}, /asks for a secret where everybody can read it/],
    ['an address that is not https', { remotes: [{ type: 'streamable-http', url: 'http://169.254.169.254/mcp' }] }, {}, /neither https nor on this machine/],
    ['an address that variables make into another', { remotes: [{ type: 'streamable-http', url: '{base}/mcp', variables: { base: {} } }] }, { base: 'http://internal.example' }, /neither https/],
  ]
  for (const [name, parts, given, reason] of table) {
    test(name, () => {
      const problems = problemsOf(parts, optionsOf(given))
      assert.match(problems, reason)
      assert.ok(!problems.includes('hunter2'))
    })
  }

  test('a launcher that the operator took off the list', () => {
    assert.match(problemsOf({ packages: [npm] }, optionsOf({}, { launchers: ['docker'] })), /"npx" is not among registry.launchers/)
  })
})

suite('a server.json that is not one', () => {
  const good = { name: 'io.github.x/weather', description: 'Weather', version: '1.0.0' }
  const table: readonly (readonly [string, object, string])[] = [
    ['a name without a namespace', { name: 'weather' }, 'name'], ['a name with two slashes', { name: 'a.b/c/d' }, 'name'], ['no description', { description: undefined }, 'description'],
    ['a description that is too long', { description: 'x'.repeat(101) }, 'description'], ['a description with an escape sequence', { description: 'a\u001b[2J' }, 'description'], ['a description that hides something', { description: 'a\u200bb\u202e' }, 'description'],
    ['a version that moves', { version: 'latest' }, 'version'], ['a version that is a range', { version: '^1.0.0' }, 'version'], ['a package version that is a range', { packages: [{ ...npm, version: '~1.2.3' }] }, 'packages.0.version'],
    ['an mcpb bundle without its digest', { packages: [{ ...npm, registryType: 'mcpb' }] }, 'packages.0.fileSha256'], ['a digest that is none', { packages: [{ ...npm, fileSha256: 'ABC' }] }, 'packages.0.fileSha256'],
    ['a positional argument that names nothing', { packages: [{ ...npm, packageArguments: [{ type: 'positional' }] }] }, 'packages.0.packageArguments.0'], ['a remote over stdio', { remotes: [{ type: 'stdio' }] }, 'remotes.0.type'],
    ['an address with another scheme', { remotes: [{ type: 'streamable-http', url: 'file:///etc/passwd' }] }, 'remotes.0.url'], ['an icon over http', { icons: [{ src: 'http://x.example/i.png' }] }, 'icons.0.src'],
    ['names of before 2025-09', { packages: [{ registry_type: 'npm', identifier: 'x', version: '1.0.0' }] }, 'packages.0.registryType'],
  ]
  for (const [name, parts, path] of table) {
    test(`${name}: ${path}`, () => {
      const issues = serverJsonSchema.safeParse({ ...good, ...parts }).error?.issues ?? []
      assert.ok(issues.some(issue => issue.path.join('.') === path), JSON.stringify(issues))
    })
  }

  test('members that we do not know survive', () => {
    const written = { ...good, 'x-new': { a: 1 }, packages: [{ ...npm, 'x-other': [2] }] }
    assert.deepEqual(serverJsonSchema.parse(written), written)
  })
})
