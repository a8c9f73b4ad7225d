// Words that are used alike, in groups: numbers that were learnt from vectors of words, one small one and one large one for each word.
import { slotOf } from './table.ts'

export const groupBuckets = 2 ** 14
export const groupCount = 256

export interface Groups {
  /** Table of words. */
  readonly checks: Uint16Array
  /** Group of the word in each slot. */
  readonly group: Uint8Array
  /** Wide group of each group. */
  readonly wide: Uint8Array
}

export const hashOfWord = (word: string): number => {
  let value = 0x9747b28c | 0
  for (let at = 0; at < word.length; at += 1) value = Math.imul(value ^ word.charCodeAt(at), 0x01000193)
  value ^= value >>> 16
  value = Math.imul(value, 0x85ebca6b)
  return value ^ (value >>> 13)
}

/** 0: in no group. @param word in lower case */
export const groupOf = ({ checks, group }: Groups, word: string): number => {
  const slot = slotOf(checks, hashOfWord(word))
  return slot < 0 ? 0 : group[slot] ?? 0
}
