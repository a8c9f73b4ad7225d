// The variables of the pass over texts (program.ts), and what all of its parts do with them.
import { before, space, tables } from './layout.ts'
import { asLongAs, int, storeInt, Variables, type Code, type I32, type I64, type Int, type LongVariable } from './wasm-code.ts'

export const variables = new Variables()
/** What it is called with: where the space and the tables begin, how many units the piece has, and the shortest run that is asked for. */
export const [spaceAt, tablesAt, count, shortestRun] = [variables.int(), variables.int(), variables.int(), variables.int()]
export const parameters = 4

/** Where things lie and how long they are; the pass keeps events before `end`, and words that it looks at further from `keptAt` to `kept`. */
export const [block, at, next, unit, end, open, places, current, digits, nodesAt, kept, keptAt, quiet, slot] = [variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int(), variables.int()]
/** Sets of characters of a block, a bit for each; `left` and `place` are those of `each`. */
export const [letters, numbers, words, signs, slashes, quotes, first, rest, escapes, left, place] = [variables.long(), variables.long(), variables.long(), variables.long(), variables.long(), variables.long(), variables.long(), variables.long(), variables.long(), variables.long(), variables.long()]
/** The last bits of the block before, and all of its quotes. */
export const [wordBefore, digitBefore, slashBefore, escapeBefore, quotesBefore] = [variables.long(), variables.long(), variables.long(), variables.long(), variables.long()]
export const [sixteen, more, seen, marks, powers] = [variables.vector(), variables.vector(), variables.vector(), variables.vector(), variables.vector()]

export const unitAt = (index: I32): I32 => spaceAt.plus(index.left(1)).shortAt(space.units)
export const unitBefore = (index: I32): I32 => spaceAt.plus(index.left(1)).shortAt(space.units - 2)
export const byteAt = (index: I32): I32 => spaceAt.plus(index).byteAt(space.bytes)
export const classOf = (byte: I32): I32 => tablesAt.plus(byte).byteAt(tables.classes)
export const isDigit = (code: I32): I32 => code.among(48, 10)

/** One more event: the group, and where it is asked. */
export const emit = (group: Int, where: I32): Code => [...storeInt(end, int(group).left(16).or(where.plus(before))), ...end.to(end.plus(4))]

/** A bit for each character that directly follows one of a set. */
export const behind = (set: LongVariable, last: LongVariable): I64 => set.left(1n).or(last)
export const lastOf = (set: LongVariable): I64 => set.right(63n)
/** For each of these characters, the first first: it is at `at`, and its bit at `place`. */
export const each = (set: I64, ...body: readonly Code[]): readonly Code[] => [
  left.to(set),
  asLongAs(left.isNotZero(), place.to(left.zerosBelow()), at.to(block.plus(place.int())), ...body, left.to(left.and(left.minus(1n)))),
]
