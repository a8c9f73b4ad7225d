import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { freePrice, overridePrice, tablePrice, type Price, type PricedUsage } from '../../../registry/prices.ts'
import { modelSchema } from '../../../registry/model.ts'
import { anthropic, local, openai, registryOf } from './setup.ts'

const at = new Date('2026-06-01T12:00:00Z')
const usage = (input: number, output: number, cacheRead = 0, cacheWrite = 0): PricedUsage => ({ input, output, cacheRead, cacheWrite })
const near = (actual: number, expected: number): void => { assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`) }
const priced = (provider: string, model: string): Price => {
  const price = tablePrice(provider, model)
  assert.ok(price !== null, `${provider}/${model} has no price`)
  return price
}

suite('the bundled table', () => {
  // input includes cache reads and writes; what is left of it is charged at the input price. USD, worked out by hand from the published rates per million.
  const table: readonly (readonly [string, string, PricedUsage, number, string])[] = [
    // gpt-5-mini: 0.25 in, 0.025 cached, 2 out.
    ['openai', 'gpt-5-mini', usage(1000, 100), 0.00045, '1000×0.25 + 100×2'],
    ['openai', 'gpt-5-mini', usage(1000, 100, 400), 0.00036, '600×0.25 + 400×0.025 + 100×2'],
    ['openai', 'gpt-5-mini', usage(1000, 0, 1000), 0.000025, '1000×0.025'],
    // gpt-4o: 2.5 in, 1.25 cached, 10 out.
    ['openai', 'gpt-4o', usage(1_000_000, 1_000_000), 12.5, '2.5 + 10'],
    ['openai', 'gpt-4o', usage(2000, 500, 500), 0.009375, '1500×2.5 + 500×1.25 + 500×10'],
    // claude-haiku-4-5: 1 in, 0.1 read, 1.25 written, 5 out.
    ['anthropic', 'claude-haiku-4-5', usage(1000, 200), 0.002, '1000×1 + 200×5'],
    ['anthropic', 'claude-haiku-4-5', usage(1000, 200, 300, 500), 0.001855, '200×1 + 300×0.1 + 500×1.25 + 200×5'],
    ['anthropic', 'claude-haiku-4-5', usage(800, 0, 300, 500), 0.000655, '300×0.1 + 500×1.25'],
    // claude-sonnet-4-5: 3 in, 0.3 read, 3.75 written, 15 out; above 200k of input 6, 0.6, 7.5, 22.5.
    ['anthropic', 'claude-sonnet-4-5', usage(1000, 100, 200, 300), 0.004185, '500×3 + 200×0.3 + 300×3.75 + 100×15'],
    ['anthropic', 'claude-sonnet-4-5', usage(300_000, 1000, 100_000, 50_000), 1.3575, '150k×6 + 100k×0.6 + 50k×7.5 + 1k×22.5'],
    ['openai', 'text-embedding-3-small', usage(1_000_000, 0), 0.02, '1M×0.02'],
  ]
  for (const [provider, model, used, usd, sum] of table) {
    test(`${model} for ${JSON.stringify(used)} costs ${sum} per million, that is ${usd} USD`, () => {
      near(priced(provider, model).cost(used, at), usd)
    })
  }

  test('a price says which version of the table it is from', () => {
    assert.match(priced('openai', 'gpt-4o').version, /^genai-prices@\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)$/, 'with the day on which it was published: add it when the package is updated')
    assert.equal(priced('anthropic', 'claude-sonnet-4-5').version, priced('openai', 'gpt-4o').version)
  })

  test('base rates are known for ranking, also of tiered prices', () => {
    const { usdPerMTokIn, usdPerMTokOut } = priced('anthropic', 'claude-sonnet-4-5')
    assert.deepEqual([usdPerMTokIn, usdPerMTokOut], [3, 15])
  })

  const exact: readonly (readonly [string, string, boolean, string])[] = [
    ['openai', 'gpt-4o', true, 'a known name'],
    ['openai', 'gpt-4o-2024-08-06', true, 'a dated release that the table lists'],
    ['anthropic', 'claude-sonnet-4-5-20250929', true, 'a dated release of a known name'],
    ['anthropic', 'claude-sonnet-4-20250514', true, 'a dated release whose undated name the table spells with -0'],
    ['openai', 'gpt-4o-ultra', false, 'a name that only begins like a known one'],
    ['anthropic', 'claude-sonnet-4-5-turbo', false, 'a name that the library would match by its beginning'],
    ['anthropic', 'claude-haiku-4-5-20251001-fast', false, 'a date that is not at the end'],
    ['openai', 'gpt-99', false, 'a model that nobody knows'],
    ['openai', 'claude-haiku-4-5', false, 'a model of another provider'],
    ['nobody', 'gpt-4o', false, 'a provider that nobody knows'],
    ['openai', '', false, 'an empty name'],
  ]
  for (const [provider, model, known, title] of exact) {
    test(`${title} has ${known ? 'a' : 'no'} price`, () => { assert.equal(tablePrice(provider, model) !== null, known) })
  }
})

suite('operator prices', () => {
  const override = (price: Readonly<Record<string, unknown>>): Price => overridePrice(modelSchema.parse({ id: 'a/b', price }).price!)
  const table: readonly (readonly [string, Readonly<Record<string, unknown>>, PricedUsage, number])[] = [
    ['in and out', { usd_per_mtok_in: 2, usd_per_mtok_out: 8 }, usage(1000, 500), 0.006],
    ['cache at the input price where nothing is said', { usd_per_mtok_in: 2, usd_per_mtok_out: 8 }, usage(1000, 0, 400, 600), 0.002],
    ['cache reads and writes at their own price', { usd_per_mtok_in: 2, usd_per_mtok_out: 8, cache_read: 0.2, cache_write: 2.5 }, usage(1000, 100, 400, 200), 0.00218],
    ['free cache reads, because zero is a price', { usd_per_mtok_in: 2, usd_per_mtok_out: 8, cache_read: 0 }, usage(1000, 0, 1000), 0],
  ]
  for (const [title, price, used, usd] of table) {
    test(`they count ${title}`, () => {
      near(override(price).cost(used, at), usd)
      assert.match(override(price).version, /^override:[0-9a-f]{12}$/)
    })
  }

  test('a free model costs nothing and says so', () => {
    assert.equal(freePrice.cost(usage(1e6, 1e6, 1e5, 1e5), at), 0)
    assert.equal(freePrice.version, 'free')
  })

  const price = { usd_per_mtok_in: 7, usd_per_mtok_out: 9 }
  const sources: readonly (readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>, readonly [number, string] | null])[] = [
    ['a model\'s own price overrides the table', openai, { id: 'openai/gpt-4o', price }, [7, 'override']],
    ['a model\'s own price overrides a free provider', local, { id: 'local/a', price }, [7, 'override']],
    ['a free provider overrides the table', local, { id: 'local/gpt-4o' }, [0, 'free']],
    ['the table is asked for the provider\'s own name of the model', openai, { id: 'openai/prod', name: 'gpt-4o' }, [2.5, 'genai-prices']],
    ['the table is asked under prices_as', { ...openai, prices_as: 'anthropic' }, { id: 'openai/claude-haiku-4-5' }, [1, 'genai-prices']],
    ['the table is asked under the dialect otherwise', { ...anthropic, id: 'claude' }, { id: 'claude/claude-haiku-4-5' }, [1, 'genai-prices']],
    ['a local model is not free by being local', { ...local, free: false }, { id: 'local/llama' }, null],
    ['an unknown model has no price', openai, { id: 'openai/gpt-99' }, null],
  ]
  for (const [title, provider, model, expected] of sources) {
    test(title, () => {
      const registry = registryOf({ providers: [provider], models: [model] })
      const [found] = registry.candidatesFor(String(model.id), provider.dialect as 'openai' | 'anthropic')
      const actual = found?.price ?? null
      assert.deepEqual(actual === null ? null : [actual.usdPerMTokIn, actual.version.split(/[@:]/)[0]], expected)
    })
  }
})

// Providers send what they send: cache counts above the input must not make the library throw, nor a call free or negative.
const counts = fc.record({ input: fc.nat(500_000), output: fc.nat(50_000), cacheRead: fc.nat(800_000), cacheWrite: fc.nat(800_000) })

for (const [provider, model] of [['openai', 'gpt-5-mini'], ['anthropic', 'claude-haiku-4-5'], ['anthropic', 'claude-sonnet-4-5']] as const) {
  test(`any counts of tokens have a cost at ${model}, and more output never costs less`, () => {
    const price = priced(provider, model)
    fc.assert(fc.property(counts, used => {
      const usd = price.cost(used, at)
      assert.ok(Number.isFinite(usd) && usd >= 0)
      assert.ok(price.cost({ ...used, output: used.output + 1000 }, at) > usd)
    }))
  })
}

test('no call costs more than the bound of its tokens, however its input is cached', () => {
  const prices = [priced('openai', 'gpt-5-mini'), priced('anthropic', 'claude-haiku-4-5'), priced('anthropic', 'claude-sonnet-4-5'), freePrice]
  const split = fc.record({ input: fc.nat(500_000), output: fc.nat(50_000), read: fc.double({ min: 0, max: 1, noNaN: true }), written: fc.double({ min: 0, max: 1, noNaN: true }) })
  fc.assert(fc.property(fc.constantFrom(...prices), split, (price, { input, output, read, written }) => {
    const cacheRead = Math.floor(input * read)
    const used = usage(input, output, cacheRead, Math.floor((input - cacheRead) * written))
    assert.ok(price.cost(used, at) <= price.bound(input, output) + 1e-9)
  }))
})

test('a bound counts the dearest way to read the input, at the step that it reaches', () => {
  near(priced('openai', 'gpt-4o').bound(1000, 100), (1000 * 2.5 + 100 * 10) / 1e6)
  // An hour in the cache is written at twice the input price.
  near(priced('anthropic', 'claude-haiku-4-5').bound(1000, 100), (1000 * 2 + 100 * 5) / 1e6)
  near(priced('anthropic', 'claude-sonnet-4-5').bound(1000, 100), (1000 * 6 + 100 * 15) / 1e6)
  near(priced('anthropic', 'claude-sonnet-4-5').bound(300_000, 100), (300_000 * 12 + 100 * 22.5) / 1e6)
})

test('cache reads above the input, which the library refuses, are still charged by the tiered price', () => {
  // 0 uncached + 2000 read at 0.3: the counts are taken as they would have to be.
  near(priced('anthropic', 'claude-sonnet-4-5').cost(usage(1000, 0, 2000), at), 0.0006)
})
