// Remembers values by text, up to a limit of entries and of their length: callers choose what is in it. It never answers with anything but
// what was put in under exactly that text.

export interface BoundedMemory<Value> {
  readonly size: number
  readonly get: (key: string) => Value | undefined
  readonly put: (key: string, value: Value) => void
}

/** Characters. Longer texts hold long arguments, which hardly ever come twice. */
const longestKey = 8192

/** @param limit entries kept at most; 0 keeps none. */
export const createBoundedMemory = <Value>(limit: number): BoundedMemory<Value> => {
  const known = new Map<string, Value>()
  // Forgets the older half at once instead of one by one: the map stays cheap, and a caller who varies arguments only costs evaluations.
  const forgetHalf = (): void => {
    let surplus = Math.ceil(limit / 2)
    for (const key of known.keys()) {
      if (surplus === 0) break
      surplus -= 1
      known.delete(key)
    }
  }
  return {
    get size() { return known.size },
    get: key => known.get(key),
    put: (key, value) => {
      if (limit === 0 || key.length > longestKey) return
      if (known.size >= limit) forgetHalf()
      known.set(key, value)
    },
  }
}
