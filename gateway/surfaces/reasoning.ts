// Reasoning that goes back to the model that wrote it, and how it is taken out of a request.
import type { Edit, JsonDocument, StringLeaf } from '../exchange/document.ts'

/**
 * The edits that put another block in the place of those that some strings stand in. Nothing is cut out: a list may be cut for other reasons, too.
 * @param instead JSON text of the block
 */
export const withoutBlocksOf = (document: JsonDocument, leaves: readonly StringLeaf[], instead: string): Edit[] => {
  const edits = new Map<number, Edit>()
  for (const { path } of leaves) {
    const span = document.locate(path.slice(0, -1))
    if (span !== undefined) edits.set(span.start, { ...span, text: instead })
  }
  return [...edits.values()]
}
