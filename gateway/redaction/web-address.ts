// Is a place in a text inside a web address? A value there goes to whoever the address names as soon as somebody loads it, and clients load the
// pictures of a text by themselves. Kept along a text, however it is cut.
import { Cursor } from './cursor.ts'

/** What an address in running text, in JSON or in HTML ends at. */
const ends = /[\s"<>]/
/** What Markdown needs a closer look for; without it nothing begins. */
const telling = /[/\\\]]/

const isSlash = (char: string): boolean => char === '/' || char === '\\'

export class WebAddress {
  readonly #json: boolean
  /** The two characters before the next one. */
  #last = ''
  #secondLast = ''
  /** `begun`: behind the two slashes; `inside`: something of the host is there. */
  #state: 'none' | 'begun' | 'inside' = 'none'
  #hasScheme = false
  /** Of a link or picture in Markdown, "](…": only a space ends it; "](<…" ends at its bracket; "]: …" is the address of a reference. */
  #target: 'none' | 'plain' | 'angle' | 'reference' = 'none'

  /** @param json the text is JSON source within a string literal */
  constructor(json: boolean) { this.#json = json }

  /** Goes on over a piece of the text, in which no escape is cut. */
  pass(piece: string): void {
    if (this.#state === 'none' && this.#target === 'none' && !telling.test(this.#last) && !telling.test(piece)) {
      if (piece.length > 0) this.#secondLast = piece.length > 1 ? piece.charAt(piece.length - 2) : this.#last
      this.#last = piece.charAt(piece.length - 1) || this.#last
      return
    }
    const cursor = new Cursor(piece, this.#json)
    for (let at = 0; at < piece.length; at = cursor.next) {
      cursor.read(at)
      this.#step(cursor.char)
      this.#secondLast = this.#last
      this.#last = cursor.char
    }
  }

  /** Would what is put here be told to a stranger? @param isHost it may be the host of an address itself */
  tells(isHost: boolean): boolean { return this.#state === 'inside' || (this.#state === 'begun' && this.#hasScheme && !isHost) }

  #step(char: string): void {
    if (this.#isEnd(char)) this.#state = 'none'
    else if (this.#state === 'begun') this.#state = isSlash(char) ? 'begun' : 'inside'
    else if (this.#state === 'none' && isSlash(char) && isSlash(this.#last)) {
      this.#state = 'begun'
      this.#hasScheme = this.#secondLast === ':'
    }
    this.#aim(char)
  }

  #isEnd(char: string): boolean {
    switch (this.#target) {
      case 'none': return ends.test(char)
      case 'angle': return char === '>' || char === '\n'
      case 'plain':
      case 'reference': return /\s/.test(char)
    }
  }

  #aim(char: string): void {
    if (this.#last === ']' && char === '(') this.#target = 'plain'
    else if (this.#last === ']' && char === ':') this.#target = 'reference'
    else if (this.#target === 'plain' && this.#last === '(' && char === '<') this.#target = 'angle'
    else if (char === '\n' || (this.#target === 'plain' && /\s/.test(char)) || (this.#target === 'angle' && char === '>')) this.#target = 'none'
  }
}
