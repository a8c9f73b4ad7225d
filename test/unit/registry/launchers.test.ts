import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { checkLaunch } from '../../../registry/check-launch.ts'
import { isShell, launchersSchema, launchProblem } from '../../../registry/launchers.ts'

const launchers = launchersSchema.parse(undefined)
const digest = `sha256:${'a'.repeat(64)}`

suite('command lines that may be approved', () => {
  const table: readonly (readonly [string, ...string[]])[] = [
    ['npx', '-y', '@scope/server@1.2.3', '--flag', 'x'],
    ['npx', 'server@1.2.3-beta.1+build'],
    ['npx', '-y', '-p', 'server@1.2.3', 'its-binary', '-c', 'its own argument'],
    ['npx', '--package=server@1.2.3', 'its-binary'],
    ['npx', '-y', '--', 'server@1.2.3'],
    ['npx', '-y', 'server@1.2.3', '; rm -rf / && $(id) `id` | sh > /etc/passwd'],
    ['bunx', '--bun', 'server@0.0.1'],
    ['uvx', 'server==1.2'],
    ['uvx', 'server[extra]@2024.1.0', '-c', 'its own'],
    ['uvx', '--python', '3.12', '--from', 'pkg==1.2.3', 'binary'],
    ['docker', 'run', '-i', '--rm', '-e', 'TOKEN', 'ghcr.io/owner/image:1.2.3', '--privileged'],
    ['docker', 'run', '-i', `image@${digest}`],
    ['podman', 'run', '--rm', '-i', '--network=none', '--security-opt', 'no-new-privileges', '--mount', 'type=bind,src=/srv/files,dst=/files,readonly', 'host:5000/image:v2'],
    ['docker', 'run', '-i', '-v', '/srv/files:/files:ro', '-v', 'cache:/cache', 'image:1'],
    ['node', '/srv/server/index.js', '-e', 'its own'],
    ['node', '--enable-source-maps', 'server.ts'],
    ['python3', '-u', '-m', 'my_server', '-c', 'its own'],
    ['python', '/srv/server.py'],
    ['deno', 'run', '--allow-net=api.example.com', 'npm:@scope/server@1.2.3'],
    ['deno', 'run', '-A', 'jsr:@scope/server@1.2.3/main'],
    ['deno', 'run', '-A', './server.ts'],
  ]
  for (const [command, ...args] of table) test(`${command} ${args.join(' ')}`, () => { assert.equal(launchProblem(command, args, launchers), null) })
})

