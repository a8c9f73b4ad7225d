// What is in it? Detectors add labels and entities; the result is remembered per text, so a re-sent history costs nothing.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification } from '../exchange/finding.ts'
import type { Labels } from '../exchange/labels.ts'
import type { Ledger } from '../pipeline/ledger.ts'
import type { Classifier } from '../redaction/classify-document.ts'
import type { BesideText, SourceOf } from '../redaction/remote/remote-detectors.ts'

export interface Seen {
  readonly classification: Classification
  readonly labels: Labels
  /**
   * The part of the labels that outlasts the call. That a detector failed is not in it: what it did not look at is looked at again when it
   * comes again, and a detector that is away for a minute must not mark every session that was alive then.
   */
  readonly lasting: Labels
}

export interface Looking {
  /** Strings that the protocol owns: ids, roles, encoded images. */
  readonly ignores: (leaf: StringLeaf) => boolean
  readonly sourceOf: SourceOf
  /** Header fields and the query, where a remote detector looks at those. */
  readonly beside?: readonly BesideText[]
  /** Waiting for a detector is no time of our own. */
  readonly ledger: Pick<Ledger, 'detectorMs'>
}

/** At once, unless a remote detector has to be asked about something new. */
export const classify = (document: JsonDocument, classifier: Classifier, { beside = [], ignores, ledger, sourceOf }: Looking): Seen | Promise<Seen> => {
  const seen = (classification: Classification): Seen => {
    const lasting = classifier.labelsOf(classification, false)
    return { classification, lasting, labels: classification.unseen.length === 0 ? lasting : classifier.labelsOf(classification) }
  }
  const looked = classifier.look(document, ignores, sourceOf, beside)
  if (!(looked instanceof Promise)) return seen(looked)
  const began = performance.now()
  return looked.then(classification => {
    ledger.detectorMs += performance.now() - began
    return seen(classification)
  })
}
