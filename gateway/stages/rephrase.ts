// Lets a local model rewrite texts on their way to one that may not see them, and refuses what it made if anything to hide is left in it. Each
// rewriting has a record of its own. What was rewritten once stays so for the session: the provider's prompt cache sees the same words in every turn.
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Candidate } from '../../registry/registry.ts'
import type { Answer, HttpSend } from '../exchange/answer.ts'
import { noCredential } from '../exchange/credential.ts'
import { asFailure, Failure } from '../exchange/failure.ts'
import { Pending } from '../exchange/pending.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import type { Aside } from '../pipeline/aside.ts'
import type { Forgetful } from '../exchange/memo-pool.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { objectionTo, rephraseInstructions, withoutReasoning, type Judging } from '../redaction/rephrase.ts'
import { sessionTexts } from '../redaction/session-texts.ts'
import { TextMemo } from '../redaction/text-memo.ts'
import { addressOf, baseOf } from '../surfaces/hosting/address.ts'

export interface Rephraser {
  /** The rewritten text, or a stand-in that `agree` keeps from being used. */
  text(value: string): string
  /** @throws Pending while texts wait to be rewritten */
  agree(): void
}

/** Of one session's texts, UTF-16 units times two; session-texts.ts bounds all of them together. */
const memoBytes = 8 * 1024 * 1024
/** Texts that one request may have rewritten: each is a call of a local model, and they come one after the other. */
const mostAtOnce = 256
const longestAnswer = 4 * 1024 * 1024

/** What became of a session's texts, and what is being made of others. */
class Rewritings implements Forgetful {
  readonly #memo = new TextMemo<string>(memoBytes)
  readonly #running = new Map<string, Promise<string>>()

