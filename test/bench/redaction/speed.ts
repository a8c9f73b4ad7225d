// What finding costs, in plain numbers: throughput on ordinary text, one very long prompt, and a conversation that is sent again with each
// turn. The texts are made here from a seed, so that every run measures the same.
import type { JsonDocument } from '../../../gateway/exchange/document.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'

type Random = () => number

/** Park and Miller's generator: the same numbers on every machine. */
const randomFrom = (seed: number): Random => {
  let state = seed
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647
}

const words = ('the of and to in that was for it with as his on be at by had not are but from or have they which one you were all her she there would their we him been has when who will no more if out so up said what its '
  + 'about than into them can only other time new some could these two may first then do any like my now over such our man even most made after also well before must through years where much your way down should because '
  + 'long each just state those people too mister how little good world make very year still see own work men day get here old life both between being under three never know same last another while us off might great go come '
  + 'since against right came take used himself few house American use place during high without again home around small however found Mrs part school thought went say general once upon war every left got water until always '
  + 'account current routing phone number address contact office mobile card bank deposit passport licence insurance customer delivery invoice meeting schedule report quarterly').split(' ')

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const whole = (random: Random, below: number): number => Math.floor(random() * below)

const sentence = (random: Random): string => {
  const count = 6 + whole(random, 14)
  const text = Array.from({ length: count }, () => pick(random, words)).join(' ')
  const end = random() < 0.15 ? ` in ${1950 + whole(random, 80)}, at ${whole(random, 23)}:${10 + whole(random, 49)}.` : random() < 0.1 ? ' (see www.example.org/notes)?' : '.'
  return text.charAt(0).toUpperCase() + text.slice(1) + end
}

const upTo = (length: number, piece: () => string): string => {
  const pieces: string[] = []
  for (let size = 0; size < length;) {
    const next = piece()
    pieces.push(next)
    size += next.length
  }
  return pieces.join('')
}

const prose = (random: Random, length: number): string => upTo(length, () => `${Array.from({ length: 5 }, () => sentence(random)).join(' ')}\n\n`)

const record = (random: Random): unknown => ({
  id: whole(random, 1e9), name: `${pick(random, words)} ${pick(random, words)}`, createdAt: `2026-0${1 + whole(random, 8)}-1${whole(random, 9)}T1${whole(random, 9)}:30:00Z`, active: random() < 0.5,
  price: whole(random, 1e5) / 100, tags: [pick(random, words), pick(random, words)], note: sentence(random), links: { self: `https://api.example.com/items/${whole(random, 1e6)}`, count: whole(random, 100) },
})

const json = (random: Random, length: number): string => `[${upTo(length, () => `${JSON.stringify(record(random))},\n`)}null]`

const code = (random: Random, length: number): string => upTo(length, () => {
  const [one, two, three] = [pick(random, words), pick(random, words), pick(random, words)]
  return `export const ${one}${two}Of = (${three}: readonly string[], at = ${whole(random, 1000)}): number => {\n`
    + `  if (${three}.length === 0 || at < 0) return ${whole(random, 9)} // ${sentence(random)}\n`
    + `  const ${two}_value = new Map<string, number>([['${one}', 0x${whole(random, 1e6).toString(16)}]])\n  return ${two}_value.get('${one}') ?? at * ${whole(random, 99)}.5\n}\n\n`
})

const megabyte = 1_000_000

/** Processor time of this thread, milliseconds: what other processes take of the machine is not in it. Its clock may tick only each four. */
const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Time of one run: of as many as it takes until the clock counts. */
const msOf = (run: () => void): number => {
  const from = threadMs()
  let runs = 0
  for (; threadMs() - from < 300; runs += 1) run()
  return (threadMs() - from) / runs
}

/** The fastest of some runs by the clock on the wall, milliseconds: for what is too short to be repeated and too fast for the other clock. */
const fastestMs = (run: () => void, rounds: number): number => {
  let fastest = Infinity
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now()
    run()
    fastest = Math.min(fastest, performance.now() - from)
  }
  return fastest
}

export interface Throughput { readonly prose: number; readonly json: number; readonly code: number }

/** Ordinary text of one megabyte each. */
export const texts = (): Readonly<Record<keyof Throughput, string>> => {
  const random = randomFrom(7)
  return { prose: prose(random, megabyte), json: json(random, megabyte), code: code(random, megabyte) }
}

/** Megabytes (UTF-8; all of it is ASCII) that one core scans in a second with every rule. */
export const scanThroughput = (): Throughput => {
  const speedOf = (text: string): number => {
    for (let round = 0; round < 5; round += 1) findEntities(text, null, 0.5)
    return text.length / megabyte / (msOf(() => { findEntities(text, null, 0.5) }) / 1000)
  }
  const { prose: inProse, json: inJson, code: inCode } = texts()
  return { prose: speedOf(inProse), json: speedOf(inJson), code: speedOf(inCode) }
}

interface Message { readonly role: string; readonly content: string }

const messageOf = (random: Random, length: number): string => {
  const kind = random()
  const text = kind < 0.5 ? prose(random, length) : kind < 0.75 ? json(random, length) : code(random, length)
  return random() < 0.2 ? `${text} Write to ${pick(random, words)}.${whole(random, 1e6)}@example.com.` : text
}

const conversation = (random: Random, messages: number, length: number): Message[] =>
  Array.from({ length: messages }, (_, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content: messageOf(random, length) }))

const classifierOf = (): Classifier => new Classifier({ minConfidence: 0.5, memoBytes: 256 * 1024 * 1024 })
const isProtocol = ({ key }: { readonly key: string | null }): boolean => key === 'role'

/** Strings are decoded at the first use: that is reading, and not finding. */
const decodeAll = ({ strings }: JsonDocument): number => strings.reduce((sum, { value }) => sum + value.length, 0)

/** What a new classifier takes for a prompt of 1.1 million tokens (4.1 characters each) in many messages, milliseconds; reading the JSON is not in it. */
export const hugePrompt = (): number => {
  const document = readJson(JSON.stringify({ model: 'm', messages: conversation(randomFrom(11), 900, 5000) }), { maxDepth: 64 })
  decodeAll(document)
  // The gateway is warm when such a prompt comes: what is measured is the work and not the compiler.
  classifierOf().classify(document, isProtocol)
  return msOf(() => { classifierOf().classify(document, isProtocol) })
}

export interface Turn {
  /** Bytes of all messages. */
  readonly bytes: number
  /** Bytes of what is new. */
  readonly newBytes: number
  /** Microseconds for classifying the whole. */
  readonly us: number
}

/** A conversation that grows to `turns` messages and is sent whole each time; the fastest of three conversations, turn by turn. */
export const resendCurve = (turns = 200, messageBytes = 5000): readonly Turn[] => {
  const messages = conversation(randomFrom(13), turns, messageBytes)
  const curves = Array.from({ length: 3 }, () => oneCurve(messages))
  return messages.map((message, index) => ({
    bytes: messages.slice(0, index + 1).reduce((sum, { content }) => sum + content.length, 0), newBytes: message.content.length, us: Math.min(...curves.map(curve => curve[index] ?? Infinity)),
  }))
}

const oneCurve = (messages: readonly Message[]): readonly number[] => {
  const classifier = classifierOf()
  return messages.map((_, index) => {
    const document = readJson(JSON.stringify({ model: 'm', messages: messages.slice(0, index + 1) }), { maxDepth: 64 })
    decodeAll(document)
    return fastestMs(() => { classifier.classify(document, isProtocol) }, 1) * 1000
  })
}
