// Expressions and statements of WebAssembly, so that a function can be written down here and made into bytes when the process starts: nothing
// compiled lies in the repository. Only what the pass over texts (program.ts) uses. The numbers are those of the specification, release 2.0.

export type Code = readonly number[]

/** Signed LEB128, of 32 or 64 bits. */
const leb = (value: bigint): Code => {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 127n)
    if ((rest >> 7n === 0n && low < 64) || (rest >> 7n === -1n && low >= 64)) return [...bytes, low]
    bytes.push(low | 128)
  }
}

/** Unsigned LEB128. */
export const size = (value: number): Code => value < 128 ? [value] : [value & 127 | 128, ...size(value >>> 7)]

abstract class Value {
  readonly code: Code
  constructor(code: Code) { this.code = code }
}

export type Int = I32 | number
export type Long = I64 | bigint
export const int = (value: Int): I32 => typeof value === 'number' ? new I32([0x41, ...leb(BigInt.asIntN(32, BigInt(value)))]) : value
export const long = (value: Long): I64 => typeof value === 'bigint' ? new I64([0x42, ...leb(BigInt.asIntN(64, value))]) : value

/** What is read at an address, `offset` bytes further on. */
const read = (operation: Code, address: I32, offset: number): Code => [...address.code, ...operation, 0, ...size(offset)]

