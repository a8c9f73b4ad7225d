// How fast detection is: texts that nobody has seen before, conversations that are sent again and again, and the longest prompt there is.
import type { JsonDocument, StringLeaf } from '../../../gateway/exchange/document.ts'
import { splice } from '../../../gateway/exchange/document.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { hashTokens } from '../../../gateway/sessions/hash-token.ts'
import { SessionPseudonyms } from '../../../gateway/sessions/pseudonyms.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { median } from '../percentile.ts'
import { defaultConfidence } from './find-ours.ts'
import { createRandom, type Random } from './random.ts'
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
const valueEvery = 2048

const scanRate = (sort: Sort, every: number | null, rounds: number): number => {
  const rates: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const random = createRandom(round + 1)
    const texts = Array.from({ length: 128 }, () => sampleText(sort, pieceLength, random, every))
    const ms = cpuMs(() => { for (const text of texts) findEntities(text, null, options.minConfidence) })
    // Round 0 warms up.
    if (round > 0) rates.push(texts.length * pieceLength / 1000 / ms)
  }
  return median(rates)
}

/** Megabytes a second on one core; the texts are ASCII, so that a character is a byte. */
export const measureThroughput = (rounds: number): readonly Throughput[] =>
  (['prose', 'code', 'JSON'] as const).map(sort => ({ sort, cleanMbPerS: scanRate(sort, null, rounds), heldMbPerS: scanRate(sort, valueEvery, rounds) }))

export interface Turn {
  readonly turn: number
  readonly bytes: number
  /** Milliseconds: looking for data in all messages, and hiding what was found, with what earlier turns left in memory. */
  readonly classifyMs: number
  readonly hideMs: number
  /** The same two with nothing in memory: what every turn would cost. */
  readonly anewMs: number
  /** Reading the JSON, which is done whether or not anything is looked for. */
  readonly readMs: number
}

/** Characters: what the conversation has at its beginning, and what each turn adds. */
const longBegun = 1_000_000
const messageLength = 5000
const addedLength = 2000

const message = (random: Random, length: number, at: number): object => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: sampleText(at % 3 === 0 ? 'JSON' : 'prose', length, random, valueEvery) })

const bodyOf = (messages: readonly object[]): string => JSON.stringify({ model: 'bench', messages })

class Session {
  readonly #classifier = new Classifier(options)
  readonly #pseudonyms = new SessionPseudonyms([], () => undefined, hashTokens(() => Buffer.alloc(32, 1), 'bench'))

  take(document: JsonDocument): { readonly classifyMs: number; readonly hideMs: number } {
    const classified = timed(() => this.#classifier.classify(document, ignores))
    const hidden = timed(() => {
      const { edits } = rewriteDocument(document, classified.result, { actionFor: () => 'pseudonymise', pseudonyms: this.#pseudonyms, mayEdit: leaf => !ignores(leaf) })
      return splice(document.text, edits)
    })
    return { classifyMs: classified.ms, hideMs: hidden.ms }
  }
}

const conversation = (seed: number, turns: readonly number[], begun: number): readonly Turn[] => {
  const random = createRandom(seed)
  const messages = Array.from({ length: begun / messageLength }, (_, at) => message(random, messageLength, at))
  const session = new Session()
  const shown: Turn[] = []
  for (let turn = 1; turn <= Math.max(...turns); turn += 1) {
    messages.push(message(random, addedLength, turn))
    const body = bodyOf(messages)
    const read = timed(() => {
      const document = readJson(body, jsonLimits)
      return document.strings.length > 0 ? document : null
    })
    if (read.result === null) throw new Error('the conversation is empty')
    const { classifyMs, hideMs } = session.take(read.result)
    if (!turns.includes(turn)) continue
    const anew = new Session().take(readJson(body, jsonLimits))
    shown.push({ turn, bytes: body.length, classifyMs, hideMs, anewMs: anew.classifyMs + anew.hideMs, readMs: read.ms })
  }
  return shown
}

export const shownTurns: readonly number[] = [1, 2, 5, 10, 50, 100, 200]

/** A conversation of 1 MB that is sent again with one new message each turn: medians over several conversations, the first of which only warms up. @param begun for tests: less */
export const measureResending = (rounds: number, turns: readonly number[] = shownTurns, begun = longBegun): readonly Turn[] => {
  const runs = Array.from({ length: rounds + 1 }, (_, round) => conversation(round + 1, turns, begun)).slice(1)
  const of = (at: number, field: keyof Turn): number => median(runs.map(run => run[at]?.[field] ?? Number.NaN))
  return turns.map((turn, at) => ({ turn, bytes: of(at, 'bytes'), classifyMs: of(at, 'classifyMs'), hideMs: of(at, 'hideMs'), anewMs: of(at, 'anewMs'), readMs: of(at, 'readMs') }))
}

export interface LongPrompt { readonly characters: number; readonly classifyMs: number; readonly readMs: number }

/** 1.1 million tokens, at four characters a token. */
const longCharacters = 4_400_000

/** One message that nobody has seen before. @param characters for tests: less */
export const measureLongPrompt = (rounds: number, characters = longCharacters): LongPrompt => {
  const times = Array.from({ length: rounds + 1 }, (_, round) => {
    const body = bodyOf([{ role: 'user', content: sampleText('prose', characters, createRandom(1000 + round), valueEvery) }])
    const classifier = new Classifier(options)
    const read = timed(() => readJson(body, jsonLimits))
    // Decoding the string is part of looking into it.
    return { readMs: read.ms, classifyMs: cpuMs(() => { classifier.classify(read.result, ignores) }) }
  }).slice(1)
  return { characters, classifyMs: median(times.map(({ classifyMs }) => classifyMs)), readMs: median(times.map(({ readMs }) => readMs)) }
}
