// Turns pseudonyms back into values, in whole texts and in streams that may cut one anywhere. What policy does not let be restored at this
// place stays a pseudonym. A text gives the same in one piece as in any pieces: each place is read only when all that matters is there.
import type { Restorer, StreamRestorer } from '../exchange/answer.ts'
import { isSecret, type EntityKind } from '../exchange/kinds.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { maxSurrogateLength } from '../exchange/surrogate.ts'
import { Cursor, type NotRead } from './cursor.ts'
import { maxAlteredLength, nameStart, readName, type ReadName, type Reading } from './read-name.ts'
import { readSurrogate, surrogateStart, type ReadSurrogate } from './read-surrogate.ts'
import { WebAddress } from './web-address.ts'

export interface RestoreOptions {
  readonly mayRestore: (kind: EntityKind) => boolean
  /** `json`: the text is JSON source inside a string literal (streamed tool arguments), so values need its escapes. */
  readonly escape: 'none' | 'json'
  /** What becomes of placeholders that a model altered slightly. `count`: they stay, and count as unknown. */
  readonly altered?: 'restore' | 'count'
  /** Names such as "[EMAIL_1]" that the request holds as somebody's own words, in whatever form: an altered one may be a quotation of them. Asked when it matters. */
  readonly ownNames?: () => ReadonlySet<string>
  /** What becomes of pseudonyms inside web addresses. `leave`: they stay, because whoever loads the address tells the value to its host. */
  readonly inAddresses?: 'restore' | 'leave'
}

/** The most that a stream holds back: characters of text; in JSON source one may be written as six. */
export const maxHeld = Math.max(maxAlteredLength, maxSurrogateLength)

const jsonInside = (value: string): string => JSON.stringify(value).slice(1, -1)

