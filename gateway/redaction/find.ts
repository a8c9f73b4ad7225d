// Finds entities in a text: one pass for all rules, a look into what is encoded in it, then overlaps are resolved. Never partial overlaps,
// never a value in an error.
import type { EntityKind, Finding } from '../exchange/finding.ts'
import { stems } from '../exchange/kinds.ts'
import { disguises, findDisguised } from './disguised.ts'
import { embeddedJsonRule } from './embedded-json.ts'
import { base64Rule, percentRule } from './encoded.ts'
import { resolve } from './overlaps.ts'
import { rules } from './rules.ts'
import { createScanner, type Scanner } from './scan.ts'

const nothing: readonly Finding[] = Object.freeze([])

/** Nothing that is looked for is shorter. */
const shortest = 7

const allKinds: readonly EntityKind[] = [...new Set(rules.flatMap(({ kinds }) => kinds))]

type Find = (text: string, key: string | null, least: number) => readonly Finding[]

/** Tokens that we put in place of values (sessions/hash-token.ts): behind a word such as PASSPORT they look like a number of one. */
const hashToken = /\[([A-Z_]{2,11})#[a-z2-7]{8}\]/g
const longestToken = 22
const knownStems: ReadonlySet<string> = new Set(stems)

const isInToken = (text: string, { start, end }: Finding): boolean => {
  if (end - start > longestToken) return false
  const from = Math.max(0, start - longestToken)
  const near = text.slice(from, end + longestToken).matchAll(hashToken)
  return near.some(({ 0: token, 1: stem = '', index }) => knownStems.has(stem) && from + index <= start && end <= from + index + token.length)
}

const settled = (text: string, found: readonly Finding[]): readonly Finding[] =>
  found.length === 0 ? nothing : resolve(text, text.includes('#') ? found.filter(one => !isInToken(text, one)) : found)

const finding = (scanner: Scanner): Find => {
  return (text, key, least) => {
    if (text.length < shortest) return nothing
    const { found: asWritten, isDoubtful } = scanner.look(text, key, least)
    const found = settled(text, asWritten)
    if (!isDoubtful) return found
    const disguised = findDisguised(text, read => settled(read, scanner.find(read, key, least)))
    return disguised.length === 0 ? found : resolve(text, [...found, ...disguised])
  }
}

const plain = createScanner([...rules, disguises])

/** Does a JSON key say anything of its value to some rule? */
export const saysSomething = (key: string): boolean => plain.knowsKey(key)

/** A look into what is encoded in a text, with `inside` for what that holds. */
const looking = (inside: Find): Find => {
  const find = (text: string, key: string | null): readonly Finding[] => inside(text, key, 0)
  return finding(createScanner([...rules, disguises, embeddedJsonRule(allKinds, name => plain.knowsKey(name), find), base64Rule(allKinds, find), percentRule(allKinds, find)]))
}

// What is encoded twice is looked into, what is encoded more often is not: each level costs as much as the text, and hostile text has many.
const find = looking(looking(finding(plain)))

/**
 * Entities of a text, sorted, without overlaps.
 * @param key the JSON key that the text is the value of, or null.
 * @param minConfidence findings below it are left out.
 */
export const findEntities = (text: string, key: string | null, minConfidence: number): readonly Finding[] => find(text, key, minConfidence)

/** Every kind that some rule reports: a kind without a rule would be a promise nobody keeps. */
export const detectedKinds: ReadonlySet<EntityKind> = new Set(allKinds)
