// One remote detector: what it said of texts, and how it is asked about others. It never throws; a text of which it said nothing is simply
// not among what it knows, and whoever asked treats that as unseen.
import type { Finding } from '../../exchange/finding.ts'
import { builtInKinds, type EntityKind } from '../../exchange/kinds.ts'
import { Breaker } from './breaker.ts'
import type { SaidSpan } from './offsets.ts'
import { DetectorError, postJson, type DetectorProblem, type Send } from './post-json.ts'
import type { AskedText, Protocol } from './protocol.ts'
import { protocols } from './protocols.ts'
import { RecentTexts } from './recent-texts.ts'
import type { RemoteSpec } from './remote-spec.ts'
import { Slots } from './slots.ts'

/** What became of one call, or that none was made because it rests. */
export type CallOutcome = 'ok' | 'resting' | 'busy' | DetectorProblem

export interface DetectorEvents {
  readonly called: (detector: string, outcome: CallOutcome) => void
  /** It failed so often that it is left alone, or answers again. */
  readonly rests: (detector: string, problem: string) => void
}

/** A text under way: nothing is said of it before something was said of each of its parts. */
interface Whole { readonly text: string; readonly spans: SaidSpan[]; left: number }

interface Part { readonly of: Whole; readonly asked: AskedText; readonly at: number }

/** Where pieces of a text begin; none ends between the halves of a character. */
const cutsIn = (text: string, pieces: Protocol['pieces']): readonly { readonly at: number; readonly piece: string }[] => {
  if (pieces === undefined || text.length <= pieces.length) return [{ at: 0, piece: text }]
  const cuts: { at: number; piece: string }[] = []
  for (let at = 0; ;) {
    const end = betweenHalves(text, at + pieces.length)
    cuts.push({ at, piece: text.slice(at, end) })
    if (end >= text.length) return cuts
    at = betweenHalves(text, end - pieces.overlap)
  }
}

const betweenHalves = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code < 0xe000 ? at - 1 : at
}

const partsOf = (texts: ReadonlyMap<string, AskedText>, { pieces }: Protocol): Part[] => Array.from(texts).flatMap(([text, asked]) => {
  const cuts = cutsIn(asked.text, pieces)
  const of: Whole = { text, spans: [], left: cuts.length }
  return cuts.map(({ at, piece }): Part => ({ of, at, asked: piece.length === asked.text.length ? asked : { ...asked, text: piece } }))
})

const builtIn: ReadonlySet<string> = new Set(builtInKinds)
const nothing: readonly Finding[] = Object.freeze([])

export class RemoteDetector {
  readonly spec: RemoteSpec
  readonly #send: Send
  readonly #events: DetectorEvents
  readonly #protocol: Protocol
  readonly #url: URL
  readonly #known: RecentTexts<readonly Finding[]>
  readonly #breaker: Breaker
  readonly #slots: Slots

  constructor(spec: RemoteSpec, send: Send, events: DetectorEvents) {
    this.spec = spec
    this.#send = send
    this.#events = events
    this.#protocol = protocols[spec.protocol]
    this.#url = new URL(spec.url.replace(/\/+$/, '') + this.#protocol.path)
    this.#known = new RecentTexts(spec.memoBytes)
    this.#breaker = new Breaker(spec.breakerFailures, spec.breakerCooldownMs)
    this.#slots = new Slots(spec.concurrency)
  }

