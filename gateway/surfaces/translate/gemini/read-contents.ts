// A Gemini request as a conversation (API reference, "models.generateContent").
import { decodeForeign } from '../../gemini/foreign-thoughts.ts'
import { canonical, many, objectsIn } from '../../gemini/fields.ts'
import { markSignature, signatureBy } from '../../carried.ts'
import { isObject, malformed, type JsonObject } from '../../request-fields.ts'
import type { AssistantPart, Conversation, DocumentPart, ImagePart, MediaSource, TextPart, ToolResultPart, Turn, UserPart } from '../conversation.ts'
import type { Losses } from '../losses.ts'
import { objectOf, requiredText, textOf } from '../members.ts'
import { readConfig } from './read-config.ts'
import { readTools } from './read-tools.ts'

const read: ReadonlySet<string> = new Set(['model', 'contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig'])
const inParts = 'contents.*.parts.*'

type Media = ImagePart | DocumentPart

const text = (value: string): TextPart => ({ kind: 'text', text: value, cached: false })

const mediaOf = (part: JsonObject): Media | null => {
  const inline = objectOf(part['inlineData'])
  const file = objectOf(part['fileData'])
  const data = textOf(inline['data'])
  const url = textOf(file['fileUri'])
  const mediaType = textOf(inline['mimeType']) ?? textOf(file['mimeType']) ?? ''
  // Only pictures and papers have a place elsewhere; files that were left at Google are nobody else's to fetch.
  const isImage = mediaType.startsWith('image/') || (mediaType === '' && url !== null)
  if (!isImage && !/^(?:application|text)\//.test(mediaType)) return null
  const source: MediaSource | null = data !== null ? { kind: 'base64', mediaType, data } : url !== null && !isOfGoogle(url) ? { kind: 'url', url } : null
  if (source === null) return null
  return isImage ? { kind: 'image', source, cached: false } : { kind: 'document', source, name: textOf(inline['displayName']) ?? textOf(file['displayName']), cached: false }
}

const isOfGoogle = (url: string): boolean => url.startsWith('gs://') || url.startsWith('files/') || url.startsWith('https://generativelanguage.googleapis.com/')

/** Calls of the last answer that wait for their results: those without an id are met by name and order. */
class Calls {
  #count = 0
  #waiting: { readonly id: string; readonly name: string }[] = []

  begin(): void { this.#waiting = [] }

  called(call: JsonObject): string {
    this.#count += 1
    const id = textOf(call['id']) ?? `call_${this.#count}`
    this.#waiting.push({ id, name: textOf(call['name']) ?? '' })
    return id
  }

  answered(result: JsonObject): string | null {
    const given = textOf(result['id'])
    const at = this.#waiting.findIndex(({ id, name }) => given === null ? name === result['name'] : id === given)
    const [met] = at === -1 ? [] : this.#waiting.splice(at, 1)
    return given ?? met?.id ?? null
  }
}

class Reader {
  readonly #losses: Losses
  readonly #calls = new Calls()

  constructor(losses: Losses) { this.#losses = losses }

  turns(contents: readonly unknown[]): Turn[] {
    const turns: Turn[] = []
    contents.forEach((content, at) => { if (isObject(content)) this.#add(turns, content, `contents.${at}`) })
    return turns
  }

  texts(content: unknown): TextPart[] {
    const given = typeof content === 'string' ? [{ text: content }] : objectsIn(objectOf(content)['parts'])
    return given.flatMap(part => {
      const said = textOf(part['text'])
      if (said === null) this.#losses.unread(part, new Set(['text']), 'systemInstruction.parts.*.')
      return said === null || said === '' ? [] : [text(said)]
    })
  }

  /** Clients that kept a stream as it came send one content per event: neighbours of one role are one turn. */
  #add(turns: Turn[], content: JsonObject, field: string): void {
    const last = turns.at(-1)
    const parts = objectsIn(content['parts'])
    const role = textOf(content['role']) ?? 'user'
    if (role === 'model') {
      if (last?.role !== 'assistant') this.#calls.begin()
      const said = parts.flatMap(part => this.#assistantPart(part, field))
      if (last?.role === 'assistant') turns[turns.length - 1] = { role: 'assistant', parts: joined([...last.parts, ...said]) }
      else turns.push({ role: 'assistant', parts: joined(said) })
    } else if (role === 'user' || role === 'function') {
      const said = parts.flatMap(part => this.#userPart(part, field))
      if (last?.role === 'user') turns[turns.length - 1] = { role: 'user', parts: [...last.parts, ...said] }
      else turns.push({ role: 'user', parts: said })
    } else throw malformed(`${field}.role`, 'must be user or model')
  }

  #userPart(part: JsonObject, field: string): UserPart[] {
    const said = textOf(part['text'])
    if (said !== null) return said === '' ? [] : [text(said)]
    if (isObject(part['functionResponse'])) return [this.#result(part['functionResponse'], field)]
    const media = mediaOf(part)
    if (media === null) return this.#lost(part)
    this.#extras(part)
    return [media]
  }

  #result(result: JsonObject, field: string): ToolResultPart {
    const id = this.#calls.answered(result)
    if (id === null) throw malformed(`${field}.parts.*.functionResponse`, 'must answer a functionCall of the turn before, by id or by name')
    const response = objectOf(result['response'])
    const shown = objectsIn(result['parts']).flatMap(part => mediaOf(part) ?? this.#lost(part))
    const error = response['error']
    return { kind: 'tool-result', id, parts: [text(wordsOf(response)), ...shown], isError: error !== undefined && error !== null && Object.keys(response).length === 1, cached: false }
  }

  #assistantPart(part: JsonObject, field: string): AssistantPart[] {
    const signature = signed(textOf(part['thoughtSignature']))
    const said = textOf(part['text'])
    if (part['thought'] === true) return [{ kind: 'thinking', text: said ?? '', signature, redacted: null }]
    const call = part['functionCall']
    if (isObject(call)) {
      const name = requiredText(call['name'], `${field}.parts.*.functionCall.name`)
      return [{ kind: 'tool-call', id: this.#calls.called(call), name, arguments: JSON.stringify(call['args'] ?? {}), cached: false, signature }]
    }
    if (said === null) return this.#lost(part)
    return said === '' ? [] : [text(said)]
  }

  #lost(part: JsonObject): [] {
    this.#losses.unread(part, new Set(['thoughtSignature']), `${inParts}.`)
    return []
  }

  #extras(part: JsonObject): void { this.#losses.unread(part, new Set(['inlineData', 'fileData']), `${inParts}.`) }
}

/** Signatures of other providers come back in their own words, Gemini's own with a mark. */
const signed = (signature: string | null): string | null => {
  if (signature === null || signature === '') return null
  const foreign = decodeForeign(signature)
  return foreign === null ? markSignature('gemini', signature) : signatureBy('anthropic', foreign) ?? foreign
}

/** One text that came in pieces is one text. */
const joined = (parts: readonly AssistantPart[]): AssistantPart[] => {
  const out: AssistantPart[] = []
  for (const part of parts) {
    const last = out.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') out[out.length - 1] = { ...last, text: last.text + part.text }
    else if (part.kind === 'thinking' && last?.kind === 'thinking' && last.signature === null) out[out.length - 1] = { ...part, text: last.text + part.text }
    else out.push(part)
  }
  return out
}

/** A result is an object here. `output` and `error` are the documented members for one text; the SDKs' own calling says `result`. */
const wordsOf = (response: JsonObject): string => {
  const [[key, value] = [], ...others] = Object.entries(response)
  return others.length === 0 && typeof value === 'string' && (key === 'output' || key === 'error' || key === 'result') ? value : JSON.stringify(response)
}

/** @throws Failure request.malformed */
export const readContents = (given: JsonObject, losses: Losses): Conversation => {
  const body = canonical(given) as JsonObject
  losses.unread(body, read)
  const reader = new Reader(losses)
  const turns = reader.turns(many(body['contents']))
  return {
    system: reader.texts(body['systemInstruction']), turns,
    ...readTools(body, losses), ...readConfig(objectOf(body['generationConfig']), losses),
    parallelToolCalls: null, user: null, stream: false,
  }
}
