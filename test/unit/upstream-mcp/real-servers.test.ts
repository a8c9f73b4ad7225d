// Servers that we did not write: the reference file system and everything servers, and the demo's SQLite server on the v2 SDK.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import type { McpConnection } from '../../../gateway/exchange/mcp.ts'
import { createMcpCatalog } from '../../../gateway/upstream/mcp-catalog.ts'
import { startChild } from '../../support/child.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'
import { alice, callTool, firstText, httpSpec, startPool, stdioSpec } from './setup.ts'

const root = resolve(import.meta.dirname, '../../..')
const modules = join(root, 'node_modules/@modelcontextprotocol')

const viewOf = async (t: Parameters<typeof startPool>[0], pool: ReturnType<typeof startPool>['pool'], server: string) => {
  const catalog = createMcpCatalog({ pool, log: () => undefined })
  t.after(() => { catalog.close() })
  return catalog.view(alice, [server], true)
}

test('server-filesystem over stdio: the legacy era is found, tools are listed and called', async t => {
  const folder = scratchFolder(t)
  writeFileSync(join(folder, 'note.txt'), 'from the file')
  const { pool } = startPool(t, [stdioSpec([], { name: 'files', era: 'auto', transport: { kind: 'stdio', command: process.execPath, args: [join(modules, 'server-filesystem/dist/index.js'), folder], env: {}, cwd: null } })])
  const connection = await pool.get('files', alice)
  assert.equal(connection.era, 'legacy')
  assert.equal(firstText(await callTool(connection, 'read_text_file', { args: { path: join(folder, 'note.txt') } })), 'from the file')
  const view = await viewOf(t, pool, 'files')
  assert.equal(view.tool('files__read_text_file')!.originalName, 'read_text_file')
  assert.deepEqual(view.failed, [])
})

test('the demo\'s SQLite server: the modern era is found, rows are read and changed', async t => {
  const file = join(scratchFolder(t), 'demo.db')
  const { pool } = startPool(t, [stdioSpec([], { name: 'db', era: 'auto', transport: { kind: 'stdio', command: process.execPath, args: [join(root, 'test/support/sqlite-mcp-server.ts'), file], env: {}, cwd: null } })])
  const connection = await pool.get('db', alice)
  assert.equal(connection.era, 'modern')
  const query = async (sql: string): Promise<string> => firstText(await callTool(connection, 'query', { args: { sql } }))
  assert.equal(await query('SELECT count(*) AS n FROM customers'), '[{"n":3}]')
  assert.equal(await query('DELETE FROM customers WHERE id = 1'), '1 rows changed')
  assert.match(await query('SELECT nonsense'), /no such column/)
  assert.equal((await viewOf(t, pool, 'db')).tool('db__query')!.server, 'db')
})

test('server-everything over HTTP: session, progress on the stream, resources and prompts', async t => {
  const child = await startChild({
    command: process.execPath, args: ['--import', join(root, 'test/support/listen-on-loopback.mjs'), join(modules, 'server-everything/dist/index.js'), 'streamableHttp'],
    env: { PATH: process.env['PATH'] ?? '', PORT: '0' },
  })
  t.after(() => child.stop('SIGKILL'))
  const port = await eventually(() => /loopback port (\d+)/.exec(child.stderr())?.[1], { withinMs: 20_000 })
  const { pool } = startPool(t, [httpSpec(`http://127.0.0.1:${port}/mcp`, { name: 'all' })])
  const connection: McpConnection = await pool.get('all', alice)
  assert.equal(connection.era, 'legacy')
  assert.equal(firstText(await callTool(connection, 'echo', { args: { message: 'hi' } })), 'Echo: hi')
  const tokens: unknown[] = []
  await callTool(connection, 'trigger-long-running-operation', {
    args: { duration: 0.2, steps: 2 }, meta: '{"progressToken":"mine"}',
    onNotification: (method, params) => { if (method === 'notifications/progress') tokens.push((JSON.parse(params ?? '{}') as { progressToken: unknown }).progressToken) },
  })
  assert.deepEqual(tokens, ['mine', 'mine'])
  const view = await viewOf(t, pool, 'all')
  assert.ok(view.tools.length > 5 && view.resources.length > 0 && view.prompts.length > 0 && view.templates.length > 0)
  assert.ok(view.tool('all__echo')!.rawText.startsWith('{"name":"all__echo"'))
})
