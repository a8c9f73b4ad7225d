// Words of a text as the tagger sees them: with their place, and whether a sentence may begin there.

export interface Token {
  readonly start: number
  readonly end: number
  readonly text: string
  /** Begins with a capital letter and is no part of an address, path or identifier: only these can begin a name. */
  readonly isCapital: boolean
  /** First of a line: no name goes on from the line above. */
  readonly isNewLine: boolean
  /** First of a line or behind the end of a sentence, where capitals say little. */
  readonly isFirst: boolean
}

// A word with inner apostrophes, hyphens and the dots of initials ("J.R.R.", "O'Neil", "Jean-Luc"), a number, or one other character.
const pattern = /\p{L}[\p{L}\p{M}\d]*(?:['’-][\p{L}\d][\p{L}\p{M}\d]*)*|\d+|[^\s\p{L}\d]/gu

const capital = /^\p{Lu}/u

const abbreviation = /^(?:\p{L}|mrs?|ms|dr|prof|st|jr|sr|hr|fr|mme|sra?|dipl|ing|rev|gen|col|capt|lt|sgt|hon)$/iu

/** Characters that glue words to addresses, paths and identifiers. */
const glue = '@/\\_=#$~'

const isGlued = (text: string, start: number, end: number): boolean =>
  (start > 0 && glue.includes(text.charAt(start - 1))) || (end < text.length && glue.includes(text.charAt(end))) || (text[start - 1] === '.' && /\w/.test(text.charAt(start - 2)))
  || (text[end] === '.' && /\w/.test(text.charAt(end + 1)) && end - start > 1)

const endsSentence = (token: Token | undefined, before: Token | undefined): boolean => token?.text !== '.' ? isEnd(token) : !(before !== undefined && before.end === token.start && abbreviation.test(before.text))

const isEnd = (token: Token | undefined): boolean => token === undefined || token.text === '!' || token.text === '?' || token.text === ':' || token.text === '"' || token.text === '•'

/** Tokens in order. */
export const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = []
  let last: Token | undefined
  let before: Token | undefined
  for (const { 0: word, index } of text.matchAll(pattern)) {
    const isBreak = last !== undefined && text.slice(last.end, index).includes('\n')
    const end = index + word.length
    const token = { start: index, end, text: word, isCapital: capital.test(word) && !isGlued(text, index, end), isNewLine: isBreak, isFirst: isBreak || endsSentence(last, before) }
    before = last
    last = token
    tokens.push(last)
  }
  return tokens
}
