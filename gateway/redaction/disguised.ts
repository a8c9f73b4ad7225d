// Text that reads the same and is written differently: digits of other scripts and widths, invisible characters between letters, spaces and
// hyphens that do not break, references of HTML, escapes of source code. It is looked at a second time as it reads; what is found keeps its range.
import type { Finding } from '../exchange/finding.ts'
import type { Rule } from './rule.ts'

const invisible = '\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff'
const spaces = '\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000'
const hyphens = '\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d'
/** Digits of the scripts that number in tens and lie in one unit each; of full width also what addresses have; letters of mathematics and digits of later scripts as halves. */
const digits = '\\u0660-\\u0669\\u06f0-\\u06f9\\u07c0-\\u07c9\\u0966-\\u096f\\u09e6-\\u09ef\\u0a66-\\u0a6f\\u0ae6-\\u0aef\\u0b66-\\u0b6f\\u0be6-\\u0bef\\u0c66-\\u0c6f\\u0ce6-\\u0cef\\u0d66-\\u0d6f\\u0e50-\\u0e59\\u0ed0-\\u0ed9\\u0f20-\\u0f29\\u1040-\\u1049\\u17e0-\\u17e9\\u1810-\\u1819\\u2460-\\u249b\\u24ea'
const wide = '\\ufe52\\ufe6b\\uff0b\\uff0e\\uff0f\\uff10-\\uff19\\uff20-\\uff3a\\uff3f\\uff41-\\uff5a'
const halves = '\\ud801\\ud835\\ud83c'
const reference = '&(?:#(?:\\d{1,7}|[xX][\\da-fA-F]{1,6})|commat|period|nbsp|shy|lowbar|plus|hyphen|colon|sol);?'
const escape = '(?<!\\\\)\\\\+(?:u[\\da-fA-F]{4}|x[\\da-fA-F]{2})'

/** Hyphens and dashes matter between digits only: prose is full of them. */
const disguise = new RegExp(`[${invisible}${spaces}${digits}${wide}${halves}]|(?<=\\d)[${hyphens}](?=\\d)|${reference}|${escape}`)
const piece = new RegExp(`${reference}|${escape}|[^\\u0000-\\u007f]`, 'gu')

/** Where ASCII may read differently: what references and escapes begin with. What is beyond ASCII needs no rule. */
export const disguises: Rule = {
  kinds: [], triggers: { fragments: ['&#', '&c', '&p', '&n', '&s', '&l', '&h', '\\u', '\\x'] },
  find: scan => { scan.doubt() },
}

const named: Readonly<Record<string, string>> = { commat: '@', period: '.', nbsp: ' ', shy: '', lowbar: '_', plus: '+', hyphen: '-', colon: ':', sol: '/' }
const isInvisible = new RegExp(`^[${invisible}]$`)
const isSpace = new RegExp(`^[${spaces}]$`)
const isHyphen = new RegExp(`^[${hyphens}]$`)
const ascii = /^[\u0020-\u007e]+$/

/** Blocks of ten digits begin where the character before is none. */
const digitOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  let zero = code
  while (code - zero < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String(code - zero)
}

const readCharacter = (character: string): string => {
  if (isInvisible.test(character)) return ''
  if (isSpace.test(character)) return ' '
  if (isHyphen.test(character)) return '-'
  const compatible = character.normalize('NFKC')
  if (ascii.test(compatible)) return compatible
  return /^\p{Nd}$/u.test(compatible) ? digitOf(compatible) : character
}

const known = new Map<string, string>()
const mostKnown = 70_000

const characterRead = (character: string): string => {
  let read = known.get(character)
  if (read === undefined) {
    if (known.size >= mostKnown) known.clear()
    known.set(character, read = readCharacter(character))
  }
  return read
}

const ofCode = (code: number): string => code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? '' : characterRead(String.fromCodePoint(code))

const read = (written: string): string => {
  if (written.startsWith('\\')) return ofCode(Number.parseInt(written.slice(written.lastIndexOf('\\') + 2), 16))
  if (!written.startsWith('&')) return characterRead(written)
  const body = written.slice(1).replace(';', '')
  if (!body.startsWith('#')) return named[body] ?? written
  return ofCode(/^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1)))
}

interface Reading {
  readonly text: string
  startOf(offset: number): number
  endOf(offset: number): number
}

/** The text as it reads, and where it was written; null where the two are the same. */
const undisguised = (written: string): Reading | null => {
  if (!disguise.test(written)) return null
  // Of each piece that reads differently: where it is in what is read and how long, and where it was written.
  const [at, length, from, to]: [number[], number[], number[], number[]] = [[], [], [], []]
  let text = ''
  let last = 0
  for (const { 0: found, index } of written.matchAll(piece)) {
    const put = read(found)
    if (put === found) continue
    text += written.slice(last, index)
    at.push(text.length)
    length.push(put.length)
    from.push(index)
    last = index + found.length
    to.push(last)
    text += put
  }
  if (at.length === 0) return null
  const pieceAt = (offset: number): number => {
    let [low, high] = [0, at.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((at[middle] as number) <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
  const placeOf = (offset: number, inside: readonly number[], beyond: number): number => {
    const index = pieceAt(offset)
    if (index < 0) return offset + beyond
    const into = offset - (at[index] as number) - (length[index] as number)
    return into < 0 ? inside[index] as number : (to[index] as number) + into + beyond
  }
  // An end is where the last character ends: what is invisible behind it is not part of it.
  return { text: text + written.slice(last), startOf: offset => placeOf(offset, from, 0), endOf: offset => placeOf(offset - 1, to, 1) }
}

/** Findings in a text as it reads, where that is not how it is written; none otherwise. */
export const findDisguised = (text: string, find: (text: string) => readonly Finding[]): readonly Finding[] => {
  const reading = undisguised(text)
  if (reading === null) return []
  return find(reading.text).map(({ confidence, end, kind, start }) => ({ kind, start: reading.startOf(start), end: reading.endOf(end), confidence }))
}
