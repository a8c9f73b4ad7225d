// Reads a placeholder where one may begin: as we wrote it, as an escaped literal, or as models alter one (case, spaces, other brackets or
// one too few, markdown's backslashes, backticks for brackets). Whether it exists is for the reader's caller to say.
import { stems } from '../exchange/kinds.ts'
import { isDigit, isWordCharacter, type Cursor, type NotRead } from './cursor.ts'

/**
 * `exact`: as we write it. `literal`: somebody's own words, escaped by spaces. `bracketed`: altered, in square brackets of some kind.
 * `other`: altered more than that, so that only a placeholder that exists is worth a word.
 */
export type NameForm = 'exact' | 'literal' | 'bracketed' | 'other'

export interface ReadName {
  /** As we would write it: "[EMAIL_1]". */
  readonly name: string
  readonly form: NameForm
  /** Behind what is replaced. */
  readonly end: number
  /** Kept around the value: backticks. */
  readonly around: '' | '`'
  /** Before the closing bracket. */
  readonly spaces: number
}

interface Node { isStem: boolean; readonly next: Map<string, Node> }

const newNode = (): Node => ({ isStem: false, next: new Map() })

const tree = ((): Node => {
  const root = newNode()
  for (const stem of stems) {
    let node = root
    for (const char of stem) {
      let child = node.next.get(char)
      if (child === undefined) node.next.set(char, child = newNode())
      node = child
    }
    node.isStem = true
  }
  return root
})()

const square = ']］】〕'
/** What closes what. Square ones of all scripts are taken for each other. */
const closers: Readonly<Record<string, string>> = { '[': square, '［': square, '【': square, '〔': square, '(': ')', '（': '）', '{': '}', '<': '>', '`': '`' }

/** Longest that an altered placeholder is, in characters, with what stands behind it. */
export const maxAlteredLength = 40

const mostDigits = 6
const mostSpaces = 4
const mostSeparators = 3

interface Core { readonly name: string; readonly end: number; readonly asWritten: boolean }

const isUnderscore = ({ char }: Cursor): boolean => char === '_'

/** A separator: how long, and whether it is our own. Markdown puts a backslash before "_". */
const readSeparator = (cursor: Cursor, at: number): { readonly end: number; readonly asWritten: boolean } | NotRead => {
  if (!cursor.read(at)) return 'more'
  if (isUnderscore(cursor)) return { end: cursor.next, asWritten: true }
  if (cursor.char === '-' || cursor.char === ' ') return { end: cursor.next, asWritten: false }
  if (cursor.char !== '\\') return 'no'
  if (!cursor.read(cursor.next)) return 'more'
  return isUnderscore(cursor) ? { end: cursor.next, asWritten: false } : 'no'
}

const readNumber = (cursor: Cursor, at: number, isFinal: boolean): { readonly digits: string; readonly end: number } | NotRead => {
  let digits = ''
  let end = at
  for (;;) {
    if (!cursor.read(end)) return isFinal && digits !== '' ? { digits, end } : 'more'
    if (!isDigit(cursor.char)) return digits === '' ? 'no' : { digits, end }
    if (digits.length === mostDigits) return 'no'
    digits += cursor.char
    end = cursor.next
  }
}

interface Place { readonly node: Node; readonly stem: string; readonly at: number; readonly asWritten: boolean }

/** Behind some letters of a stem: its "_", or what separates it from its number. */
const readBorder = (cursor: Cursor, { node, stem, at, asWritten }: Place, isFinal: boolean): Core | Place | NotRead => {
  let end = at
  let ours = true
  for (let count = 1; count <= mostSeparators; count += 1) {
    const read = readSeparator(cursor, end)
    if (read === 'more') return 'more'
    if (read === 'no') break
    end = read.end
    ours &&= read.asWritten && count === 1
    if (!cursor.read(end)) return 'more'
    if (isDigit(cursor.char)) {
      if (!node.isStem) return 'no'
      const number = readNumber(cursor, end, isFinal)
      return typeof number === 'string' ? number : { name: `[${stem}_${number.digits}]`, end: number.end, asWritten: asWritten && ours }
    }
    const child = count === 1 ? node.next.get('_') : undefined
    if (child !== undefined && isWordCharacter(cursor.char)) return { node: child, stem: `${stem}_`, at: end, asWritten: asWritten && ours }
  }
  return 'no'
}

/** "EMAIL_1" and what is close to it. */
const readCore = (cursor: Cursor, start: number, isFinal: boolean): Core | NotRead => {
  let place: Place = { node: tree, stem: '', at: start, asWritten: true }
  for (;;) {
    if (!cursor.read(place.at)) return 'more'
    const letter: string = cursor.char.toUpperCase()
    const child: Node | undefined = letter === '_' ? undefined : place.node.next.get(letter)
    if (child !== undefined) {
      place = { node: child, stem: place.stem + letter, at: cursor.next, asWritten: place.asWritten && letter === cursor.char }
      continue
    }
    if (place.stem === '') return 'no'
    const read: Core | Place | NotRead = readBorder(cursor, place, isFinal)
    if (typeof read === 'string' || 'name' in read) return read
    place = read
  }
}

/** How many spaces there are, and what stands behind them; one more than a literal can have is "no". */
const readSpaces = (cursor: Cursor, at: number, most: number): { readonly count: number; readonly end: number } | NotRead => {
  for (let count = 0, end = at; ; count += 1, end = cursor.next) {
    if (!cursor.read(end)) return 'more'
    if (cursor.char !== ' ') return { count, end }
    if (count === most) return 'no'
  }
}

interface Close { readonly spaces: number; readonly end: number; readonly char: string }

