// What tokens cost, over everything that the bundled table prices and whatever an operator may write.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { calcPrice, findProvider } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { anthropicUsage, mergeUsage } from '../../../gateway/surfaces/anthropic/answer.ts'
import { openaiUsage } from '../../../gateway/surfaces/openai/answer.ts'
import { priceSchema } from '../../../registry/model.ts'
import { ceilingPrice, overridePrice, tablePrice, type Price, type PricedUsage } from '../../../registry/prices.ts'

const at = new Date('2026-10-05T12:00:00Z')
const near = (actual: number, expected: number): void => { assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`) }

interface Row { readonly id: string; readonly provider: string; readonly model: string; readonly price: Price }

const table: readonly Row[] = ['openai', 'anthropic', 'google', 'groq', 'deepseek', 'openrouter', 'aws', 'azure', 'mistral', 'x-ai', 'cohere', 'together', 'fireworks', 'perplexity', 'cerebras']
  .flatMap(provider => (findProvider({ providerId: provider })?.models ?? []).map(({ id }) => ({ provider, model: id, price: tablePrice(provider, id) })))
  .flatMap(({ provider, model, price }) => price === null ? [] : [{ id: `${provider}/${model}`, provider, model, price }])

/** Tokens whose parts fit into their sums, as a provider that counts correctly reports them. */
const consistent: fc.Arbitrary<PricedUsage> = fc.record({
  fresh: fc.nat(400_000), cacheRead: fc.nat(400_000), cacheWrite: fc.nat(400_000), hour: fc.double({ min: 0, max: 1, noNaN: true }), audio: fc.nat(10_000), image: fc.nat(10_000),
  text: fc.nat(100_000), reasoning: fc.nat(50_000), audioOut: fc.nat(10_000), imageOut: fc.nat(10_000),
}).map(({ fresh, cacheRead, cacheWrite, hour, audio, image, text, reasoning, audioOut, imageOut }) => ({
  input: fresh + audio + image + cacheRead + cacheWrite, output: text + reasoning + audioOut + imageOut, cacheRead, cacheWrite, cacheWrite1h: Math.floor(cacheWrite * hour),
  reasoning, audioInput: audio, audioOutput: audioOut, imageInput: image, imageOutput: imageOut,
}))

const usd = fc.double({ min: 0, max: 500, noNaN: true })
const maybe = fc.option(usd)
const rates = { usd_per_mtok_in: usd, usd_per_mtok_out: usd, cache_read: maybe, cache_write: maybe, cache_write_1h: maybe, reasoning: maybe, audio_in: maybe, audio_out: maybe, image_in: maybe, image_out: maybe }
const overrides = fc.record({
  ...rates, tiers: fc.array(fc.record({ above_input_tokens: fc.integer({ min: 1, max: 1_000_000 }), ...rates }), { maxLength: 3 }),
}).map(written => overridePrice(priceSchema.parse(written)))

const prices = fc.oneof(fc.constantFrom(...table.map(({ price }) => price)), overrides)

suite('every price', () => {
  test('of the bundled table is read: there are hundreds', () => { assert.ok(table.length > 700, String(table.length)) })

  test('bounds the cost of what it bounds', () => {
    fc.assert(fc.property(prices, consistent, fc.nat(1000), fc.constantFrom(null, 'default', 'priority', 'flex', 'batch', 'fast', 'unheard-of'), (price, usage, more, tier) => {
      const cost = price.cost({ ...usage, serviceTier: tier }, at)
      assert.ok(cost <= price.bound(usage.input + more, usage.output + more, tier, at) * (1 + 1e-12) + 1e-12, `${price.version}: ${cost}`)
    }), { numRuns: 3000 })
  })

  for (const { id, price } of table) {
    test(`of ${id} is finite, and bounds a call that is read, written and answered in every way`, () => {
      for (const [input, output] of [[1, 1], [199_999, 10], [200_001, 10], [272_000, 8000], [1_000_000, 64_000]] as const) {
        const bound = price.bound(input, output, null, at)
        assert.ok(Number.isFinite(bound) && bound >= 0)
        for (const part of [{ cacheRead: input }, { cacheWrite: input }, { cacheWrite: input, cacheWrite1h: input }, { audioInput: input }, { imageInput: input }, {}]) {
          for (const said of [{ reasoning: output }, { audioOutput: output }, { imageOutput: output }, {}]) {
            const cost = price.cost({ input, output, cacheRead: 0, cacheWrite: 0, ...part, ...said }, at)
            assert.ok(cost <= bound * (1 + 1e-12), `${JSON.stringify({ ...part, ...said })} costs ${cost}, above ${bound}`)
          }
        }
      }
    })
  }

  test('costs more for more of anything, or the same', () => {
    // Within one step: some tables charge long inputs less, and a whole call changes step at once.
    const flatOnes = table.map(({ price }) => price).filter(price => price.bound(1, 0, null, at) * 2_000_000 >= price.bound(2_000_000, 0, null, at) * 0.999)
    fc.assert(fc.property(fc.constantFrom(...flatOnes), consistent, fc.integer({ min: 1, max: 1000 }), (price, usage, more) => {
      const before = price.cost(usage, at)
      for (const dearer of [
        { ...usage, input: usage.input + more }, { ...usage, output: usage.output + more },
        { ...usage, input: usage.input + more, cacheRead: usage.cacheRead + more }, { ...usage, input: usage.input + more, cacheWrite: usage.cacheWrite + more },
        { ...usage, input: usage.input + more, cacheWrite: usage.cacheWrite + more, cacheWrite1h: (usage.cacheWrite1h ?? 0) + more },
        { ...usage, output: usage.output + more, reasoning: (usage.reasoning ?? 0) + more },
      ]) assert.ok(price.cost(dearer, at) >= before - 1e-12)
    }), { numRuns: 2000 })
  })

  test('agrees with the library that the table is from, where both count the same', () => {
    const counts = fc.record({ fresh: fc.nat(400_000), cacheRead: fc.nat(400_000), cacheWrite: fc.nat(400_000), output: fc.nat(100_000) })
    fc.assert(fc.property(fc.constantFrom(...table), counts, fc.date({ min: new Date('2026-01-01'), max: new Date('2027-06-01'), noInvalidDate: true }), ({ provider, model, price, id }, { fresh, cacheRead, cacheWrite, output }, when) => {
      const input = fresh + cacheRead + cacheWrite
      const theirs = calcPrice({ input_tokens: input, output_tokens: output, cache_read_tokens: cacheRead, cache_write_tokens: cacheWrite }, model, { providerId: provider, timestamp: when })
      assert.ok(theirs !== null, id)
      const ours = price.cost({ input, output, cacheRead, cacheWrite }, when)
      assert.ok(Math.abs(ours - theirs.total_price) <= 1e-9 + theirs.total_price * 1e-9, `${id}: ${ours}, the library says ${theirs.total_price}`)
    }), { numRuns: 3000 })
  })
})

suite('tokens that both dialects count differently', () => {
  const parts = fc.record({ fresh: fc.nat(100_000), cacheRead: fc.nat(100_000), cacheWrite: fc.nat(100_000), output: fc.nat(10_000), reasoning: fc.nat(1000) })
  const price = overridePrice(priceSchema.parse({ usd_per_mtok_in: 1, usd_per_mtok_out: 100, cache_read: 10, cache_write: 10, cache_write_1h: 10 }))

  test('are counted once: cached input is inside OpenAI\'s sum and beside Anthropic\'s', () => {
    fc.assert(fc.property(parts, ({ fresh, cacheRead, cacheWrite, output, reasoning }) => {
      const expected = (fresh + (cacheRead + cacheWrite) * 10 + (output + reasoning) * 100) / 1e6
      const openai = openaiUsage({
        prompt_tokens: fresh + cacheRead + cacheWrite, completion_tokens: output + reasoning,
        prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite }, completion_tokens_details: { reasoning_tokens: reasoning },
      })
      const anthropic = anthropicUsage(mergeUsage({}, { input_tokens: fresh, cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite, output_tokens: output + reasoning }))
      assert.ok(openai !== null)
      near(price.cost(openai, at), expected)
      near(price.cost(anthropic, at), expected)
    }))
  })

  test('an hour in Anthropic\'s cache is paid at its own rate, also when a stream says it twice', () => {
    const start = { input_tokens: 100, cache_creation_input_tokens: 1000, cache_read_input_tokens: 0, output_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 } }
    const haiku = tablePrice('anthropic', 'claude-haiku-4-5')
    const usage = anthropicUsage(mergeUsage(mergeUsage({}, start), { ...start, output_tokens: 50 }))
    assert.deepEqual([usage.input, usage.cacheWrite, usage.cacheWrite1h], [1100, 1000, 600])
    near(haiku?.cost(usage, at) ?? 0, (100 * 1 + 400 * 1.25 + 600 * 2 + 50 * 5) / 1e6)
  })

  test('OpenAI\'s audio is paid as audio, and cached audio as cached', () => {
    const model = tablePrice('openai', 'gpt-audio')
    const usage = openaiUsage({ prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 600 }, completion_tokens_details: { audio_tokens: 80 } })
    assert.ok(model !== null && usage !== null)
    assert.ok(model.cost(usage, at) > model.cost({ ...usage, audioInput: 0, audioOutput: 0 }, at) * 2)
    const all = { input: 1000, output: 0, cacheRead: 1000, cacheWrite: 0 }
    near(model.cost({ ...all, audioInput: 1000 }, at), model.cost(all, at))
  })
})

suite('operator prices', () => {
  const price = (written: Readonly<Record<string, unknown>>): Price => overridePrice(priceSchema.parse({ usd_per_mtok_in: 10, usd_per_mtok_out: 20, ...written }))
  const usage = (more: Partial<PricedUsage>): PricedUsage => ({ input: 1000, output: 1000, cacheRead: 0, cacheWrite: 0, ...more })
  const rows: readonly (readonly [string, Readonly<Record<string, unknown>>, Partial<PricedUsage>, number])[] = [
    ['reasoning at its own price', { reasoning: 60 }, { reasoning: 400 }, 1000 * 10 + 600 * 20 + 400 * 60],
    ['an hour of cache at its own price', { cache_write: 12, cache_write_1h: 18 }, { cacheWrite: 1000, cacheWrite1h: 500 }, 500 * 12 + 500 * 18 + 1000 * 20],
    ['an hour of cache at twice the input where only writing has a price', { cache_write: 12 }, { cacheWrite: 1000, cacheWrite1h: 1000 }, 1000 * 20 + 1000 * 20],
    ['an hour of cache as input where writing has no price', {}, { cacheWrite: 1000, cacheWrite1h: 1000 }, 1000 * 10 + 1000 * 20],
    ['a long input at the step that it reaches', { tiers: [{ above_input_tokens: 999, usd_per_mtok_in: 30, usd_per_mtok_out: 40 }] }, {}, 1000 * 30 + 1000 * 40],
    ['an input that is not above the step at the base', { tiers: [{ above_input_tokens: 1000, usd_per_mtok_in: 30, usd_per_mtok_out: 40 }] }, {}, 1000 * 10 + 1000 * 20],
    ['the highest step that is reached, in whatever order they are written', { tiers: [{ above_input_tokens: 500, usd_per_mtok_in: 50, usd_per_mtok_out: 60 }, { above_input_tokens: 100, usd_per_mtok_in: 30, usd_per_mtok_out: 40 }] }, {}, 1000 * 50 + 1000 * 60],
    ['a batch at the factor that is written', { service_tiers: { batch: 0.5 } }, { serviceTier: 'batch' }, (1000 * 10 + 1000 * 20) / 2],
    ['a batch at the list price where none is written', {}, { serviceTier: 'batch' }, 1000 * 10 + 1000 * 20],
    ['an unknown tier like the dearest', {}, { serviceTier: 'warp' }, 6 * (1000 * 10 + 1000 * 20)],
    ['the usual tier at the list price', {}, { serviceTier: 'default' }, 1000 * 10 + 1000 * 20],
  ]
  for (const [title, written, used, expected] of rows) test(`charge ${title}`, () => { near(price(written).cost(usage(used), at), expected / 1e6) })

  test('are named by their digest: equal prices alike, others not', () => {
    assert.equal(price({ reasoning: 1 }).version, price({ reasoning: 1 }).version)
    assert.notEqual(price({ reasoning: 1 }).version, price({ reasoning: 2 }).version)
    assert.match(ceilingPrice(priceSchema.parse({ usd_per_mtok_in: 10, usd_per_mtok_out: 20 })).version, /^ceiling:[0-9a-f]{12}$/)
  })
})

test('the bundled table knows the service tiers of its providers', () => {
  const usage = { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 }
  const factor = (provider: string, model: string, serviceTier: string): number => {
    const found = tablePrice(provider, model)
    assert.ok(found !== null)
    return found.cost({ ...usage, serviceTier }, at) / found.cost(usage, at)
  }
  assert.equal(factor('google', 'gemini-2.5-flash', 'flex'), 0.5)
  assert.equal(factor('google', 'gemini-2.5-flash', 'priority'), 2)
  assert.equal(factor('google', 'gemini-2.5-flash', 'unspecified'), 1)
  assert.equal(factor('openai', 'gpt-5-mini', 'flex'), 0.5)
})

suite('prices that change with time', () => {
  const luna = tablePrice('openai', 'gpt-5.6-luna')
  const used: PricedUsage = { input: 1_000_000, output: 0, cacheRead: 0, cacheWrite: 0 }

  test('change at midnight UTC, asked of the same object', () => {
    assert.ok(luna !== null)
    assert.notEqual(luna.cost(used, new Date('2026-07-29T23:59:59Z')), luna.cost(used, new Date('2026-07-30T00:00:00Z')))
  })

  test('are bounded by both days\' prices on the eve of a change', () => {
    assert.ok(luna !== null)
    const eve = new Date('2026-07-29T12:00:00Z')
    for (const when of [eve, new Date('2026-07-30T11:00:00Z')]) assert.ok(luna.cost(used, when) <= luna.bound(1_000_000, 0, null, eve))
  })

  test('by the hour are bounded by the dearest hour', () => {
    const chat = tablePrice('deepseek', 'deepseek-reasoner')
    assert.ok(chat !== null)
    const costs = Array.from({ length: 24 }, (_, hour) => chat.cost(used, new Date(Date.UTC(2026, 9, 5, hour, 45))))
    assert.ok(Math.max(...costs) > Math.min(...costs))
    assert.ok(Math.max(...costs) <= chat.bound(1_000_000, 0, null, at))
  })
})
