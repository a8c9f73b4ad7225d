// What a server asks of the caller while it answers a call: sampling, elicitation, roots. It runs through the same questions as the call
// did, with its own record: may the server ask this, what is in it, and may the answer go back?
import { hash } from 'node:crypto'
import type { Facts } from '../../policies/engine/contract.ts'
import { hidesSecrets } from '../../policies/engine/settings.ts'
import { splice, type JsonDocument } from '../exchange/document.ts'
import { asFailure, Failure } from '../exchange/failure.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { QuestionAnswer, ReadJson, ServerQuestion } from '../exchange/mcp.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { TaintBook } from '../exchange/taint.ts'
import type { Aside } from '../pipeline/aside.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import { rewriteDocument } from '../redaction/rewrite.ts'
import { capabilityFor, type AskedCapability } from '../surfaces/mcp/client-capabilities.ts'
import { carriedIn, learnDetected, learnReturned, whenKept } from './carried-labels.ts'
import { classify, type Seen } from './classify.ts'
import { mcpFacts, type DecidedMcp } from './decide-mcp.ts'
import { decide } from './decide.ts'
import { commitOnce } from './label-session.ts'
import { skipsQuestionLeaf } from './mcp-leaves.ts'
import { actionFor, hasRedaction, notAModel } from './redaction-plan.ts'
import { ownerOf } from './session-of.ts'
import { withTaskId } from './task-ids.ts'
import { whenAgreed } from './when-agreed.ts'

/** The call in which a server asks. */
export interface AskedIn {
  readonly exchange: Exchange<Runtime>
  readonly decided: DecidedMcp
  /** Of the server. */
  readonly labels: Labels
  readonly server: string
  readonly sessions: SessionStore
  readonly classifier: Classifier
  readonly taint: TaintBook
  readonly readJson: ReadJson
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOr = (value: unknown): string | null => typeof value === 'string' ? value : null

const hostOf = (url: unknown): string | null => typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : null

/** What policy is told of a question: its shape, never its words. */
const shapeOf = (capability: AskedCapability, params: Readonly<Record<string, unknown>>): Facts['args'] => {
  switch (capability) {
    case 'roots': return {}
    case 'sampling': return {
      max_tokens: typeof params['maxTokens'] === 'number' ? params['maxTokens'] : null, messages: Array.isArray(params['messages']) ? params['messages'].length : 0,
      tools: Array.isArray(params['tools']) ? params['tools'].length : 0, include_context: textOr(params['includeContext']),
    }
    case 'elicitation': {
      const schema = params['requestedSchema']
      const properties = isRecord(schema) && isRecord(schema['properties']) ? Object.keys(schema['properties']) : []
      return { mode: textOr(params['mode']) ?? 'form', fields: properties, url: textOr(params['url']), host: hostOf(params['url']) }
    }
  }
}

/** One question, from the server to the caller and back. */
export class Question {
  readonly capability: AskedCapability
  readonly asked: ServerQuestion
  readonly #in: AskedIn
  readonly #aside: Aside<Runtime>
  readonly #args: Facts['args']

  private constructor(asked: ServerQuestion, askedIn: AskedIn, capability: AskedCapability, document: JsonDocument) {
    this.asked = asked
    this.capability = capability
    this.#in = askedIn
    this.#args = shapeOf(capability, isRecord(document.value) ? document.value : {})
    this.#aside = askedIn.exchange.aside(asked.method)
    this.#aside.ledger.action = capability
    this.#aside.ledger.target = { name: askedIn.decided.permit.operation.target, server: askedIn.server }
    this.#aside.ledger.bytesIn = document.text.length
  }

