// Masks every value that is found: for messages that belong to no call, so that nobody can be asked what may be in them.
import { splice, type JsonDocument, type StringLeaf } from '../exchange/document.ts'
import type { Finding } from '../exchange/finding.ts'
import type { Classifier } from './classify-document.ts'

const masked = (text: string, findings: readonly Finding[]): string => {
  let out = ''
  let at = 0
  for (const { end, kind, start } of findings) {
    out += `${text.slice(at, start)}[${kind.toUpperCase()}]`
    at = end
  }
  return out + text.slice(at)
}

/** @returns the text of the document, with [KIND] where a value stood, and pictures without the metadata that held one */
export const maskDocument = (document: JsonDocument, classifier: Classifier, ignores: (leaf: StringLeaf) => boolean): string => {
  const { perLeaf, pictures = [] } = classifier.classify(document, ignores)
  const blanked = new Map(pictures.map(({ leaf, without }) => [leaf, without(() => true)]))
  const found = new Map<number, readonly Finding[]>(pictures.map(({ leaf }) => [leaf, []]))
  for (const { findings, leaf } of perLeaf) found.set(leaf, findings)
  return splice(document.text, Array.from(found, ([leaf, findings]) => {
    const { end, start, value } = document.strings[leaf] as StringLeaf
    return { start, end, text: JSON.stringify(masked(blanked.get(leaf) ?? value, findings)) }
  }))
}
