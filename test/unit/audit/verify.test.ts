// A log of two files is altered in every way that somebody with access to the folder, but not to the key, can alter it. Each time the
// verification says so and names the record.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { ChainWriter, hashLine } from '../../../gateway/audit/chain.ts'
import { verifyAudit } from '../../../gateway/audit/verify.ts'
import { formatVerifyReport } from '../../../gateway/audit/verify-report.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { appendText, copyLog, keyPathOf, linesOf, makeLog, problemsOf, verify, writeLines, type FoundLine } from './entries.ts'

let made: { readonly folder: string; readonly lines: FoundLine[] }
const cleaning: (() => void | Promise<void>)[] = []

before(async () => {
  const folder = join(scratchFolder({ after: fn => { cleaning.push(fn) } }), 'audit')
  await makeLog(folder, 18, { maxBytes: 22_000, checkpointRecords: 10 })
  made = { folder, lines: linesOf(folder) }
  assert.deepEqual([...new Set(made.lines.map(line => line.file))], ['audit-000001.jsonl', 'audit-000002.jsonl'])
  assert.ok(made.lines.length >= 40)
})
test.after(async () => { for (const clean of cleaning) await clean() })

/** A copy of the log to alter. */
const copyOf = (test: CleansUp): string => copyLog(made.folder, join(scratchFolder(test), 'audit'))

const lineAt = (seq: number): FoundLine => made.lines[seq]!
const placeOf = (seq: number): string => `${lineAt(seq).file}:${lineAt(seq).line} ${seq}`
const everySeq = (): number[] => made.lines.map(line => line.seq)

test('an untouched log is intact, and its report tells how much was checked', async () => {
  const report = await verify(made.folder)
  const last = made.lines.at(-1)!
  assert.deepEqual(report, {
    ok: true, files: 2, records: made.lines.length, checkpoints: made.lines.filter(line => line.record.phase === 'checkpoint').length,
    lastSeq: last.seq, lastHash: hashLine(last.text), problems: [], warnings: [], problemCount: 0, warningCount: 0,
  })
  assert.ok(report.checkpoints >= 3)
  assert.match(formatVerifyReport(report), /^The audit log is intact: \d+ records in 2 files, \d checkpoints\.\nlast record \d+, sha256 [0-9a-f]{64}$/)
})

test('one changed bit in any record is found in that record', async t => {
  const folder = copyOf(t)
  const offsets = made.lines.map(line => ({ line, start: made.lines.filter(other => other.file === line.file && other.line < line.line).reduce((sum, other) => sum + Buffer.byteLength(other.text) + 1, 0) }))
  await fc.assert(fc.asyncProperty(fc.nat(made.lines.length - 1), fc.nat(100_000), fc.nat(7), async (seq, position, bit) => {
    const { line, start } = offsets[seq]!
    const path = join(folder, line.file)
    const original = readFileSync(path)
    const altered = Buffer.from(original)
    const at = start + position % Buffer.byteLength(line.text)
    altered[at] = altered[at]! ^ (1 << bit)
    writeFileSync(path, altered)
    const report = await verify(folder)
    writeFileSync(path, original)
    assert.equal(report.ok, false)
    const { file, line: number, seq: named } = report.problems[0]!
    assert.deepEqual({ file, line: number, seq: named }, { file: line.file, line: line.line, seq })
  }), { numRuns: 300 })
})

test('a record that was rewritten as plausible JSON is named and is the only problem', async t => {
  const folder = copyOf(t)
  for (const line of made.lines.filter(({ record }) => record.phase === 'outcome' || record.phase === 'intent')) {
    writeLines(folder, made.lines.map(other => other.seq === line.seq ? { ...other, text: other.text.replace('"id":"alice"', '"id":"mallory"') } : other))
    assert.deepEqual(problemsOf(await verify(folder)), [`flipped ${placeOf(line.seq)}`])
  }
})

test('a record that was taken out is named where it is missing', async t => {
  const folder = copyOf(t)
  for (const seq of everySeq().slice(0, -1)) {
    writeLines(folder, made.lines.filter(line => line.seq !== seq))
    const next = lineAt(seq + 1)
    const line = next.file === lineAt(seq).file ? next.line - 1 : next.line
    assert.deepEqual(problemsOf(await verify(folder)), [`dropped ${next.file}:${line} ${seq}`])
  }
})

