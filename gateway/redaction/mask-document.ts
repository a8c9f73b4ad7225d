// Masks every value that is found: for messages that belong to no call, so that nobody can be asked what may be in them.
import { splice, type JsonDocument, type StringLeaf } from '../exchange/document.ts'
import type { Classifier } from './classify-document.ts'

/** @returns the text of the document, with [KIND] where a value stood */
export const maskDocument = (document: JsonDocument, classifier: Classifier, ignores: (leaf: StringLeaf) => boolean): string => {
  const { perLeaf, pictures = [] } = classifier.classify(document, ignores)
  const blanked = new Map(pictures.map(({ leaf, without }) => [leaf, without(() => true)]))
  const ofPictures = pictures.filter(({ leaf }) => perLeaf.every(one => one.leaf !== leaf)).map(({ leaf }) => {
    const { end, start } = document.strings[leaf] as StringLeaf
    return { start, end, text: JSON.stringify(blanked.get(leaf)) }
  })
  const edits = perLeaf.map(({ leaf, findings }) => {
    const { end, start, ...string } = document.strings[leaf] as StringLeaf
    const value = blanked.get(leaf) ?? string.value
    let out = ''
    let at = 0
    for (const finding of findings) {
      out += `${value.slice(at, finding.start)}[${finding.kind.toUpperCase()}]`
      at = finding.end
    }
    return { start, end, text: JSON.stringify(out + value.slice(at)) }
  })
  return splice(document.text, [...edits, ...ofPictures])
}
