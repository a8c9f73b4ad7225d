// Takes elements out of an array of a request, so that everything else stays as it was written.
import type { Edit, JsonDocument } from '../exchange/document.ts'

/**
 * Cuts elements, each with one of the commas beside it.
 * @param path of the array.
 * @param instead stands in an array that nothing would be left of; null: it may be empty.
 */
export const cutElements = (
  document: JsonDocument, path: readonly (string | number)[], elements: readonly unknown[], isCut: (element: unknown) => boolean, instead: string | null,
): Edit[] => {
  const spanOf = (at: number): { start: number; end: number } => document.locate([...path, at]) ?? { start: 0, end: 0 }
  const firstOfTail = elements.findLastIndex(element => !isCut(element)) + 1
  const edits = elements.slice(0, firstOfTail).flatMap((element, at) => isCut(element) ? [{ start: spanOf(at).start, end: spanOf(at + 1).start, text: '' }] : [])
  if (firstOfTail === elements.length) return edits
  const end = spanOf(elements.length - 1).end
  if (firstOfTail === 0) return [{ start: spanOf(0).start, end, text: instead ?? '' }]
  return [...edits, { start: spanOf(firstOfTail - 1).end, end, text: '' }]
}
