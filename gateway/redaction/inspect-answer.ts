// What a model says by itself: looked for in its words before placeholders become values again, so that what is restored for the caller is
// never taken for the model's own.
import type { InspectAction } from '../../policies/engine/contract.ts'
import type { Restorer, StreamRestorer } from '../exchange/answer.ts'
import type { Finding } from '../exchange/finding.ts'
import type { EntityKind } from '../exchange/kinds.ts'
import type { TextsSaid } from './answer-ahead.ts'
import { AnswerWindow, type AnswerJudge, type SaidBefore } from './answer-window.ts'

export interface Inspection {
  readonly find: (text: string, key: string | null) => readonly Finding[]
  readonly actionFor: (kind: EntityKind) => InspectAction | null
  /** Is this what the caller itself has said, and may see again? Then it passes. */
  readonly isCallers: (kind: EntityKind, value: string) => boolean
  /** Told of each value that is found, before it is passed on. @throws Failure for kinds that end the answer */
  readonly found: (kind: EntityKind, action: InspectAction) => void
  /** False: the answer is only looked at, and no part of it waits. */
  readonly hides: boolean
}

const judgeOf = ({ actionFor, find, found, isCallers }: Inspection): AnswerJudge => ({
  find,
  acts: kind => actionFor(kind) !== null,
  replace: (kind, value) => {
    const action = actionFor(kind)
    if (action === null || isCallers(kind, value)) return null
    found(kind, action)
    return action === 'mask' ? `[${kind.toUpperCase()}]` : action === 'drop' ? '' : null
  },
})

const untouched: StreamRestorer = { push: delta => delta, flush: () => '' }

/** Restores nothing. */
export const noRestorer: Restorer = { mayHold: () => false, text: value => value, stream: () => untouched, restored: 0, unknown: 0 }

export interface Inspecting {
  readonly inspection: Inspection
  /** How the text is written. */
  readonly form: 'text' | 'json'
  /** What remote detectors said of it before; null or absent where none is asked. */
  readonly said?: TextsSaid | null
}

class InspectingRestorer implements Restorer {
  readonly #inner: Restorer
  readonly #inspection: Inspection
  readonly #form: 'text' | 'json'
  readonly #said: TextsSaid | null

  constructor(inner: Restorer, { form, inspection, said = null }: Inspecting) {
    this.#inner = inner
    this.#inspection = inspection
    this.#form = form
    this.#said = said
  }

  /** Whatever stands there may have to be hidden. */
  mayHold(): boolean { return true }

  get restored(): number { return this.#inner.restored }
  get unknown(): number { return this.#inner.unknown }

  text(value: string, key: string | null = null): string {
    const seen = this.#window(key, this.#said?.whole(value) ?? null).whole(value)
    return this.#inner.text(this.#inspection.hides ? seen : value)
  }

  stream(): StreamRestorer {
    const inner = this.#inner.stream()
    const window = this.#window(null, this.#said?.next() ?? null)
    const { hides } = this.#inspection
    return {
      push: delta => {
        const seen = window.push(delta)
        return inner.push(hides ? seen : delta)
      },
      flush: () => {
        const seen = window.flush()
        return hides ? inner.push(seen) + inner.flush() : inner.flush()
      },
    }
  }

  #window(key: string | null, said: SaidBefore | null): AnswerWindow { return new AnswerWindow(judgeOf(this.#inspection), this.#form, key, said) }
}

/** Looks at what passes the restorer, and then restores. */
export const inspecting = (inner: Restorer, how: Inspecting): Restorer => new InspectingRestorer(inner, how)
