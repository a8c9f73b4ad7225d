// Numbers that look random and are the same in every run.

export interface Random {
  /** 0 up to, but not including, `below`. */
  readonly below: (below: number) => number
  readonly pick: <T>(from: readonly T[]) => T
  readonly digits: (count: number) => string
  readonly from: (alphabet: string, count: number) => string
}

/** Steps through the 32-bit numbers by a fixed odd stride and mixes the bits of each (the finaliser of MurmurHash3). */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  const from = (alphabet: string, count: number): string => Array.from({ length: count }, () => alphabet.charAt(below(alphabet.length))).join('')
  return {
    below, from,
    pick: choices => {
      const choice = choices[below(choices.length)]
      if (choice === undefined) throw new Error('there is nothing to pick from')
      return choice
    },
    digits: count => from('0123456789', count),
  }
}
