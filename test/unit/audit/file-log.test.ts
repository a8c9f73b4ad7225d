// The log as the pipeline uses it: what is acknowledged, what happens when it cannot be written, and what opening it again repairs.
import assert from 'node:assert/strict'
import { createHmac, hash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditRecordSchema } from '../../../gateway/audit/record.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { appendText, appended, intent, keyPathOf, linesOf, makeLog, openLog, outcome, problemsOf, verify, writeExchanges, writeLines } from './entries.ts'

const folderOf = (test: CleansUp): string => join(scratchFolder(test), 'audit')
const first = 'audit-000001.jsonl'

/** Opens a log, closes it again. @returns what was repaired */
const reopen = async (folder: string) => {
  const { log, repairs } = openLog(folder, { keyPath: keyPathOf(folder), instance: 'i2' })
  await log.close()
  return repairs
}

for (const durability of ['written', 'synced'] as const) {
  test(`a record is on the disk when it is acknowledged, with its group, in order (${durability})`, async t => {
    const folder = folderOf(t)
    const { log, errors } = openLog(folder, { keyPath: keyPathOf(folder), durability })
    const order: string[] = []
    const done = Promise.all([1, 2, 3].map(async number => {
      log.append(intent(`x${number}`))
      await appended(log, outcome(`x${number}`))
      order.push(`x${number}`)
      assert.ok(readFileSync(join(folder, first), 'utf8').includes(`"phase":"outcome","exchange":"x${number}"`))
    }))
    assert.ok(!readFileSync(join(folder, first), 'utf8').includes('"exchange":"x1"'), 'one write per turn of the event loop')
    await done
    assert.deepEqual(order, ['x1', 'x2', 'x3'])
    assert.equal(log.writable, true)
    assert.deepEqual([log.written, log.failed, errors], [6, 0, []])
    await log.close()
    assert.deepEqual(linesOf(folder).map(({ record }) => record.phase), ['genesis', 'intent', 'outcome', 'intent', 'outcome', 'intent', 'outcome', 'checkpoint'])
    for (const { record } of linesOf(folder)) auditRecordSchema.parse(record)
    assert.equal((await verify(folder)).ok, true)
  })
}

test('digests are keyed: who does not have the key of the log cannot try what was hashed', async t => {
  const [one, two] = [folderOf(t), join(scratchFolder(t), 'audit')]
  const digests: string[] = []
  const ids: string[] = []
  for (const folder of [one, one, two]) {
    const { log } = openLog(folder)
    log.append(intent('x1', { inputDigest: hash('sha256', '1234') }))
    await log.close()
    digests.push(...linesOf(folder).flatMap(({ record }) => record.phase === 'intent' ? [record.input_digest] : []).slice(-1))
    ids.push(...linesOf(folder).flatMap(({ record }) => record.phase === 'genesis' || record.phase === 'start' ? [record.input_key ?? ''] : []).slice(-1))
  }
  const key = Buffer.from(createHmac('sha256', Buffer.from(readFileSync(join(one, 'audit.key'), 'utf8').trim(), 'hex')).update('input digest').digest('hex'), 'hex')
  const expected = createHmac('sha256', key).update(hash('sha256', '1234')).digest('hex')
  assert.deepEqual(digests.slice(0, 2), [expected, expected], 'the same over restarts, and as the schema says')
  assert.notEqual(digests[2], expected)
  const id = createHmac('sha256', key).update('key id').digest('hex').slice(0, 16)
  assert.deepEqual(ids.slice(0, 2), [id, id], 'and the log says which key it was')
  assert.notEqual(ids[2], id)
})

test('files, key and head can be read by their owner only', async t => {
  const folder = folderOf(t)
  const { log } = openLog(folder)
  await log.close()
  assert.deepEqual(readdirSync(folder).sort(), [first, 'audit.head', 'audit.key'])
  for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file)
  assert.equal(statSync(folder).mode & 0o077, 0)
})

