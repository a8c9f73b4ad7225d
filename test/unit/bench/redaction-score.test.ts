import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatedSet } from '../../bench/redaction/generated-rows.ts'
import { scoredKind, type Found, type LabelledSet, type LabelledSpan } from '../../bench/redaction/labelled.ts'
import { leakyText, setText } from '../../bench/redaction/report-quality.ts'
import { scoreLeakyRepo } from '../../bench/redaction/score-leaky-repo.ts'
import { f1Of, iou, precisionOf, recallOf, score, sumOf } from '../../bench/redaction/score.ts'

const label = (start: number, end: number, scored: string | null, ...tolerates: string[]): LabelledSpan => ({ start, end, scored, tolerates })
const found = (start: number, end: number, scored: string): Found => ({ start, end, scored })
const setOf = (spans: readonly LabelledSpan[], judges: LabelledSet['judges'] = 'everything'): LabelledSet =>
  ({ name: 'a set', licence: 'ours', synthetic: true, judges, rows: [{ text: 'x'.repeat(40), key: null, spans }] })

const verdicts: readonly { readonly name: string; readonly spans: readonly LabelledSpan[]; readonly found: readonly Found[]; readonly judges?: readonly string[]; readonly is: readonly [number, number, number] }[] = [
  { name: 'the same span and kind is right', spans: [label(0, 10, 'email')], found: [found(0, 10, 'email')], is: [1, 0, 0] },
  { name: 'half of what both cover is enough', spans: [label(0, 10, 'email')], found: [found(0, 5, 'email')], is: [1, 0, 0] },
  { name: 'less than half is a miss and a false alarm', spans: [label(0, 10, 'email')], found: [found(0, 4, 'email')], is: [0, 1, 1] },
  { name: 'another kind is a miss and a false alarm', spans: [label(0, 10, 'email')], found: [found(0, 10, 'url')], is: [0, 1, 1] },
  { name: 'two findings of one value are one hit and a false alarm', spans: [label(0, 10, 'phone')], found: [found(0, 10, 'phone'), found(0, 6, 'phone')], is: [1, 0, 1] },
  { name: 'one finding over two values is one hit', spans: [label(0, 5, 'person'), label(5, 10, 'person')], found: [found(0, 10, 'person')], is: [1, 1, 0] },
  { name: 'a label without a kind of ours is not asked for', spans: [label(0, 10, null)], found: [], is: [0, 0, 0] },
  { name: 'what lies in it is a false alarm', spans: [label(0, 10, null)], found: [found(0, 10, 'person')], is: [0, 0, 1] },
  { name: 'unless the label tolerates it', spans: [label(0, 10, null, 'date_of_birth')], found: [found(2, 10, 'date_of_birth')], is: [0, 0, 0] },
  { name: 'what lies mostly outside is not tolerated', spans: [label(0, 3, null, 'address')], found: [found(0, 10, 'address')], is: [0, 0, 1] },
  { name: 'a tolerated part of a value is no hit', spans: [label(0, 20, 'address', 'address')], found: [found(0, 4, 'address')], is: [0, 1, 0] },
  { name: 'a set that labels names judges names', spans: [label(0, 10, 'person')], found: [found(0, 10, 'person'), found(12, 30, 'url')], judges: ['person'], is: [1, 0, 0] },
]

for (const { found: what, is, judges, name, spans } of verdicts) {
  test(`scoring: ${name}`, () => {
    const { whole } = score(setOf(spans, judges), [what])
    assert.deepEqual([whole.right, whole.missed, whole.wrong], is)
  })
}

test('the best pair is matched first, whatever the order', () => {
  const spans = [label(0, 10, 'card'), label(8, 20, 'card')]
  const { whole } = score(setOf(spans), [[found(8, 20, 'card'), found(0, 10, 'card')]])
  assert.deepEqual(whole, { right: 2, missed: 0, wrong: 0 })
})

