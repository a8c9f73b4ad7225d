// Pieces of an answer end where sentences do, and depend on the text alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { PieceCutter, pieceLength } from '../../../gateway/redaction/answer-pieces.ts'

const piecesOf = (form: 'text' | 'json', deltas: readonly string[], most?: number): string[] => {
  const cutter = new PieceCutter(form, most)
  const pieces = deltas.flatMap(delta => cutter.push(delta))
  const rest = cutter.rest()
  return rest === '' ? pieces : [...pieces, rest]
}

const cutInto = (text: string, sizes: readonly number[]): string[] => {
  const deltas: string[] = []
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    deltas.push(text.slice(at, at + size))
    at += size
  }
  return deltas
}

const word = fc.constantFrom('Dr.', 'B.', 'it.', 'yes!', 'why?', 'word', 'a', 'größer', '日本語。', '😀', 'x'.repeat(400), '\n', '"quoted",', '\\n', '\\\\n', '\\u00e9', '\\', ':', '…')
const text = fc.array(word, { minLength: 0, maxLength: 120 }).map(words => words.join(' '))
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 })

describe('pieces', () => {
  test('are the text, none too long, and the same however it arrives', () => {
    fc.assert(fc.property(text, sizes, fc.constantFrom('text', 'json'), fc.constantFrom(undefined, 100, 333), (whole, cuts, form, most) => {
      const pieces = piecesOf(form, [whole], most)
      assert.equal(pieces.join(''), whole)
      assert.ok(pieces.every(piece => piece.length > 0 && piece.length <= (most ?? pieceLength.most)))
      assert.deepEqual(piecesOf(form, cutInto(whole, cuts), most), pieces)
    }), { numRuns: 2000 })
  })

  test('cut no character and no escape sequence', () => {
    for (const unit of ['😀', '\\n', '\\u00e9', '\\\\']) {
      for (let before = 0; before < 12; before += 1) {
        const [first = ''] = piecesOf('json', [`${'x'.repeat(before)}${unit.repeat(600)}`])
        assert.equal((first.length - before) % unit.length, 0, `${unit} after ${before}`)
      }
    }
  })

  const ends: readonly (readonly [what: string, form: 'text' | 'json', before: string, after: string])[] = [
    ['the end of a sentence', 'text', 'It was so. ', 'And then it was not.'], ['a question', 'text', 'Was it so? ', 'It was.'], ['the end of a line', 'text', 'A line without an end\n', 'Another'],
    ['a Chinese full stop', 'text', '他来了。', '他走了'], ['a line in source', 'json', 'A line\\n', 'Another'], ['a member in source', 'json', '"one":"first",', '"two":"second"'],
  ]
  for (const [what, form, before, after] of ends) {
    test(`end with ${what}`, () => {
      const start = `${'word '.repeat(pieceLength.least / 5)}${before}`
      assert.deepEqual(piecesOf(form, [start + after]), [start, after])
    })
  }

  const goesOn: readonly (readonly [what: string, form: 'text' | 'json', text: string])[] = [
    ['an abbreviation', 'text', 'by Prof. Dr. Anna B. Muster, who'], ['a number', 'text', 'at 4.2 percent'], ['an escaped backslash before an n', 'json', 'C:\\\\new'],
  ]
  for (const [what, form, rest] of goesOn) {
    test(`go on behind ${what}`, () => { assert.equal(piecesOf(form, [`${'word '.repeat(pieceLength.least / 5)}${rest}`]).length, 1) })
  }
})