const anyEscape = '\\\\(?:u[\\da-fA-F]{0,4}|[^u]|$)'
const starts = (escape: RestoreOptions['escape'], names: string, ...others: readonly string[]): RegExp => new RegExp([...escape === 'json' ? [anyEscape] : [], names, ...others].join('|'), 'g')
/** Where something may begin: without pseudonyms only escaped literals can, and few sessions have surrogates. */
const triggers = {
  none: { empty: /\[/g, names: starts('none', nameStart), all: starts('none', nameStart, surrogateStart) },
  json: { empty: /\[/g, names: starts('json', nameStart), all: starts('json', nameStart, surrogateStart) },
} as const

const nobody = '  '

class SessionRestorer implements Restorer {
  restored = 0
  unknown = 0
  readonly escape: RestoreOptions['escape']
  readonly #pseudonyms: Pseudonyms
  readonly #options: RestoreOptions

  constructor(pseudonyms: Pseudonyms, options: RestoreOptions) {
    this.#pseudonyms = pseudonyms
    this.#options = options
    this.escape = options.escape
  }

  /** To be kept along a text; null where it does not matter. */
  get address(): WebAddress | null { return this.#options.inAddresses === 'leave' && this.#pseudonyms.size > 0 ? new WebAddress(this.escape === 'json') : null }

  get trigger(): RegExp {
    const { size, hasSurrogates } = this.#pseudonyms
    return triggers[this.escape][size === 0 ? 'empty' : hasSurrogates ? 'all' : 'names']
  }

  mayHold(value: string): boolean {
    const { trigger } = this
    trigger.lastIndex = 0
    return trigger.test(value)
  }

  text(value: string): string { return this.mayHold(value) ? new Pass(this, value, { before: nobody, address: this.address }, true).run().out : value }

  stream(): StreamRestorer { return new HoldingRestorer(this) }

  /** What stands at a place: its end and what to put there, or that it is nothing of ours. */
  at(cursor: Cursor, at: number, reading: Reading, address: () => WebAddress | null): { readonly end: number; readonly put: string | null } | NotRead {
    const name = readName(cursor, at, reading)
    if (typeof name !== 'string') return { end: name.end, put: this.#named(name, address) }
    if (!this.#pseudonyms.hasSurrogates) return name
    const surrogate = readSurrogate(cursor, at, reading.before, reading.isFinal)
    if (typeof surrogate !== 'string') return { end: surrogate.end, put: this.#surrogate(surrogate, address) }
    return name === 'more' ? name : surrogate
  }

  #named({ around, form, name, spaces }: ReadName, address: () => WebAddress | null): string | null {
    // One space more than a placeholder: somebody's own words, which were escaped on the way in.
    if (form === 'literal') return `${name.slice(0, -1)}${' '.repeat(spaces - 1)}]`
    const known = this.#pseudonyms.lookup(name)
    if (known === undefined) {
      if (form !== 'other') this.unknown += 1
      return null
    }
    if (!this.#options.mayRestore(known.kind) || tells(address(), known.kind)) return null
    if (form !== 'exact' && !this.#isTrusted(name, known.kind)) return null
    return around + this.#value(known.value) + around
  }

  /** A secret is only ever restored from its exact placeholder, and what the request itself says is a quotation. */
  #isTrusted(name: string, kind: EntityKind): boolean {
    if (this.#options.ownNames?.().has(name) === true) return false
    if (!isSecret(kind) && this.#options.altered !== 'count') return true
    this.unknown += 1
    return false
  }

  #surrogate({ text }: ReadSurrogate, address: () => WebAddress | null): string | null {
    const known = this.#pseudonyms.lookup(text)
    return known === undefined || !this.#options.mayRestore(known.kind) || tells(address(), known.kind) ? null : this.#value(known.value)
  }

  #value(value: string): string {
    this.restored += 1
    return this.escape === 'json' ? jsonInside(value) : value
  }
}

/** A machine's own address may be the host of one. */
const tells = (address: WebAddress | null, kind: EntityKind): boolean => address !== null && address.tells(kind === 'ipv4' || kind === 'ipv6')

/** What came before a text: the two characters in front, and the web address that may go on. */
interface Earlier { readonly before: string; readonly address: WebAddress | null }

interface Passed { readonly out: string; readonly rest: number; readonly before: string }

/** One walk through a text. In JSON source every escape is a step of its own, so that what it stands for counts and not its letters. */
class Pass {
  readonly #restorer: SessionRestorer
  readonly #cursor: Cursor
  readonly #isFinal: boolean
  /** The two characters in front of `#known`, decoded. */
  #before: string
  #known = 0
  readonly #address: WebAddress | null
  #addressAt = 0

  constructor(restorer: SessionRestorer, text: string, { address, before }: Earlier, isFinal: boolean) {
    this.#restorer = restorer
    this.#cursor = new Cursor(text, restorer.escape === 'json')
    this.#before = before
    this.#address = address
    this.#isFinal = isFinal
  }

  run(): Passed {
    const { text } = this.#cursor
    const { trigger } = this.#restorer
    let out = ''
    let from = 0
    // Behind an escape a word may begin that the trigger does not see: it takes the letter of the escape for one of the word.
    let also = -1
    for (let at = 0; at < text.length;) {
      trigger.lastIndex = at
      const found = also === at ? at : trigger.exec(text)?.index ?? text.length
      if (found === text.length) break
      const read = this.#restorer.at(this.#cursor, found, { before: this.#beforeOf(found), isFinal: this.#isFinal }, () => this.#addressTo(found))
      const isComplete = this.#cursor.read(found)
      if (read === 'more' || (!isComplete && !this.#isFinal)) {
        this.#addressTo(found)
        return { out: out + text.slice(from, found), rest: found, before: this.#beforeOf(found) }
      }
      if (typeof read !== 'string') {
        if (read.put !== null) {
          out += text.slice(from, found) + read.put
          from = read.end
        }
        this.#learn(read.end, text.slice(0, read.end).slice(-2).padStart(2))
        at = read.end
        also = -1
        continue
      }
      also = -1
      if (isComplete && this.#cursor.next > found + 1 && this.#cursor.json) {
        const { char, next } = this.#cursor
        this.#learn(next, this.#beforeOf(found).charAt(1) + char)
        at = also = next
      } else at = found + 1
    }
    if (!this.#isFinal) this.#addressTo(text.length)
    return { out: out + text.slice(from), rest: text.length, before: this.#beforeOf(text.length) }
  }

  /** The address as it stands at an offset. */
  #addressTo(at: number): WebAddress | null {
    this.#address?.pass(this.#cursor.text.slice(this.#addressAt, at))
    this.#addressAt = Math.max(this.#addressAt, at)
    return this.#address
  }

  #learn(at: number, before: string): void {
    this.#known = at
    this.#before = before
  }

  #beforeOf(at: number): string {
    const known = this.#known
    return at - known >= 2 ? this.#cursor.text.slice(at - 2, at) : (this.#before + this.#cursor.text.slice(known, at)).slice(-2)
  }
}

class HoldingRestorer implements StreamRestorer {
  readonly #whole: SessionRestorer
  #held = ''
  #before = nobody
  readonly #address: WebAddress | null

  constructor(whole: SessionRestorer) {
    this.#whole = whole
    this.#address = whole.address
  }

  push(delta: string): string {
    if (this.#held === '' && !this.#whole.mayHold(delta)) {
      this.#before = (this.#before + delta).slice(-2)
      this.#address?.pass(delta)
      return delta
    }
    return this.#pass(this.#held + delta, false)
  }

  flush(): string {
    const rest = this.#held
    return rest === '' ? '' : this.#pass(rest, true)
  }

  #pass(text: string, isFinal: boolean): string {
    const { out, rest, before } = new Pass(this.#whole, text, { before: this.#before, address: this.#address }, isFinal).run()
    this.#held = text.slice(rest)
    this.#before = before
    return out
  }
}

/** A restorer for one answer and one kind of text. */
export const createRestorer = (pseudonyms: Pseudonyms, options: RestoreOptions): Restorer => new SessionRestorer(pseudonyms, options)
