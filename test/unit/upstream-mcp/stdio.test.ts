// Child processes as they go wrong: crashes, silence, noise, grandchildren.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '../../../gateway/exchange/failure.ts'
import { cleanEnvironment } from '../../../gateway/upstream/mcp-child.ts'
import { eventually } from '../../support/wait.ts'
import { alice, bob, callTool, firstText, startPool, stdioSpec } from './setup.ts'

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a crash rejects every pending call at once, says so, and the next use starts the server again', async t => {
  const { pool } = startPool(t, [stdioSpec()])
  const connection = await pool.get('local', alice)
  const pending = ['slow', 'slow', 'crash'].map(name => callTool(connection, name, { args: { ms: 60_000, code: 7 }, timeoutMs: 60_000 }))
  for (const settled of await Promise.allSettled(pending)) {
    assert.equal(settled.status, 'rejected')
    const failure = settled.reason as Failure
    assert.equal(failure.code, 'upstream.connect')
    assert.equal(failure.message, 'MCP server "local" exited with code 7 while answering; it is being restarted.')
  }
  assert.equal(pool.health()[0]!.state, 'failed')
  const again = await pool.get('local', alice)
  assert.notEqual(again, connection)
  assert.equal(firstText(await callTool(again, 'echo')), '{}')
  assert.deepEqual(pool.health()[0], { server: 'local', state: 'ready', lastError: null, era: 'legacy', connections: 1 })
})

test('a crash of one owner\'s process leaves the other owner\'s alone', async t => {
  const { pool } = startPool(t, [stdioSpec()])
  const [mine, other] = await Promise.all([pool.get('local', alice), pool.get('local', bob)])
  const slow = callTool(other, 'slow', { args: { ms: 200 } })
  await assert.rejects(callTool(mine, 'crash'))
  assert.equal(firstText(await slow), 'done')
})

test('a server that keeps crashing is tried with growing pauses, and callers are told when to come back', async t => {
  let now = 1_000_000
  const { pool } = startPool(t, [stdioSpec([], { transport: { kind: 'stdio', command: process.execPath, args: ['-e', 'process.exit(3)'], env: {}, cwd: null } })], { nowMs: () => now })
  const fail = async (): Promise<Failure> => {
    try {
      await pool.get('local', alice)
    } catch (failure) {
      return failure as Failure
    }
    throw new Error('the server cannot be ready')
  }
  const first = await fail()
  assert.equal(first.code, 'upstream.connect')
  assert.match(first.message, /exited with code 3/)
  for (let round = 0; round < 6; round += 1) {
    now += 60_000
    assert.equal((await fail()).retryAfterMs, undefined)
  }
  const told = await fail()
  assert.equal(told.retryAfterMs, 6400)
  assert.match(told.message, /failed 7 times in a row/)
})

test('a command that does not exist fails without a probe verdict', async t => {
  const { pool } = startPool(t, [stdioSpec([], { era: 'auto', transport: { kind: 'stdio', command: '/nonexistent/server', args: [], env: {}, cwd: null } })])
  await assert.rejects(async () => pool.get('local', alice), (failure: Failure) => failure.code === 'upstream.connect' && failure.message.includes('could not be started (ENOENT)'))
})

for (const probe of ['exit', 'hang'] as const) {
  test(`a legacy server that answers the probe with ${probe} is served after all`, async t => {
    const { pool } = startPool(t, [stdioSpec([`--probe=${probe}`], { era: 'auto', connectTimeoutMs: probe === 'hang' ? 4000 : 15_000 })])
    const connection = await pool.get('local', alice)
    assert.equal(connection.era, 'legacy')
    assert.equal(firstText(await callTool(connection, 'echo')), '{}')
  })
}

test('the child sees a clean environment and what is configured for it', async t => {
  process.env['PORTCULLIS_TEST_SECRET'] = 'do not pass on'
  t.after(() => { delete process.env['PORTCULLIS_TEST_SECRET'] })
  const spec = stdioSpec()
  const { pool } = startPool(t, [{ ...spec, transport: { ...spec.transport, env: { MCP_OWN: 'x' } } as typeof spec.transport }])
  const names = JSON.parse(firstText(await callTool(await pool.get('local', alice), 'environment'))) as string[]
  assert.ok(names.includes('MCP_OWN') && names.includes('PATH'))
  assert.ok(!names.includes('PORTCULLIS_TEST_SECRET'))
})

