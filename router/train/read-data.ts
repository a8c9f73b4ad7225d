// The data that a developer downloaded: found below a folder by name, whatever repository layout they are in. Files that are kept for
// judging (LLMRouter's test.json, RouterArena's rows) are not asked for by name, and so are never opened.
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { readCsv } from './read-csv.ts'

export type SetName = 'mmlu' | 'gsm8k' | 'llmrouter'

/** One model's answer to a prompt. */
export interface Answered {
  readonly model: string
  /** 0 to 1. */
  readonly right: number
  /** Estimated from lengths where the data have no cost. */
  readonly usd: number
}

export interface Row { readonly set: SetName; readonly prompt: string; readonly answers: readonly Answered[] }

export const gpt4 = 'gpt-4-1106-preview'
export const mixtral = 'mixtral-8x7b-instruct-v0.1'

/** USD per million tokens: OpenAI's list price of November 2023, and what hosts took for Mixtral in the spring of 2024. */
export const pairPrices: Readonly<Record<string, readonly [number, number]>> = { [gpt4]: [10, 30], [mixtral]: [0.6, 0.6] }

/** Output tokens of an answer whose text the data do not have: LLMRouter's. One letter for MMLU. */
const unknownAnswerTokens = 150

export const tokensOf = (text: string): number => Math.ceil(text.length / 4)

const pairUsd = (model: string, prompt: string, outputTokens: number): number => {
  const [usdIn, usdOut] = pairPrices[model] ?? [0, 0]
  return (tokensOf(prompt) * usdIn + outputTokens * usdOut) / 1e6
}

const find = (folder: string, patterns: readonly string[]): string[] =>
  [...new Set(patterns.flatMap(pattern => globSync(pattern, { cwd: folder })))].sort().map(name => join(folder, name))

const pairRow = (set: SetName, prompt: string, right: readonly [string, string], tokens: readonly [number, number]): Row => ({
  set, prompt, answers: [mixtral, gpt4].map((model, at) => ({ model, right: right[at] === 'True' ? 1 : 0, usd: pairUsd(model, prompt, tokens[at] ?? 1) })),
})

const readMmlu = (folder: string): Row[] => find(folder, ['**/responses/mmlu_*.csv', '**/mmlu/mmlu_*.csv', 'mmlu_*.csv']).flatMap(file =>
  readCsv(readFileSync(file, 'utf8')).slice(1).flatMap(([prompt, weak, strong]) =>
    prompt === undefined || weak === undefined || strong === undefined ? [] : [pairRow('mmlu', prompt, [weak, strong], [1, 1])]))

const readGsm8k = (folder: string): Row[] => find(folder, ['**/gsm8k_responses.csv']).slice(0, 1).flatMap(file =>
  readCsv(readFileSync(file, 'utf8')).slice(1).flatMap(([prompt, weak, strong, weakText, strongText]) =>
    prompt === undefined || weak === undefined || strong === undefined ? [] : [pairRow('gsm8k', prompt, [weak, strong], [tokensOf(weakText ?? ''), tokensOf(strongText ?? '')])]))

const priceSchema = z.record(z.string(), z.looseObject({ input_price: z.number(), output_price: z.number() }))
const rowsSchema = z.array(z.looseObject({ question: z.string(), scores: z.record(z.string(), z.number()) }))

const readLlmRouter = (folder: string): Row[] => {
  const [rows] = find(folder, ['**/dcrouter_preprocessed/train.json', '**/llmrouter_train.json'])
  const [priced] = find(folder, ['**/default_llm.json'])
  if (rows === undefined || priced === undefined) return []
  const prices = priceSchema.parse(JSON.parse(readFileSync(priced, 'utf8')))
  return rowsSchema.parse(JSON.parse(readFileSync(rows, 'utf8'))).map(({ question, scores }) => ({
    set: 'llmrouter', prompt: question,
    answers: Object.keys(scores).sort().map(model => {
      const price = prices[model]
      if (price === undefined) throw new Error(`${basename(priced)} has no price of ${model}`)
      return { model, right: scores[model] ?? 0, usd: (tokensOf(question) * price.input_price + unknownAnswerTokens * price.output_price) / 1e6 }
    }),
  }))
}

/** Every row that is below the folder; sets that are not there are missing. @throws where a file is not what it is named after */
export const readData = (folder: string): Row[] => [...readMmlu(folder), ...readGsm8k(folder), ...readLlmRouter(folder)]
