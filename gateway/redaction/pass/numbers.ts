// Where numbers begin: what stands around them, and which places of the rules that fits.
import { longestDigits, neighbours, numberGroup, tables } from './layout.ts'
import { at, behind, current, digits, emit, end, escapeBefore, escapes, isDigit, next, place, places, tablesAt, unit, unitAt, unitBefore } from './registers.ts'
import { asLongAs, storeInt, when, type Code, type I32 } from './wasm-code.ts'

/** What may stand between the groups of digits of a number: " -./()", and the spaces and the hyphen that do not break lines. */
const separates = (code: I32): I32 => code.is(32).or(code.among(45, 3)).or(code.among(40, 2)).or(code.is(0xA0)).or(code.is(0x2009)).or(code.is(0x2011)).or(code.is(0x202F))

/** Counts the digits of a number whose first run ends at `next`, with at most two separators between two of its groups. */
const countDigits: readonly Code[] = [
  current.to(next),
  unit.to(unitAt(next)),
  asLongAs(digits.below(longestDigits).and(isDigit(unit).or(separates(unit).and(next.minus(current).below(2)))),
    next.to(next.plus(1)),
    when(isDigit(unit), digits.to(digits.plus(1)), current.to(next)),
    unit.to(unitAt(next))),
]

const placesAt = (table: number, index: I32): I32 => tablesAt.plus(index.left(2)).intAt(table)
const neighbour = (code: I32): I32 => code.below(neighbours - 1).ifElse(code, neighbours - 1)

export const askNumber: readonly Code[] = [
  unit.to(neighbour(unitBefore(at))),
  // The letter of an escape is white space.
  when(behind(escapes, escapeBefore).right(place).int().and(1), unit.to(32)),
  places.to(placesAt(tables.numberBefore, unit)),
  next.to(at.plus(1)),
  asLongAs(isDigit(unitAt(next)).and(next.minus(at).below(longestDigits)), next.to(next.plus(1))),
  digits.to(next.minus(at)),
  places.to(places.and(placesAt(tables.numberBehind, neighbour(unitAt(next)))).and(placesAt(tables.numberRun, digits))),
  when(places.isNot(0),
    ...countDigits,
    places.to(places.and(placesAt(tables.numberDigits, digits))),
    when(places.isNot(0), emit(numberGroup, at), storeInt(end, places), end.to(end.plus(4)))),
]