test('exported shell functions are not inherited', () => {
  assert.deepEqual(cleanEnvironment({ PATH: '/bin', TERM: '() { :; }', AWS_SECRET_ACCESS_KEY: 'x' }, { A: '1' }), { PATH: '/bin', A: '1' })
})

test('what a child inherits is a closed list: nothing that could be a key, a password or an order to its launcher is on it', () => {
  const ours = Object.fromEntries([
    'PATH', 'HOME', 'LANG', 'TMPDIR', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'XDG_CACHE_HOME',
    'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'MCP_OTHER_TOKEN', 'DATABASE_URL', 'HTTPS_PROXY', 'NODE_OPTIONS', 'LD_PRELOAD', 'npm_config_registry', 'NPM_TOKEN', 'GIT_SSH_COMMAND', 'SSH_AUTH_SOCK', 'PYTHONPATH', 'BASH_ENV',
  ].map(name => [name, `value of ${name}`]))
  assert.deepEqual(Object.keys(cleanEnvironment(ours, {})).sort(), ['HOME', 'LANG', 'NODE_EXTRA_CA_CERTS', 'PATH', 'SSL_CERT_FILE', 'TMPDIR', 'XDG_CACHE_HOME'])
})

test('closing ends the whole process group, also a server that ignores SIGTERM and its grandchild', async t => {
  const { pool, logged } = startPool(t, [stdioSpec(['--ignore-term', '--child'])])
  const connection = await pool.get('local', alice) as unknown as { pid: number }
  const grandchild = await eventually(() => Number(/grandchild (\d+)/.exec(logged.map(({ text }) => text).join('\n'))?.[1] ?? 0) || undefined)
  assert.ok(isAlive(connection.pid) && isAlive(grandchild))
  await pool.close(alice)
  assert.ok(!isAlive(connection.pid))
  // A killed grandchild stays a zombie until init reaps it; a zombie still has a pid.
  const { readFileSync } = await import('node:fs')
  await eventually(() => !isAlive(grandchild) || /^\d+ \([^)]*\) Z/.test(readFileSync(`/proc/${grandchild}/stat`, 'utf8')))
})

test('standard error goes to the log line by line, and long lines are cut', async t => {
  const { pool, logged } = startPool(t, [stdioSpec()])
  await callTool(await pool.get('local', alice), 'complain', { args: { text: `first\n${'y'.repeat(5000)}` } })
  const lines = await eventually(() => { const all = logged.filter(({ event }) => event === 'stderr').map(({ text }) => text); return all.length >= 2 && all })
  assert.deepEqual(lines.slice(-2), ['first', 'y'.repeat(2000)])
})

test('lines on stdout that are not JSON-RPC are skipped, and their content stays out of the log', async t => {
  const { pool, logged } = startPool(t, [stdioSpec()])
  assert.equal(firstText(await callTool(await pool.get('local', alice), 'junk')), 'after junk')
  const ignored = logged.filter(({ event }) => event === 'ignored')
  assert.equal(ignored.length, 2)
  assert.ok(!JSON.stringify(ignored).includes('this is not'))
})

test('params that were pretty-printed by the client stay one line on the wire', async t => {
  const { pool } = startPool(t, [stdioSpec()])
  const connection = await pool.get('local', alice)
  const reply = await connection.request({ method: 'tools/call', params: '{\n  "name": "echo",\r\n  "arguments": {\n "a": 1 }\n}', signal: null, timeoutMs: 5000, onNotification: null, caller: null })
  assert.equal(firstText(reply), '{"a":1}')
})

test('a large answer arrives whole', async t => {
  const { pool } = startPool(t, [stdioSpec()])
  assert.equal(firstText(await callTool(await pool.get('local', alice), 'big', { args: { bytes: 3_000_000 } })).length, 3_000_000)
})