  get bytes(): number { return this.#memo.bytes }

  clear(): void { this.#memo.clear() }

  get(text: string): string | undefined { return this.#memo.get(text, null) }

  /** A caller who lost patience and asks again waits for what is under way. */
  make(text: string, rewrite: () => Promise<string>): Promise<string> {
    const known = this.#running.get(text)
    if (known !== undefined) return known
    const running = rewrite().then(rewritten => {
      this.#memo.set(text, null, rewritten)
      return rewritten
    }).finally(() => { this.#running.delete(text) })
    this.#running.set(text, running)
    return running
  }
}

const bySession = new WeakMap<Pseudonyms, Rewritings>()
/** A session may forget while a request is under way; what was made for the request is there until its end. */
const byExchange = new WeakMap<Exchange<Runtime>, Map<string, string>>()

const rewrittenIn = (pseudonyms: Pseudonyms): Rewritings => {
  let known = bySession.get(pseudonyms)
  if (known === undefined) bySession.set(pseudonyms, known = new Rewritings())
  sessionTexts.used(known)
  return known
}

const rewrittenFor = (exchange: Exchange<Runtime>): Map<string, string> => {
  let made = byExchange.get(exchange)
  if (made === undefined) byExchange.set(exchange, made = new Map<string, string>())
  return made
}

const blocked = (why: string): Failure => new Failure('content.blocked', `The request may leave only rewritten by a local model: ${why}.`, { detail: { kind: 'rephrase' } })

const bodyOf = (answer: Answer): Promise<string> => new Promise((resolve, reject) => {
  const parts: Buffer[] = []
  let length = 0
  answer.attach({
    data: chunk => {
      parts.push(chunk)
      if ((length += chunk.length) > longestAnswer) {
        answer.abort(new Error('too long'))
        reject(blocked('its answer is too long'))
      }
      return true
    },
    end: () => { resolve(Buffer.concat(parts).toString('utf8')) },
    fail: reject,
  })
})

const answerSchema = z.object({ choices: z.tuple([z.object({ finish_reason: z.literal('stop'), message: z.object({ content: z.string() }) })]).rest(z.unknown()) })

/** The text of a chat completion that came to its end. */
const textOf = (body: string): string => {
  let said: unknown
  try {
    said = JSON.parse(body)
  } catch {
    throw blocked('its answer is not JSON')
  }
  const read = answerSchema.safeParse(said)
  if (!read.success) throw blocked('its answer was cut, or is no chat completion')
  const text = withoutReasoning(read.data.choices[0].message.content)
  if (text === null) throw blocked('its answer is reasoning that has no end')
  return text
}

const requestOf = ({ model, provider }: Candidate, text: string, settings: Settings): HttpSend => ({
  origin: baseOf(provider.base_url).origin, path: addressOf(provider, { path: '/v1/chat/completions', model, stream: false }), method: 'POST',
  headers: { ...provider.headers, 'content-type': 'application/json', 'accept-encoding': 'identity' },
  body: JSON.stringify({
    model, stream: false, temperature: 0, max_tokens: Math.ceil(text.length / 2) + 256,
    messages: [{ role: 'system', content: settings.instructions ?? rephraseInstructions }, { role: 'user', content: text }],
  }),
  connectTimeoutMs: provider.timeouts.connect_ms, firstByteTimeoutMs: settings.timeout_ms, idleTimeoutMs: settings.timeout_ms, totalTimeoutMs: settings.timeout_ms,
})

type Settings = NonNullable<Runtime['config']['redaction']['rephrase']>
type RephraseParts = Pick<Parts, 'authorizer' | 'credentials' | 'http' | 'limits'>

interface Work { readonly exchange: Exchange<Runtime>; readonly parts: RephraseParts; readonly candidate: Candidate; readonly settings: Settings }

const send = async ({ candidate, parts, settings }: Work, text: string, aside: Aside<Runtime>): Promise<string> => {
  const lease = parts.credentials.choose(candidate.provider.id, candidate.id)
  if (lease === 'none') throw blocked('its provider takes none of the credentials')
  try {
    const request = requestOf(candidate, text, settings)
    const credential = lease?.credential ?? noCredential
    const proof = await parts.authorizer.authorize(credential, request)
    const answer = await parts.http.send({ ...request, headers: { ...request.headers, ...proof, traceparent: aside.span.traceparent() } })
    if (answer.status !== 200) {
      answer.abort(new Error('refused'))
      throw blocked(`it answered ${answer.status}`)
    }
    return textOf(await bodyOf(answer))
  } finally {
    lease?.done()
  }
}

/** Takes a place at the model like any other call. */
const asked = async (work: Work, text: string, aside: Aside<Runtime>): Promise<string> => {
  const { candidate, exchange, parts } = work
  const leave = await parts.limits.enter(candidate, exchange.ledger.principal?.key ?? 'none', new AbortController().signal)
  try {
    return await send(work, text, aside)
  } finally {
    leave()
  }
}

const rewrite = async (work: Work, text: string, judging: Judging): Promise<string> => {
  const { candidate, exchange } = work
  const aside = exchange.aside('rephrase')
  const { ledger } = aside
  ledger.action = 'model.call'
  ledger.target = { name: candidate.id, server: null }
  ledger.decision = exchange.ledger.decision
  ledger.labels = exchange.ledger.labels
  ledger.bytesIn = text.length
  try {
    aside.recordIntent(hash('sha256', text))
    const rewritten = await asked(work, text, aside)
    ledger.bytesOut = rewritten.length
    const objection = await objectionTo(rewritten, text, judging)
    if (objection !== null) throw blocked(objection)
    aside.record(200, null)
    return rewritten
  } catch (thrown) {
    const failure = asFailure(thrown)
    aside.record(failure.row.http, failure.code)
    throw failure.code === 'content.blocked' ? failure : blocked(`it cannot be asked (${failure.code})`)
  }
}

const candidateOf = ({ config, registry }: Runtime): { candidate: Candidate; settings: Settings } => {
  const settings = config.redaction.rephrase
  const candidate = settings === null ? undefined : registry.candidatesFor(settings.model, 'openai').find(({ id }) => id === settings.model)
  if (settings === null || candidate?.local !== true) throw blocked('no local model is configured for it (redaction.rephrase.model)')
  return { candidate, settings }
}

/** For one exchange. */
export const createRephraser = (exchange: Exchange<Runtime>, judging: Judging, parts: RephraseParts): Rephraser => {
  const session = rewrittenIn(judging.pseudonyms)
  const made = rewrittenFor(exchange)
  const wanted = new Set<string>()
  const make = async (text: string): Promise<void> => {
    // One after the other: a local model has one graphics card, if any. What is done is there when the caller comes again.
    if (exchange.recorded) throw new Failure('client.gone', 'The caller closed the connection.')
    made.set(text, await session.make(text, () => rewrite({ exchange, parts, ...candidateOf(exchange.runtime) }, text, judging)))
  }
  return {
    text: value => {
      const rewritten = made.get(value) ?? session.get(value)
      if (rewritten === undefined) wanted.add(value)
      else made.set(value, rewritten)
      return rewritten ?? ''
    },
    agree: () => {
      if (wanted.size === 0) return
      if (wanted.size > mostAtOnce) throw blocked(`it holds more than ${mostAtOnce} texts to be rewritten`)
      throw new Pending('texts wait to be rewritten', async () => { for (const text of wanted) await make(text) })
    },
  }
}
