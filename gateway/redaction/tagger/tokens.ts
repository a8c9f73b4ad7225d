// Words of a text as the tagger sees them: with their place, and whether a sentence may begin there. Read once, from left to right.

export interface Token {
  readonly start: number
  readonly end: number
  readonly text: string
  /** Begins with a capital letter and is no part of an address, path or identifier: only these can begin a name. */
  readonly isCapital: boolean
  /** A word of letters that is no part of an address, path or identifier. */
  readonly isFree: boolean
  /** First of a line: no name goes on from the line above. */
  readonly isNewLine: boolean
  /** Is the first word of its line, whatever signs stand before it ("> Anna", "- Anna"). */
  readonly isLineStart: boolean
  /** First of a line or behind the end of a sentence, where capitals say little. */
  readonly isFirst: boolean
}

const space = 1
const other = 2
const digit = 3
const small = 4
const large = 5
/** Accents and the like: they go on with a word. */
const mark = 6

const classOf = (character: string): number => {
  if (/\s/.test(character)) return space
  if (/\d/.test(character)) return digit
  if (/\p{Lu}/u.test(character)) return large
  if (/\p{L}/u.test(character)) return small
  return /\p{M}/u.test(character) ? mark : other
}

/** What is known of each UTF-16 unit; 0: not asked yet. */
const classes = new Uint8Array(65_536)

/** Letters beyond the first plane are none here: one half of a pair is asked about by itself. */
const classAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  const known = classes[code] ?? 0
  return known !== 0 ? known : classes[code] = classOf(String.fromCharCode(code))
}

const isApostrophe = (code: number): boolean => code === 39 || code === 8217
const isHyphen = (code: number): boolean => code === 45

/** End of a word that begins with a letter: with inner apostrophes and hyphens ("O'Neil", "Jean-Luc"), without the "'s" that says whose. */
const endOfWord = (text: string, start: number): number => {
  let at = start + 1
  for (;;) {
    while (at < text.length && classAt(text, at) >= digit) at += 1
    const code = text.charCodeAt(at)
    if (at + 1 >= text.length || !(isApostrophe(code) || isHyphen(code))) return at
    const next = classAt(text, at + 1)
    if (next < digit || next === mark) return at
    if (isApostrophe(code) && (text.charCodeAt(at + 1) | 32) === 115 && !(at + 2 < text.length && classAt(text, at + 2) >= digit)) return at
    at += 2
  }
}

const endOfDigits = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length && classAt(text, at) === digit) at += 1
  return at
}

/** "'s" behind a word, a pair of surrogates, or one unit. */
const endOfOther = (text: string, start: number): number => {
  const code = text.charCodeAt(start)
  if (isApostrophe(code) && start > 0 && classAt(text, start - 1) >= digit && (text.charCodeAt(start + 1) | 32) === 115 && !(start + 2 < text.length && classAt(text, start + 2) >= digit)) return start + 2
  return code >= 0xd800 && code < 0xdc00 && start + 1 < text.length ? start + 2 : start + 1
}

const abbreviations: ReadonlySet<string> = new Set([
  'mr', 'mrs', 'ms', 'dr', 'prof', 'st', 'jr', 'sr', 'hr', 'fr', 'mme', 'sra', 'dipl', 'ing', 'rev', 'gen', 'col', 'capt', 'lt', 'sgt', 'hon', 'messrs', 'mt', 'ft', 'no', 'vs', 'inc', 'ltd', 'co', 'corp', 'dept', 'univ', 'attn', 'ph', 'sen', 'rep', 'gov',
])

const isAbbreviation = (word: string): boolean => (word.length === 1 && classAt(word, 0) >= small) || abbreviations.has(word.toLowerCase())

/** Characters that glue words to addresses, paths, identifiers and code. */
const glue = '@/\\_=#$~`'

const isWordUnit = (text: string, at: number): boolean => at >= 0 && at < text.length && (classAt(text, at) >= digit || text[at] === '_')

const isGlued = (text: string, start: number, end: number): boolean =>
  (start > 0 && glue.includes(text.charAt(start - 1))) || (end < text.length && (glue.includes(text.charAt(end)) || text[end] === '(' || (text[end] === '<' && text[end + 1] !== '/'))) || (text[start - 1] === '.' && isWordUnit(text, start - 2) && isWordUnit(text, start - 3))
  || (text[end] === '.' && isWordUnit(text, end + 1) && end - start > 1)

const articles: ReadonlySet<string> = new Set(['al', 'el', 'ul', 'ad', 'an', 'ar', 'as', 'ash', 'at', 'az', 'bin', 'ibn', 'abu'])

/** "al-Hassan": what comes behind the article counts. */
const isWithArticle = (text: string, start: number, end: number): boolean => {
  const hyphen = text[start + 2] === '-' ? start + 2 : start + 3
  return hyphen + 1 < end && text[hyphen] === '-' && articles.has(text.slice(start, hyphen)) && classAt(text, hyphen + 1) === large
}

const ends: ReadonlySet<string> = new Set(['!', '?', ':', '"', '“', '”', '•', '*', '|'])

const endsSentence = (token: Token | undefined, before: Token | undefined): boolean =>
  token === undefined || ends.has(token.text) || (token.text === '.' && !(before !== undefined && before.end === token.start && isAbbreviation(before.text)))

const endOf = (text: string, at: number, unit: number): number => unit === small || unit === large ? endOfWord(text, at) : unit === digit ? endOfDigits(text, at) : endOfOther(text, at)

const isSign = ({ end, start, text }: Token): boolean => end - start === 1 && classAt(text, 0) === other

/** Tokens in order. */
export const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = []
  let last: Token | undefined
  let before: Token | undefined
  let isNewLine = true
  for (let at = 0; at < text.length;) {
    const unit = classAt(text, at)
    if (unit === space) {
      if (text.charCodeAt(at) === 10) isNewLine = true
      at += 1
      continue
    }
    const end = endOf(text, at, unit)
    const isFree = (unit === large || unit === small) && !isGlued(text, at, end)
    const isLineStart = isNewLine || (last?.isLineStart === true && isSign(last))
    const token: Token = { start: at, end, text: text.slice(at, end), isCapital: isFree && (unit === large || isWithArticle(text, at, end)), isFree, isNewLine: isNewLine && last !== undefined, isLineStart, isFirst: isLineStart || endsSentence(last, before) }
    before = last
    last = token
    tokens.push(token)
    isNewLine = false
    at = end
  }
  return tokens
}