test('two records that changed places are named', async t => {
  const folder = copyOf(t)
  for (const seq of everySeq().slice(0, -1)) {
    const [a, b] = [lineAt(seq), lineAt(seq + 1)]
    writeLines(folder, made.lines.map(line => line === a ? { ...a, text: b.text } : line === b ? { ...b, text: a.text } : line))
    assert.deepEqual(problemsOf(await verify(folder)), [`swapped ${placeOf(seq)}`])
  }
})

test('a record that was copied to a second place is named', async t => {
  const folder = copyOf(t)
  writeLines(folder, made.lines.flatMap(line => line.seq === 12 ? [line, { ...line, text: lineAt(5).text }] : [line]))
  assert.deepEqual(problemsOf(await verify(folder)), [`moved ${lineAt(12).file}:${lineAt(12).line + 1} 5`])
})

test('a file that was cut in the middle of a record is cut from that record on', async t => {
  for (const seq of [3, made.lines.findLast(line => line.file === 'audit-000001.jsonl')!.seq, made.lines.length - 2, made.lines.length - 1]) {
    const folder = copyOf(t)
    const { file, line, text } = lineAt(seq)
    const whole = made.lines.filter(other => other.file === file && other.line < line).map(other => `${other.text}\n`).join('')
    truncateSync(join(folder, file), Buffer.byteLength(whole) + Math.floor(text.length / 2))
    const report = await verify(folder)
    // The gap shows where the next record stands, or behind the end.
    const next = made.lines.find(other => other.file > file)
    const expected = next === undefined ? `cut ${file}:${line} ${seq}` : `dropped ${next.file}:${next.line} ${seq}`
    assert.deepEqual(problemsOf(report), [expected])
    assert.deepEqual(report.warnings.map(({ kind, file: where, line: number, seq: named }) => ({ kind, where, number, named }))[0], { kind: 'torn', where: file, number: line, named: seq })
  }
})

test('whole last records that were cut off are named', async t => {
  const folder = copyOf(t)
  for (const count of [1, 2, 5, 15]) {
    const from = made.lines.length - count
    writeLines(folder, made.lines.slice(0, from))
    const report = await verify(folder)
    assert.equal(report.problems[0]?.message, `records ${from} to ${made.lines.length - 1} were cut off`)
    const before = lineAt(from - 1)
    assert.deepEqual(problemsOf(report), [`cut ${before.file}:${before.line + 1} ${from}`])
  }
})

test('a file that was deleted is named by the records that it held', async t => {
  const second = made.lines.findIndex(line => line.file === 'audit-000002.jsonl')
  const withoutFirst = copyOf(t)
  rmSync(join(withoutFirst, 'audit-000001.jsonl'))
  assert.deepEqual(problemsOf(await verify(withoutFirst)), ['dropped audit-000002.jsonl:1 0'])
  const withoutLast = copyOf(t)
  rmSync(join(withoutLast, 'audit-000002.jsonl'))
  assert.deepEqual(problemsOf(await verify(withoutLast)), [`cut audit-000001.jsonl:${second + 1} ${second}`])
  rmSync(join(withoutLast, 'audit-000001.jsonl'))
  assert.deepEqual(problemsOf(await verify(withoutLast)), ['cut audit.head:1 0'])
})

/** A chain in memory that continues behind a record, as somebody without the key can write it. */
const forge = (after: FoundLine): ChainWriter =>
  new ChainWriter(after.record.chain, after.record.instance, { seq: after.seq, hash: hashLine(after.text) })

const bodyOf = ({ text }: FoundLine): string => `{${text.slice(text.indexOf('"phase"'))}`

test('a record that was added behind a closed log is forged, however well it is chained', async t => {
  const folder = copyOf(t)
  const last = made.lines.at(-1)!
  const chain = forge(last)
  appendText(folder, last.file, `${chain.next('2026-11-01T01:00:00.000Z', bodyOf(lineAt(2)))}\n`)
  const place = `${last.file}:${last.line + 1} ${last.seq + 1}`
  assert.deepEqual(problemsOf(await verify(folder)), [`forged ${place}`])
  appendText(folder, last.file, `${chain.checkpoint('2026-11-01T01:00:00.000Z', Buffer.alloc(32, 7))}\n`)
  assert.deepEqual(problemsOf(await verify(folder)), [`forged ${last.file}:${last.line + 2} ${last.seq + 2}`, `forged ${place}`])
})