/** The closing bracket behind spaces, or null where there is none. */
const readClose = (cursor: Cursor, at: number, allowed: string, isFinal: boolean): Close | null | NotRead => {
  const spaces = readSpaces(cursor, at, mostSpaces)
  if (spaces === 'more') return isFinal ? null : 'more'
  if (spaces === 'no') return 'no'
  cursor.read(spaces.end)
  if (cursor.char === '\\') {
    if (!cursor.read(cursor.next)) return isFinal ? null : 'more'
  }
  return allowed.includes(cursor.char) ? { spaces: spaces.count, end: cursor.next, char: cursor.char } : null
}

const isOwnForm = (open: string, lead: number, core: Core): boolean => open === '[' && lead === 0 && core.asWritten

const ownForm = ({ spaces }: Close): NameForm => spaces === 0 ? 'exact' : 'literal'

/** A word that goes on behind its number is another one. */
const goesOn = (cursor: Cursor, at: number): boolean => cursor.read(at) && (isWordCharacter(cursor.char) || isUnderscore(cursor))

/** Square brackets may be any, and one may be missing. */
const readSquare = (cursor: Cursor, at: number, open: string, isFinal: boolean): ReadName | NotRead => {
  const lead = readSpaces(cursor, at, 2)
  if (typeof lead === 'string') return lead
  const core = readCore(cursor, lead.end, isFinal)
  if (typeof core === 'string') return core
  const close = readClose(cursor, core.end, square, isFinal)
  if (typeof close === 'string') return close
  return close === null ? unclosed(cursor, core, open) : closed(core, close, { open, lead: lead.count, escaped: isEscaped(cursor, core.end, close) })
}

const unclosed = (cursor: Cursor, { name, end }: Core, open: string): ReadName | NotRead =>
  open === '\\' || goesOn(cursor, end) ? 'no' : { name, form: 'other', end, around: '', spaces: 0 }

const closed = (core: Core, close: Close, { escaped, lead, open }: { readonly open: string; readonly lead: number; readonly escaped: boolean }): ReadName | NotRead => {
  // Markdown escapes both brackets or none.
  if (open === '\\' && !escaped) return 'no'
  const form = isOwnForm(open, lead, core) && close.char === ']' && !escaped ? ownForm(close) : 'bracketed'
  return { name: core.name, form, end: close.end, around: '', spaces: close.spaces }
}

const isEscaped = (cursor: Cursor, at: number, { spaces }: Close): boolean => {
  let end = at
  for (let count = 0; count < spaces; count += 1) {
    cursor.read(end)
    end = cursor.next
  }
  return cursor.read(end) && cursor.char === '\\'
}

const meansItself = (near: string, open: string): boolean => isWordCharacter(near) || near === '_' || near === '$' || near === open

/** Other brackets stand for ours only around the name as we write it, and not where they mean something themselves: calls, templates, generics. */
const readOther = (cursor: Cursor, at: number, open: string, { before, isFinal }: Reading): ReadName | NotRead => {
  if (open !== '`' && meansItself(before.slice(-1), open)) return 'no'
  const core = readCore(cursor, at, isFinal)
  if (typeof core === 'string') return core
  const close = readClose(cursor, core.end, closers[open] ?? '', isFinal)
  if (typeof close === 'string') return close
  if (close === null || close.spaces > 0 || !core.asWritten) return 'no'
  if (!cursor.read(close.end)) {
    if (!isFinal) return 'more'
  } else if (cursor.char === close.char) return 'no'
  return { name: core.name, form: 'other', end: close.end, around: open === '`' ? '`' : '', spaces: 0 }
}

/** Only the closing bracket is there. */
const readBare = (cursor: Cursor, at: number, { before, isFinal }: Reading): ReadName | NotRead => {
  const near = before.slice(-1)
  if (isWordCharacter(near) || near === '_' || near === '-' || closers[near] !== undefined) return 'no'
  const core = readCore(cursor, at, isFinal)
  if (typeof core === 'string') return core
  if (!core.asWritten) return 'no'
  if (!cursor.read(core.end)) return isFinal ? 'no' : 'more'
  return square.includes(cursor.char) ? { name: core.name, form: 'other', end: cursor.next, around: '', spaces: 0 } : 'no'
}

export interface Reading {
  /** The two characters in front. */
  readonly before: string
  /** Nothing follows the text. */
  readonly isFinal: boolean
}

/** First two letters of all stems, or one where the text ends behind it: few words begin like that. */
const firstLetters = `(?:${[...new Set(stems.map(stem => stem.slice(0, 2)))].join('|')}|[A-Z]$)`

/** Where a placeholder may begin; what follows is looked at as far as it costs nothing. */
export const nameStart = [
  '[[［【〔](?=[ \\\\A-Za-z]|$)', `[(（{<\`](?=\\\\|$|${firstLetters})`, '\\\\(?=\\[|$)', `(?<![A-Za-z\\d_])${firstLetters}`,
].join('|')

/** A placeholder that begins at an offset, in whatever form. */
export const readName = (cursor: Cursor, at: number, reading: Reading): ReadName | NotRead => {
  if (!cursor.read(at)) return 'no'
  const open = cursor.char
  const from = cursor.next
  if (open === '\\') {
    // Markdown escapes brackets as well.
    if (!cursor.read(from)) return reading.isFinal ? 'no' : 'more'
    if (cursor.char !== '[') return 'no'
    const read = readSquare(cursor, cursor.next, '\\', reading.isFinal)
    return read === 'more' && reading.isFinal ? 'no' : read
  }
  const read = closers[open] === undefined ? readBare(cursor, at, reading)
    : closers[open] === square ? readSquare(cursor, from, open, reading.isFinal) : readOther(cursor, from, open, reading)
  return read === 'more' && reading.isFinal ? 'no' : read
}
