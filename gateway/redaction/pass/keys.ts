// Where keys of JSON end: those that no rule has anything to say about are passed over.
import { blockLength, keyBits, knownKey, longestKnownKey, memberGroup, space, tables } from './layout.ts'
import { at, emit, end, first, next, place, quiet, quotes, quotesBefore, rest, slot, spaceAt, tablesAt, unit } from './registers.ts'
import { int, long, storeInt, when, type Code, type I32, type I64 } from './wasm-code.ts'

/** The bytes of a piece at an address, one to eight of them; the others are zeros. */
const keyBytes = (address: I32, length: I32): I64 => address.longAt(space.bytes).and(long(-1n).right(int(64).minus(length.left(3)).long()))

/** Is the key this one? */
const lookUp = (known: I32): readonly Code[] => [
  when(known.longAt(tables.keys + knownKey.bytes).is(first).and(known.longAt(tables.keys + knownKey.bytes + 8).is(rest)).and(known.intAt(tables.keys + knownKey.length).is(unit)),
    slot.to(-1),
    when(known.intAt(tables.keys + knownKey.isSilent), quiet.to(at.plus(1)))),
]

/**
 * The key that ends here: is it one that no rule has anything to say about? Then neither it nor the colon behind it is an event. Keys that
 * are long, not ASCII, or begun in the piece before are events each time.
 */
export const askMember: readonly Code[] = [
  // From behind the quote before to this one.
  first.to(quotes.and(long(1n).left(place).minus(1n))),
  unit.to(place.int().plus(first.isZero().ifElse(quotesBefore.zerosAbove().int(), first.zerosAbove().int().minus(blockLength)))),
  slot.to(-1),
  when(unit.among(1, longestKnownKey).and(first.or(quotesBefore).isNotZero()),
    next.to(spaceAt.plus(at).minus(unit)),
    first.to(keyBytes(next, unit.below(8).ifElse(unit, 8))),
    rest.to(0n),
    when(unit.atLeast(9), rest.to(keyBytes(next.plus(8), unit.minus(8)))),
    slot.to(first.times(0x9E37_79B9_7F4A_7C15n).xor(rest.times(0xC2B2_AE3D_27D4_EB4Fn)).right(BigInt(64 - keyBits)).int().left(1)),
    next.to(tablesAt.plus(slot.left(5))),
    ...lookUp(next),
    ...lookUp(next.plus(knownKey.size))),
  when(quiet.isNot(at.plus(1)), emit(memberGroup, at), storeInt(end, slot.plus(1)), end.to(end.plus(4))),
]
