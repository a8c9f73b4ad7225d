// Which words are known as first names, family names, places or ordinary words: a Bloom filter, so no list is kept and a stranger is taken for known
// about once in five hundred times.

export const lexiconBits = 2 ** 20
const probes = 4

export const lists = ['first', 'last', 'place', 'common'] as const
export type List = (typeof lists)[number]

const hashed = (seed: number, word: string): number => {
  let value = seed
  for (let at = 0; at < word.length; at += 1) value = Math.imul(value ^ word.charCodeAt(at), 0x01000193)
  value ^= value >>> 15
  value = Math.imul(value, 0x2c1b3c6d)
  return value ^ (value >>> 13)
}

/** Two hashes give all places of a word. */
const eachPlace = (list: number, word: string, visit: (place: number) => boolean): boolean => {
  const first = hashed(0x811c9dc5 + list, word)
  const step = hashed(0x1b873593 ^ list, word) | 1
  for (let index = 0; index < probes; index += 1) if (!visit((first + Math.imul(step, index)) >>> 0 & (lexiconBits - 1))) return false
  return true
}

export const addWord = (bits: Uint8Array, list: List, word: string): void => {
  eachPlace(lists.indexOf(list), word, place => {
    bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
    return true
  })
}

/** Lists that hold a lower-case word, as bits in the order of `lists`. */
export const listsOf = (bits: Uint8Array, word: string): number => {
  let found = 0
  for (let list = 0; list < lists.length; list += 1) if (eachPlace(list, word, place => ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0)) found |= 1 << list
  return found
}
