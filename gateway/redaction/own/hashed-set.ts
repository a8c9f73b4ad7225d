// Finds the values of a set that the configuration holds as hashes only: customer numbers, card numbers, addresses that nobody may write into
// a file. What was looked up is remembered, so the words of a language are hashed once and not in every text.
import { createHmac, hash } from 'node:crypto'
import type { OwnDetector } from './own-detector.ts'
import { candidatesIn, type Lengths, type Shape } from './candidates.ts'

export interface HashedSetRules {
  readonly shape: Shape
  readonly lengths: Lengths
  readonly needsDigit: boolean
  /** HMAC-SHA256 with this key; null: plain SHA-256. */
  readonly key: Buffer | null
  /** Hex, 64 digits each. */
  readonly hashes: readonly string[]
}

/** Hashes that one text may cost: about two milliseconds each thousand. A text with more of them was not looked through. */
const mostHashes = 20_000
/** Lookups that are remembered; the older half is forgotten at once. */
const mostRemembered = 50_000

/** Half of a SHA-256 tells values apart as surely, in half the memory. */
const kept = (hex: string): string => Buffer.from(hex.slice(0, 32), 'hex').toString('latin1')

/** Hash of a value in its normal form, hex. */
export const hashValue = (normal: string, key: Buffer | null): string => key === null ? hash('sha256', normal) : createHmac('sha256', key).update(normal).digest('hex')

export const hashedSet = (about: Pick<OwnDetector, 'kind' | 'labels'>, { hashes, key, lengths, needsDigit, shape }: HashedSetRules): OwnDetector => {
  const members = new Set(hashes.map(kept))
  let recent = new Map<string, boolean>()
  let older = new Map<string, boolean>()
  const known = (normal: string): boolean | undefined => recent.get(normal) ?? older.get(normal)
  const look = (normal: string): boolean => {
    const isMember = members.has(kept(hashValue(normal, key)))
    if (recent.size >= mostRemembered / 2) {
      older = recent
      recent = new Map()
    }
    recent.set(normal, isMember)
    return isMember
  }
  return {
    ...about, shortest: shape === 'email' ? 3 : lengths.min,
    find: (text, report) => {
      let left = mostHashes
      return candidatesIn(text, shape, lengths, needsDigit, (normal, start, end) => {
        let isMember = known(normal)
        if (isMember === undefined) {
          if (left === 0) return false
          left -= 1
          isMember = look(normal)
        }
        if (isMember) report(start, end)
        return true
      })
    },
  }
}
