// How far a rule has come in a text, for rules that read far ahead: what was read once is not read again at each trigger in it.
import type { Scan } from '../rule.ts'

export interface Progress {
  /** Everything before this offset was read. */
  until(scan: Scan): number
  reach(scan: Scan, end: number): void
}

export const createProgress = (): Progress => {
  const ends = new WeakMap<Scan, number>()
  return { until: scan => ends.get(scan) ?? 0, reach: (scan, end) => { ends.set(scan, end) } }
}
