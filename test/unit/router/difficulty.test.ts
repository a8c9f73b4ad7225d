// The shipped weights, on rows of our own: that they load, what they say, and that a decision is bounded whatever the prompt.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { buckets, countedFeatures, featuresOf, headCharacters, tailCharacters } from '../../../router/difficulty/features.ts'
import { DifficultyModel, difficultyModel, logitOf, sigmoid } from '../../../router/difficulty/model.ts'
import { packWeights, readWeights, unpackWeights, weightsFile, type WeightsHead } from '../../../router/difficulty/weights.ts'

const model = difficultyModel()
const feature = (text: string): number[] => {
  const { at, count } = featuresOf(text)
  return [...at.subarray(0, count)]
}

suite('features', () => {
  test('case, and which digits a number has, make no difference', () => {
    assert.deepEqual(feature('add 12 and 34').slice(0, -countedFeatures), feature('ADD 98 and 76').slice(0, -countedFeatures))
  })

  test('of a long prompt only its beginning and its end are looked at', () => {
    const filler = 'middle '.repeat(5000)
    const one = `${'a'.repeat(headCharacters)}${filler}${'z'.repeat(tailCharacters)}`
    const other = `${'a'.repeat(headCharacters)}${filler.toUpperCase().replaceAll('M', 'n')}${'z'.repeat(tailCharacters)}`
    assert.deepEqual(feature(one), feature(other))
  })

  test('any text has at least the counted features, a bounded number of them, and all of them in range', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 4000 }), text => {
      const found = feature(text)
      assert.ok(found.length >= countedFeatures && found.length < 2400)
      assert.ok(found.every(at => at >= 0 && at < buckets))
    }))
  })
})

suite('the shipped weights', () => {
  // Recorded when they were trained: other weights have to bring their own numbers, and a card that tells of them.
  const recorded: readonly (readonly [prompt: string, level: number, weak: number, strong: number])[] = [
    ['Hello', 0.364275, 0.713635, 0.874996],
    ['Where do people in Paris keep milk cold?', 0.157232, 0.722259, 0.899243],
    ['Write a function that merges overlapping intervals.', 0.445645, 0.739296, 0.901902],
    ['A baker sells 12 loaves a day at 3 euros each. How much does she take in a week of 6 days?', 0.358024, 0.728070, 0.812629],
    ['Which of these metals is liquid at room temperature?\nA. Iron\nB. Mercury\nC. Zinc\nD. Tin\nAnswer:', -0.354270, 0.672663, 0.932122],
    ['Let $K$ be a field of characteristic $p$. Show that $x \\mapsto x^p$ is injective.', -0.689172, 0.546523, 0.700614],
    ['Fasse die folgende E-Mail in zwei Sätzen zusammen.', -0.325121, 0.602852, 0.878426],
  ]
  for (const [prompt, level, weak, strong] of recorded) {
    test(`say the same as when they were trained of: ${prompt.slice(0, 40)}`, () => {
      const score = model.score(prompt)
      const said = [score.level, model.success(score, { quality: 0.6, profile: null }), model.success(score, { quality: null, profile: 'gpt-4-1106-preview' })]
      assert.deepEqual(said.map(value => (value ?? -1).toFixed(4)), [level, weak, strong].map(value => value.toFixed(4)))
    })
  }

  test('fit into two hundred kilobytes, and are named by their digest', () => {
    assert.ok(readFileSync(weightsFile).length <= 200_000)
    assert.match(model.version, /^[0-9a-f]{12}$/)
    assert.match(readFileSync(new URL('card.md', weightsFile), 'utf8'), new RegExp(model.version), 'the card tells of these weights')
  })

  test('a more able model is never predicted to do worse', () => {
    const quality = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    fc.assert(fc.property(fc.string({ maxLength: 300 }), quality, quality, (prompt, a, b) => {
      const score = model.score(prompt)
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map(value => model.success(score, { quality: value, profile: null }) ?? NaN)
      assert.ok((low ?? NaN) <= (high ?? NaN) + 1e-12)
    }))
  })

  test('know nothing of a candidate of which nothing is told', () => {
    assert.equal(model.success(model.score('Hi'), { quality: null, profile: null }), null)
    assert.equal(model.success(model.score('Hi'), { quality: null, profile: 'no-such-model' }), null)
    assert.equal(model.qualityOf('no-such-model'), null)
    assert.ok((model.qualityOf('gpt-4-1106-preview') ?? 0) > (model.qualityOf('mixtral-8x7b-instruct-v0.1') ?? 1))
  })

  test('a prompt does not change what is said of the next', () => {
    const before = model.score('What is a monad?')
    model.score('x '.repeat(10_000))
    assert.deepEqual(model.score('What is a monad?'), before)
  })
})

suite('weights as a file', () => {
  const head: WeightsHead = {
    format: 1, buckets, counted: 0.5, ability: { intercept: 0, slope: 1 }, trained: { seed: 1, prompts: {} },
    models: [{ name: 'a', bias: -1, scale: 0.1, ability: -1, quality: 0.3 }, { name: 'b', bias: 1, scale: 0.1, ability: 1, quality: 0.7 }],
  }

  test('come back as they were packed', () => {
    const bytes = new Int8Array(buckets * 2).map((_, at) => (at % 255) - 127)
    const read = unpackWeights(packWeights(head, bytes))
    assert.deepEqual([read.head, read.bytes], [head, bytes])
  })

  test('of zeros every prompt is the same, and abilities lie on a line', () => {
    const flat = new DifficultyModel(unpackWeights(packWeights(head, new Int8Array(buckets * 2))))
    const score = flat.score('anything')
    assert.deepEqual(score, { level: 0, slope: 1, logits: [-1, 1] })
    assert.equal(flat.success(score, { quality: 0.5, profile: null }), 0.5)
    assert.ok(Math.abs((flat.success(score, { quality: sigmoid(1), profile: null }) ?? 0) - sigmoid(1)) < 1e-9)
  })

  test('that are cut, or of another shape, are refused', () => {
    const file = packWeights(head, new Int8Array(buckets * 2))
    assert.throws(() => unpackWeights(file.subarray(0, file.length - 1)), /the weights are \d+ bytes long/)
    assert.throws(() => unpackWeights(Buffer.from('{"format":2}\n')))
    assert.equal(readWeights().head.format, 1)
  })

  test('logits of shares are bounded', () => { assert.ok(logitOf(0) > -6 && logitOf(1) < 6) })
})