/** Thirty-two bits without a sign; what compares gives 1 or 0. */
export class I32 extends Value {
  #with(other: Int, operation: number): I32 { return new I32([...this.code, ...int(other).code, operation]) }
  plus(other: Int): I32 { return this.#with(other, 0x6A) }
  minus(other: Int): I32 { return this.#with(other, 0x6B) }
  and(other: Int): I32 { return this.#with(other, 0x71) }
  or(other: Int): I32 { return this.#with(other, 0x72) }
  left(other: Int): I32 { return this.#with(other, 0x74) }
  right(other: Int): I32 { return this.#with(other, 0x76) }
  is(other: Int): I32 { return this.#with(other, 0x46) }
  isNot(other: Int): I32 { return this.#with(other, 0x47) }
  below(other: Int): I32 { return this.#with(other, 0x49) }
  atLeast(other: Int): I32 { return this.#with(other, 0x4F) }
  /** Is it one of `count` numbers from `first` on? */
  among(first: number, count: number): I32 { return this.minus(first).below(count) }
  /** Both are worked out. */
  ifElse(yes: Int, no: Int): I32 { return new I32([...int(yes).code, ...int(no).code, ...this.code, 0x1B]) }
  long(): I64 { return new I64([...this.code, 0xAD]) }
  byteAt(offset = 0): I32 { return new I32(read([0x2D], this, offset)) }
  shortAt(offset = 0): I32 { return new I32(read([0x2F], this, offset)) }
  intAt(offset = 0): I32 { return new I32(read([0x28], this, offset)) }
  longAt(offset = 0): I64 { return new I64(read([0x29], this, offset)) }
  vectorAt(offset = 0): V128 { return new V128(read([0xFD, 0x00], this, offset)) }
}

/** Sixty-four bits: mostly one for each of as many characters. */
export class I64 extends Value {
  #with(other: Long, operation: number): I64 { return new I64([...this.code, ...long(other).code, operation]) }
  minus(other: Long): I64 { return this.#with(other, 0x7D) }
  times(other: Long): I64 { return this.#with(other, 0x7E) }
  is(other: Long): I32 { return new I32([...this.code, ...long(other).code, 0x51]) }
  xor(other: Long): I64 { return this.#with(other, 0x85) }
  and(other: Long): I64 { return this.#with(other, 0x83) }
  or(other: Long): I64 { return this.#with(other, 0x84) }
  not(): I64 { return this.xor(-1n) }
  left(other: Long): I64 { return this.#with(other, 0x86) }
  right(other: Long): I64 { return this.#with(other, 0x88) }
  /** How many zeros are below the lowest one; 64 where there is none. */
  zerosBelow(): I64 { return new I64([...this.code, 0x7A]) }
  /** How many zeros are above the highest one. */
  zerosAbove(): I64 { return new I64([...this.code, 0x79]) }
  ones(): I64 { return new I64([...this.code, 0x7B]) }
  isZero(): I32 { return new I32([...this.code, 0x50]) }
  isNotZero(): I32 { return new I32([...this.code, ...long(0n).code, 0x52]) }
  /** The lower half. */
  int(): I32 { return new I32([...this.code, 0xA7]) }
}

/** Sixteen bytes without a sign; what compares gives bytes of ones or of zeros. */
export class V128 extends Value {
  #with(other: V128, operation: Code): V128 { return new V128([...this.code, ...other.code, 0xFD, ...operation]) }
  static of(bytes: readonly number[]): V128 { return new V128([0xFD, 0x0C, ...bytes]) }
  static all(byte: number): V128 { return V128.of(new Array<number>(16).fill(byte)) }
  /** Of two times eight shorts the nearest bytes: 255 for what is greater, 0 for what would be negative with a sign. */
  narrowed(other: V128): V128 { return this.#with(other, [0x66]) }
  and(other: V128): V128 { return this.#with(other, [0x4E]) }
  or(other: V128): V128 { return this.#with(other, [0x50]) }
  minus(other: V128): V128 { return this.#with(other, [0x71]) }
  is(other: V128): V128 { return this.#with(other, [0x23]) }
  isNot(other: V128): V128 { return this.#with(other, [0x24]) }
  below(other: V128): V128 { return this.#with(other, [0x26]) }
  right(bits: number): V128 { return new V128([...this.code, ...int(bits).code, 0xFD, 0x6D]) }
  /** For each byte of `places` the byte of this one that it numbers; 0 where there is none. */
  pick(places: V128): V128 { return this.#with(places, [0x0E]) }
  anyBit(): I32 { return new I32([...this.code, 0xFD, 0x53]) }
  /** The highest bit of each byte. */
  bits(): I32 { return new I32([...this.code, 0xFD, 0x64]) }
}

/** A variable: reading it is an expression of its sort. */
export class IntVariable extends I32 {
  to(value: Int): Code { return [...int(value).code, 0x21, ...this.code.slice(1)] }
}
export class LongVariable extends I64 {
  to(value: Long): Code { return [...long(value).code, 0x21, ...this.code.slice(1)] }
}
export class VectorVariable extends V128 {
  to(value: V128): Code { return [...value.code, 0x21, ...this.code.slice(1)] }
}

export const sorts = { int: 0x7F, long: 0x7E, vector: 0x7B } as const

/** Variables of a function, those that it is called with first. */
export class Variables {
  readonly all: number[] = []
  #read(sort: number): Code { return [0x20, ...size(this.all.push(sort) - 1)] }
  int(): IntVariable { return new IntVariable(this.#read(sorts.int)) }
  long(): LongVariable { return new LongVariable(this.#read(sorts.long)) }
  vector(): VectorVariable { return new VectorVariable(this.#read(sorts.vector)) }
}

export const storeInt = (address: I32, value: Int, offset = 0): Code => [...address.code, ...int(value).code, 0x36, 0, ...size(offset)]
export const storeShort = (address: I32, value: Int, offset = 0): Code => [...address.code, ...int(value).code, 0x3B, 0, ...size(offset)]
export const storeVector = (address: I32, value: V128, offset = 0): Code => [...address.code, ...value.code, 0xFD, 0x0B, 0, ...size(offset)]
export const storeLong = (address: I32, value: Long, offset = 0): Code => [...address.code, ...long(value).code, 0x37, 0, ...size(offset)]

export const when = (condition: I32, ...body: readonly Code[]): Code => [...condition.code, 0x04, 0x40, ...body.flat(), 0x0B]
export const asLongAs = (condition: I32, ...body: readonly Code[]): Code =>
  [0x03, 0x40, ...when(condition, ...body, [0x0C, 1]), 0x0B]