suite('command lines that are refused, with the reason', () => {
  const table: readonly (readonly [RegExp, string, ...string[]])[] = [
    [/is a shell/, 'sh', '-c', 'id'], [/is a shell/, '/bin/bash', 'x.sh'], [/is a shell/, 'C:\\Windows\\System32\\CMD.EXE', '/c', 'npx'], [/is a shell/, 'pwsh', '-File', 'x'],
    [/is a shell/, 'env', 'sh'], [/is a shell/, 'sudo', 'npx', 'a@1.2.3'],
    [/not among registry.launchers/, 'curl', 'https://x.example'], [/not among registry.launchers/, '/tmp/npx', 'a@1.2.3'], [/not among registry.launchers/, './node', 'x.js'],
    [/needs an exact version/, 'npx', 'server'], [/needs an exact version/, 'npx', 'server@latest'], [/needs an exact version/, 'npx', 'server@^1.2.3'], [/needs an exact version/, 'npx', 'server@1'],
    [/needs an exact version/, 'npx', 'server@1.x'], [/needs an exact version/, 'npx', '-p', 'server', 'binary'], [/needs an exact version/, 'npx', 'file.tgz'],
    [/does not name an npm package/, 'npx', 'github:owner/repo'], [/does not name an npm package/, 'npx', 'https://x.example/a.tgz'], [/does not name an npm package/, 'npx', 'git+ssh://x@1.2.3'],
    [/does not name an npm package/, 'npx', 'alias@npm:other@1.2.3'],
    [/option "-c"/, 'npx', '-c', 'id'], [/option "--call=id"/, 'npx', '--call=id'], [/option "--registry"/, 'npx', '--registry', 'https://x.example', 'server@1.2.3'],
    [/option "--node-options/, 'npx', '--node-options=--import=x', 'server@1.2.3'], [/does not say what/, 'npx', '-y'], [/does not say what/, 'npx'],
    [/needs an exact version/, 'uvx', 'server'], [/does not name a PyPI/, 'uvx', 'server>=1.2'], [/needs an exact version/, 'uvx', 'server==1.*'], [/needs an exact version/, 'uvx', '--with', 'other', 'server==1.0'],
    [/option "--index-url"/, 'uvx', '--index-url', 'https://x.example', 'server==1.0'], [/does not name/, 'uvx', '--from', 'git+https://x.example/r@1.0', 'binary'],
    [/must begin with "docker run"/, 'docker', 'compose', 'up'], [/must begin with/, 'docker'], [/needs an exact version/, 'docker', 'run', '-i', 'image'],
    [/needs an exact version/, 'docker', 'run', 'host:5000/image'], [/needs an exact version/, 'docker', 'run', 'image:latest'], [/has a digest/, 'docker', 'run', 'image@sha256:abc'],
    [/option "--privileged"/, 'docker', 'run', '--privileged', 'image:1'], [/option "--cap-add/, 'docker', 'run', '--cap-add=ALL', 'image:1'], [/option "--entrypoint"/, 'docker', 'run', '--entrypoint', 'sh', 'image:1'],
    [/option "-v\//, 'docker', 'run', '-v/:/host', 'image:1'], [/more of this machine/, 'docker', 'run', '-v', '/:/host', 'image:1'], [/more of this machine/, 'docker', 'run', '-v', '/srv/../etc:/x', 'image:1'],
    [/more of this machine/, 'docker', 'run', '-v', '/var/run/docker.sock:/var/run/docker.sock', 'image:1'], [/more of this machine/, 'docker', 'run', '-v', '../..:/x', 'image:1'],
    [/more of this machine/, 'docker', 'run', '--mount', 'type=bind,source=/,target=/host', 'image:1'], [/uses "volume-opt"/, 'docker', 'run', '--mount', 'type=volume,dst=/x,volume-opt=device=/', 'image:1'],
    [/network/, 'docker', 'run', '--network', 'host', 'image:1'], [/network/, 'docker', 'run', '--network=container:db', 'image:1'], [/no-new-privileges/, 'docker', 'run', '--security-opt', 'seccomp=unconfined', 'image:1'],
    [/option "-e"/, 'node', '-e', 'process.exit()'], [/option "--import/, 'node', '--import', 'data:text/javascript,1', 'x.js'], [/must be a file/, 'node', 'data:text/javascript,1'],
    [/option "-r"/, 'node', '-r', './x.js', 'y.js'], [/option "-"/, 'node', '-'], [/option "-c"/, 'python3', '-c', 'import os'], [/option "-"/, 'python', '-'],
    [/must begin with "deno run"/, 'deno', 'eval', '1'], [/must be a file/, 'deno', 'run', 'https://x.example/mod.ts'], [/needs an exact version/, 'deno', 'run', '-A', 'npm:server'],
    [/option "--config"/, 'deno', 'run', '--config', 'x.json', 'x.ts'], [/NUL/, 'npx', 'server@1.2.3', 'a\0b'],
  ]
  for (const [reason, command, ...args] of table) test(`${command} ${args.join(' ')}`.replaceAll('\0', '\\0'), () => { assert.match(launchProblem(command, args, launchers) ?? 'accepted', reason) })
})

test('an operator may add a launcher by its exact name, and never a shell', () => {
  assert.equal(launchProblem('/opt/tools/run', ['--anything', '-c'], [...launchers, '/opt/tools/run']), null)
  for (const name of ['bash', '/usr/bin/zsh', 'cmd.exe', 'PowerShell', 'env']) {
    assert.ok(isShell(name))
    assert.equal(launchersSchema.safeParse([name]).success, false)
    assert.match(launchProblem(name, [], [name]) ?? '', /is a shell/)
  }
  assert.match(launchProblem('constructor', [], launchers) ?? '', /not among/)
})

suite('servers that somebody else described', () => {
  const npx = { command: 'npx', args: ['server@1.2.3'] }
  const table: readonly (readonly [string, unknown, RegExp | null])[] = [
    ['with ordinary variables and references', { ...npx, env: { API_KEY: { env: 'MCP_X_API_KEY' }, MODE: 'fast', PYTHONUNBUFFERED: '1' } }, null],
    ...['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'npm_config_registry', 'NPM_CONFIG_REGISTRY', 'UV_INDEX_URL', 'PIP_INDEX_URL', 'PYTHONPATH', 'BASH_ENV', 'DYLD_INSERT_LIBRARIES', 'HTTPS_PROXY', 'DOCKER_HOST', 'GIT_SSH_COMMAND', 'HOME']
      .map((name): readonly [string, unknown, RegExp] => [`with ${name}`, { ...npx, env: { [name]: 'x' } }, /decides what is run/]),
    ['with a variable that is none', { ...npx, env: { 'A=B': 'x' } }, /no name of an environment variable/],
    ['with a member that we do not know', { ...npx, shell: true }, /unrecognized|Unrecognized/],
    ['over https', { url: 'https://api.example.com/mcp', headers: { Authorization: { env: 'X' } } }, null],
    ['over http on this machine', { url: 'http://127.0.0.1:3000/mcp' }, null],
    ['over http elsewhere', { url: 'http://api.example.com/mcp' }, /neither https nor on this machine/],
    ['over http at a name that only looks local', { url: 'http://127.0.0.1.example.com/mcp' }, /neither https/],
    ['with a credential in the address', { url: 'https://user:pass@api.example.com/mcp' }, /holds a credential/],
    ['with another scheme', { url: 'file:///etc/passwd' }, /http or https/],
    ['that sets a header of the connection', { url: 'https://api.example.com/mcp', headers: { Host: 'x' } }, /no header/],
    ['that splits a header', { url: 'https://api.example.com/mcp', headers: { 'X-A': 'a\r\nHost: b' } }, /no header can carry/],
    ['that names no header', { url: 'https://api.example.com/mcp', headers: { 'X A': 'a' } }, /no header that/],
  ]
  for (const [name, server, reason] of table) {
    test(`${name}: ${reason === null ? 'accepted' : 'refused'}`, () => {
      const problems = checkLaunch(server, launchers)
      if (reason === null) assert.deepEqual(problems, [])
      else assert.match(problems.map(({ problem }) => problem).join(), reason)
      assert.ok(problems.every(({ path, remedy }) => path !== '' || remedy !== ''))
    })
  }
})
