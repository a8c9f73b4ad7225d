import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { conllRows } from '../../bench/redaction/read-conll.ts'
import { presidioFound } from '../../bench/redaction/presidio.ts'
import { readRedactionData } from '../../bench/redaction/read-data.ts'
import { leakyCounts } from '../../bench/redaction/read-leaky-repo.ts'
import { presidioResearchRows, utf16Offsets } from '../../bench/redaction/read-presidio-research.ts'
import { tableRows } from '../../bench/redaction/read-tables.ts'
import { lineRanges, riskLinesOf } from '../../bench/redaction/risk-lines.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'

const sentence = JSON.stringify([{ full_text: 'Hi 🙂 Ida, write to ida@example.org', template_id: 1, spans: [
  { entity_type: 'PERSON', entity_value: 'Ida', start_position: 5, end_position: 8 },
  { entity_type: 'EMAIL_ADDRESS', entity_value: 'ida@example.org', start_position: 19, end_position: 34 },
  { entity_type: 'SHOE_SIZE', entity_value: 'Hi', start_position: 0, end_position: 2 },
] }])

test('offsets in code points become offsets in UTF-16 units', () => {
  const [row] = presidioResearchRows(sentence)
  assert.deepEqual(row?.spans.map(({ end, scored, start }) => [scored, row.text.slice(start, end)]), [[null, 'Hi'], ['person', 'Ida'], ['email', 'ida@example.org']])
  assert.deepEqual(row.typed?.map(({ end, start, type }) => [type, row.text.slice(start, end)]), [['PERSON', 'Ida'], ['EMAIL_ADDRESS', 'ida@example.org']])
  assert.deepEqual(utf16Offsets('a🙂b'), [0, 1, 3, 4])
})

test('parts of an address that follow each other are one address, and places without a street are none', () => {
  const text = '12 Oak Street\n> Apt. 4\n> Bergen Norway and Oslo, Norway'
  const span = (entity_type: string, value: string, from = 0): object => ({ entity_type, start_position: text.indexOf(value, from), end_position: text.indexOf(value, from) + value.length })
  const [row] = presidioResearchRows(JSON.stringify([{ full_text: text, spans: [
    span('GPE', 'Norway'), span('STREET_ADDRESS', '12'), span('STREET_ADDRESS', 'Oak Street'), span('STREET_ADDRESS', 'Apt. 4'), span('GPE', 'Bergen'), span('GPE', 'Oslo'), span('GPE', 'Norway', 45),
  ] }]))
  assert.deepEqual(row?.spans.map(({ end, scored, start }) => [scored, text.slice(start, end)]), [['address', '12 Oak Street\n> Apt. 4\n> Bergen Norway'], [null, 'Oslo'], [null, 'Norway']])
  assert.equal(row.typed?.length, 7)
})

test('a label outside its text is an error that names the label and not the text', () => {
  const broken = JSON.stringify([{ full_text: 'short', spans: [{ entity_type: 'PERSON', start_position: 2, end_position: 9 }] }])
  assert.throws(() => presidioResearchRows(broken), /a PERSON at 2 to 9 lies outside its text/)
})

test('names are read from token columns, with and without a B, and other types are not labels', () => {
  const rows = conllRows('-DOCSTART- O\n\nIda\tB-PER\nBrandvik\tI-PER\nleft\tO\nAcme\tB-corporation\n\nThe I-ORG\nHarbour I-ORG\nin O\nOslo I-LOC\n\nTom B-PER\nPia B-PER\n')
  assert.deepEqual(rows.map(({ spans, text }) => spans.map(({ end, scored, start }) => [scored, text.slice(start, end)])), [
    [['person', 'Ida Brandvik'], ['organisation', 'Acme']], [['organisation', 'The Harbour']], [['person', 'Tom'], ['person', 'Pia']],
  ])
})

test('account names are nothing that anybody is asked for', () => {
  const rows = conllRows('@ida\tB-PER\nmet\tO\nPia\tB-PER\n\n@\tB-PER\npia_h\tB-PER\nmet\tO\nIda\tB-PER\n')
  assert.deepEqual(rows.map(({ spans, text }) => spans.filter(({ scored }) => scored !== null).map(({ end, start }) => text.slice(start, end))), [['Pia'], ['Ida']])
})

test('Presidio\'s findings are settled by certainty, in UTF-16 units, dates and groups where nothing else is', () => {
  const text = '🙂 ida@example.org since May'
  assert.deepEqual(presidioFound(text, [['URL', 6, 17, 0.5], ['EMAIL_ADDRESS', 2, 17, 0.9], ['DATE_TIME', 2, 10, 1], ['DATE_TIME', 24, 27, 0.85], ['SHOE_SIZE', 0, 1, 0.6]]), [
    { scored: 'email', start: 3, end: 18 }, { scored: 'shoe_size', start: 0, end: 2 }, { scored: 'date', start: 25, end: 28 },
  ])
})

test('cells of known columns are rows with the column as their key', () => {
  const rows = tableRows('id,E-Mail Address,Colour,SSN\n1,ida@example.org,red,\n2,"pia@example.org",blue,123-45-6789\n')
  assert.deepEqual(rows.map(({ key, spans, text }) => [key, spans[0]?.scored, text]), [
    ['E-Mail Address', 'email', 'ida@example.org'], ['E-Mail Address', 'email', 'pia@example.org'], ['SSN', 'us_ssn', '123-45-6789'],
  ])
})

test('leaky-repo\'s list is read without its comments', () => {
  assert.deepEqual(leakyCounts('# name,num_risk,num_informative\n.bashrc,3,3\n\na/b.pem,1,0\n'), [{ name: '.bashrc', risk: 3 }, { name: 'a/b.pem', risk: 1 }])
})

test('line lists are numbers and ranges, and a file that we do not know has none', () => {
  assert.deepEqual(lineRanges('3 5-7'), [{ first: 3, last: 3 }, { first: 5, last: 7 }])
  assert.deepEqual(riskLinesOf('nobody/knows.it'), { risk: [], informative: [] })
  assert.deepEqual(riskLinesOf('.bashrc').risk.map(({ first }) => first), [105, 106, 109])
})

test('sets are found by name in whatever folders they lie, and a folder without any gives none', t => {
  const folder = scratchFolder(t)
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  assert.deepEqual(readRedactionData(folder), { sets: [], leaky: [] })
  put('clone/data/synth_dataset_v2.json', sentence)
  put('ner/data/WNUT17/test/emerging.test.annotated', 'Ida\tB-person\n')
  put('tables/guests.csv', 'email\nida@example.org\n')
  put('leaky/.leaky-meta/secrets.csv', '.bashrc,3,3\nmissing.txt,1,0\n')
  put('leaky/.bashrc', 'export A=b\n')
  const { leaky, sets } = readRedactionData(folder)
  assert.deepEqual(sets.map(({ judges, name, rows }) => [name, judges, rows.length]), [
    ['presidio-research, synth_dataset_v2.json', 'everything', 1], ['WNUT 2017, test', ['person', 'organisation'], 1], ['table guests.csv', 'everything', 1],
  ])
  assert.deepEqual(leaky.map(({ name, risk }) => [name, risk]), [['.bashrc', 3]])
})
