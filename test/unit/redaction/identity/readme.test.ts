// The table of kinds in the README names every kind that these rules find.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { identityRules } from '../../../../gateway/redaction/detectors/identity/identity.ts'
import { detectedKinds } from '../../../../gateway/redaction/find.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../../../../README.md'), 'utf8')
const table = readme.slice(readme.indexOf('### Kinds'), readme.indexOf('\n#', readme.indexOf('### Kinds') + 9))

test('every kind of the rules of identity stands in the README, and the gateway asks for each', () => {
  for (const kind of new Set(identityRules.flatMap(({ kinds }) => kinds))) {
    assert.ok(table.includes(`\`${kind}\``), kind)
    assert.ok(detectedKinds.has(kind), kind)
  }
})
