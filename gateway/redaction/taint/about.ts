// What is said of a labelled text, and how two sayings of one text go together.
import { joinLabels } from '../../exchange/labels.ts'
import type { TaintSource } from '../../exchange/taint.ts'

export interface About extends TaintSource {
  /** Names the text for its owner. */
  readonly digest: string
  /** Sessions that it was returned in, the latest. */
  readonly marks: Set<string>
  /** When its use was last told; -Infinity: it could not be. */
  notedAt: number
  /** While it is being kept: whoever brings it again waits as well. */
  keeping: Promise<void> | null
}

const mostOrigins = 16
const mostMarks = 16
/** Characters: whoever reads a resource chooses its address. */
const longestOrigin = 2048

/** @returns whether the mark is new among them */
export const addMark = (marks: Set<string>, mark: string): boolean => {
  if (marks.has(mark)) return false
  marks.add(mark)
  const [oldest = mark] = marks
  if (marks.size > mostMarks) marks.delete(oldest)
  return true
}

/** What a source says of itself, as it is remembered. */
export const remembered = ({ labels, origin }: TaintSource): TaintSource => ({ labels, origin: origin === null ? null : origin.slice(0, longestOrigin) })

/** Origins of one text are few; a URI holds no line feed. */
const joinOrigins = (a: string | null, b: string | null): string | null => {
  if (a === null || b === null) return a ?? b
  return [...new Set([...a.split('\n'), ...b.split('\n')])].slice(0, mostOrigins).sort().join('\n')
}

export const joinSources = (a: TaintSource, b: TaintSource): TaintSource => ({ labels: joinLabels(a.labels, b.labels), origin: joinOrigins(a.origin, b.origin) })

/** Does the first say all that the second says? Of more origins than are kept some are not. */
export const says = (one: TaintSource, other: TaintSource): boolean => {
  if (joinLabels(one.labels, other.labels) !== one.labels) return false
  const known = one.origin?.split('\n') ?? []
  return other.origin === null || known.length >= mostOrigins || other.origin.split('\n').every(origin => known.includes(origin))
}

/** Labels alone: an origin less is no label less. */
export const covers = ({ labels: one }: About, { labels: other }: About): boolean => joinLabels(one, other) === one

export const isSame = (a: TaintSource, b: TaintSource): boolean => a.origin === b.origin && joinLabels(a.labels, b.labels) === a.labels && joinLabels(b.labels, a.labels) === b.labels
