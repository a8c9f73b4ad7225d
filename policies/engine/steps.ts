// Numbers that change with every call, in steps of 1, 2 and 5: facts that are equal for a while can be remembered with their decision.

const leads = [1, 2, 5] as const

/** Rungs from a millionth to a billion, each exactly as it would be written. */
const ladder: readonly number[] = Array.from({ length: 16 }, (_, index) => index - 6).flatMap(power => leads.map(lead => Number(`${lead}e${power}`)))

/** Sums of floating point numbers miss by less than this. */
const rounding = 1e-9

/** Rungs that are not above a value. */
const reached = (value: number): number => {
  let low = 0
  let high = ladder.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ladder[middle] ?? Infinity) <= value * (1 + rounding)) low = middle + 1
    else high = middle
  }
  return low
}

/** The highest step that is reached; 0 where it would be below `least`. */
export const stepBelow = (value: number, least = 0): number => {
  const step = value > 0 ? ladder[reached(value) - 1] ?? 0 : 0
  return step < least ? 0 : step
}

/** The lowest step that is not below the value, and at least `least`. */
export const stepAbove = (value: number, least = 0): number => {
  if (value <= least) return least
  const below = stepBelow(value)
  return below >= value * (1 - rounding) ? below : ladder[reached(value)] ?? Infinity
}

export const isStep = (value: number): boolean => ladder.includes(value)
