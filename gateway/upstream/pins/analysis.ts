// What one definition is, worked out once per text: its digest, what stands out in it, which names it speaks of. Every session of every
// caller fetches the same lists, so equal texts are remembered.
import { contentFlags, longestLooked, textsOf, type Flag } from '../../../registry/definition-flags.ts'
import { mentionsOf } from '../../../registry/definition-names.ts'
import { readDefinition } from '../../../registry/definition.ts'

export interface Analysis {
  readonly digest: string
  /** Canonical; needed once, so it is not kept. */
  readonly text: () => string
  readonly flags: readonly Flag[]
  readonly mentions: readonly string[]
}

/** Characters of one list that are looked at, however long it is: a list must not hold up the calls of others. */
const mostOfList = 4 * 1024 * 1024
const longestRemembered = 32 * 1024
const mostRemembered = 4000

export class Analyst {
  readonly #known = new Map<string, Analysis>()

  /** An analysis of the texts of one list. */
  begin(): (rawText: string) => Analysis {
    let left = mostOfList
    return rawText => {
      const known = this.#known.get(rawText)
      if (known !== undefined) return known
      const analysis = analyse(rawText, Math.min(left, longestLooked))
      left = Math.max(0, left - rawText.length)
      if (rawText.length <= longestRemembered && left > 0) this.#remember(rawText, analysis)
      return analysis
    }
  }

  #remember(rawText: string, analysis: Analysis): void {
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.set(rawText, analysis)
  }
}

const analyse = (rawText: string, looked: number): Analysis => {
  const { digest, value } = readDefinition(rawText)
  const texts = textsOf(value)
  return { digest, flags: contentFlags(texts, looked), mentions: looked === 0 ? [] : mentionsOf(texts), text: () => readDefinition(rawText).text }
}
