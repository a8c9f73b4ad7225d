// Names go into records as they are, unless they hold a value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writtenName } from '../../../gateway/redaction/written-name.ts'

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
