// What becomes of very many findings, values and literals: a generous ratio of times stands in for counted work (sixteen times the text may take
// sixty-four times the time), which noise does not reach and quadratic behaviour (two hundred and fifty-six times) does not stay below.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nothingFound, type EntityKind, type Finding } from '../../../gateway/exchange/finding.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { fastestMs, hostile, hostileText } from './hostile.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const kib = 1024
const small = 64 * kib
const large = 1024 * kib
describe('findEntities on hostile text', () => {
  test('overlaps among very many findings are resolved in less than quadratic time', () => {
    const line = 'a1@example.com 192.0.2.17 4111 1111 1111 1111 '
    const textOf = (length: number): string => line.repeat(Math.ceil(length / line.length))
    const findings: readonly Finding[] = findEntities(textOf(large), null, 0.5)
    assert.equal(findings.length, 3 * Math.ceil(large / line.length))
    const kinds = new Set<EntityKind>(findings.map(({ kind }) => kind))
    assert.deepEqual([...kinds].sort(), ['card', 'email', 'ipv4'])
    const ratio = fastestMs(() => { findEntities(textOf(large), null, 0.5) }, 2) / Math.max(1, fastestMs(() => { findEntities(textOf(small), null, 0.5) }, 3))
    assert.ok(ratio < 64, `ratio ${ratio}`)
  })

  test('a real value at the end of hostile text is still found', () => {
    for (const what of Object.keys(hostile)) {
      if (what.startsWith('PEM headers')) continue
      const text = `${hostileText(what, small)}\nanna@example.com`
      assert.ok(findEntities(text, null, 0.5).some(({ kind, end }) => kind === 'email' && end === text.length), what)
    }
  })
})

describe('rewriting hostile text', () => {
  test('a value that the session knows is replaced at every one of very many places, in less than quadratic time', () => {
    const pseudonyms = memoryPseudonyms()
    for (const value of ['ab1ab1', 'b1ab1a', 'anna@example.com']) pseudonyms.placeholder('api_key', value)
    const line = 'ab1ab1 b1ab1ab1 anna@example.com,'
    const rewritten = (size: number): number => {
      const document = readJson(JSON.stringify([line.repeat(Math.floor(size / line.length))]), { maxDepth: 4 })
      const [{ value }] = document.strings as unknown as [{ value: string }]
      const findings = findEntities(value, null, 0.5)
      const { counts } = rewriteDocument(document, { perLeaf: [{ leaf: 0, findings }], entities: { email: findings.length }, unseen: [] }, { actionFor: () => 'pseudonymise', pseudonyms, mayEdit: () => true })
      return counts.api_key!
    }
    assert.equal(rewritten(large), 2 * Math.floor(large / line.length))
    const ratio = fastestMs(() => { rewritten(large - line.length) }, 1) / Math.max(1, fastestMs(() => { rewritten(small - line.length) }, 2))
    assert.ok(ratio < 64, `ratio ${ratio}`)
  })

  test('very many literals are escaped in less than quadratic time', () => {
    const rewritten = (size: number): number => {
      const document = readJson(JSON.stringify(['[EMAIL_1]'.repeat(Math.floor(size / 9))]), { maxDepth: 4 })
      return rewriteDocument(document, nothingFound, { actionFor: () => 'allow', pseudonyms: memoryPseudonyms(), mayEdit: () => true }).edits[0]!.text.length
    }
    assert.equal(rewritten(large), 10 * Math.floor(large / 9) + 2)
    assert.ok(fastestMs(() => { rewritten(large) }, 2) / Math.max(1, fastestMs(() => { rewritten(small) }, 3)) < 64)
  })
})
