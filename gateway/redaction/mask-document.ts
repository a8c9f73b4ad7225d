// Masks every value that is found: for messages that belong to no call, so that nobody can be asked what may be in them.
import { splice, type JsonDocument, type StringLeaf } from '../exchange/document.ts'
import type { Classifier } from './classify-document.ts'

/** @returns the text of the document, with [KIND] where a value stood */
export const maskDocument = (document: JsonDocument, classifier: Classifier, ignores: (leaf: StringLeaf) => boolean): string => {
  const edits = classifier.classify(document, ignores).perLeaf.map(({ leaf, findings }) => {
    const { end, start, value } = document.strings[leaf] as StringLeaf
    let out = ''
    let at = 0
    for (const finding of findings) {
      out += `${value.slice(at, finding.start)}[${finding.kind.toUpperCase()}]`
      at = finding.end
    }
    return { start, end, text: JSON.stringify(out + value.slice(at)) }
  })
  return splice(document.text, edits)
}