test('a chain goes on over restarts and files', async t => {
  const folder = folderOf(t)
  for (let run = 0; run < 3; run += 1) {
    const { log, repairs } = openLog(folder, { keyPath: keyPathOf(folder), instance: `i${run}`, maxBytes: 8000 })
    await writeExchanges(log, 5, run * 5)
    await log.close()
    assert.deepEqual(repairs, [])
  }
  const lines = linesOf(folder)
  assert.ok(new Set(lines.map(line => line.file)).size >= 3)
  assert.deepEqual(lines.map(line => line.seq), lines.map((_, at) => at))
  assert.equal(new Set(lines.map(({ record }) => record.chain)).size, 1)
  assert.deepEqual([...new Set(lines.map(({ record }) => record.instance))], ['i0', 'i1', 'i2'])
  assert.deepEqual(lines.filter(line => line.line === 1).map(({ record }) => record.phase === 'link' ? record.file : record.phase), ['genesis', ...new Set(lines.map(line => line.file).slice(0, -1))].slice(0, new Set(lines.map(line => line.file)).size))
  const report = await verify(folder)
  assert.deepEqual({ ok: report.ok, warnings: report.warnings }, { ok: true, warnings: [] })
})

test('a torn last line is moved aside, told, recorded, and no alteration', async t => {
  const folder = folderOf(t)
  const torn = '{"v":"audit/v1","chain":"half a rec'
  await makeLog(folder, 3)
  appendText(folder, first, torn)
  const before = linesOfWhole(folder)
  const repairs = await reopen(folder)
  assert.equal(repairs.length, 1)
  const { reason, file, bytes, moved_to: movedTo, found_seq: foundSeq } = repairs[0]!
  assert.deepEqual({ reason, file, bytes, foundSeq }, { reason: 'torn', file: first, bytes: torn.length, foundSeq: before - 1 })
  assert.equal(readFileSync(join(folder, movedTo!), 'utf8'), torn)
  const repairRecord = linesOf(folder).find(({ record }) => record.phase === 'repair')!
  const report = await verify(folder)
  assert.equal(report.ok, true)
  assert.deepEqual(report.warnings.map(({ kind, line, seq }) => ({ kind, line, seq })), [{ kind: 'torn', line: repairRecord.line, seq: repairRecord.seq }])
  // A second opening has nothing to repair.
  assert.deepEqual(await reopen(folder), [])
})

const linesOfWhole = (folder: string): number => readFileSync(join(folder, first), 'utf8').split('\n').length - 1

test('records behind the head of a crashed process are kept and told', async t => {
  const folder = folderOf(t)
  const { log } = openLog(folder, { keyPath: keyPathOf(folder) })
  await writeExchanges(log, 2)
  const head = readFileSync(join(folder, 'audit.head'))
  await writeExchanges(log, 1, 2)
  // As if the process had ended between the write of the group and that of the head.
  writeFileSync(join(folder, 'audit.head'), head)
  const found = await verify(folder)
  assert.deepEqual({ ok: found.ok, kinds: found.warnings.map(({ kind, file, line, seq }) => `${kind} ${file}:${line} ${seq}`) }, { ok: true, kinds: [`unsealed ${first}:6 5`] })
  const repairs = await reopen(folder)
  assert.deepEqual(repairs.map(({ reason, expected_seq: expected, found_seq: last }) => ({ reason, expected, last })), [{ reason: 'unsealed', expected: 4, last: 6 }])
  const report = await verify(folder)
  assert.deepEqual({ ok: report.ok, kinds: report.warnings.map(warning => warning.kind) }, { ok: true, kinds: ['unsealed'] })
})

