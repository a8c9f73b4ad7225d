// What is asked of each kind of detector, and what of its answers is believed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AskedText } from '../../../../gateway/redaction/remote/protocol.ts'
import { protocols, type ProtocolName } from '../../../../gateway/redaction/remote/protocols.ts'

const asked = (...texts: readonly string[]): AskedText[] => texts.map(text => ({ text, source: 'prompt', key: 'content', path: ['messages', 0, 'content'] }))
const asking = { language: 'de', ask: ['PERSON'], minScore: 0.4, model: 'm' }
const anna = { start: 0, end: 4, type: 'person', score: 0.9 }

describe('requests', () => {
  test('our own: texts with where they come from', () => {
    assert.deepEqual(protocols.portcullis.body(asked('Anna', 'Bert'), asking), {
      texts: ['Anna', 'Bert'].map((text, index) => ({ id: String(index), text, lang: 'de', labels: ['PERSON'], context: { source: 'prompt', path: 'messages.0.content', key: 'content' } })),
      min_score: 0.4,
    })
  })
  test('Presidio: one text as a string, several as a list', () => {
    assert.deepEqual(protocols.presidio.body(asked('Anna'), asking), { text: 'Anna', language: 'de', score_threshold: 0.4, entities: ['PERSON'] })
    assert.deepEqual(protocols.presidio.body(asked('Anna', 'Bert'), { ...asking, ask: [] }), { text: ['Anna', 'Bert'], language: 'de', score_threshold: 0.4 })
  })
  test('GLiNER: one text, labels and threshold', () => {
    assert.deepEqual(protocols.gliner.body(asked('Anna'), asking), { text: 'Anna', labels: ['PERSON'], threshold: 0.4, chunk_length: 384, overlap: 128, flat_ner: false })
    assert.equal(protocols.gliner.mostTexts, 1)
  })
  test('NIM: a chat completion with the same beside it', () => {
    assert.deepEqual(protocols.gliner_nim.body(asked('Anna'), { ...asking, ask: [] }), { model: 'm', messages: [{ role: 'user', content: 'Anna' }], threshold: 0.4, chunk_length: 384, overlap: 128, flat_ner: false })
  })
  test('gliner.serve: always with labels', () => {
    assert.deepEqual(protocols.gliner_serve.body(asked('Anna'), asking), { text: 'Anna', labels: ['PERSON'], threshold: 0.4, flat_ner: false, multi_label: false })
    assert.ok((protocols.gliner_serve.body(asked('Anna'), { ...asking, ask: [] })['labels'] as string[]).includes('person'))
  })
})

const own = (results: unknown, unit: unknown = 'utf16'): unknown => ({ results, offset_unit: unit, model: 'm', version: '1' })

