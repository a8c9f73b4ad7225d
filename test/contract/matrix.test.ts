// Every caller's dialect on every provider's, through the real gateway: what the provider is asked and what the caller is answered, against
// golden files. GOLDEN=write writes them; then they are read against the specifications before they are committed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { answerBytes, pairs, runCell, settled, startMatrix, type Matrix, type Pair } from './matrix/run-cell.ts'
import { cases, holeOf, type Case } from './matrix/cases.ts'
import { withoutRow } from './matrix/dialects.ts'
import { goldenText, isWriting, sectionOf, writeGolden } from './matrix/golden.ts'

const endings: (() => void | Promise<void>)[] = []
let matrix: Matrix
before(async () => { matrix = await startMatrix({ after: ending => { endings.push(ending) } }) })
after(async () => { for (const ending of endings.reverse()) await ending() })

const label = ({ caller, provider }: Pair, one: Case): string => `${caller[0]} → ${provider[0]}, ${one.name}`

test('every dialect of the gateway has its rows in the matrix', () => { assert.deepEqual(withoutRow(), []) })

test('every hole of the matrix has a reason', () => {
  const unexplained = pairs.flatMap(pair => cases.flatMap(one => one.ways.filter(way => holeOf(pair, one, way) === undefined).map(way => `${label(pair, one)}, ${way}`)))
  assert.deepEqual(unexplained, [])
})

/** The name of the model is given back; nothing else of an answer in the caller's own dialect may change. */
const nameless = (text: string): string => text.replaceAll(/"(model|modelVersion)": ?"[^"]*"/g, '"$1":"?"').trimEnd()

const filled = (pair: Pair, one: Case): readonly ('whole' | 'stream')[] => one.ways.filter(way => holeOf(pair, one, way) === null)

for (const pair of pairs) for (const one of cases) {
  const ways = filled(pair, one)
  if (ways.length === 0) continue

  test(`${label(pair, one)}: both sides see what the golden file says`, async () => {
    const sections: string[] = []
    for (const way of ways) {
      const seen = await runCell(matrix, pair, one, way)
      sections.push(sectionOf(way, seen))
      if (pair.caller[0] !== pair.provider[0]) continue
      assert.equal(nameless(seen.asked.body), nameless(seen.sent), 'the provider gets the caller\'s own bytes')
      if (one.cutAt === undefined) assert.equal(nameless(seen.body), nameless(settled(answerBytes(pair.provider[1], one, way).toString())), 'the caller gets the provider\'s own bytes')
    }
    const text = sections.join('\n')
    if (isWriting) writeGolden(pair, one, text)
    assert.equal(text, goldenText(pair, one))
  })

  if (ways.includes('stream') && one.status === undefined) test(`${label(pair, one)}: any chunking of the same bytes says the same`, async () => {
    const bytes = answerBytes(pair.provider[1], one, 'stream')
    const { body: expected } = await runCell(matrix, pair, one, 'stream')
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), async cuts => {
      assert.equal((await runCell(matrix, pair, one, 'stream', cuts)).body, expected)
    }), { numRuns: 10 })
  })
}
