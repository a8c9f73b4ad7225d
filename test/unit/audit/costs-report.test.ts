// From a real log to what calls cost: every way to tell it, over rotated files and around lines that cannot be read.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatCosts } from '../../../gateway/audit/costs-format.ts'
import { costGroupings, reportCosts, type CostGrouping, type CostsReport } from '../../../gateway/audit/costs-report.ts'
import { listSegments } from '../../../gateway/audit/segments.ts'
import type { OutcomeRecord, RouteRecord } from '../../../gateway/exchange/record.ts'
import type { RootRecord } from '../../../gateway/exchange/root.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { appended, appendText, intent, openLog, outcome } from './entries.ts'

const startMs = Date.parse('2026-11-01T00:00:00Z')
const hourMs = 3_600_000

const root = (request: string, tokens: number, first: number | null, calls: number): RootRecord => ({
  request, session: 's', depth: 0, calls, modelCalls: calls, toolCalls: 0, models: 1, tokensIn: tokens, tokensOut: 0, costUsd: 0, firstTokens: first,
  amplification: first === null ? null : tokens / first,
})
const route = (chosen: string): RouteRecord => ({ chosen, provider: chosen.split('/')[0] ?? '', local: false, reason: 'cost', candidates: [chosen], attempts: 1, lost: [] })
const by = (subject: string, more: { tenant?: string; groups?: string[]; agent?: string; key?: string } = {}): OutcomeRecord['principal'] => ({
  subject: { id: subject, tenant: more.tenant ?? 'acme', groups: more.groups ?? ['dev'], method: 'key' },
  agent: { id: more.agent ?? 'claude', framework: null, enforced_egress: false, depth: 0, chain: [] }, key: more.key ?? `${subject}-key`,
})
const model = (tokens: number, costUsd: number | null, changes: Partial<OutcomeRecord> = {}): Partial<OutcomeRecord> => ({
  action: 'model.call', surface: 'openai', route: route('openai/small'), costUsd, priceVersion: costUsd === null ? null : 'p1',
  usage: { input: tokens, output: 0, cacheRead: 10, cacheWrite: 1, reasoning: 0 }, ...changes,
})
const tool = (changes: Partial<OutcomeRecord> = {}): Partial<OutcomeRecord> => ({ action: 'tool.call', usage: null, costUsd: null, priceVersion: null, ...changes })

/** A log with one outcome per hour, over several files. */
const logOf = async (test: CleansUp, outcomes: readonly Partial<OutcomeRecord>[]): Promise<string> => {
  const folder = join(scratchFolder(test), 'audit')
  let nowMs = startMs
  const { log } = openLog(folder, { clock: () => nowMs, maxBytes: 5000 })
  for (const [at, changes] of outcomes.entries()) {
    nowMs = startMs + at * hourMs
    log.append(intent(`x${at}`))
    await appended(log, outcome(`x${at}`, changes))
  }
  await log.close()
  return folder
}

/** Two user requests of ada, one of bob, and what belongs to none. */
const usual: readonly Partial<OutcomeRecord>[] = [
  model(100, 0.1, { principal: by('ada'), session: 's1', root: root('r1', 100, 100, 1) }),
  tool({ principal: by('ada'), session: 's1', root: root('r1', 100, 100, 2) }),
  model(900, 0.3, { principal: by('ada'), session: 's1', root: root('r1', 1000, 100, 3), route: route('claude/large'), priceVersion: 'p2' }),
  model(50, 0.05, { principal: by('ada', { groups: ['dev', 'ops'] }), session: 's2', root: root('r2', 50, 50, 1) }),
  model(50, 0.2, { principal: by('bob', { groups: [], agent: 'cron' }), session: 's3', root: root('r1', 50, 50, 1) }),
  tool({ principal: by('bob', { groups: [], agent: 'cron' }), session: 's3', root: root('r1', 50, 50, 2), failure: 'policy.denied', status: 200 }),
  tool({ principal: by('bob', { groups: [], agent: 'cron' }), session: 's3', root: root('r1', 50, 50, 3), failure: 'upstream.timeout', status: 504 }),
  tool({ action: 'tool.list', principal: by('ada') }),
  { action: null, principal: null, session: null, usage: null, costUsd: null, failure: 'auth.missing', status: 401 },
]

const short = ({ rows }: CostsReport): string[] => rows.map(row => `${row.name} ${row.calls}/${row.model_calls}/${row.tool_calls} ${row.cost_usd.toFixed(2)} ${row.amplification ?? '-'}`)

const expected: Readonly<Record<CostGrouping, readonly string[]>> = {
  root: ['acme/ada-key/r1 3/2/1 0.40 10', 'acme/bob-key/r1 3/1/2 0.20 1', 'acme/ada-key/r2 1/1/0 0.05 1'],
  session: ['s1 3/2/1 0.40 10', 's3 3/1/2 0.20 1', 's2 1/1/0 0.05 1'],
  key: ['ada-key 4/3/1 0.45 7', 'bob-key 3/1/2 0.20 1'],
  subject: ['acme/ada 4/3/1 0.45 7', 'acme/bob 3/1/2 0.20 1'],
  tenant: ['acme 7/4/3 0.65 5.5'],
  group: ['acme/dev 4/3/1 0.45 7', 'acme/(none) 3/1/2 0.20 1', 'acme/ops 1/1/0 0.05 1'],
  agent: ['acme/claude 4/3/1 0.45 7', 'acme/cron 3/1/2 0.20 1'],
  model: ['openai/small 3/3/0 0.35 -', 'claude/large 1/1/0 0.30 -', '(none) 3/0/3 0.00 -'],
  provider: ['openai 3/3/0 0.35 -', 'claude 1/1/0 0.30 -', '(none) 3/0/3 0.00 -'],
  day: ['2026-11-01 7/4/3 0.65 5.5'],
}

