// Turns placeholders back into values, in whole texts and in streams that may cut one anywhere. What policy does not let be restored at
// this sink stays a placeholder.
import type { Restorer, StreamRestorer } from '../exchange/answer.ts'
import type { EntityKind } from '../exchange/kinds.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { maxPlaceholderLength, placeholderPattern } from './placeholder.ts'

export interface RestoreOptions {
  readonly mayRestore: (kind: EntityKind) => boolean
  /** `json`: the text is JSON source inside a string literal (streamed tool arguments), so values need its escapes. */
  readonly escape: 'none' | 'json'
}

const jsonInside = (value: string): string => JSON.stringify(value).slice(1, -1)

class SessionRestorer implements Restorer {
  restored = 0
  unknown = 0
  readonly #pseudonyms: Pseudonyms
  readonly #options: RestoreOptions

  constructor(pseudonyms: Pseudonyms, options: RestoreOptions) {
    this.#pseudonyms = pseudonyms
    this.#options = options
  }

  text(value: string): string {
    if (!value.includes('[')) return value
    return value.replace(placeholderPattern, (found, spaces: string) => {
      // One space more than a placeholder: somebody's own words, which were escaped on the way in.
      if (spaces !== '') return `${found.slice(0, -2)}]`
      const known = this.#pseudonyms.lookup(found)
      if (known === undefined) {
        this.unknown += 1
        return found
      }
      if (!this.#options.mayRestore(known.kind)) return found
      this.restored += 1
      return this.#options.escape === 'json' ? jsonInside(known.value) : known.value
    })
  }

  stream(): StreamRestorer { return new HoldingRestorer(this) }
}

/** Could this be the beginning of a placeholder that the next delta completes? */
const unfinished = /^\[(?:[A-Z][A-Z_]{0,11}(?:\d{1,6} {0,4})?)?$/

class HoldingRestorer implements StreamRestorer {
  readonly #whole: SessionRestorer
  #held = ''

  constructor(whole: SessionRestorer) { this.#whole = whole }

  push(delta: string): string {
    if (this.#held === '' && !delta.includes('[')) return delta
    const text = this.#held + delta
    const cut = this.#holdFrom(text)
    this.#held = text.slice(cut)
    return this.#whole.text(text.slice(0, cut))
  }

  flush(): string {
    const rest = this.#held
    this.#held = ''
    return this.#whole.text(rest)
  }

  #holdFrom(text: string): number {
    const at = text.lastIndexOf('[')
    if (at === -1 || text.length - at >= maxPlaceholderLength) return text.length
    return unfinished.test(text.slice(at)) ? at : text.length
  }
}

/** A restorer for one answer and one kind of text. */
export const createRestorer = (pseudonyms: Pseudonyms, options: RestoreOptions): Restorer => new SessionRestorer(pseudonyms, options)
