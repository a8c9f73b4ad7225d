// Reads a surrogate where one may begin. It has no brackets, so what stands before and behind it says whether it is a word of its own.
import { shapes, type Run, type Shape } from '../exchange/surrogate.ts'
import { Cursor, isWordCharacter, type NotRead } from './cursor.ts'

export interface ReadSurrogate { readonly text: string; readonly end: number }

const inRun: Readonly<Record<Run['of'], (char: string) => boolean>> = {
  digits: char => char >= '0' && char <= '9',
  hex: char => (char >= '0' && char <= '9') || (char >= 'a' && char <= 'f'),
}

/** Does a word go on, given the two characters next to a border, the nearer one first? */
const isJoined = ({ joins }: Shape, near: string, far: string): boolean => isWordCharacter(near) || (near !== '' && joins.includes(near) && isWordCharacter(far))

const readParts = (cursor: Cursor, at: number, { parts }: Shape, isFinal: boolean): ReadSurrogate | NotRead => {
  let text = ''
  let end = at
  for (const part of parts) {
    const most = typeof part === 'string' ? part.length : part.most
    let count = 0
    for (; count < most; count += 1) {
      if (!cursor.read(end)) {
        if (!isFinal) return 'more'
        break
      }
      if (typeof part === 'string' ? cursor.char !== part.charAt(count) : !inRun[part.of](cursor.char)) break
      text += cursor.char
      end = cursor.next
    }
    if (count < (typeof part === 'string' ? most : part.least)) return 'no'
  }
  return { text, end }
}

const isClosed = (cursor: Cursor, end: number, shape: Shape, isFinal: boolean): boolean | 'more' => {
  if (!cursor.read(end)) return isFinal ? true : 'more'
  const near = cursor.char
  if (!shape.joins.includes(near)) return !isWordCharacter(near)
  if (!cursor.read(cursor.next)) return isFinal ? true : 'more'
  return !isJoined(shape, near, cursor.char)
}

const readShape = (cursor: Cursor, at: number, shape: Shape, before: string, isFinal: boolean): ReadSurrogate | NotRead => {
  if (isJoined(shape, before.slice(-1), before.slice(-2, -1))) return 'no'
  const read = readParts(cursor, at, shape, isFinal)
  if (typeof read === 'string') return read
  const closed = isClosed(cursor, read.end, shape, isFinal)
  return closed === 'more' ? 'more' : closed ? read : 'no'
}

const beginsWith = ({ parts: [first] }: Shape, char: string): boolean => typeof first === 'string' ? first.startsWith(char) : char === '1' || char === '2'

const byFirst = new Map<string, readonly Shape[]>(['u', '+', '4', 'D', '1', '2', '0'].map(char => [char, shapes.filter(shape => beginsWith(shape, char))]))

/** Where a surrogate may begin. */
export const surrogateStart = '(?<![A-Za-z\\d])(?:u(?=s|$)|\\+(?=1|$)|4(?=0|$)|D(?=E|$)|1(?=9|$)|2(?=0|$)|0(?=[02]|$))'

/**
 * A surrogate that begins at an offset, whether or not somebody gave it out.
 * @param before the two characters in front of it
 * @param isFinal nothing follows the text
 */
export const readSurrogate = (cursor: Cursor, at: number, before: string, isFinal: boolean): ReadSurrogate | NotRead => {
  let waits = false
  if (!cursor.read(at)) return 'no'
  for (const shape of byFirst.get(cursor.char) ?? []) {
    const read = readShape(cursor, at, shape, before, isFinal)
    if (typeof read !== 'string') return read
    waits ||= read === 'more'
  }
  return waits && !isFinal ? 'more' : 'no'
}

const anyStart = /[u+4D120]/g

/** Everything in a text that is written like a surrogate, whatever stands around it. */
export const surrogateTexts = (text: string): string[] => {
  const found: string[] = []
  const cursor = new Cursor(text, false)
  for (const { index } of text.matchAll(anyStart)) {
    for (const shape of byFirst.get(text.charAt(index)) ?? []) {
      const read = readParts(cursor, index, shape, true)
      if (typeof read !== 'string') found.push(read.text)
    }
  }
  return found
}
