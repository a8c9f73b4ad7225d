// What tells of somebody only together with other things: found with `redaction.quasi_identifiers`, and otherwise not at all.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { natureOf, type EntityKind } from '../../../gateway/exchange/kinds.ts'
import { Classifier, labelsOf } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { gazetteer } from '../../../gateway/redaction/quasi/places.ts'
import { quasiKinds, withQuasi } from '../../../gateway/redaction/quasi/with-quasi.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { growsSlowly, hostile, hostileText } from './hostile.ts'

const found = (text: string, key: string | null = null, least = 0.5): readonly (readonly [EntityKind, string])[] =>
  withQuasi(text, key, findEntities(text, key, least), least).map(({ end, kind, start }) => [kind, text.slice(start, end)] as const)

const positives: readonly (readonly [kind: EntityKind, value: string, text: string, key?: string])[] = [
  ['age', '34', 'She is 34 years old.'], ['age', '71', 'a man aged 71 from the village'], ['age', '61', 'he retired at the age of 61'], ['age', '9', 'a 9-year-old boy'], ['age', '42', 'I just turned 42!'], ['age', '65', 'Written when he was 65.'], ['age', '58', 'F, 58 y/o, admitted'], ['age', '8', 'an 8 month old baby'],
  ['age', '34', 'Er ist 34 Jahre alt'], ['age', '52', 'une femme âgée de 52 ans'], ['age', '47', 'tiene 47 años de edad'], ['age', '30', 'age: 30'], ['age', '44', '44', 'patient_age'], ['age', '19', '19', 'age'],
  ['date', '12/03/1985', 'since 12/03/1985 or so'], ['date', '2018-02-24 12:45:18', 'On 2018-02-24 12:45:18, the'], ['date', '2024-05-01T10:00:00Z', 'at 2024-05-01T10:00:00Z it'], ['date', 'March 5, 2019', 'signed March 5, 2019 in Rome'], ['date', 'May 4th', 'on May 4th we'], ['date', '5 March 2019', 'on 5 March 2019 we'], ['date', 'Tuesday', 'see you Tuesday morning'], ['date', '1977', 'founded in 1977.'], ['date', 'April 2021', 'in April 2021, when'],
  ['nationality', 'Norwegian', 'a Norwegian tourist'], ['nationality', 'Bruneians', 'we are proud Bruneians'], ['nationality', 'saudis', 'two saudis came'], ['religion', 'Muslim', 'she is a Muslim'], ['religion', 'buddhists', 'they are buddhists'], ['politics', 'Socialist', 'a Socialist since then'], ['politics', 'Labour', 'he votes Labour'], ['politics', 'Conservative', 'the Conservative candidate'],
  ['location', 'Norway', 'We moved here from Norway last year'], ['location', 'Czech Republic', 'the Czech Republic won'], ['location', 'Trondheim', 'a hotel in Trondheim.'], ['location', 'São Paulo', 'the office at São Paulo'], ['location', 'MUNICH', 'FROM MUNICH TODAY'], ['location', 'Tjæreborg', 'She moved here from Tjæreborg.'], ['location', 'Great Yarmouth', 'he grew up in Great Yarmouth'], ['location', 'Paris', 'a week in Paris'], ['location', 'tunisia', 'we moved here from tunisia last year'], ['location', 'new zealand', 'who is coming to new zealand'], ['location', 'Mill Village', 'we returned to Mill Village.'],
  ['title', 'Ms.', 'Ms. Holly wrote'], ['title', 'Fumigator', 'I worked for Acme as Fumigator, but left'], ['title', 'Civil drafter', 'Occupation: Civil drafter'], ['title', 'Head of Sales', 'Head of Sales', 'jobTitle'],
]

