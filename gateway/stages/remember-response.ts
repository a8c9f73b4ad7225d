// Notes a response while it is answered, so that a later request can go on from it: by its id alone where the provider keeps the
// conversation, with everything that was said where the gateway does.
import type { ModelAnswerFacts } from '../exchange/answer.ts'
import type { ResponseBook } from '../exchange/kept-response.ts'
import { SseSplitter } from '../exchange/sse.ts'
import type { Codec } from './respond.ts'

export interface Remembering {
  readonly responses: ResponseBook
  readonly owner: string
  readonly session: string
  /** The provider that keeps the conversation; null: the gateway. */
  readonly provider: string | null
  readonly stream: boolean
  /** Our own estimate of the request, until its usage is told. */
  readonly inputTokens: number
  /** The conversation before the answer. */
  readonly items: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A text of its own: part of a longer one would keep that alive. */
const detached = (text: string): string => Buffer.from(text).toString()

/** Keeps a response as the caller got it. */
const keepWhole = (response: unknown, { items, owner, responses, session }: Remembering): void => {
  if (!isObject(response) || typeof response['id'] !== 'string' || !Array.isArray(response['output']) || response['status'] === 'failed') return
  const outputs = new Map<string, string>()
  const texts = response['output'].map((item: unknown) => {
    const text = JSON.stringify(item)
    if (isObject(item) && typeof item['id'] === 'string') outputs.set(item['id'], text)
    return text
  })
  responses.keep(owner, response['id'], {
    session, provider: null, tokens: 0, body: JSON.stringify(response), items: [...items.slice(0, -1), detached(items.at(-1) ?? ''), texts.join(',')],
  }, outputs)
}

const lastEvents = ['event: response.completed\n', 'event: response.incomplete\n'] as const

/** Passes everything on as it is. */
export class RememberingCodec implements Codec {
  readonly #codec: Codec
  readonly #to: Remembering
  readonly #splitter = new SseSplitter()
  #held: Buffer[] = []
  #id: string | null = null

  readonly form?: NonNullable<Codec['form']>

  constructor(codec: Codec, to: Remembering) {
    this.#codec = codec
    this.#to = to
    if (codec.form !== undefined) this.form = codec.form
  }

  push(chunk: Buffer): Buffer | null { return this.#seen(this.#codec.push(chunk)) }

  end(): Buffer | null {
    const last = this.#seen(this.#codec.end())
    if (this.#to.provider !== null) this.#noteLength(this.#to.provider)
    else if (!this.#to.stream) keepWhole(parsed(Buffer.concat(this.#held).toString()), this.#to)
    return last
  }

  facts(): ModelAnswerFacts { return this.#codec.facts() }

  /** Before the caller has it: who reads the last event may go on at once. */
  #seen(out: Buffer | null): Buffer | null {
    if (this.#to.provider !== null) this.#noteId(this.#to.provider)
    else if (out !== null && this.#to.stream) this.#frames(out)
    else if (out !== null) this.#held.push(out)
    return out
  }

  #noteId(provider: string): void {
    if (this.#id !== null) return
    this.#id = this.#codec.facts().id
    if (this.#id !== null) this.#keepId(this.#id, provider, this.#to.inputTokens)
  }

  #noteLength(provider: string): void {
    const { usage } = this.#codec.facts()
    if (this.#id !== null && usage !== null) this.#keepId(this.#id, provider, usage.input + usage.output)
  }

  #keepId(id: string, provider: string, tokens: number): void {
    const { owner, responses, session } = this.#to
    responses.keep(owner, id, { session, provider, tokens, items: [], body: null })
  }

  #frames(out: Buffer): void {
    for (const { data, raw } of this.#splitter.push(out)) {
      if (data === null || !lastEvents.some(line => raw.startsWith(line))) continue
      const event = parsed(data)
      if (isObject(event)) keepWhole(event['response'], this.#to)
    }
  }
}
