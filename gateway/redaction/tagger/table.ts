// A table of numbers for hashes: two buckets of four slots for each, which of them is told from sixteen bits of the hash that are kept. What was never put in is found about once
// in eight thousand times.

export const slotsOf = (buckets: number): number => buckets * 4

/** Sixteen bits, never 0: that is an empty slot. */
export const checkOf = (hash: number): number => ((hash >>> 16) | 0) || 1

const otherBucket = (bucket: number, check: number, buckets: number): number => (bucket ^ (Math.imul(check, 0x5bd1e995) >>> 7)) & (buckets - 1)

const slotIn = (checks: Uint16Array, bucket: number, check: number): number => {
  const from = bucket * 4
  if (checks[from] === check) return from
  if (checks[from + 1] === check) return from + 1
  if (checks[from + 2] === check) return from + 2
  return checks[from + 3] === check ? from + 3 : -1
}

/** @param checks a power of two times four @returns the slot, or -1 */
export const slotOf = (checks: Uint16Array, hash: number): number => {
  const buckets = checks.length >> 2
  const check = checkOf(hash)
  const bucket = hash & (buckets - 1)
  const found = slotIn(checks, bucket, check)
  return found >= 0 ? found : slotIn(checks, otherBucket(bucket, check, buckets), check)
}

const freeIn = (checks: Uint16Array, bucket: number): number => slotIn(checks, bucket, 0)

type Moved = (from: number, to: number) => void

/** How many others may have to move for one. */
const mostMoves = 4

/** Frees a slot of a bucket: what is in it moves to its other bucket, where others move in their turn. @param from whose bucket asks for it */
const makeRoom = (checks: Uint16Array, bucket: number, from: number, moves: number, moved: Moved): number => {
  const free = freeIn(checks, bucket)
  if (free >= 0 || moves === 0) return free
  for (let slot = bucket * 4; slot < bucket * 4 + 4; slot += 1) {
    const held = checks[slot] ?? 0
    const other = otherBucket(bucket, held, checks.length >> 2)
    if (other === bucket || other === from) continue
    const to = makeRoom(checks, other, bucket, moves - 1, moved)
    // It may have moved itself, on a way that leads back here.
    if (checks[slot] !== held) return freeIn(checks, bucket)
    if (to < 0) continue
    checks[to] = held
    moved(slot, to)
    checks[slot] = 0
    return slot
  }
  return -1
}

/** Finds a place for a hash that is not in yet; others move where they must. @param moved is told of each move @returns the slot, or -1 where there is no room */
export const place = (checks: Uint16Array, hash: number, moved: Moved): number => {
  const buckets = checks.length >> 2
  const check = checkOf(hash)
  const bucket = hash & (buckets - 1)
  const other = otherBucket(bucket, check, buckets)
  let slot = freeIn(checks, bucket)
  if (slot < 0) slot = freeIn(checks, other)
  if (slot < 0) slot = makeRoom(checks, bucket, -1, mostMoves, moved)
  if (slot < 0) slot = makeRoom(checks, other, -1, mostMoves, moved)
  if (slot >= 0) checks[slot] = check
  return slot
}
