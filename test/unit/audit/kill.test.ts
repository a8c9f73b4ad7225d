// kill -9: what was acknowledged is there afterwards, in order and once, and the log is intact.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditRecordSchema } from '../../../gateway/audit/record.ts'
import { startChild, type Child } from '../../support/child.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { keyPathOf, linesOf, openLog, problemsOf, verify } from './entries.ts'

const script = join(import.meta.dirname, 'append-records.ts')

const startAppending = async (test: CleansUp, args: readonly (string | number)[], wrapper: readonly string[] = []): Promise<Child> => {
  const [command = '', ...rest] = [...wrapper, process.execPath, script, ...args.map(String)]
  const child = await startChild({ command, args: rest, env: { PATH: process.env['PATH'] ?? '' } })
  test.after(async () => { await child.stop('SIGKILL') })
  return child
}

const numbers = (child: Child, word: string): number[] =>
  child.stdout().split('\n').filter(line => line.startsWith(`${word} `)).map(line => Number(line.split(' ')[1]))

/** Numbers of the exchanges whose outcome is in the log, in its order. */
const outcomesIn = (folder: string): number[] =>
  linesOf(folder).flatMap(({ record }) => record.phase === 'outcome' ? [Number(record.exchange.slice(1))] : [])

for (const durability of ['written', 'synced'] as const) {
  test(`no acknowledged record is lost when the process is killed (${durability})`, async t => {
    const folder = join(scratchFolder(t), 'audit')
    const acknowledged: number[] = []
    let first = 0
    for (let round = 0; round < 6; round += 1) {
      const child = await startAppending(t, [folder, first, durability])
      // Killed after some acknowledgement, anywhere between two of them.
      const killAfter = first + Math.floor(Math.random() * 150)
      await child.line(line => line.startsWith('ack ') && Number(line.slice(4)) >= killAfter ? true : undefined)
      const { signal } = await child.stop('SIGKILL')
      assert.equal(signal, 'SIGKILL')
      const acked = numbers(child, 'ack')
      acknowledged.push(...acked)
      first = acked.at(-1)! + 1000
      const untouched = await verify(folder)
      assert.deepEqual(problemsOf(untouched), [])
    }

    const { log } = openLog(folder, { keyPath: keyPathOf(folder) })
    await log.close()
    const report = await verify(folder)
    assert.deepEqual({ ok: report.ok, problems: report.problems }, { ok: true, problems: [] })
    const found = outcomesIn(folder)
    assert.equal(new Set(found).size, found.length)
    assert.deepEqual(found, found.toSorted((a, b) => a - b))
    const there = new Set(found)
    assert.deepEqual(acknowledged.filter(number => !there.has(number)), [])
    assert.ok(acknowledged.length > 100)
    for (const { record } of linesOf(folder)) auditRecordSchema.parse(record)
  })
}

// The kernel refuses what is past the limit, in the middle of a write: the nearest thing to a full disk that needs no mount.
const hasLimits = process.platform === 'linux'

test('a disk that is full in the middle of a write leaves whole records only, and refuses the others', { skip: hasLimits ? false : 'needs prlimit' }, async t => {
  const folder = join(scratchFolder(t), 'audit')
  const child = await startAppending(t, [folder, 0, 'written', 60], ['prlimit', '--fsize=20000'])
  const { code } = await child.exit
  assert.equal(code, 0, child.stderr())
  const acked = numbers(child, 'ack')
  assert.ok(acked.length > 3)
  const refused = child.stdout().split('\n').filter(line => line.startsWith('refused'))
  assert.deepEqual([...new Set(refused.map(line => line.split(' ').slice(2).join(' ')))], ['false EFBIG'])
  assert.equal(acked.length + refused.length, 60)
  for (const file of readdirSync(folder).filter(name => name.endsWith('.jsonl'))) {
    const text = readFileSync(join(folder, file), 'utf8')
    assert.ok(text.endsWith('\n'))
    assert.ok(text.length <= 20_000)
  }
  assert.deepEqual(outcomesIn(folder), acked)
  assert.deepEqual(problemsOf(await verify(folder)), [])
  // With room again the log goes on where it stood.
  const { log, repairs } = openLog(folder, { keyPath: keyPathOf(folder) })
  await log.close()
  assert.deepEqual(repairs, [])
  const report = await verify(folder)
  assert.deepEqual({ ok: report.ok, warnings: report.warnings }, { ok: true, warnings: [] })
})
