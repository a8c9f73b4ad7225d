// One user request and everything that it set off: what it came to so far, and whether it still goes on.
import type { CallEnd, EnteringCall, LoopFacts, RootedCall, RootRecord, Turn } from '../exchange/root.ts'
import { noLabels } from '../exchange/labels.ts'
import { shortDigest } from '../exchange/short-digest.ts'
import { stepAbove, stepBelow } from '../../policies/engine/steps.ts'
import { RootLabels } from './root-labels.ts'
import { never, Repeats, type Repeated } from './repeats.ts'
import type { Scope } from './root-scope.ts'
import type { SpendSpeed } from './spend-speed.ts'

/** Repetitions below this happen to everybody; above it each counts. */
const repeatsFrom = 3
const repeatsInRootFrom = 10
/** Smaller sums are nothing that a policy would look at. */
const leastUsd = 0.01
/** Different models that are counted by name. */
const modelsKept = 64

export interface RootInit {
  readonly request: string
  readonly owner: string
  readonly session: string
  readonly tenant: string
  readonly startedMs: number
  /** The caller says what belongs to it: it ends with the quiet time and not before. */
  readonly named: boolean
  readonly said: Turn['said']
  readonly speed: SpendSpeed
  /** A session as notes name it. */
  readonly markOf: (session: string) => string
}

/** What a sub-agent or its program named it, and how deep it stands; the outermost agent has no name. */
export interface Lane { readonly id: string; readonly depth: number }

/** `sure`: false where the call may as well belong to another root of its session. What is guessed repeats nothing. */
export interface Place { readonly lane: Lane; readonly sure: boolean }

export class Root {
  readonly init: RootInit
  readonly repeats = new Repeats()
  lastMs: number
  /** Calls under way; those among them that will answer a user or a tool loop. */
  open = 0
  answering = 0
  answered = false
  /** The outermost agent was told to use tools and has not come back yet. */
  awaitsTools = false
  over = false
  readonly labels: RootLabels
  /** Where it is looked for. */
  readonly scopes = new Set<Scope>()
  /** What else it is found by: traces, and tool calls that its models asked for, the latest last. */
  readonly traces = new Set<string>()
  readonly wanted = new Map<string, Lane>()
  /** Grows with all that others would have to know to find it. */
  changes = 0
  /** When it was last told to others, and what of it. */
  noted = { atMs: 0, version: 0, labels: noLabels }
  #depth = 0
  #calls = 0
  #modelCalls = 0
  #toolCalls = 0
  #tokensIn = 0
  #tokensOut = 0
  #costUsd = 0
  #firstTokens: number | null = null
  readonly #models = new Set<string>()

  constructor(init: RootInit) {
    this.init = init
    this.lastMs = init.startedMs
    this.labels = new RootLabels(init.markOf)
  }

  /** Another one when others have to be told. */
  get version(): number { return this.changes + this.labels.version }

  /** Nothing is under way and nothing is waited for: the next words of a user end it. */
  get isDone(): boolean { return this.open === 0 && !this.awaitsTools && !this.init.named }

  record(depth = this.#depth): RootRecord {
    return {
      request: this.init.request, session: this.init.session, depth, calls: this.#calls, modelCalls: this.#modelCalls, toolCalls: this.#toolCalls, models: this.#models.size,
      tokensIn: this.#tokensIn, tokensOut: this.#tokensOut, costUsd: this.#costUsd, firstTokens: this.#firstTokens, amplification: this.#amplification,
    }
  }

  /** Counts a call in and says what came before it. */
  enter(call: EnteringCall, { lane, sure }: Place, clockMs: () => number): RootedCall {
    const nowMs = clockMs()
    const repeated = sure ? this.#repeated(call, lane, nowMs) : never
    const facts = this.#facts(repeated, nowMs)
    this.#countIn(call, lane, nowMs)
    let result: string | null = null
    let open = true
    return {
      request: this.init.request, facts, begun: this.record(lane.depth), inherited: this.labels.enter(call.keys.session),
      labelled: labels => { this.labels.add(labels) },
      returned: text => { result = shortDigest(text) },
      end: how => {
        if (open) {
          this.lastMs = clockMs()
          if (how.costUsd !== null) this.init.speed.add(how.costUsd, this.lastMs)
          this.#countOut(call, lane, how)
          if (sure && call.asking.kind !== 'model') this.#came(call.asking.call, result ?? how.failure ?? '', nowMs)
        }
        open = false
        return this.record(lane.depth)
      },
    }
  }

  get #amplification(): number | null {
    if (this.#firstTokens === null || this.#firstTokens === 0) return null
    return Math.round(((this.#tokensIn + this.#tokensOut) / this.#firstTokens) * 100) / 100
  }

  #repeated({ asking }: EnteringCall, lane: Lane, nowMs: number): Repeated {
    if (asking.kind !== 'model') return this.repeats.of(asking.call, nowMs)
    return { inRow: asking.answers ? this.repeats.reported(lane.id, asking.turn.step, asking.turn.length) : 0, inRoot: 0 }
  }

  #facts({ inRow, inRoot }: Repeated, nowMs: number): LoopFacts {
    const { speed, startedMs, request } = this.init
    const usual = speed.usual(nowMs)
    const amplification = this.#amplification
    return {
      repeats: inRow >= repeatsFrom ? inRow : 0, repeats_in_root: stepBelow(inRoot, repeatsInRootFrom),
      spend_per_min_usd: stepBelow(speed.perMinute(nowMs), leastUsd), usual_spend_per_min_usd: usual === null ? null : stepAbove(usual, leastUsd),
      root: {
        id: request, calls: stepBelow(this.#calls), model_calls: stepBelow(this.#modelCalls), tool_calls: stepBelow(this.#toolCalls),
        spend_usd: stepBelow(this.#costUsd, leastUsd), age_s: stepBelow((nowMs - startedMs) / 1000, 1), depth: this.#depth,
        amplification: amplification === null ? null : stepBelow(amplification, 1),
      },
    }
  }

  #countIn({ asking }: EnteringCall, lane: Lane, nowMs: number): void {
    this.lastMs = nowMs
    this.open += 1
    this.#calls += 1
    this.#depth = Math.max(this.#depth, lane.depth)
    if (asking.kind === 'tool') this.#toolCalls += 1
    if (asking.kind !== 'model') return
    this.#modelCalls += 1
    if (!asking.answers || lane.id !== '') return
    this.answering += 1
    this.awaitsTools = false
  }

  #came(call: string, came: string, beganMs: number): void {
    // What was refused, or never waited for, says nothing of what the call would have come to.
    if (!came.startsWith('policy.') && came !== 'client.gone') this.repeats.came(call, came, { beganMs, endedMs: this.lastMs })
  }

  #countOut({ asking }: EnteringCall, lane: Lane, how: CallEnd): void {
    this.open -= 1
    this.#add(how)
    if (asking.kind !== 'model' || !asking.answers) return
    if (how.usage !== null) this.#firstTokens ??= how.usage.input + how.usage.output
    if (lane.id !== '') return
    this.answering -= 1
    if (how.failure !== null) return
    this.answered = true
    this.awaitsTools = how.wantsTools
  }

  #add({ usage, costUsd, model }: CallEnd): void {
    if (usage !== null) {
      this.#tokensIn += usage.input
      this.#tokensOut += usage.output
    }
    this.#costUsd += costUsd ?? 0
    if (model !== null && this.#models.size < modelsKept) this.#models.add(model)
  }
}