const negatives: readonly (readonly [text: string, key?: string])[] = [
  ['the page 34 of 71'], ['aged 710 days'], ['it turned 90°'], ['turn 5 pages'], ['he was 5 minutes late'], ['she is 50% done'], ['version 12.03.19850'], ['10.0.0.1'], ['1/2/3/4'], ['chapter 1977'], ['port 2024 is open'], ['may 5 be'], ['the march of time'], ['5 Mayor Street West'.replace('5 Mayor Street West', 'we may 5x')],
  ['polish the table'], ['a swede and a carrot'], ['the English language'], ['German translation'], ['import french from "x"'], ['src/russian/index.ts'], ['lang=german'], ['a liberal amount of salt'], ['conservative estimate'], ['hard labour'], ['the greens on the plate'], ['republican'],
  ['Jordan said so'], ['we returned to the plan'], ['it comes from nowhere'], ['Georgia wrote'], ['Jack London wrote it'], ['Orlando Bloom played'], ['NiceClass.London'], ['user_Norway'], ['turkey and china cups'], ['const Oslo2 = 1'], ['mr who'], ['the title: of the book'], ['it works as expected'], ['works as a'], ['42', 'image'], ['true', 'age'], ['300', 'age'], ['draft', 'occupation'],
]

describe('quasi-identifiers', () => {
  for (const [kind, value, text, key] of positives) test(`${kind} ${value} is found in: ${text}${key === undefined ? '' : ` (key ${key})`}`, () => { assert.ok(found(text, key ?? null).some(one => one[0] === kind && one[1] === value), JSON.stringify(found(text, key ?? null, 0.01))) })

  for (const [text, key] of negatives) test(`none is in: ${text}${key === undefined ? '' : ` (key ${key})`}`, () => { assert.deepEqual(found(text, key ?? null).filter(([kind]) => quasiKinds.includes(kind)), []) })

  test('what else was found comes first, and findings never overlap', () => {
    const text = 'Ida, born 12/03/1985, lives at 12 Oak Street, Toronto, Canada since 2019 and writes from ida@example.org'
    const findings = withQuasi(text, null, findEntities(text, null, 0.5), 0.5)
    assert.deepEqual(findings.map(({ kind }) => kind), ['date_of_birth', 'address', 'date', 'email'])
    findings.forEach(({ start }, at) => { assert.ok(start >= (findings[at - 1]?.end ?? 0)) })
  })

  test('the gazetteer holds countries and cities, each once', () => {
    const names = [...gazetteer().values()].flat().map(({ name }) => name)
    assert.ok(names.length > 5000 && names.includes('Norway') && names.includes('Trondheim'))
    assert.equal(new Set(names.filter(name => gazetteer().get(name)?.length === 1)).size, names.filter(name => gazetteer().get(name)?.length === 1).length)
  })
})

const document = (value: object): ReturnType<typeof readJson> => readJson(JSON.stringify(value), { maxDepth: 8 })
const options = { minConfidence: 0.5, memoBytes: 0 }
const prompt = document({ note: 'She is 34 years old, a Norwegian Muslim, and moved to Trondheim on 5 March 2019.', age: '34' })

describe('with nothing said about them', () => {
  test('they are not looked for', () => { assert.deepEqual(new Classifier(options).classify(prompt, () => false).entities, {}) })

  test('with the setting they are counted, put no label on anything, and no default list names them', () => {
    const classification = new Classifier({ ...options, quasi: true }).classify(prompt, () => false)
    assert.deepEqual(classification.entities, { age: 2, nationality: 1, religion: 1, location: 1, date: 1 })
    assert.deepEqual(labelsOf(classification), { labels: [], sensitivity: 'public' })
    for (const kind of [...quasiKinds, 'bic'] as const) {
      assert.equal(natureOf(kind), 'plain', kind)
      assert.ok(!JSON.stringify(settingsSchema.parse({})).includes(`"${kind}"`), kind)
    }
  })
})

test('looking for them takes less than sixty-four times the time for sixteen times the text', () => {
  for (const what of [...Object.keys(hostile)].filter((_, at) => at % 4 === 0)) assert.ok(growsSlowly(text => { withQuasi(text, null, [], 0.3) }, length => hostileText(what, length)), what)
  for (const piece of ['turned 42 ', 'aged ', 'March ', 'May 5 ', 'in 1977 ', 'Norway ', 'New ', 'NEW YORK', 'moved to A', 'Oslo Oslo', 'Norwegian', 'works as ', 'work a a a a as a ', 'Mr. ', 'title: ', 'Saint ', '12/03/', 'Ö', 'A.A.A.']) {
    assert.ok(growsSlowly(text => { withQuasi(text, null, [], 0.3) }, length => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)), piece)
  }
})
