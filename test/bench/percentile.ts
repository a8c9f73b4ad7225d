// Order statistics of measured values; exact, by sorting.

/** The value below which a share `q` (0…1) of the values lies; NaN for none. */
export const percentile = (values: readonly number[] | Float64Array, q: number): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)
