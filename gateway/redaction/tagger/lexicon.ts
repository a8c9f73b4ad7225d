// Which words are known as first names, family names, places, firms or ordinary words: a Bloom filter, so no list is kept and a stranger is taken for known
// about once in five hundred times.

export const lexiconBits = 2 ** 21
const probes = 4

export const lists = ['first', 'last', 'place', 'common', 'region', 'firm'] as const
export type List = (typeof lists)[number]

/** Bit of each list in what `listsOf` says. */
export const listBits = Object.fromEntries(lists.map((list, index) => [list, 1 << index])) as Readonly<Record<List, number>>

const hashed = (seed: number, word: string): number => {
  let value = seed
  for (let at = 0; at < word.length; at += 1) value = Math.imul(value ^ word.charCodeAt(at), 0x01000193)
  value ^= value >>> 15
  value = Math.imul(value, 0x2c1b3c6d)
  return value ^ (value >>> 13)
}

const isSet = (bits: Uint8Array, place: number): boolean => ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0

const stepFor = (second: number, list: number): number => Math.imul(second ^ Math.imul(list + 1, 0x1b873593), 0x5bd1e995) | 1

const holds = (bits: Uint8Array, first: number, step: number): boolean => {
  for (let index = 0; index < probes; index += 1) if (!isSet(bits, (first + Math.imul(step, index)) >>> 0 & (lexiconBits - 1))) return false
  return true
}

export const addWord = (bits: Uint8Array, list: List, word: string): void => {
  const index = lists.indexOf(list)
  const first = hashed(0x811c9dc5, word) ^ Math.imul(index + 1, 0x2545f491)
  const step = stepFor(hashed(0x1b873593, word), index)
  for (let probe = 0; probe < probes; probe += 1) {
    const place = (first + Math.imul(step, probe)) >>> 0 & (lexiconBits - 1)
    bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
  }
}

/** Lists that hold a lower-case word, as bits in the order of `lists`. */
export const listsOf = (bits: Uint8Array, word: string): number => {
  const one = hashed(0x811c9dc5, word)
  const two = hashed(0x1b873593, word)
  let found = 0
  for (let list = 0; list < lists.length; list += 1) if (holds(bits, one ^ Math.imul(list + 1, 0x2545f491), stepFor(two, list))) found |= 1 << list
  return found
}
