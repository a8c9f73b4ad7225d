// Training on rows of our own: same data and seed, same weights; what is separable is learnt; held-out prompts are the same in every run.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { DifficultyModel } from '../../../../router/difficulty/model.ts'
import { unpackWeights } from '../../../../router/difficulty/weights.ts'
import { fitOptions, fitWeights } from '../../../../router/train/fit.ts'
import { readCsv } from '../../../../router/train/read-csv.ts'
import { gpt4, mixtral, readData, type Row } from '../../../../router/train/read-data.ts'
import { foldOf, folds, isHeldOut } from '../../../../router/train/split.ts'
import { scratchFolder } from '../../../support/scratch-folder.ts'

const rows: readonly Row[] = Array.from({ length: 120 }, (_, at): Row => {
  const hard = at % 2 === 0
  return {
    set: 'mmlu', prompt: hard ? `Derive the integral of expression number ${at} rigorously` : `Name the colour of object number ${at} quickly`,
    answers: [{ model: 'strong', right: 1, usd: 1 }, { model: 'weak', right: hard ? 0 : 1, usd: 0.1 }],
  }
})

suite('fitting', () => {
  const quick = { ...fitOptions, epochs: 6, rate: 0.05, fits: 1 }
  const file = fitWeights(rows, quick)

  test('the same rows and seed give the same bytes, another seed others', () => {
    assert.ok(fitWeights(rows, quick).equals(file))
    assert.ok(!fitWeights(rows, { ...quick, seed: 9 }).equals(file))
  })

  test('which prompts are hard for whom is learnt', () => {
    const model = new DifficultyModel(unpackWeights(file))
    const weak = (prompt: string): number => model.success(model.score(prompt), { quality: null, profile: 'weak' }) ?? NaN
    assert.ok(weak('Derive the integral of another expression') < 0.4)
    assert.ok(weak('Name the colour of another object') > 0.6)
    assert.deepEqual(model.profiles, ['strong', 'weak'])
  })
})

suite('the split', () => {
  test('goes by words: case and spaces do not move a prompt to the other side', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z ]{1,40}$/), prompt => {
      assert.equal(isHeldOut(`  ${prompt.toUpperCase().replaceAll(' ', '\n  ')}`), isHeldOut(prompt))
    }))
  })
  test('holds one in five out, and divides the others evenly', () => {
    const prompts = Array.from({ length: 4000 }, (_, at) => `prompt ${at}`)
    const share = prompts.filter(isHeldOut).length / prompts.length
    assert.ok(share > 0.17 && share < 0.23, String(share))
    assert.deepEqual([...new Set(prompts.map(foldOf))].sort(), Array.from({ length: folds }, (_, at) => at))
  })
  test('is fixed', () => { assert.deepEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].filter(isHeldOut), ['e', 'i']) })
})

suite('data', () => {
  test('comma-separated values come back as they were written', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ') })
    fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 4 }), records => {
      const text = records.map(record => record.map(value => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n')
      assert.deepEqual(readCsv(text), records)
    }))
    assert.deepEqual(readCsv('a,b\n1,\n'), [['a', 'b'], ['1', '']])
    assert.throws(() => readCsv('"open'), /does not end/)
  })

  test('is found by name below a folder, with costs, and what is kept for judging is not opened', t => {
    const folder = scratchFolder(t, 'data')
    const put = (path: string, text: string): void => {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    put('RouteLLM/routellm/evals/mmlu/responses/mmlu_x.csv', `prompt,${mixtral},${gpt4}\n"four",True,False\n`)
    put('RouteLLM/routellm/evals/gsm8k/gsm8k_responses.csv', 'prompt,a,b,c,d\n"12345678",False,True,"1234","12345678"\n')
    put('LLMRouter/data/dcrouter_preprocessed/train.json', '[{"question":"1234","scores":{"m":0.5}}]')
    put('LLMRouter/data/dcrouter_preprocessed/test.json', 'not to be read')
    put('LLMRouter/data/example_data/llm_candidates/default_llm.json', '{"m":{"input_price":1,"output_price":2}}')
    assert.deepEqual(readData(folder), [
      { set: 'mmlu', prompt: 'four', answers: [{ model: mixtral, right: 1, usd: (0.6 + 0.6) / 1e6 }, { model: gpt4, right: 0, usd: (10 + 30) / 1e6 }] },
      { set: 'gsm8k', prompt: '12345678', answers: [{ model: mixtral, right: 0, usd: (2 * 0.6 + 0.6) / 1e6 }, { model: gpt4, right: 1, usd: (2 * 10 + 2 * 30) / 1e6 }] },
      { set: 'llmrouter', prompt: '1234', answers: [{ model: 'm', right: 0.5, usd: (1 + 150 * 2) / 1e6 }] },
    ])
    assert.deepEqual(readData(join(folder, 'LLMRouter/data/example_data')), [])
  })
})
