// Where things lie in the memory that the pass works on, bytes from where its part of the memory begins.

/** UTF-16 units that are looked at in one go; a multiple of `blockLength`. */
export const pieceLength = 8192
/** As many as a long has bits. */
export const blockLength = 64
/** So many units behind a piece are there to be looked at; zeros where the text has ended. */
export const ahead = 128

/** What the pass works with: the piece, and what it says of it. */
const unitsAt = 64
const bytesAt = unitsAt + 2 * (pieceLength + ahead)
export const space = {
  /** Of the last unit of the piece before, each 1 or 0: a letter or digit, a digit, a backslash, the letter of an escape. Then where a run began. */
  wordBefore: 0, digitBefore: 8, slashBefore: 16, escapeBefore: 24, open: 32,
  /** Not 0: there was a unit beyond ASCII. */
  beyond: 36,
  /** The unit before the piece lies before this. */
  units: unitsAt,
  /** The units as bytes: 255 or 0 for those that are more. */
  bytes: bytesAt,
  /** Where in the block words begin that are looked at further, two bytes each. */
  kept: bytesAt + pieceLength + ahead,
  events: bytesAt + pieceLength + ahead + 2 * blockLength,
} as const

/** Events are four bytes: which group is asked, and where, from so many units before the piece on. */
export const before = 1024
/** Longest run that may be asked for: where it begins lies in the piece before, at most. */
export const longestRun = before - 1
/** Longest word or prefix: what is looked at behind a piece holds it. */
export const longestOpening = 64
/** A prefix may be the beginning of another, so often. */
export const deepest = 16
/** Of a block: each second unit may begin a word and all that it may be, or a number, which takes two events; and each is a sign. */
const mostEvents = blockLength / 2 * (deepest + 2 + 2) + 2 * blockLength
export const spaceBytes = space.events + 4 * mostEvents * (pieceLength / blockLength)

/** Characters that are told apart as neighbours of numbers: ASCII, and one for all others. */
export const neighbours = 129
/** So many digits in a row or in groups are counted. */
export const longestDigits = 31
/** Places of numbers that rules may name: each is a bit. */
export const mostPlaces = 32

const numbersAt = 784
const nodesAt = numbersAt + 4 * (2 * neighbours + 2 * (longestDigits + 1))
const keysAt = Math.ceil((nodesAt + 4) / 16) * 16
/** Keys that are remembered; a power of two. Each may be in one of two places, or two that meet would drive each other out again and again. */
export const keySlots = 1024
const pairsAt = keysAt + keySlots * 32

/** What the rules ask for. Their fixed part; the other rows and the nodes lie behind it. */
export const tables = {
  /** For each byte a number below 64; letters in either case are one. */
  classes: 0,
  /** For each byte where its row begins among `rows`, in bytes; an empty one comes first, for those that nothing begins with. */
  rowOf: 256,
  /** Which of the characters below 128 have a row: a bit for the upper half of each, by its lower half. */
  signs: 768,
  /** Places of numbers that have this before them, this behind them, a run of so many digits, so many digits in groups: four bytes each. */
  numberBefore: numbersAt, numberBehind: numbersAt + 4 * neighbours, numberRun: numbersAt + 8 * neighbours, numberDigits: numbersAt + 8 * neighbours + 4 * (longestDigits + 1),
  /** Where the nodes begin. */
  nodes: nodesAt,
  /** Keys of JSON that were met, at places that they themselves tell. */
  keys: keysAt,
  /** By the classes of two characters the node that they lead to, 0 for none. */
  pairs: pairsAt,
  rows: pairsAt + 2 * 64 * 64,
} as const
/** By the byte that follows: the group. Behind each row lies the one for where a key ended that says nothing. */
export const rowBytes = 2 * 256

/** A remembered key: sixteen bytes, zeros behind the last; its length; and whether no rule has anything to say about it. */
export const knownKey = { bytes: 0, length: 16, isSilent: 20, size: 32 } as const
export const longestKnownKey = 16
/** Bits of a key's places. */
export const keyBits = Math.log2(keySlots / 2)

/** A node: the classes that lead on, the first of the nodes they lead to, and the groups of the word and of the prefixes that end here. */
export const node = { classes: 0, first: 8, word: 12, prefix: 14, bytes: 16 } as const

/** What two bytes number. */
export const mostNodes = 65_535
export const mostSigns = Math.floor(65_535 / (2 * rowBytes)) - 1

/** Groups of their own: runs, and numbers, where the next event says which places it is. */
export const runGroup = 1
export const numberGroup = 2
/** Ends of keys. The next event is the first of the places where the key may be remembered, and one more; 0 where it is known, or is none that can be. */
export const memberGroup = 3
export const firstGroup = 4
