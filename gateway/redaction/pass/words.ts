// Where words begin: runs of letters and digits, and what the words and prefixes are that rules ask for.
import { before, blockLength, node, runGroup, tables } from './layout.ts'
import { at, block, byteAt, classOf, current, digits, emit, kept, keptAt, next, nodesAt, open, place, shortestRun, tablesAt, unit, words } from './registers.ts'
import { asLongAs, long, storeShort, when, type Code, type I32 } from './wasm-code.ts'

/** A run that began in a block before goes on in this one: is it long enough now, or does it go on yet? */
export const closeRun: Code = when(open.isNot(0),
  next.to(block.plus(before).minus(open).plus(words.not().zerosBelow().int())),
  when(next.atLeast(shortestRun), emit(runGroup, open.minus(before)), open.to(0)),
  when(words.not().isNotZero(), open.to(0)))

export const askRun: readonly Code[] = [
  next.to(words.right(place).not().zerosBelow().int()),
  when(next.atLeast(shortestRun), emit(runGroup, at)),
  when(next.below(shortestRun).and(next.plus(place.int()).is(blockLength)), open.to(at.plus(before))),
]

const nodeAt = (index: I32): I32 => index.left(4).plus(nodesAt)
/** Which class of character the byte behind the first two is, and the node that these lead to. */
const [third, second] = [classOf(byteAt(at.plus(2))), nodeAt(tablesAt.plus(classOf(byteAt(at)).left(6).or(classOf(byteAt(at.plus(1)))).left(1)).shortAt(tables.pairs))]

/** Keeps the words that something might begin with. There is no branch in it: processors guess wrong where words begin, once in each. */
export const keepWord: readonly Code[] = [
  current.to(second),
  storeShort(kept, at, 0),
  kept.to(kept.plus(current.longAt(node.classes).right(third.long()).int().and(1).or(current.intAt(node.word).isNot(0)).left(1))),
]

/** Reads on through the nodes of the tables as far as anything begins like this, and says which words and prefixes end on the way. */
const askOpenings: readonly Code[] = [
  current.to(second),
  next.to(at.plus(2)),
  asLongAs(current.isNot(nodesAt),
    unit.to(classOf(byteAt(next))),
    when(current.intAt(node.word).isNot(0),
      when(current.shortAt(node.prefix).isNot(0), emit(current.shortAt(node.prefix), at)),
      // Letters are the classes from 1 to 26: a word that goes on is another one.
      when(current.shortAt(node.word).isNot(0).and(unit.among(1, 26).is(0)), emit(current.shortAt(node.word), at))),
    next.to(next.plus(1)),
    current.to(nodeAt(current.longAt(node.classes).right(unit.long()).int().and(1).ifElse(
      current.intAt(node.first).plus(current.longAt(node.classes).and(long(1n).left(unit.long()).minus(1n)).ones().int()), 0)))),
]

/** In their order: rules that read ahead look at nothing twice. */
export const askKeptWords: readonly Code[] = [
  digits.to(keptAt),
  asLongAs(digits.below(kept),
    at.to(digits.shortAt()),
    ...askOpenings,
    digits.to(digits.plus(2))),
  kept.to(keptAt),
]
