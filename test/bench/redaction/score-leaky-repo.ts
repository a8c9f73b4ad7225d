// Scores secrets in files. Twice: as the set counts (how many of its risky lines have an alarm, files by files), and by the lines that we
// know to hold one, which is what tells a false alarm from a hit.
import { findEntities } from '../../../gateway/redaction/find.ts'
import { isSecret } from '../../../gateway/exchange/kinds.ts'
import type { LeakyFile } from './read-leaky-repo.ts'
import type { LineRange } from './risk-lines.ts'

export interface LeakyScore {
  /** Files with a secret, and those of them with an alarm. */
  readonly files: number
  readonly filesFound: number
  /** The set's own count of lines, and of each file as many as have an alarm at most. */
  readonly counted: number
  readonly countedFound: number
  /** Secrets whose lines are known: found, missed. */
  readonly right: number
  readonly missed: number
  /** Alarms beside every line that is known to be a risk or informative. */
  readonly wrong: number
  /** Where these stand, for whoever works on the rules: file and line, never the text. */
  readonly wrongAt: readonly string[]
  readonly missedAt: readonly string[]
}

const lineAt = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

const meet = (a: LineRange, b: LineRange): boolean => a.first <= b.last && b.first <= a.last

/** Lines on which a secret is reported; each line once, and a key of many lines as one. */
const alarmsIn = (text: string, minConfidence: number): readonly LineRange[] => {
  const alarms = new Map<string, LineRange>()
  for (const { end, kind, start } of findEntities(text, null, minConfidence)) {
    if (!isSecret(kind)) continue
    const range = { first: lineAt(text, start), last: lineAt(text, end - 1) }
    alarms.set(`${range.first}-${range.last}`, range)
  }
  return [...alarms.values()]
}

export const scoreLeakyRepo = (files: readonly LeakyFile[], minConfidence: number): LeakyScore => {
  const judged = files.map(file => {
    const alarms = alarmsIn(file.text, minConfidence)
    const { informative, risk } = file.lines
    const hit = risk.filter(range => alarms.some(alarm => meet(alarm, range)))
    return {
      file, alarms, hit, missed: risk.filter(range => !hit.includes(range)),
      wrong: alarms.filter(alarm => ![...risk, ...informative].some(range => meet(alarm, range))),
    }
  })
  const risky = judged.filter(({ file }) => file.risk > 0)
  const places = (of: 'missed' | 'wrong'): string[] => judged.flatMap(one => one[of].map(({ first }) => `${one.file.name}:${first}`))
  const sum = (of: (one: typeof judged[number]) => number): number => judged.reduce((total, one) => total + of(one), 0)
  return {
    files: risky.length, filesFound: risky.filter(({ alarms }) => alarms.length > 0).length,
    counted: sum(({ file }) => file.risk), countedFound: sum(({ alarms, file }) => Math.min(alarms.length, file.risk)),
    right: sum(({ hit }) => hit.length), missed: sum(({ missed }) => missed.length), wrong: sum(({ wrong }) => wrong.length),
    wrongAt: places('wrong'), missedAt: places('missed'),
  }
}
