// Reads a text character by character, and JSON source within a string literal as the characters that it stands for.

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

export class Cursor {
  readonly text: string
  readonly json: boolean
  /** What was read last, and the offset behind it. */
  char = ''
  next = 0

  constructor(text: string, json: boolean) {
    this.text = text
    this.json = json
  }

  /** False where the text ends before the character is complete. */
  read(at: number): boolean {
    const { text } = this
    if (at >= text.length) return false
    this.char = text.charAt(at)
    this.next = at + 1
    return this.char !== '\\' || !this.json || this.#escape(at)
  }

  #escape(at: number): boolean {
    const { text } = this
    const second = text.charAt(at + 1)
    if (second === '') return false
    this.next = at + 2
    this.char = escapes[second] ?? second
    if (second !== 'u') return true
    const digits = /^[\da-fA-F]{0,4}/.exec(text.slice(at + 2, at + 6))?.[0] ?? ''
    if (digits.length < 4) return at + 2 + digits.length < text.length
    this.char = String.fromCharCode(Number.parseInt(digits, 16))
    this.next = at + 6
    return true
  }
}

/** What a reader says of a place: nothing is there, or it needs what comes next. */
export type NotRead = 'no' | 'more'

export const isDigit = (char: string): boolean => char >= '0' && char <= '9' && char.length === 1
/** Of ASCII: words of other scripts do not run on into ours. */
export const isWordCharacter = (char: string): boolean => /^[A-Za-z\d]$/.test(char)
