// From a real log to the table: what was stopped, what only would have been, by rule, principal and target.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatPolicyReport, reportPolicy } from '../../../gateway/audit/policy-report.ts'
import type { DecisionRecord, OutcomeRecord } from '../../../gateway/exchange/record.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { appended, appendText, decision, intent, openLog, outcome } from './entries.ts'

const denied = (rule: string, message = 'no'): DecisionRecord => ({ ...decision, result: 'deny', enforced: 'deny', reasons: [{ rule, message }] })
const observedAs = (result: 'deny' | 'approve' | 'none' | 'allow', rules: readonly string[]): DecisionRecord =>
  ({ ...decision, observed: { result, reasons: rules.map(rule => ({ rule, message: 'would not' })) } })
const by = (subject: string, agent: string): OutcomeRecord['principal'] => {
  const { principal } = outcome('x')
  return { ...principal!, subject: { ...principal!.subject, id: subject }, agent: { ...principal!.agent, id: agent } }
}

const startMs = Date.parse('2026-11-01T00:00:00Z')

/** A log with one outcome per hour. */
const logOf = async (test: CleansUp, outcomes: readonly Partial<OutcomeRecord>[]): Promise<string> => {
  const folder = join(scratchFolder(test), 'audit')
  let nowMs = startMs
  const { log } = openLog(folder, { clock: () => nowMs, maxBytes: 6000 })
  for (const [at, changes] of outcomes.entries()) {
    nowMs = startMs + at * 3_600_000
    log.append(intent(`x${at}`, { decision: changes.decision ?? decision }))
    await appended(log, outcome(`x${at}`, changes))
  }
  await log.close()
  return folder
}

test('calls are counted once each by effect, rule, principal and target, over all files', async t => {
  const folder = await logOf(t, [
    { decision: denied('org.tool_access.forbidden', 'first words') },
    { decision: denied('org.tool_access.forbidden', 'last words') },
    { decision: denied('org.tool_access.forbidden'), principal: by('bob', 'claude') },
    { decision: denied('org.tool_access.forbidden'), principal: by('alice', 'cron') },
    { decision: denied('org.tool_access.forbidden'), target: { name: 'db__drop', server: 'db' } },
    { decision: denied('org.tool_access.other') },
    { decision: observedAs('deny', ['org.tool_access.forbidden']) },
    { decision: { ...denied('org.sql.delete'), result: 'approve', enforced: 'approve' } },
    { decision: observedAs('approve', ['org.sql.delete']) },
    { decision }, { decision: null }, { decision: observedAs('allow', ['org.tool_access.allowed']) },
  ])
  const rows = await reportPolicy(folder)
  assert.deepEqual(rows[0], {
    effect: 'enforced', result: 'deny', rule: 'org.tool_access.forbidden', subject: 'alice', agent: 'claude', target: 'db db__query', count: 2,
    first: '2026-11-01T00:00:00.000Z', last: '2026-11-01T01:00:00.000Z', message: 'last words',
  })
  assert.deepEqual(rows.slice(1).map(({ effect, result, rule, subject, agent, target, count }) => [effect, result, rule, subject, agent, target, count].join(' | ')).sort(), [
    'enforced | approve | org.sql.delete | alice | claude | db db__query | 1',
    'enforced | deny | org.tool_access.forbidden | alice | claude | db db__drop | 1',
    'enforced | deny | org.tool_access.forbidden | alice | cron | db db__query | 1',
    'enforced | deny | org.tool_access.forbidden | bob | claude | db db__query | 1',
    'enforced | deny | org.tool_access.other | alice | claude | db db__query | 1',
    'observed | approve | org.sql.delete | alice | claude | db db__query | 1',
    'observed | deny | org.tool_access.forbidden | alice | claude | db db__query | 1',
  ])
})

test('a call with several reasons counts for each rule, and one that no rule allows has a row too', async t => {
  const rows = await reportPolicy(await logOf(t, [
    { decision: observedAs('deny', ['a.b.one', 'a.b.two']) },
    { decision: observedAs('none', []) },
    { decision: { ...decision, result: 'none', enforced: 'deny', reasons: [] } },
  ]))
  assert.deepEqual(rows.map(({ effect, result, rule, count }) => `${effect} ${result} ${rule} ${count}`).sort(), [
    'enforced deny (no rule allows it) 1', 'observed deny (no rule allows it) 1', 'observed deny a.b.one 1', 'observed deny a.b.two 1',
  ])
})

test('targets and principals that are not known have a name, too', async t => {
  const rows = await reportPolicy(await logOf(t, [
    { decision: denied('a.b.c'), principal: null, action: null, method: '/v1/messages', target: { name: null, server: null } },
    { decision: denied('a.b.c'), action: 'tool.list', target: { name: null, server: 'db' } },
    { decision: denied('a.b.c'), action: 'model.call', target: { name: 'sonnet', server: null } },
  ]))
  assert.deepEqual(rows.map(({ subject, agent, target }) => `${subject} ${agent} ${target}`).sort(), ['- - /v1/messages', 'alice claude db tool.list', 'alice claude sonnet'])
})

test('since is a time or an age, counted from then on', async t => {
  const folder = await logOf(t, Array.from({ length: 6 }, () => ({ decision: denied('a.b.c') })))
  const nowMs = startMs + 5 * 3_600_000
  const countOf = async (since: string): Promise<number> => (await reportPolicy(folder, { since, nowMs }))[0]?.count ?? 0
  const counts: Record<string, number> = {}
  for (const since of ['2026-11-01T03:00:00Z', '2h', '90m', '1d', '2026-12-01']) counts[since] = await countOf(since)
  assert.deepEqual(counts, { '2026-11-01T03:00:00Z': 3, '2h': 3, '90m': 2, '1d': 6, '2026-12-01': 0 })
  for (const since of ['soon', '', '5', '5w', '-1h']) await assert.rejects(reportPolicy(folder, { since }), /since is neither/)
})

test('lines that are no outcome or no record are passed over', async t => {
  const folder = await logOf(t, [{ decision: denied('a.b.c') }])
  appendText(folder, 'audit-000001.jsonl', '{"phase":"outcome","decision":{"enforced":"deny"}}\n{"phase":"outcome", half\n')
  assert.deepEqual((await reportPolicy(folder)).map(row => row.count), [1])
  assert.deepEqual(await reportPolicy(join(folder, 'nothing-here')), [])
})

test('the table has a head, aligned columns and no control characters', async t => {
  assert.equal(formatPolicyReport([]), 'Nothing was denied, and nothing would have been.')
  const rows = await reportPolicy(await logOf(t, [
    { decision: denied('a.b.c'), target: { name: 'evil\u001b[2J\ntool', server: 'db' } }, { decision: observedAs('deny', ['a.much.longer_rule']) },
  ]))
  const lines = formatPolicyReport(rows).split('\n')
  assert.equal(lines.length, 3)
  assert.match(lines[0]!, /^EFFECT +RESULT +COUNT +RULE +SUBJECT +AGENT +TARGET +LAST$/)
  for (const column of ['RULE', 'TARGET', 'LAST']) {
    const at = lines[0]!.indexOf(column)
    for (const line of lines.slice(1)) assert.match(line.slice(at - 2, at + 1), /^ {2}\S$/)
  }
  assert.ok(lines.some(line => line.includes('db evil?[2J?tool')))
  assert.doesNotMatch(lines.join(''), /\p{Cc}/u)
})
