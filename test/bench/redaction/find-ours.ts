// The gateway's own detection, as the bench asks it: each text with its key, every finding that the configured confidence lets through.
import { findEntities } from '../../../gateway/redaction/find.ts'
import { withNames } from '../../../gateway/redaction/tagger/with-names.ts'
import { scoredKind, type FindIn } from './labelled.ts'

/** What `redaction.min_confidence` is by default. */
export const defaultConfidence = 0.5

/** @param names with `redaction.names`, which is off by default */
export const findOurs = (minConfidence: number, names: boolean): FindIn => ({
  name: names ? 'with names' : 'Portcullis',
  find: rows => Promise.resolve(rows.map(({ key, text }) => {
    const found = findEntities(text, key, minConfidence)
    return (names ? withNames(text, found, minConfidence) : found).map(({ end, kind, start }) => ({ scored: scoredKind(kind), start, end }))
  })),
})