test('from its first new record on, an opened log is no longer sealed as closed', async t => {
  const folder = folderOf(t)
  await makeLog(folder, 1)
  const closedLines = linesOf(folder).length
  // The log asks for the time at every step: whoever killed it there would leave what is seen there.
  const seen: { readonly lines: number; readonly closed: boolean }[] = []
  const look = (): number => {
    seen.push({ lines: linesOfWhole(folder), closed: readFileSync(join(folder, 'audit.head'), 'utf8').includes('"closed":true') })
    return Date.now()
  }
  const { log } = openLog(folder, { keyPath: keyPathOf(folder), clock: look })
  await writeExchanges(log, 2, 5)
  assert.ok(seen.some(({ lines }) => lines > closedLines))
  assert.deepEqual(seen.filter(({ lines, closed }) => closed && lines > closedLines), [])
  await log.close()
})

const alterations: readonly (readonly [name: string, reason: string, alter: (folder: string) => void])[] = [
  ['cut records', 'cut', folder => { writeLines(folder, linesOf(folder).slice(0, -2)) }],
  ['a changed last record', 'changed', folder => { writeLines(folder, linesOf(folder).map((line, at, all) => at === all.length - 1 ? { ...line, text: line.text.replace('"time":"2026', '"time":"2025') } : line)) }],
  ['records added behind the closed log', 'forged', folder => { appendFileSync(join(folder, first), `${linesOf(folder).at(-1)!.text.replace(/"seq":\d+/, '"seq":99')}\n`) }],
  ['a lost head', 'no_head', folder => { rmSync(join(folder, 'audit.head')) }],
  ['a forged head', 'bad_head', folder => { writeFileSync(join(folder, 'audit.head'), readFileSync(join(folder, 'audit.head'), 'utf8').replace('"closed":true', '"closed":false')) }],
]
for (const [name, reason, alter] of alterations) {
  test(`opening the log does not hide ${name}`, async t => {
    const folder = folderOf(t)
    await makeLog(folder, 3)
    alter(folder)
    assert.deepEqual((await reopen(folder)).map(repair => repair.reason), [reason])
    // Nor does opening it again.
    assert.deepEqual(await reopen(folder), [])
    const repairRecord = linesOf(folder).find(({ record }) => record.phase === 'repair')!
    auditRecordSchema.parse(repairRecord.record)
    const report = await verify(folder)
    assert.equal(report.ok, false)
    assert.ok(problemsOf(report).includes(`${reason} ${first}:${repairRecord.line} ${repairRecord.seq}`), problemsOf(report).join())
  })
}

test('a log whose key is gone is not continued, and its key is never replaced', async t => {
  const folder = folderOf(t)
  await makeLog(folder, 1)
  rmSync(keyPathOf(folder))
  assert.throws(() => openLog(folder, { keyPath: keyPathOf(folder) }), /is missing: restore it/)
  assert.equal(existsSync(keyPathOf(folder)), false)
})

test('another hand in the file makes it unwritable until the file is as it was', async t => {
  const folder = folderOf(t)
  const { log, errors } = openLog(folder, { keyPath: keyPathOf(folder) })
  await writeExchanges(log, 2)
  const { size } = statSync(join(folder, first))
  appendText(folder, first, 'another hand\n')
  const refused = await Promise.allSettled([appended(log, outcome('x2')), appended(log, outcome('x3'))])
  assert.deepEqual(refused.map(result => result.status), ['rejected', 'rejected'])
  assert.equal(log.writable, false)
  assert.equal(log.failed, 2)
  assert.equal(errors.length, 1)
  assert.match(errors[0]!.message, /changed or removed by another process/)
  truncateSync(join(folder, first), size)
  await appended(log, outcome('x4'))
  assert.equal(log.writable, true)
  await log.close()
  const report = await verify(folder)
  assert.deepEqual({ ok: report.ok, warnings: report.warnings }, { ok: true, warnings: [] })
  assert.deepEqual(linesOf(folder).flatMap(({ record }) => record.phase === 'outcome' ? [record.exchange] : []), ['x0', 'x1', 'x4'])
})

test('a file that was taken away is not written to', async t => {
  const folder = folderOf(t)
  const { log } = openLog(folder, { keyPath: keyPathOf(folder) })
  rmSync(join(folder, first))
  await assert.rejects(appended(log, outcome('x1')), /changed or removed/)
  assert.equal(log.writable, false)
  await log.close()
})

