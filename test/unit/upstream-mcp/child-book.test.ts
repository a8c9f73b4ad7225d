// What the next gateway does about the processes that a killed one left behind: all of them, and nobody else.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { endOrphans, markVariable, openChildBook } from '../../../gateway/upstream/mcp-child-book.ts'
import { identityOf } from '../../../gateway/upstream/process-identity.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'

const wait = 'setInterval(() => undefined, 1000)'

interface Started { readonly child: ChildProcess; readonly pid: number }

const startGroup = (t: TestContext, mark: string, script = wait): Started => {
  const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], [markVariable]: mark } })
  const pid = child.pid ?? 0
  t.after(() => { try { process.kill(-pid, 'SIGKILL') } catch { /* it has ended */ } })
  return { child, pid }
}

const noteFile = (data: string): string => join(data, 'children', readdirSync(join(data, 'children'))[0] ?? '')

const changeNote = (data: string, changes: Readonly<Record<string, unknown>>): void => {
  const file = noteFile(data)
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')) as object, ...changes }))
}

test('a group that was noted and still lives is ended, also when it ignores SIGTERM, and its note is gone', async t => {
  const data = scratchFolder(t, 'book')
  const { child, pid } = startGroup(t, 'm', `process.on('SIGTERM', () => undefined); console.log('up'); ${wait}`)
  openChildBook(data).note(pid, 'm')
  await new Promise(resolve => { child.stdout?.once('data', resolve) })
  assert.deepEqual(await endOrphans(data, 100), [pid])
  await eventually(() => identityOf(pid) === null)
  assert.deepEqual(readdirSync(join(data, 'children')), [])
})

test('a process with the noted id, but another start, or neither the command nor the mark, is left alone', async t => {
  for (const changes of [{ started: 'another boot 1' }, { command: 'another', mark: 'another' }]) {
    const data = scratchFolder(t, 'book')
    const { pid } = startGroup(t, 'm')
    openChildBook(data).note(pid, 'm')
    changeNote(data, changes)
    assert.deepEqual(await endOrphans(data, 100), [])
    assert.notEqual(identityOf(pid), null)
  }
})

test('grandchildren whose parent is gone are known by their mark; those of a stranger are left alone', async t => {
  const script = `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(wait)}], { stdio: 'ignore' }); c.unref(); process.stdout.write(String(c.pid) + '\\n', () => process.exit())`
  for (const [mark, isEnded] of [['m', true], ['another', false]] as const) {
    const data = scratchFolder(t, 'book')
    const { child, pid } = startGroup(t, 'm', script)
    openChildBook(data).note(pid, mark)
    const grandchild = Number(await new Promise<Buffer>(resolve => { child.stdout?.once('data', resolve) }))
    await eventually(() => identityOf(pid) === null)
    assert.deepEqual(await endOrphans(data, 1000), isEnded ? [pid] : [])
    assert.equal(identityOf(grandchild) === null, isEnded)
  }
})

test('notes that cannot be read, or name no process, end nothing', async t => {
  const data = scratchFolder(t, 'book')
  openChildBook(data)
  writeFileSync(join(data, 'children', 'a.json'), '{"pid":-1,"started":"","command":null,"mark":"m"}')
  writeFileSync(join(data, 'children', 'b.json'), 'torn')
  assert.deepEqual(await endOrphans(data), [])
  assert.deepEqual(await endOrphans(join(data, 'nowhere')), [])
})
