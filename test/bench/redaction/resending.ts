// A conversation that is sent again with one new message each turn, and what of a turn grows with what was said before.
import { spliceBytes } from '../../../gateway/exchange/document.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { MemoryTaint } from '../../../gateway/redaction/taint/taint-book.ts'
import { exposedIn } from '../../../gateway/redaction/watched.ts'
import { hashTokens } from '../../../gateway/sessions/hash-token.ts'
import { SessionPseudonyms } from '../../../gateway/sessions/pseudonyms.ts'
import { carriedIn, learnDetected } from '../../../gateway/stages/carried-labels.ts'
import { ResentBodies } from '../../../gateway/surfaces/json/resent-bodies.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'
import { openaiTurn } from '../../../gateway/surfaces/openai/turn.ts'
import { median } from '../percentile.ts'
import { defaultConfidence } from './find-ours.ts'
import { createRandom, type Random } from './random.ts'
import { sampleText } from './sample-texts.ts'

export interface Turn {
  readonly turn: number
  readonly bytes: number
  /** Milliseconds, with what earlier turns left in memory. Reading the body: strictly, into a document with its strings. */
  readonly readMs: number
  /** Looking for data in all messages. */
  readonly classifyMs: number
  /** Labels that travel with text: looked for in all messages, and noted of those in which something was found. */
  readonly labelsMs: number
  /** Hiding what was found, up to the bytes that leave. */
  readonly hideMs: number
  /** What is asked of the request for deciding and routing, and the digest of its bytes for the audit. */
  readonly otherMs: number
  /** All of it with nothing in memory: what every turn would cost. */
  readonly anewMs: number
}

type Times = Pick<Turn, 'readMs' | 'classifyMs' | 'labelsMs' | 'hideMs' | 'otherMs'>

/** Characters: what the conversation has at its beginning, and what each turn adds. */
const longBegun = 1_000_000
const messageLength = 5000
const addedLength = 2000
const valueEvery = 2048

const owner = 'bench/bench'
const whose = { owner, session: `${owner}/s` }

const message = (random: Random, length: number, at: number): object => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: sampleText(at % 3 === 0 ? 'JSON' : 'prose', length, random, valueEvery) })

const timed = <T>(work: () => T): { readonly ms: number; readonly result: T } => {
  const from = performance.now()
  const result = work()
  return { ms: performance.now() - from, result }
}

/** The parts of a gateway that a request's text passes, with the memory that its settings give them by default. */
class Session {
  readonly #bodies = new ResentBodies()
  readonly #classifier = new Classifier({ minConfidence: defaultConfidence, memoBytes: 64 * 1024 * 1024, secretsAreHidden: true })
  readonly #taint = new MemoryTaint({ ttlMs: 24 * 3600 * 1000, most: 4096, memoBytes: 32 * 1024 * 1024 })
  readonly #pseudonyms = new SessionPseudonyms([], () => undefined, hashTokens(() => Buffer.alloc(32, 1), 'bench'))

  take(bytes: Buffer): Times {
    const surface = openaiSurface
    const read = timed(() => {
      const body = this.#bodies.read(owner, bytes, { maxDepth: 64 })
      return body.document.strings.length > 0 ? body : null
    })
    if (read.result === null) throw new Error('the conversation is empty')
    const { digest, document } = read.result
    const other = timed(() => [surface.read('chat.completions', '/v1/chat/completions', {}, document), openaiTurn(document), digest()])
    const looked = timed(() => this.#classifier.look(document, surface.skipLeaf, () => 'prompt'))
    const classification = looked.result
    if (classification instanceof Promise) throw new Error('no remote detector is configured')
    const labels = timed(() => {
      carriedIn(this.#taint, whose, document, surface.skipLeaf)
      if (learnDetected(this.#taint, whose, document, classification, { origin: null, secretsAreHidden: true }) instanceof Promise) throw new Error('nothing is kept elsewhere')
    })
    const hidden = timed(() => {
      const plan = { actionFor: () => 'pseudonymise' as const, pseudonyms: this.#pseudonyms }
      const { edits } = rewriteDocument(document, classification, { ...plan, mayEdit: leaf => surface.leafUse(leaf) === 'rewrite', mark: { by: surface, duties: 'all' } })
      return [exposedIn(document, classification, { ...plan, isWatched: leaf => surface.leafUse(leaf) === 'watch', isReasoning: () => false, by: surface }), spliceBytes(document, edits)]
    })
    return { readMs: read.ms, classifyMs: looked.ms, labelsMs: labels.ms, hideMs: hidden.ms, otherMs: other.ms }
  }
}

const sum = ({ classifyMs, hideMs, labelsMs, otherMs, readMs }: Times): number => classifyMs + hideMs + labelsMs + otherMs + readMs

const conversation = (seed: number, turns: readonly number[], begun: number): readonly Turn[] => {
  const random = createRandom(seed)
  const messages = Array.from({ length: begun / messageLength }, (_, at) => message(random, messageLength, at))
  const session = new Session()
  const shown: Turn[] = []
  for (let turn = 1; turn <= Math.max(...turns); turn += 1) {
    messages.push(message(random, addedLength, turn))
    const body = JSON.stringify({ model: 'bench', messages })
    const times = session.take(Buffer.from(body))
    if (turns.includes(turn)) shown.push({ turn, bytes: body.length, ...times, anewMs: sum(new Session().take(Buffer.from(body))) })
  }
  return shown
}

export const shownTurns: readonly number[] = [1, 2, 5, 10, 50, 100, 200]

/** A conversation of 1 MB, turn for turn: medians over several conversations, the first of which only warms up. @param begun for tests: less */
export const measureResending = (rounds: number, turns: readonly number[] = shownTurns, begun = longBegun): readonly Turn[] => {
  const runs = Array.from({ length: rounds + 1 }, (_, round) => conversation(round + 1, turns, begun)).slice(1)
  const of = (at: number, field: keyof Turn): number => median(runs.map(run => run[at]?.[field] ?? Number.NaN))
  return turns.map((turn, at) => ({
    turn, bytes: of(at, 'bytes'), readMs: of(at, 'readMs'), classifyMs: of(at, 'classifyMs'), labelsMs: of(at, 'labelsMs'), hideMs: of(at, 'hideMs'), otherMs: of(at, 'otherMs'), anewMs: of(at, 'anewMs'),
  }))
}
