// The pass over a piece of text: where words, numbers and signs begin, and which of them somebody asks for. It looks at sixty-four characters at
// once, a bit for each, and at single ones only where something begins. What it finds are events (layout.ts): rules are asked by scan.ts.
import { askMember } from './keys.ts'
import { ahead, blockLength, memberGroup, pieceLength, rowBytes, space, tables } from './layout.ts'
import { askNumber } from './numbers.ts'
import { at, behind, block, byteAt, count, digitBefore, each, emit, end, escapeBefore, escapes, kept, keptAt, lastOf, letters, marks, more, next, nodesAt, numbers, open, parameters, place, powers, quiet, quotes, quotesBefore, seen, signs, sixteen, slashBefore, slashes, spaceAt, tablesAt, unit, unitBefore, variables, wordBefore, words } from './registers.ts'
import { asLongAs, int, storeInt, storeLong, storeShort, storeVector, V128, when, type Code, type LongVariable } from './wasm-code.ts'
import { moduleOf } from './wasm-module.ts'
import { askKeptWords, askRun, closeRun, keepWord } from './words.ts'

/** Bits of shorts that no ASCII has. */
const beyondAscii = Array.from({ length: 16 }, (_, index) => index % 2 === 0 ? 0x80 : 0xFF)

/** Units as bytes, sixteen at a time, those behind the piece too. */
const narrowUnits: readonly Code[] = [
  at.to(0),
  asLongAs(at.below(count.plus(ahead)),
    next.to(spaceAt.plus(at.left(1))),
    sixteen.to(next.vectorAt(space.units)),
    more.to(next.vectorAt(space.units + 16)),
    seen.to(seen.or(sixteen).or(more)),
    storeVector(spaceAt.plus(at), sixteen.narrowed(more), space.bytes),
    at.to(at.plus(16))),
  when(seen.and(V128.of(beyondAscii)).anyBit(), storeInt(spaceAt, 1, space.beyond)),
]

/** A bit for each of the block's characters that these sixteen bytes are ones for. */
const mark = (set: LongVariable, quarter: number, which: V128): Code => set.to(quarter === 0 ? which.bits().long() : set.or(which.bits().long().left(BigInt(quarter * 16))))

const classify: readonly Code[] = [0, 1, 2, 3].flatMap(quarter => [
  sixteen.to(spaceAt.plus(block).vectorAt(space.bytes + quarter * 16)),
  mark(letters, quarter, sixteen.or(V128.all(32)).minus(V128.all(97)).below(V128.all(26))),
  mark(numbers, quarter, sixteen.minus(V128.all(48)).below(V128.all(10))),
  mark(slashes, quarter, sixteen.is(V128.all(92))),
  mark(quotes, quarter, sixteen.is(V128.all(34))),
  mark(signs, quarter, marks.pick(sixteen.and(V128.all(15))).and(powers.pick(sixteen.right(4))).isNot(V128.all(0))),
])

/** The letters b, f, n, r and t as bits from that of b on. */
const lettersOfEscapes = 0x51011

/** Letters that end an escape of white space are none. */
const removeEscapes: readonly Code[] = [
  escapes.to(0n),
  ...each(behind(slashes, slashBefore).and(letters),
    unit.to(byteAt(at).minus(98)),
    escapes.to(escapes.or(int(lettersOfEscapes).right(unit).and(unit.below(19)).long().left(place)))),
  slashBefore.to(lastOf(slashes)),
  letters.to(letters.and(escapes.not())),
  words.to(letters.or(numbers)),
]

const askSign: readonly Code[] = [
  next.to(tablesAt.plus(byteAt(at).left(1)).shortAt(tables.rowOf).plus(at.is(quiet).ifElse(rowBytes, 0))),
  unit.to(tablesAt.plus(next).plus(byteAt(at.plus(1)).left(1)).shortAt(tables.rows)),
  when(unit.is(memberGroup), ...askMember, unit.to(0)),
  when(unit.isNot(0), emit(unit, at)),
]

const passBlocks: readonly Code[] = [
  block.to(0),
  asLongAs(block.below(count),
    ...classify,
    ...removeEscapes,
    closeRun,
    ...each(words.and(behind(words, wordBefore).not()), ...askRun, ...keepWord),
    ...askKeptWords,
    ...each(numbers.and(behind(numbers, digitBefore).not()), ...askNumber),
    ...each(signs, ...askSign),
    wordBefore.to(lastOf(words)), digitBefore.to(lastOf(numbers)), escapeBefore.to(lastOf(escapes)), quotesBefore.to(quotes),
    block.to(block.plus(blockLength))),
]

const remembered = [[wordBefore, space.wordBefore], [digitBefore, space.digitBefore], [slashBefore, space.slashBefore], [escapeBefore, space.escapeBefore]] as const

const begin: readonly Code[] = [
  ...remembered.map(([variable, offset]) => variable.to(spaceAt.longAt(offset))),
  open.to(spaceAt.intAt(space.open)),
  end.to(spaceAt.plus(space.events)),
  nodesAt.to(tablesAt.plus(tablesAt.intAt(tables.nodes))),
  keptAt.to(spaceAt.plus(space.kept)),
  kept.to(keptAt),
  quiet.to(-1),
  marks.to(tablesAt.vectorAt(tables.signs)),
  powers.to(V128.of([1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0])),
]

const finish: readonly Code[] = [
  ...remembered.map(([variable, offset]) => storeLong(spaceAt, variable, offset)),
  storeInt(spaceAt, open.isNot(0).ifElse(open.minus(pieceLength), 0), space.open),
  storeShort(spaceAt, unitBefore(count), space.units - 2),
]

/** How many events there are. */
const result = end.minus(spaceAt.plus(space.events)).right(2)

export const passModule = moduleOf([{ name: 'pass', parameters, variables, body: [...begin, ...narrowUnits, ...passBlocks, ...finish], result }])
