// What is in it? Detectors add labels and entities; the result is remembered per text, so a re-sent history costs nothing.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification } from '../exchange/finding.ts'
import type { Labels } from '../exchange/labels.ts'
import { labelsOf, type Classifier } from '../redaction/classify-document.ts'

export interface Seen { readonly classification: Classification; readonly labels: Labels }

/** @param ignores strings that the protocol owns: ids, roles, encoded images. */
export const classify = (document: JsonDocument, classifier: Classifier, ignores: (leaf: StringLeaf) => boolean): Seen => {
  const classification = classifier.classify(document, ignores)
  return { classification, labels: labelsOf(classification) }
}
