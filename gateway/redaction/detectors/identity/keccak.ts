// Keccak-256 as Ethereum uses it: the padding of the submission of 2008, not that of SHA-3 (FIPS 202), which is why node:crypto has none.
// Only for addresses: one block.

const mask = (1n << 64n) - 1n

/** A shift register of eight bits gives each round its constant (Keccak reference, 1.2). */
const constants = (() => {
  let register = 1
  return Array.from({ length: 24 }, () => {
    let constant = 0n
    for (let bit = 0; bit < 7; bit += 1) {
      register = ((register << 1) ^ ((register >> 7) * 0x71)) % 256
      if ((register & 2) !== 0) constant |= 1n << ((1n << BigInt(bit)) - 1n)
    }
    return constant
  })
})()
const turn = (lane: bigint, by: bigint): bigint => by === 0n ? lane : ((lane << by) | (lane >> (64n - by))) & mask

/** Where lane (x, y) goes and how far it turns: (x, y) → (y, 2x + 3y), by the triangular numbers. */
const walk = (() => {
  const steps: { readonly to: number; readonly by: bigint }[] = []
  let [x, y] = [1, 0]
  for (let step = 0; step < 24; step += 1) {
    const next = (2 * x + 3 * y) % 5
    steps.push({ to: y + 5 * next, by: BigInt((step + 1) * (step + 2) / 2 % 64) })
    ;[x, y] = [y, next]
  }
  return steps
})()

const permute = (lanes: bigint[]): void => {
  const at = (index: number): bigint => lanes[index] ?? 0n
  for (const constant of constants) {
    const columns = [0, 1, 2, 3, 4].map(x => at(x) ^ at(x + 5) ^ at(x + 10) ^ at(x + 15) ^ at(x + 20))
    for (let index = 0; index < 25; index += 1) lanes[index] = at(index) ^ (columns[(index + 4) % 5] ?? 0n) ^ turn(columns[(index + 1) % 5] ?? 0n, 1n)
    let held = at(1)
    for (const { to, by } of walk) {
      const next = at(to)
      lanes[to] = turn(held, by)
      held = next
    }
    for (let row = 0; row < 25; row += 5) {
      const [a, b, c, d, e] = [at(row), at(row + 1), at(row + 2), at(row + 3), at(row + 4)]
      lanes[row] = a ^ (~b & mask & c)
      lanes[row + 1] = b ^ (~c & mask & d)
      lanes[row + 2] = c ^ (~d & mask & e)
      lanes[row + 3] = d ^ (~e & mask & a)
      lanes[row + 4] = e ^ (~a & mask & b)
    }
    lanes[0] = at(0) ^ constant
  }
}

/** Hash of at most 135 ASCII characters, as hex. */
export const keccak256 = (text: string): string => {
  const block = Buffer.alloc(136)
  const length = block.write(text, 'latin1')
  block[length] = 1
  block[135] = (block[135] ?? 0) | 0x80
  const lanes = Array.from({ length: 25 }, (_, index) => index < 17 ? block.readBigUInt64LE(index * 8) : 0n)
  permute(lanes)
  const out = Buffer.alloc(32)
  for (let index = 0; index < 4; index += 1) out.writeBigUInt64LE(lanes[index] ?? 0n, index * 8)
  return out.toString('hex')
}