  known(text: string): readonly Finding[] | undefined { return this.#known.get(text) }

  /** Asks about texts and resolves when that is done, or when the time for it is over. @param into gets what it says of each */
  async ask(texts: ReadonlyMap<string, AskedText>, into: Map<string, readonly Finding[]>): Promise<void> {
    const asked = Promise.all(this.#batches(texts).map(batch => this.#batch(batch, into)))
    let timer: NodeJS.Timeout | undefined
    await Promise.race([asked, new Promise(resolve => { timer = setTimeout(resolve, this.spec.deadlineMs) })])
    clearTimeout(timer)
  }

  #batches(texts: ReadonlyMap<string, AskedText>): Part[][] {
    const most = Math.min(this.spec.batchTexts, this.#protocol.mostTexts)
    const batches: Part[][] = []
    let batch: Part[] = []
    let characters = 0
    for (const part of partsOf(texts, this.#protocol)) {
      const { length } = part.asked.text
      if (batch.length > 0 && (batch.length >= most || characters + length > this.spec.batchChars)) {
        batches.push(batch)
        batch = []
        characters = 0
      }
      batch.push(part)
      characters += length
    }
    return batch.length === 0 ? batches : [...batches, batch]
  }

  async #batch(batch: readonly Part[], into: Map<string, readonly Finding[]>): Promise<void> {
    const { deadlineMs, name } = this.spec
    if (!await this.#slots.enter(deadlineMs)) {
      this.#events.called(name, 'busy')
      return
    }
    try {
      if (this.#breaker.allows()) await this.#call(batch, into)
      else this.#events.called(name, 'resting')
    } finally {
      this.#slots.leave()
    }
  }

  async #call(batch: readonly Part[], into: Map<string, readonly Finding[]>): Promise<void> {
    const { bearer, giveUpMs, headers, name } = this.spec
    const texts = batch.map(({ asked }) => asked)
    try {
      const answer = await postJson(this.#send, { url: this.#url, bearer, headers, timeoutMs: giveUpMs }, { ...this.spec.options, ...this.#protocol.body(texts, this.spec) })
      this.#learn(batch, this.#read(answer, texts), into)
      this.#breaker.succeeded()
      this.#events.called(name, 'ok')
    } catch (thrown) {
      const { message, problem } = thrown instanceof DetectorError ? thrown : new DetectorError('unreachable', 'could not be asked')
      this.#events.called(name, problem)
      if (this.#breaker.failed()) this.#events.rests(name, message)
    }
  }

  #read(answer: unknown, texts: readonly AskedText[]): readonly (readonly SaidSpan[] | null)[] {
    let said: readonly (readonly SaidSpan[] | null)[]
    try {
      said = this.#protocol.read(answer, texts)
    } catch {
      // The reason may quote the answer, and that may quote the text.
      throw new DetectorError('malformed', `answered something that ${this.spec.protocol} does not say`)
    }
    if (said.every(spans => spans === null)) throw new DetectorError('malformed', 'said nothing that fits the texts it was asked about')
    return said
  }

  /** Also what comes too late for who asked is learnt: the next time it is known. */
  #learn(batch: readonly Part[], said: readonly (readonly SaidSpan[] | null)[], into: Map<string, readonly Finding[]>): void {
    batch.forEach(({ at, of }, index) => {
      const spans = said[index] ?? null
      if (spans === null) return
      for (const { end, start, ...rest } of spans) of.spans.push({ ...rest, start: at + start, end: at + end })
      of.left -= 1
      if (of.left > 0) return
      const findings = this.#findings(of.text, of.spans)
      this.#known.put(of.text, findings)
      into.set(of.text, findings)
    })
  }

  #findings(text: string, spans: readonly SaidSpan[]): readonly Finding[] {
    const found: Finding[] = []
    for (const { end, score, start, type } of spans) {
      if (score < this.spec.minScore) continue
      const kind = this.#kindOf(type)
      if (kind === null) continue
      // Most detectors have one word for both.
      found.push({ kind: kind === 'ipv4' && text.slice(start, end).includes(':') ? 'ipv6' : kind, start, end, confidence: score })
    }
    return found.length === 0 ? nothing : found
  }

  /** A type that nobody has named stays visible, under one name: a detector must not fill metrics with names of its own. */
  #kindOf(type: string): EntityKind | null {
    const { kinds, name } = this.spec
    const given = kinds.get(type)
    if (given !== undefined) return given
    const plain = type.toLowerCase().replaceAll(/[ -]/g, '_')
    const { types } = this.#protocol
    if (Object.hasOwn(types, plain)) return types[plain] ?? null
    return builtIn.has(plain) ? plain as EntityKind : `own:${name}`
  }
}
