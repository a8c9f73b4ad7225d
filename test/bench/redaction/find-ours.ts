// The gateway's own detection, as the bench asks it: each text with its key, every finding that the configured confidence lets through.
import { findEntities } from '../../../gateway/redaction/find.ts'
import { withQuasi } from '../../../gateway/redaction/quasi/with-quasi.ts'
import { withNames } from '../../../gateway/redaction/tagger/with-names.ts'
import { scoredKind, type FindIn } from './labelled.ts'

/** What `redaction.min_confidence` is by default. */
export const defaultConfidence = 0.5

/** @param names with `redaction.names` @param quasi with `redaction.quasi_identifiers`; both are off by default */
export const findOurs = (minConfidence: number, names: boolean, quasi = false): FindIn => ({
  name: quasi ? 'with names and quasi-identifiers' : names ? 'with names' : 'Portcullis',
  find: rows => Promise.resolve(rows.map(({ key, text }) => {
    const byRules = findEntities(text, key, minConfidence)
    const named = names ? withNames(text, byRules, minConfidence) : byRules
    return (quasi ? withQuasi(text, key, named, minConfidence) : named).map(({ end, kind, start }) => ({ scored: scoredKind(kind), start, end }))
  })),
})
