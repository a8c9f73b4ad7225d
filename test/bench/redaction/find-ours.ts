// The gateway's own detection, as the bench asks it: each text with its key, every finding that the configured confidence lets through.
import { findEntities } from '../../../gateway/redaction/find.ts'
import { scoredKind, type FindIn } from './labelled.ts'

/** What `redaction.min_confidence` is by default. */
export const defaultConfidence = 0.5

export const findOurs = (minConfidence: number): FindIn => ({
  name: 'Portcullis',
  find: rows => Promise.resolve(rows.map(({ key, text }) => findEntities(text, key, minConfidence).map(({ end, kind, start }) => ({ scored: scoredKind(kind), start, end })))),
})