  /**
   * Decides and inspects what a server asks; null for what no server may ask.
   * @returns the question with its params as the caller may see them
   * @throws Failure policy.* | content.blocked | upstream.protocol
   */
  static async permit(asked: ServerQuestion, askedIn: AskedIn): Promise<{ readonly question: Question; readonly params: string | null } | null> {
    const capability = capabilityFor(asked.method)
    if (capability === undefined) return null
    const document = askedIn.readJson(withTaskId(asked.params, askedIn.decided.permit.operation.task, askedIn.readJson) ?? '{}')
    const question = new Question(asked, askedIn, capability, document)
    const params = await question.#judged(document, 'request')
    question.#aside.recordIntent(hash('sha256', document.text))
    return { question, params: asked.params === null ? null : params }
  }

  /** Inspects the caller's answer for the server. @throws Failure policy.* | content.blocked */
  async answer({ kind, text }: QuestionAnswer): Promise<QuestionAnswer> {
    const judged = await this.#judged(this.#in.readJson(text), 'response')
    this.#aside.ledger.bytesOut = judged.length
    this.#aside.record(200, kind === 'error' ? 'upstream.refused' : null)
    return { kind, text: judged }
  }

  /** The caller answers in a request of its own, which is decided and recorded as such. */
  passedOn(): void { this.#aside.record(200, null) }

  /** Nobody answered. */
  fail(thrown: unknown): void {
    const failure = asFailure(thrown)
    this.#aside.record(failure.row.http, failure.code)
  }

  async #judged(document: JsonDocument, phase: 'request' | 'response'): Promise<string> {
    try {
      return await this.#judge(document, phase)
    } catch (thrown) {
      this.fail(thrown)
      throw thrown
    }
  }

  async #judge(document: JsonDocument, phase: 'request' | 'response'): Promise<string> {
    const { classifier, decided, exchange, sessions, taint } = this.#in
    const { ledger } = this.#aside
    const seen = await classify(document, classifier, { ignores: skipsQuestionLeaf, sourceOf: () => 'question', ledger })
    const whose = { owner: ownerOf(decided.principal), session: decided.keys.session }
    const carried = carriedIn(taint, whose, document, skipsQuestionLeaf)
    const asking = phase === 'request' ? joinLabels(this.#in.labels, carried.labels) : carried.labels
    const labels = joinLabels(asking, seen.labels)
    await commitOnce(sessions, decided, joinLabels(asking, seen.lasting))()
    if (phase === 'request') {
      ledger.labels = labels
      ledger.entities = seen.classification.entities
      ledger.unseen = seen.classification.unseen
    } else ledger.responseLabels = labels
    const permit = decide(this.asked, mcpFacts({
      exchange: { id: this.#aside.id, runtime: exchange.runtime }, principal: decided.principal, session: decided.session, entry: decided.received.entry,
      kind: this.capability, name: this.asked.method, phase, args: this.#args,
      data: { ...labels, entities: seen.classification.entities, unseen: seen.classification.unseen, origins: carried.origins, bytes: document.text.length },
    }), this.#aside)
    const origin = `${this.#in.server}/${decided.received.entry?.originalName ?? ''}`
    // What a server asks is something that it says.
    await whenKept(phase === 'request' ? learnReturned(taint, whose, document, { labels: this.#in.labels, origin, skips: skipsQuestionLeaf }) : undefined, learnDetected(taint, whose, document, seen.classification, { origin: phase === 'request' ? origin : null, secretsAreHidden: hidesSecrets(exchange.runtime.config.policy.settings) }))
    return await whenAgreed(() => this.#redacted(document, seen, permit.decision.duties))
  }

  #redacted(document: JsonDocument, { classification }: Seen, duties: DecidedMcp['permit']['decision']['duties']): string {
    if (!hasRedaction(duties, notAModel)) return document.text
    const { edits, counts, blocked } = rewriteDocument(document, classification, {
      actionFor: actionFor(duties, notAModel), pseudonyms: this.#in.decided.session.pseudonyms, mayEdit: leaf => !skipsQuestionLeaf(leaf),
    })
    if (blocked !== null) throw new Failure('content.blocked', `What the server and the caller say to each other contains ${blocked} data, which policy does not let pass.`, { detail: { kind: blocked } })
    this.#aside.ledger.countRedactions(counts)
    return splice(document.text, edits)
  }
}
