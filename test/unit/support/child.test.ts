import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startChild, type Child } from '../../support/child.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { readListening } from '../../support/spawn-gateway.ts'
import { eventually } from '../../support/wait.ts'

const nodeWith = (script: string): Promise<Child> => startChild({ command: process.execPath, args: ['-e', script], env: {} })

test('a line is found whether it was printed before or after the question', async () => {
  const child = await nodeWith('console.log("one"); console.log("two"); setInterval(() => {}, 1000)')
  const pick = (wanted: string) => (line: string): string | undefined => line === wanted ? line : undefined
  assert.equal(await child.line(pick('two')), 'two')
  assert.equal(await child.line(pick('one')), 'one')
  assert.equal((await child.stop()).signal, 'SIGTERM')
})

test('waiting for a line of a process that ends fails with its output', async () => {
  const child = await nodeWith('console.log("hello"); console.error("broken"); process.exitCode = 3')
  await assert.rejects(child.line(() => undefined), /ended[^]*hello[^]*broken/)
  assert.deepEqual(await child.exit, { code: 3, signal: null })
  await assert.rejects(child.line(() => undefined), /ended/)
})

test('a process that ignores SIGTERM is killed after the grace time', async () => {
  const child = await nodeWith('process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)')
  await child.line(line => line === 'ready' ? line : undefined)
  assert.equal((await child.stop('SIGTERM', 50)).signal, 'SIGKILL')
})

test('a command that does not exist is an error', async () => {
  await assert.rejects(startChild({ command: '/no/such/command', args: [], env: {} }), /ENOENT/)
})

test('only the ready line is read as the ready line', () => {
  assert.deepEqual(readListening('{"msg":"listening","data":"http://127.0.0.1:1","admin":"http://127.0.0.1:2"}'), { data: 'http://127.0.0.1:1', admin: 'http://127.0.0.1:2' })
  assert.equal(readListening('{"msg":"other"}'), undefined)
  assert.equal(readListening('{"msg":"listening"}'), undefined)
})

test('eventually returns what it waited for, or says what it last saw', async () => {
  let looks = 0
  assert.equal(await eventually(() => (looks += 1) > 2 && 'seen', { everyMs: 1 }), 'seen')
  await assert.rejects(eventually(() => false, { withinMs: 5, everyMs: 1 }), /still false/)
  await assert.rejects(eventually(() => { throw new Error('the reason') }, { withinMs: 5, everyMs: 1 }), /the reason/)
})

test('a scratch folder is empty, and gone after the test', async t => {
  let folder = ''
  await t.test('inner', inner => {
    folder = scratchFolder(inner)
    writeFileSync(join(folder, 'file'), 'x')
  })
  assert.equal(existsSync(folder), false)
})