describe('answers that are believed', () => {
  const cases: readonly (readonly [what: string, protocol: ProtocolName, answer: unknown, texts: readonly string[], expected: readonly (readonly string[] | null)[]])[] = [
    ['our own', 'portcullis', own([{ id: '0', spans: [anna] }]), ['Anna is here'], [['Anna']]],
    ['our own, in another order and with bytes', 'portcullis', own([{ id: '1', spans: [{ ...anna, start: 5, end: 9 }] }, { id: '0', spans: [] }], 'byte'), ['x', '🚀 Bert'], [[], ['Bert']]],
    ['our own, one text left out', 'portcullis', own([{ id: '0', spans: [anna] }]), ['Anna', 'Bert'], [['Anna'], null]],
    ['our own, an id that nobody asked about', 'portcullis', own([{ id: '7', spans: [anna] }]), ['Anna'], [null]],
    ['our own, offsets outside of one text', 'portcullis', own([{ id: '0', spans: [{ ...anna, end: 99 }] }, { id: '1', spans: [anna] }]), ['Anna', 'Bert'], [null, ['Bert']]],
    ['Presidio, one text', 'presidio', [{ entity_type: 'PERSON', start: 2, end: 6, score: 0.85, analysis_explanation: null }], ['🚀 Anna'], [['Anna']]],
    ['Presidio, one text without findings', 'presidio', [], ['nobody'], [[]]],
    ['Presidio, several texts', 'presidio', [[], [{ entity_type: 'PERSON', start: 0, end: 4, score: 0.85 }]], ['nobody', 'Bert'], [[], ['Bert']]],
    ['Presidio, one text answered as a list', 'presidio', [[{ entity_type: 'PERSON', start: 0, end: 4, score: 1 }]], ['Bert'], [['Bert']]],
    ['Presidio, one of two answers is no list', 'presidio', [[], { error: 'x' }], ['nobody', 'Bert'], [[], null]],
    ['GLiNER', 'gliner', { entities: [{ value: 'Anna', suggested_label: 'person', start_position: 2, end_position: 6, score: 0.9 }], total_entities: 1, tagged_text: '' }, ['🚀 Anna'], [['Anna']]],
    ['GLiNER, a value at each of its places and in any case, as a whole word', 'gliner', { entities: [{ value: 'Anna', suggested_label: 'person', start_position: 2, end_position: 6, score: 0.9 }, { value: 'Bo', suggested_label: 'person', start_position: 26, end_position: 28, score: 0.9 }] }, ['🚀 Anna, Annabel, ANNA and Bo, bo, Bob. 🚀anna'], [['Anna', 'Bo', 'ANNA', 'bo', 'anna']]],
    ['GLiNER, beside letters that are longer in lower case', 'gliner', { entities: [{ value: 'Anna', suggested_label: 'person', start_position: 2, end_position: 6, score: 0.9 }] }, ['İ Anna, ANNA'], [['Anna', 'ANNA']]],
    ['NIM', 'gliner_nim', { choices: [{ message: { content: JSON.stringify({ entities: [{ text: 'Anna', label: 'first_name', start: 2, end: 6, score: 0.9 }] }) } }] }, ['🚀 Anna, anna'], [['Anna', 'anna']]],
    ['gliner.serve, which tells each place', 'gliner_serve', { entities: [{ start: 2, end: 6, text: 'Anna', label: 'person', score: 0.51 }] }, ['🚀 Anna, Anna'], [['Anna']]],
    ['gliner.serve, offsets of something else than it says', 'gliner_serve', { entities: [{ start: 3, end: 7, text: 'Anna', label: 'person', score: 0.51 }] }, ['🚀 Anna, Anna'], [null]],
    ['GLiNER, offsets of something else than it says', 'gliner', { entities: [{ value: 'Anna', suggested_label: 'person', start_position: 5, end_position: 9, score: 0.9 }] }, ['🚀🚀 Anna B'], [null]],
  ]
  for (const [what, protocol, answer, texts, expected] of cases) {
    test(what, () => {
      const said = protocols[protocol].read(answer, asked(...texts))
      assert.deepEqual(said.map((spans, index) => spans?.map(({ start, end }) => texts[index]!.slice(start, end)) ?? null), expected)
    })
  }
})

describe('answers that are of no use', () => {
  const cases: readonly (readonly [what: string, protocol: ProtocolName, answer: unknown])[] = [
    ['our own without a unit', 'portcullis', { results: [] }], ['our own with another unit', 'portcullis', own([], 'grapheme')], ['our own, the same id twice', 'portcullis', own([{ id: '0', spans: [] }, { id: '0', spans: [anna] }])],
    ['our own, text for an offset', 'portcullis', own([{ id: '0', spans: [{ ...anna, start: '0' }] }])], ['our own, nothing', 'portcullis', null], ['our own, a list', 'portcullis', []],
    ['Presidio, an error', 'presidio', { error: 'no' }], ['Presidio, fewer answers than texts', 'presidio', [[]]], ['GLiNER, an error', 'gliner', { detail: 'no' }], ['GLiNER, a list', 'gliner', []], ['NIM, words', 'gliner_nim', { choices: [{ message: { content: 'Sorry.' } }] }], ['NIM, no choice', 'gliner_nim', { choices: [] }], ['gliner.serve, an error', 'gliner_serve', { error: 'no' }],
  ]
  for (const [what, protocol, answer] of cases) {
    test(what, () => {
      const read = (): unknown => protocols[protocol].read(answer, asked(...protocol.startsWith('gliner') ? ['Anna'] : ['Anna', 'Bert']))
      // An error of a single Presidio text is one that says nothing of it.
      assert.throws(read)
    })
  }
})

test('values that have much in common are found everywhere in time', () => {
  for (const made of [(index: number): string => `Jonathan${index}`, (index: number): string => `Anna A${index}`, (index: number): string => `x${index.toString(36)}`, (index: number): string => 'a '.repeat(index % 49).concat('b')]) {
    const values = Array.from({ length: 1500 }, (_, index) => made(index))
    let text = ''
    const entities = values.map(value => {
      const start = text.length
      text += `${value} `
      return { value, suggested_label: 'person', start_position: start, end_position: start + value.length, score: 0.9 }
    })
    const began = performance.now()
    const [spans] = protocols.gliner.read({ entities }, asked(`${text}${values.slice(0, 400).join(' ').toUpperCase()}`))
    assert.ok((spans?.length ?? 0) >= 1500, String(spans?.length))
    assert.ok(performance.now() - began < 3000, `${made(1)}: ${performance.now() - began} ms`)
  }
})
