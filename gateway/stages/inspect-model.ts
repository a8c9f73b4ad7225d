// May a model say what it says? Carries the inspect duties out on an answer while it passes. Without one the answer is left to its restorers.
import { inspectActions, type Duties, type InspectAction } from '../../policies/engine/contract.ts'
import type { ModelAnswerFacts, Restorer } from '../exchange/answer.ts'
import { splice } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { EntityKind } from '../exchange/kinds.ts'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import type { Pseudonyms, SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { AnswerAhead, type AnswerTexts, type TextsSaid } from '../redaction/answer-ahead.ts'
import { notSeen, type Classifier } from '../redaction/classify-document.ts'
import { inspecting, noRestorer, type Inspection } from '../redaction/inspect-answer.ts'
import { unseenBy } from '../redaction/own/own-detector.ts'
import { restoringEdits } from '../surfaces/answer/json-codec.ts'
import { readFrame } from '../surfaces/answer/stream-codec.ts'
import type { AnswerCodec, AnswerRestorers } from '../surfaces/model-surface.ts'
import type { Ahead } from './answer-looked-ahead.ts'
import { client, holdsKind, mayRestore } from './redaction-plan.ts'

/** What to do with a kind that an answer holds; null: nothing. The strongest action wins. */
export const inspectionFor = ({ inspect }: Duties) => (kind: EntityKind): InspectAction | null => {
  let strongest = -1
  for (const { action, kinds } of inspect) if (holdsKind(kinds, kind)) strongest = Math.max(strongest, inspectActions.indexOf(action))
  return inspectActions[strongest] ?? null
}

export interface Inspecting {
  readonly duties: Duties
  readonly operation: ModelOperation
  readonly sessions: SessionStore
  readonly keys: SessionKeys
  readonly pseudonyms: Pseudonyms
  readonly classifier: Classifier
}

/** Labels of what a model said, on the record and on the session. They are kept before the text leaves. */
class SessionLabels {
  readonly #exchange: Exchange<Runtime>
  readonly #about: Inspecting
  #labels: Labels = noLabels
  #ofCall: Labels = noLabels
  #problem: Error | null = null
  #kept: Promise<void> | null = null

  constructor(exchange: Exchange<Runtime>, about: Inspecting) {
    this.#exchange = exchange
    this.#about = about
  }

  /** @throws what kept earlier labels from being kept */
  add(kind: EntityKind): void {
    this.check()
    const added = joinLabels(this.#labels, this.#about.classifier.labelsOf({ perLeaf: [], entities: { [kind]: 1 }, unseen: [] }))
    if (added === this.#labels) return
    this.#labels = added
    this.#exchange.ledger.responseLabels = joinLabels(added, this.#ofCall)
    const committed = this.#about.sessions.commit(this.#about.keys, { addLabels: added })
    if (!(committed instanceof Promise)) return
    const noted = committed.catch((thrown: unknown) => { this.#problem = thrown instanceof Error ? thrown : new Error('labels were not kept') })
    const all: Promise<void> = Promise.all([this.#kept, noted]).then(() => {
      this.check()
      if (this.#kept === all) this.#kept = null
    })
    this.#kept = all
    // Whoever asks for it deals with it; nobody has to ask.
    all.catch(() => undefined)
  }

  /** On the record of this call alone: what was not looked at is looked at again when it comes again. */
  noteUnseen(): void {
    this.#ofCall = notSeen
    this.#exchange.ledger.responseLabels = joinLabels(this.#labels, notSeen)
  }

  check(): void { if (this.#problem !== null) throw this.#problem }

  /** Rejects when some could not be kept; null where nothing is waited for. */
  kept(): Promise<void> | null { return this.#kept }
}

const blockedBy = (kind: EntityKind): Failure =>
  new Failure('content.blocked', `The answer contains ${kind} data, which policy does not let pass.`, { detail: { kind } })

/** Nobody can say that nothing is in it which policy hides. */
const notLookedAt = (detectors: readonly string[]): Failure => new Failure(
  'content.blocked', `The answer was not looked at by the detector ${detectors.join(', ')}, and policy hides what it would have found.`,
  { detail: { detector: detectors.join(','), remedy: 'Ask again later; an operator should look after the detector.' } },
)

export interface InspectedAnswer {
  /** Where remote detectors are asked about the answer before it passes. */
  readonly ahead: Ahead | null
  readonly restorers: AnswerRestorers | null
  /** What has to be kept before more of the answer leaves, or null. Rejects where it could not be. */
  readonly kept: () => Promise<void> | null
}

/**
 * Restorers that look at what they pass; those given where no duty asks for it.
 * @param restorers of the answer, or null where nothing is restored
 */
export const inspectingRestorers = (exchange: Exchange<Runtime>, restorers: { readonly text: Restorer; readonly json: Restorer } | null, about: Inspecting): InspectedAnswer => {
  const { duties, operation } = about
  if (duties.inspect.length === 0) return { ahead: null, restorers, kept: () => null }
  const actionFor = inspectionFor(duties)
  const mayShow = mayRestore(duties, client)
  const labels = new SessionLabels(exchange, about)
  const inspection: Inspection = {
    actionFor, hides: duties.inspect.some(({ action }) => action !== 'label'),
    find: (text, key) => about.classifier.findOnce(text, key),
    // A surrogate is the caller's value, in the form that the model knows it by.
    isCallers: (kind, value) => about.pseudonyms.lookup(value) !== undefined || (mayShow(kind) && operation.document.text.includes(JSON.stringify(value).slice(1, -1))),
    found: (kind, action) => {
      labels.add(kind)
      if (action === 'block') throw blockedBy(kind)
      if (action !== 'label') exchange.ledger.countRedactions({ [kind]: 1 })
    },
  }
  const { answers } = about.classifier
  const ahead = answers === null ? null : new AnswerAhead(answers)
  const said = (texts: AnswerTexts): TextsSaid | null => ahead?.said(texts) ?? null
  return {
    kept: () => labels.kept(),
    restorers: {
      text: inspecting(restorers?.text ?? noRestorer, { inspection, form: 'text', said: said('text') }),
      json: inspecting(restorers?.json ?? noRestorer, { inspection, form: 'json', said: said('json') }),
      reasoning: inspecting(noRestorer, { inspection, form: 'text', said: said('reasoning') }), hides: inspection.hides,
    },
    ahead: ahead === null ? null : aheadOf(ahead, exchange.ledger, { hides: inspection.hides, labels }),
  }
}

/** What was not looked at does not pass where something would be hidden in it; elsewhere the record says so. */
const aheadOf = (texts: AnswerAhead, ledger: Exchange<Runtime>['ledger'], { hides, labels }: { readonly hides: boolean; readonly labels: SessionLabels }): Ahead => ({
  texts,
  restorers: { text: texts.listener('text'), json: texts.listener('json'), reasoning: texts.listener('reasoning'), hides },
  waited: ms => { ledger.detectorMs += ms },
  check: () => {
    if (texts.missed.size === 0) return
    ledger.unseenAnswer = [...texts.missed].sort().map(unseenBy)
    if (texts.missedRaising.size === 0) return
    labels.noteUnseen()
    if (hides) throw notLookedAt([...texts.missedRaising].sort())
  },
})

/** What is no answer of the dialect, errors above all, is looked at as a whole: they quote what they did not like. */
export class InspectedBody implements AnswerCodec {
  readonly #said: AnswerCodec
  readonly #restorers: AnswerRestorers
  readonly #chunks: Buffer[] = []

  constructor(said: AnswerCodec, restorers: AnswerRestorers) {
    this.#said = said
    this.#restorers = restorers
  }

  push(chunk: Buffer): null {
    const passed = this.#said.push(chunk)
    if (passed !== null) this.#chunks.push(passed)
    return null
  }

  end(): Buffer {
    const last = this.#said.end()
    const bytes = Buffer.concat(last === null ? this.#chunks : [...this.#chunks, last])
    const text = bytes.toString()
    const document = readFrame(text)
    const shown = document === null ? this.#restorers.text.text(text) : splice(document.text, restoringEdits(document, this.#restorers, () => 'text'))
    return shown === text ? bytes : Buffer.from(shown)
  }

  facts(): ModelAnswerFacts { return this.#said.facts() }
}