test('history that was rewritten and chained anew from any record on fails at the next signature', async t => {
  const folder = copyOf(t)
  for (const from of [2, 9, 21, made.lines.length - 2]) {
    const chain = forge(lineAt(from - 1))
    const rewritten = made.lines.map(line => {
      if (line.seq < from) return line
      return { ...line, text: chain.next(line.record.time, line.seq === from ? bodyOf(line).replace('"id":"alice"', '"id":"mallory"') : bodyOf(line)) }
    })
    writeLines(folder, rewritten)
    const report = await verify(folder)
    const signed = made.lines.find(line => line.seq > from && line.record.phase === 'checkpoint')!
    // Where the head signs the same record, it is looked at first.
    assert.equal(problemsOf(report)[0], `${signed.seq === made.lines.length - 1 ? 'flipped' : 'forged'} ${placeOf(signed.seq)}`)
    assert.ok(problemsOf(report).includes(`flipped ${placeOf(made.lines.length - 1)}`))
  }
})

test('a head that was deleted, replaced or signed with another key is a problem', async t => {
  const folder = copyOf(t)
  const head = join(folder, 'audit.head')
  const kinds = async (): Promise<string[]> => (await verify(folder)).problems.map(problem => problem.kind)
  const text = readFileSync(head, 'utf8')
  writeFileSync(head, text.replace(`"seq":${made.lines.length - 1}`, `"seq":${made.lines.length - 3}`))
  assert.deepEqual(await kinds(), ['bad_head'])
  writeFileSync(head, text.replace('"closed":true', '"closed":false'))
  assert.deepEqual(await kinds(), ['bad_head'])
  writeFileSync(head, 'nothing')
  assert.deepEqual(await kinds(), ['bad_head'])
  rmSync(head)
  assert.deepEqual(await kinds(), ['no_head'])
})

test('without its key, or with another one, a log is not called intact', async t => {
  const folder = copyOf(t)
  writeFileSync(keyPathOf(folder), `${'ab'.repeat(32)}\n`)
  const report = await verify(folder)
  assert.deepEqual([...new Set(report.problems.map(problem => problem.kind))], ['forged', 'bad_head'])
  assert.equal(report.checkpoints, 0)
  rmSync(keyPathOf(folder))
  assert.deepEqual((await verify(folder)).problems.map(problem => problem.kind), ['no_key'])
  writeFileSync(keyPathOf(folder), 'short\n')
  await assert.rejects(verify(folder), /holds no audit key/)
})

test('a folder without a log is no intact log', async t => {
  const report = await verifyAudit(scratchFolder(t))
  assert.equal(report.ok, false)
  assert.ok(report.problems.some(problem => problem.kind === 'missing'))
})

test('a record that was noted elsewhere must still be there', async t => {
  const noted = lineAt(20)
  const options = { keyPath: keyPathOf(made.folder), anchor: { seq: noted.seq, hash: hashLine(noted.text) } }
  assert.equal((await verifyAudit(made.folder, options)).ok, true)
  const other = join(scratchFolder(t), 'audit')
  await makeLog(other, 18, { maxBytes: 22_000, checkpointRecords: 10 })
  const report = await verifyAudit(other, { ...options, keyPath: keyPathOf(other) })
  assert.equal(problemsOf(report)[0], `flipped ${placeOf(noted.seq)}`)
  const short = join(scratchFolder(t), 'audit')
  await makeLog(short, 3)
  assert.deepEqual((await verifyAudit(short, { ...options, keyPath: keyPathOf(short) })).problems.map(problem => problem.kind), ['cut'])
})

test('the report names file, line, record and kind, and counts what it does not show', async t => {
  const folder = copyOf(t)
  writeLines(folder, made.lines.filter(line => line.seq !== 7))
  const lines = formatVerifyReport(await verify(folder)).split('\n')
  assert.match(lines[0]!, /^THE AUDIT LOG WAS ALTERED: /)
  assert.equal(lines[2], 'problem  audit-000001.jsonl:8  record 7  dropped: record 7 is missing here')
  writeFileSync(join(folder, 'audit-000001.jsonl'), 'garbage\n'.repeat(150))
  const many = await verify(folder)
  assert.equal(many.problems.length, 100)
  assert.ok(many.problemCount > 150)
  assert.ok(formatVerifyReport(many).includes(`… and ${many.problemCount - 100} more`))
})