const full = existsSync('/dev/full') ? false : 'needs /dev/full'

test('where the next file cannot be written, records are refused with the error of the system', { skip: full }, async t => {
  const folder = folderOf(t)
  const { log, errors } = openLog(folder, { keyPath: keyPathOf(folder), maxBytes: 5000 })
  symlinkSync('/dev/full', join(folder, 'audit-000002.jsonl'))
  const results = []
  for (let number = 0; number < 10; number += 1) results.push(await Promise.allSettled([appended(log, outcome(`x${number}`))]))
  const reasons = results.flat().map(result => result.status === 'rejected' ? (result.reason as NodeJS.ErrnoException).code : 'acknowledged')
  assert.deepEqual([...new Set(reasons)], ['acknowledged', 'ENOSPC'])
  assert.equal(log.writable, false)
  assert.equal(errors.length, reasons.filter(reason => reason === 'ENOSPC').length)
  await log.close()
  rmSync(join(folder, 'audit-000002.jsonl'))
  assert.deepEqual(problemsOf(await verify(folder)), [])
  assert.deepEqual(linesOf(folder).filter(({ record }) => record.phase === 'outcome').length, reasons.filter(reason => reason === 'acknowledged').length)
})

test('a log that cannot be written is not opened', { skip: full }, t => {
  const folder = scratchFolder(t)
  symlinkSync('/dev/full', join(folder, first))
  writeFileSync(join(folder, 'audit.key'), `${'ab'.repeat(32)}\n`)
  assert.throws(() => openLog(folder), /ENOSPC|EINVAL|ESPIPE/)
})

test('where no further file can be made the old one goes on', async t => {
  const folder = folderOf(t)
  const { log, errors } = openLog(folder, { keyPath: keyPathOf(folder), maxBytes: 3000 })
  // The folder is elsewhere now: open files can be written, new ones cannot be made.
  renameSync(folder, `${folder}-moved`)
  await writeExchanges(log, 5)
  assert.equal(log.writable, true)
  assert.ok(errors.length > 0)
  renameSync(`${folder}-moved`, folder)
  await writeExchanges(log, 1, 5)
  await log.close()
  assert.deepEqual(readdirSync(folder).filter(name => name.endsWith('.jsonl')), [first, 'audit-000002.jsonl'])
  assert.equal((await verify(folder)).ok, true)
})

test('a callback that throws costs no other caller its answer', async t => {
  const folder = folderOf(t)
  const { log, errors } = openLog(folder)
  log.append(intent('x1'), () => { throw new Error('mistake of a caller') })
  await appended(log, outcome('x1'))
  assert.deepEqual(errors.map(error => error.message), ['mistake of a caller'])
  assert.equal(log.writable, true)
  await log.close()
})

test('closing writes what is left, and nothing is taken afterwards', async t => {
  const folder = folderOf(t)
  const { log } = openLog(folder, { keyPath: keyPathOf(folder) })
  const last = appended(log, outcome('x1'))
  await Promise.all([log.close(), last])
  await assert.rejects(appended(log, outcome('x2')), /closed/)
  await log.close()
  assert.deepEqual(linesOf(folder).map(({ record }) => record.phase), ['genesis', 'outcome', 'checkpoint'])
  assert.equal(log.head.seq, 2)
})

test('an exchange without an outcome is told by the verification', async t => {
  const folder = folderOf(t)
  const { log } = openLog(folder, { keyPath: keyPathOf(folder) })
  await appended(log, intent('x1'))
  await writeExchanges(log, 1, 2)
  await log.close()
  const report = await verify(folder)
  assert.equal(report.ok, true)
  assert.deepEqual(report.warnings.map(({ kind, line, seq }) => ({ kind, line, seq })), [{ kind: 'unfinished', line: 2, seq: 1 }])
})
