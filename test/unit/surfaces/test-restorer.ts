// A small restorer with fixed pseudonyms, so that codec tests depend on nothing but the interface. Values are nasty on purpose.
import type { Restorer, StreamRestorer } from '../../../gateway/exchange/answer.ts'
import type { AnswerRestorers } from '../../../gateway/surfaces/model-surface.ts'

export const pseudonyms: Readonly<Record<string, string>> = {
  '[EMAIL_1]': 'anna@example.com',
  '[EMAIL_2]': 'Bo "the\\boss"\n<bo@exämple.com> 😀',
  '[CARD_1]': '4111 1111 1111 1111',
}

const placeholder = /\[[A-Z]+_[0-9]+\]/g
const maybeCut = /\[[A-Z]*(?:_[0-9]*)?$/

class TestRestorer implements Restorer {
  restored = 0
  unknown = 0
  readonly #escape: boolean

  constructor(escape: boolean) { this.#escape = escape }

  mayHold(value: string): boolean { return value.includes('[') }

  text(value: string): string {
    return value.replace(placeholder, found => {
      const known = pseudonyms[found]
      if (known === undefined) {
        this.unknown += 1
        return found
      }
      this.restored += 1
      return this.#escape ? JSON.stringify(known).slice(1, -1) : known
    })
  }

  stream(): StreamRestorer {
    let held = ''
    return {
      push: delta => {
        const all = held + delta
        const cut = maybeCut.exec(all)?.index ?? all.length
        held = all.slice(cut)
        return this.text(all.slice(0, cut))
      },
      flush: () => {
        const rest = held
        held = ''
        return rest
      },
    }
  }
}

export const testRestorers = (): AnswerRestorers => ({ text: new TestRestorer(false), json: new TestRestorer(true) })

/** The same, for texts that are known whole. */
export const restoreText = (text: string): string => new TestRestorer(false).text(text)