test('costs are told by everything that they can be told by, and the total is the same', async t => {
  const folder = await logOf(t, usual)
  assert.ok(listSegments(folder).length > 2, 'the log was rotated')
  for (const grouping of costGroupings) {
    const report = await reportCosts(folder, { by: grouping })
    assert.deepEqual(short(report), expected[grouping], grouping)
    const { calls, cost_usd: usd, tokens_in: tokens, cache_read: read, cache_write: written, refused, failed, price_versions: prices } = report.totals
    assert.deepEqual([calls, usd.toFixed(4), tokens, read, written, refused, failed, prices], [7, '0.6500', 1100, 40, 4, 1, 1, ['p1', 'p2']], grouping)
  }
})

test('a range takes what is in it: from since on, before until', async t => {
  const folder = await logOf(t, usual)
  const names = async (options: { since?: string; until?: string }): Promise<string[]> => (await reportCosts(folder, { by: 'session', nowMs: startMs + 9 * hourMs, ...options })).rows.map(row => row.name)
  assert.deepEqual(await names({ since: '2026-11-01T03:00:00Z' }), ['s3', 's2'])
  assert.deepEqual(await names({ until: '2026-11-01T03:00:00Z' }), ['s1'])
  assert.deepEqual(await names({ since: '6h', until: '2026-11-01T04:00:00Z' }), ['s2'])
  assert.deepEqual(await names({ since: '2027-01-01' }), [])
  await assert.rejects(names({ until: 'yesterday' }), /--until is neither a time .* nor an age .*: yesterday/)
})

test('the first call of a request outside the range leaves its amplification unknown', async t => {
  const folder = await logOf(t, usual)
  const [row] = (await reportCosts(folder, { by: 'root', since: '2026-11-01T01:00:00Z', until: '2026-11-01T03:00:00Z' })).rows
  assert.deepEqual([row?.cost_usd, row?.amplification], [0.3, null])
})

test('what was answered again was paid once', async t => {
  const folder = await logOf(t, [model(100, 0.1, { root: root('r', 100, 100, 1) })])
  const [file = ''] = listSegments(folder)
  const line = JSON.stringify({ phase: 'outcome', time: '2026-11-01T01:00:00.000Z', action: 'model.call', subject: null, agent: null, key: null, session: null, route: null, usage: { input: 100, output: 0, cache_read: 0, cache_write: 0 }, cost_usd: 0.1, price_version: null, failure: null, replayed_of: 'x1' })
  appendText(folder, file, `${line}\n`)
  const { totals } = await reportCosts(folder, { by: 'day' })
  assert.deepEqual([totals.calls, totals.replayed, totals.cost_usd, totals.tokens_in], [2, 1, 0.1, 100])
})

test('answers without a price are said to have none', async t => {
  const report = await reportCosts(await logOf(t, [model(100, null)]), { by: 'model' })
  assert.equal(report.totals.unpriced, 1)
  assert.match(formatCosts(report, 5), /1 answers had no price/)
})

test('broken lines are counted and left out; a line without an end is being written', async t => {
  const folder = await logOf(t, usual)
  const file = listSegments(folder).at(-1) ?? ''
  appendText(folder, file, '{"phase":"outcome","half":\n\nnot JSON\n{"phase":"outcome","action":"model.call"}\n{"phase":"outcome","time":"2026-')
  const report = await reportCosts(folder, { by: 'tenant' })
  assert.deepEqual([report.broken, report.totals.calls], [4, 7])
  assert.match(formatCosts(report, 5), /4 lines of the log cannot be read .* `portcullis audit verify`/)
})

test('records of a version that knew no roots are told, too', async t => {
  const folder = scratchFolder(t)
  writeFileSync(join(folder, 'audit-000001.jsonl'), `${JSON.stringify({ phase: 'outcome', time: '2026-10-01T00:00:00.000Z', action: 'model.call', subject: { id: 'ada', tenant: 'acme', groups: [] }, agent: { id: 'a' }, key: 'k', session: 's', route: null, usage: null, cost_usd: 0.5, price_version: 'p', failure: null })}\n`)
  assert.deepEqual(short(await reportCosts(folder, { by: 'root' })), ['(none) 1/1/0 0.50 -'])
})

test('the table is read from left to right, ends with the total, and hides what could move a terminal', async t => {
  const folder = await logOf(t, [...usual, model(1, 0.001, { session: 'evil\u001b[2J\n' })])
  const lines = formatCosts(await reportCosts(folder, { by: 'session' }), 2).split('\n')
  assert.match(lines[0] ?? '', /^session +calls +models +tools +tokens in +out +cache read +written +usd +amplified +refused +failed +replayed$/)
  assert.match(lines[1] ?? '', /^s1 +3 +2 +1 +1000 +0 +20 +2 +0\.400000 +10x +0 +0 +0$/)
  assert.match(lines[3] ?? '', /^total +8 +5 +3 /)
  assert.deepEqual(lines.slice(4), ['2 more rows (--top).', 'Price lists: p1, p2'])
  const all = formatCosts(await reportCosts(folder, { by: 'session' }), 10)
  assert.ok(all.includes('evil?[2J?') && !all.includes('\u001b'))
})

test('an empty log has nothing to tell', async t => {
  assert.equal(formatCosts(await reportCosts(scratchFolder(t), { by: 'root' }), 5), 'No calls are on record for this time.')
})
