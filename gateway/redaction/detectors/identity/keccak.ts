// Keccak-256 as Ethereum uses it: the padding of the submission of 2008, not that of SHA-3 (FIPS 202), which is why node:crypto has none.
// Only for addresses: one block. Lanes of 64 bits are two numbers of 32, low half first: with BigInt it takes twenty times as long.

/** A shift register of eight bits gives each round its constant (Keccak reference, 1.2). */
const constants = (() => {
  let register = 1
  return Array.from({ length: 24 }, () => {
    const constant: [low: number, high: number] = [0, 0]
    for (let bit = 0; bit < 7; bit += 1) {
      register = ((register << 1) ^ ((register >> 7) * 0x71)) % 256
      const place = (1 << bit) - 1
      if ((register & 2) !== 0) constant[place >> 5] = (constant[place >> 5] ?? 0) ^ (1 << (place & 31))
    }
    return constant
  })
})()

/** Where lane (x, y) goes and how far it turns: (x, y) → (y, 2x + 3y), by the triangular numbers. */
const walk = (() => {
  const steps: { readonly to: number; readonly by: number }[] = []
  let [x, y] = [1, 0]
  for (let step = 0; step < 24; step += 1) {
    const next = (2 * x + 3 * y) % 5
    steps.push({ to: y + 5 * next, by: (step + 1) * (step + 2) / 2 % 64 })
    ;[x, y] = [y, next]
  }
  return steps
})()

const at = (lanes: Int32Array, index: number): number => lanes[index] ?? 0
/** One half of a lane turned to the left by 1 to 31. */
const turned = (high: number, low: number, by: number): number => (high << by) | (low >>> (32 - by))

const mixColumns = (lanes: Int32Array, columns: Int32Array): void => {
  for (let x = 0; x < 10; x += 1) columns[x] = at(lanes, x) ^ at(lanes, x + 10) ^ at(lanes, x + 20) ^ at(lanes, x + 30) ^ at(lanes, x + 40)
  for (let x = 0; x < 5; x += 1) {
    const [left, right] = [(x + 4) % 5 * 2, (x + 1) % 5 * 2]
    const low = at(columns, left) ^ turned(at(columns, right), at(columns, right + 1), 1)
    const high = at(columns, left + 1) ^ turned(at(columns, right + 1), at(columns, right), 1)
    for (let lane = x * 2; lane < 50; lane += 10) {
      lanes[lane] = at(lanes, lane) ^ low
      lanes[lane + 1] = at(lanes, lane + 1) ^ high
    }
  }
}

const turnAndWalk = (lanes: Int32Array): void => {
  let [low, high] = [at(lanes, 2), at(lanes, 3)]
  for (const { to, by } of walk) {
    const [nextLow, nextHigh] = [at(lanes, to * 2), at(lanes, to * 2 + 1)]
    if (by >= 32) [low, high] = [high, low]
    const rest = by & 31
    lanes[to * 2] = rest === 0 ? low : turned(low, high, rest)
    lanes[to * 2 + 1] = rest === 0 ? high : turned(high, low, rest)
    low = nextLow
    high = nextHigh
  }
}

const mixRows = (lanes: Int32Array, row: Int32Array): void => {
  for (let from = 0; from < 50; from += 10) {
    for (let x = 0; x < 10; x += 1) row[x] = at(lanes, from + x)
    for (let x = 0; x < 10; x += 1) lanes[from + x] = at(row, x) ^ (~at(row, (x + 2) % 10) & at(row, (x + 4) % 10))
  }
}

const permute = (lanes: Int32Array): void => {
  const scratch = new Int32Array(10)
  for (const [low, high] of constants) {
    mixColumns(lanes, scratch)
    turnAndWalk(lanes)
    mixRows(lanes, scratch)
    lanes[0] = at(lanes, 0) ^ low
    lanes[1] = at(lanes, 1) ^ high
  }
}

/** Hash of at most 135 ASCII characters, as hex. */
export const keccak256 = (text: string): string => {
  const block = Buffer.alloc(136)
  const length = block.write(text, 'latin1')
  block[length] = 1
  block[135] = (block[135] ?? 0) | 0x80
  const lanes = new Int32Array(50)
  for (let index = 0; index < 34; index += 1) lanes[index] = block.readInt32LE(index * 4)
  permute(lanes)
  const out = Buffer.alloc(32)
  for (let index = 0; index < 8; index += 1) out.writeInt32LE(at(lanes, index), index * 4)
  return out.toString('hex')
}
