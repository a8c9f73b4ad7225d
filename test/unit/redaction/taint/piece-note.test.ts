// A piece of a text as it is kept: what is read is what was written, and what is none is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sensitivities } from '../../../../gateway/exchange/labels.ts'
import { fingerprinting } from '../../../../gateway/redaction/taint/fingerprint.ts'
import { readPiece, writePiece } from '../../../../gateway/redaction/taint/piece-note.ts'
import { wordKeyOf } from '../../../../gateway/redaction/taint/words.ts'

const piece = fc.record({
  labels: fc.record({ labels: fc.array(fc.string()), sensitivity: fc.constantFrom(...sensitivities) }, { noNullPrototype: true }), origin: fc.option(fc.string(), { nil: null }), needed: fc.constantFrom(1 as const, 2 as const),
  hashes: fc.array(fc.maxSafeNat(), { maxLength: 300 }),
}, { noNullPrototype: true })

test('every piece is read as it was written, in seven bytes a hash', () => {
  fc.assert(fc.property(piece, given => {
    const body = writePiece(given)
    assert.deepEqual(readPiece(body), given)
    assert.equal(body.length, 4 + body.readUInt32LE(0) + given.hashes.length * 7)
  }))
})

test('what is cut, or was never one, is none', () => {
  const body = writePiece({ labels: { labels: ['crm'], sensitivity: 'confidential' }, origin: 'crm/find', needed: 2, hashes: [1, 2 ** 53 - 1] })
  for (let length = 0; length < body.length; length += 1) {
    const read = readPiece(body.subarray(0, length))
    if (read !== null) assert.equal(read.hashes.length < 2, true, `${length}`)
  }
  for (const text of ['', 'x', '{}', JSON.stringify({ labels: [] }), '\u0002\0\0\0{}', '\u0004\0\0\0null', '\u00ff\u00ff\u00ff\u00ff']) assert.equal(readPiece(Buffer.from(text)), null, text)
})

test('equal keys make equal hashes in every process, and others do not', () => {
  const text = 'Customer Quill asked that the delivery of the new pumps be moved to the second week of April because of the strike.'
  const bytes = Buffer.from('0123456789abcdef')
  const hashes = fingerprinting(wordKeyOf(bytes))(text)
  assert.ok(hashes.length > 2)
  assert.deepEqual(fingerprinting(wordKeyOf(Buffer.from(bytes)))(text), hashes)
  const others = new Set(fingerprinting(wordKeyOf(Buffer.from('1123456789abcdef')))(text))
  assert.ok(hashes.every(hash => !others.has(hash)))
})
