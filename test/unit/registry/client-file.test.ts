import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { clientServers, importServer, localName, type ImportedServer } from '../../../registry/client-file.ts'
import { launchersSchema } from '../../../registry/launchers.ts'

const take = (written: unknown, given: Readonly<Record<string, string>> = {}, name = 'GitHub'): ImportedServer => importServer(name, written, {
  launchers: launchersSchema.parse(undefined), rename: new Map(), given: new Map(Object.entries(given).map(([key, value]) => [key, [value]])),
})

test('the shapes of common clients are known, and nothing else', () => {
  const servers = { a: { command: 'x' } }
  for (const file of [{ mcpServers: servers }, { servers, inputs: [] }, { mcp: { servers }, 'editor.fontSize': 12 }, { mcpServers: servers, theme: 'dark' }]) assert.deepEqual(clientServers(file), servers)
  for (const file of [null, [], {}, { mcpServers: [] }, 'x']) assert.equal(clientServers(file), null)
})

test('names become names that this gateway can use', () => {
  for (const [written, name] of [['GitHub', 'github'], ['My Server (dev)', 'my-server-dev'], ['Wörter', 'wo-rter'], ['a_b.c', 'a-b-c'], ['x'.repeat(30), 'x'.repeat(24)], ['日本', '']]) assert.equal(localName(written!), name)
})

suite('what an entry becomes', () => {
  const table: readonly (readonly [string, object, Readonly<Record<string, string>>, object])[] = [
    ['a command', { command: 'npx', args: ['-y', 'x@1.2.3'] }, {}, { command: 'npx', args: ['-y', 'x@1.2.3'], env: {} }],
    ['literal secrets stay behind', { command: 'npx', args: ['x@1.2.3'], env: { GITHUB_TOKEN: 'ghp_hunter2', MODE: 'fast', ODD: 'sk-hunter2' } }, {},
      { command: 'npx', args: ['x@1.2.3'], env: { GITHUB_TOKEN: { env: 'MCP_GITHUB_GITHUB_TOKEN' }, MODE: 'fast', ODD: { env: 'MCP_GITHUB_ODD' } } }],
    ['what the client fills in becomes a reference, and not to a variable of the file\'s choice', { command: 'npx', args: ['x@1.2.3'], env: { KEY: '${OPENAI_API_KEY}', B: '${input:b}', C: '${env:C:-x}' } }, {},
      { command: 'npx', args: ['x@1.2.3'], env: { KEY: { env: 'MCP_GITHUB_KEY' }, B: { env: 'MCP_GITHUB_B' }, C: { env: 'MCP_GITHUB_C' } } }],
    ['the operator says where a secret is', { command: 'npx', args: ['x@1.2.3'], env: { KEY: 'abc' } }, { KEY: 'env:MY_KEY' }, { command: 'npx', args: ['x@1.2.3'], env: { KEY: { env: 'MY_KEY' } } }],
    ['placeholders in arguments get values', { command: 'npx', args: ['x@1.2.3', '${workspaceFolder}/src'] }, { workspaceFolder: '/srv/work' }, { command: 'npx', args: ['x@1.2.3', '/srv/work/src'], env: {} }],
    ['an address', { type: 'http', url: 'https://x.example/mcp', headers: { Authorization: 'Bearer hunter2', 'X-Mode': 'fast' } }, {}, { url: 'https://x.example/mcp', headers: { Authorization: { env: 'MCP_GITHUB_AUTHORIZATION' }, 'X-Mode': 'fast' } }],
    ['an address by another name', { serverUrl: 'https://x.example/mcp' }, {}, { url: 'https://x.example/mcp', headers: {} }],
    ['numbers in env', { command: 'npx', args: ['x@1.2.3'], env: { PORT: 3000 } }, {}, { command: 'npx', args: ['x@1.2.3'], env: { PORT: '3000' } }],
  ]
  for (const [name, written, given, server] of table) {
    test(name, () => {
      const imported = take(written, given)
      assert.deepEqual(imported.problems, [])
      assert.deepEqual(imported.server, server)
      assert.ok(!JSON.stringify(imported).includes('hunter2'), 'no value of a secret comes along')
    })
  }

  test('the older HTTP transport is kept where a client names it', () => {
    assert.deepEqual(take({ type: 'SSE', url: 'https://x.example/sse' }).server, { type: 'sse', url: 'https://x.example/sse', headers: {} })
  })

  test('what is not taken over is said', () => {
    const { notices } = take({ command: 'npx', args: ['x@1.2.3'], cwd: '/srv', envFile: '.env', disabled: true, env: { T_TOKEN: 'a' } })
    assert.match(notices.join('\n'), /env\.T_TOKEN: the value is not taken over[\s\S]*not taken over: cwd, envFile[\s\S]*disabled/)
  })
})

suite('what is refused', () => {
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ['a shell', { command: 'bash', args: ['-c', 'npx x'] }, /is a shell/], ['Windows\' wrapper', { command: 'cmd', args: ['/c', 'npx', 'x@1.2.3'] }, /is a shell/],
    ['an open version', { command: 'npx', args: ['-y', 'x'] }, /exact version/], ['a program that is not on the list', { command: '/home/me/bin/server' }, /not among registry.launchers/],
    ['a secret in the arguments', { command: 'npx', args: ['x@1.2.3', '--api-key', 'hunter2'] }, /args\[1\].*looks like a secret/], ['a secret in the address', { url: 'https://x.example/mcp?api_key=hunter2' }, /looks like a secret/],
    ['a placeholder without a value', { command: 'npx', args: ['x@1.2.3', '${input:dir}'] }, /args\[1\].*filled in by the client.*--value dir=…/],
    ['neither command nor address', { args: [] }, /names neither/], ['no object', 'npx x', /expected object/], ['arguments that are no list', { command: 'npx', args: 'x' }, /args.*expected array/],
    ['a variable that steers the launcher', { command: 'npx', args: ['x@1.2.3'], env: { NODE_OPTIONS: '--import=x' } }, /decides what is run/],
  ]
  for (const [name, written, reason] of table) {
    test(name, () => {
      const text = take(written).problems.map(({ path, problem, remedy }) => `${path}: ${problem} | ${remedy}`).join('\n')
      assert.match(text, reason)
      assert.ok(!text.includes('hunter2'))
    })
  }
})
