// Names go into records as they are, unless they hold a value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinOwn } from '../../../gateway/redaction/own/own-detector.ts'
import { wordList } from '../../../gateway/redaction/own/word-list.ts'
import { alsoCleanNamesOf, writtenName } from '../../../gateway/redaction/written-name.ts'

const key = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')

for (const [given, written] of [
  ['web__echo', 'web__echo'], ['cloud/large', 'cloud/large'], ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5-20250929'], ['note://anna.muster@example.com/1', 'note://[EMAIL]/1'],
  [`tools/${key}`, 'tools/[CLOUD_KEY]'], ['550f120a-0965-4087-8910-d7ebd4e52011', '550f120a-0965-4087-8910-d7ebd4e52011'], ['', ''],
  [`${'x'.repeat(505)} ${key}`, `${'x'.repeat(505)} [CLOUD`],
] as const) {
  test(`${given.slice(0, 40)} is written as ${written.slice(0, 40)}`, () => {
    assert.equal(writtenName(given), written)
    assert.equal(writtenName(given), written, 'again')
  })
}

test('the operator\'s own words are masked, too, also in names that were written before, and short ones', t => {
  t.after(() => { alsoCleanNamesOf(undefined) })
  const about = { labels: { labels: [], sensitivity: 'public' } } as const
  assert.equal(writtenName('projects/falcon/plan'), 'projects/falcon/plan')
  alsoCleanNamesOf(joinOwn([wordList({ kind: 'own:projects', ...about }, ['Falcon', 'X1'], true)]))
  assert.equal(writtenName('projects/falcon/plan'), 'projects/[OWN:PROJECTS]/plan')
  assert.equal(writtenName('X1'), '[OWN:PROJECTS]')
  assert.equal(writtenName(`falcon ${key}`), '[OWN:PROJECTS] [CLOUD_KEY]')
  alsoCleanNamesOf({ shortest: 1, labels: new Map(), find: () => ({ findings: [], unseen: ['detector:own:slow'] }) })
  assert.equal(writtenName('projects/falcon/plan'), '[UNSEEN]', 'a detector that gives up')
  alsoCleanNamesOf(undefined)
  assert.equal(writtenName('projects/falcon/plan'), 'projects/falcon/plan')
})