test('shares are what they are called, and nothing divided by nothing is no number', () => {
  const counts = { right: 3, missed: 1, wrong: 2 }
  assert.deepEqual([recallOf(counts), precisionOf(counts), f1Of(counts)], [0.75, 0.6, 6 / 9])
  assert.ok(Number.isNaN(recallOf({ right: 0, missed: 0, wrong: 1 })))
  assert.equal(iou({ start: 0, end: 4 }, { start: 2, end: 6 }), 2 / 6)
})

test('what is asked for by a setting of its own is judged by no kind', () => {
  assert.deepEqual(score(setOf([label(0, 10, 'email')]), [[found(0, 10, 'email'), found(12, 16, 'date'), found(20, 22, 'age')]]).whole, { right: 1, missed: 0, wrong: 0 })
})

test('characters are counted whatever the kind, and once', () => {
  const { characters } = score(setOf([label(0, 10, 'email'), label(5, 12, null)]), [[found(8, 16, 'url'), found(8, 10, 'phone')]])
  assert.deepEqual(characters, { labelled: 12, found: 8, both: 4 })
})

test('kinds are summed, and the sum leaves the others out', () => {
  const scored = score(setOf([label(0, 5, 'email'), label(6, 9, 'person')]), [[found(0, 5, 'email'), found(20, 30, 'mac')]])
  assert.deepEqual(sumOf(scored, ['email', 'mac', 'iban']), { right: 1, missed: 0, wrong: 1 })
})

test('IP addresses are one kind and so are secrets', () => {
  assert.deepEqual((['ipv4', 'ipv6', 'jwt', 'password', 'email'] as const).map(scoredKind), ['ip', 'ip', 'secret', 'secret', 'email'])
})

test('the report has a row for each label, names what nobody labelled, and says which aims are met', () => {
  const set = setOf([label(0, 10, 'email'), label(12, 20, 'person')])
  const text = setText({ set, by: [{ name: 'us', score: score(set, [[found(0, 10, 'email'), found(22, 30, 'vehicle')]]) }, { name: 'them', score: score(set, [[]]) }] })
  assert.match(text, /\| email \| 1 \| 100\.0 \| 100\.0 \| 100\.0 \| 0 \| 0\.0 \| – \| 0\.0 \| 0 \| met \|/)
  assert.match(text, /\*\*without names and addresses\*\* \| 1 /)
  assert.match(text, /us: vehicle 1; them: none/)
  assert.match(text, /us: characters under any label that are covered 55\.6 %, covered characters that are under a label 55\.6 %/)
})

const key = 'Kx7' + 'pQ2vW9zL4mN8rT5y'

test('secrets in files are counted as the set counts them, and by line where the lines are known', () => {
  const lines = { risk: [{ first: 1, last: 1 }, { first: 4, last: 4 }], informative: [{ first: 2, last: 2 }] }
  const text = `api_key = ${key}\naccess_key = ${key}a\nsession_token: ${key}b\npassword\n`
  const scored = scoreLeakyRepo([{ name: 'a', text, risk: 2, lines }, { name: 'b', text: 'nothing', risk: 1, lines: { risk: [], informative: [] } }], 0.5)
  assert.deepEqual(
    [scored.files, scored.filesFound, scored.counted, scored.countedFound, scored.right, scored.missed, scored.wrong, scored.wrongAt, scored.missedAt],
    [2, 1, 3, 2, 1, 1, 1, ['a:3'], ['a:4']],
  )
  assert.match(leakyText(scored), /False alarms at: a:3\. Missed at: a:4\./)
  assert.ok(!leakyText(scored).includes(key))
})

test('rows of our own are the same in every run, labelled where the value stands, and hold look-alikes', () => {
  const set = generatedSet(5)
  assert.deepEqual(generatedSet(5), set)
  for (const { spans, text } of set.rows) for (const { end, start } of spans) assert.ok(end <= text.length && text.slice(start, end).trim().length === end - start, text)
  assert.ok(set.rows.some(({ spans }) => spans.length === 0) && set.rows.some(({ spans }) => spans[0]?.scored === 'iban'))
  assert.ok(set.rows.every(({ text }) => !/[~#](?=\d|~|#)|\{\}/.test(text)))
})
