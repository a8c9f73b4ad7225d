// How fast detection is: texts that nobody has seen before, and the longest prompt there is.
import type { StringLeaf } from '../../../gateway/exchange/document.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { median } from '../percentile.ts'
import { defaultConfidence } from './find-ours.ts'
import { createRandom } from './random.ts'
import { sampleText, type Sort } from './sample-texts.ts'

const options = { minConfidence: defaultConfidence, memoBytes: 64 * 1024 * 1024 }
const jsonLimits = { maxDepth: 64 }
/** Roles and the like, as a surface tells them apart. */
const ignores = ({ key }: StringLeaf): boolean => key === 'role' || key === 'model' || key === 'type'

const timed = <T>(work: () => T): { readonly ms: number; readonly result: T } => {
  const from = performance.now()
  const result = work()
  return { ms: performance.now() - from, result }
}

/** Processor time of this thread, without what else the machine does. Its clock may tick in steps of milliseconds: not for short work. */
const cpuMs = (work: () => void): number => {
  const from = process.threadCpuUsage()
  work()
  const { system, user } = process.threadCpuUsage(from)
  return (user + system) / 1000
}

export interface Throughput { readonly sort: string; readonly cleanMbPerS: number; readonly heldMbPerS: number }

/** A message or a tool's result is about this long, characters. */
const pieceLength = 16 * 1024
/** So many at a time that the clock's steps of some milliseconds do not count. */
const piecesPerRound = 512
const valueEvery = 2048

const scanRate = (sort: Sort, every: number | null, rounds: number): number => {
  const rates: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const random = createRandom(round + 1)
    const texts = Array.from({ length: piecesPerRound }, () => sampleText(sort, pieceLength, random, every))
    const ms = cpuMs(() => { for (const text of texts) findEntities(text, null, options.minConfidence) })
    // Round 0 warms up.
    if (round > 0) rates.push(texts.length * pieceLength / 1000 / ms)
  }
  return median(rates)
}

/** Megabytes a second on one core; the texts are ASCII, so that a character is a byte. */
export const measureThroughput = (rounds: number): readonly Throughput[] =>
  (['prose', 'code', 'JSON'] as const).map(sort => ({ sort, cleanMbPerS: scanRate(sort, null, rounds), heldMbPerS: scanRate(sort, valueEvery, rounds) }))

export interface LongPrompt { readonly characters: number; readonly classifyMs: number; readonly readMs: number }

/** 1.1 million tokens, at four characters a token. */
const longCharacters = 4_400_000

/** One message that nobody has seen before. @param characters for tests: less */
export const measureLongPrompt = (rounds: number, characters = longCharacters): LongPrompt => {
  const times = Array.from({ length: rounds + 1 }, (_, round) => {
    const body = JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: sampleText('prose', characters, createRandom(1000 + round), valueEvery) }] })
    const classifier = new Classifier(options)
    const read = timed(() => readJson(body, jsonLimits))
    // Decoding the string is part of looking into it.
    return { readMs: read.ms, classifyMs: cpuMs(() => { classifier.classify(read.result, ignores) }) }
  }).slice(1)
  return { characters, classifyMs: median(times.map(({ classifyMs }) => classifyMs)), readMs: median(times.map(({ readMs }) => readMs)) }
}
