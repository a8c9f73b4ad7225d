// What a codec learns while an answer passes: plain facts, collected in one place so that every codec reports them alike.
import type { ModelAnswerFacts, Usage } from '../../exchange/answer.ts'
import type { AnswerRestorers } from '../model-surface.ts'

export class AnswerNotes {
  id: string | null = null
  model: string | null = null
  usage: Usage | null = null
  /** The dialect's last event, or a whole answer, was seen. */
  complete = false
  /** Of a dialect that says everything twice: what its last event alone holds, which counts each place once. */
  restoredInWhole: { readonly restored: number; readonly unknown: number } | null = null
  readonly #finishReasons: string[] = []

  finished(reason: unknown): void {
    if (typeof reason === 'string') this.#finishReasons.push(reason)
  }

  named(id: unknown, model: unknown): void {
    if (typeof id === 'string') this.id ??= id
    if (typeof model === 'string') this.model ??= model
  }

  facts(restorers: AnswerRestorers | null): ModelAnswerFacts {
    return {
      id: this.id, model: this.model, finishReasons: this.#finishReasons, usage: this.usage,
      restored: this.restoredInWhole?.restored ?? restoredBy(restorers),
      unknownPlaceholders: this.restoredInWhole?.unknown ?? unknownTo(restorers),
      cut: !this.complete,
    }
  }
}

export const restoredBy = (restorers: AnswerRestorers | null): number => restorers === null ? 0 : restorers.text.restored + restorers.json.restored
export const unknownTo = (restorers: AnswerRestorers | null): number => restorers === null ? 0 : restorers.text.unknown + restorers.json.unknown

/** A token count as a provider sent it; anything that is not one counts as 0. */
export const tokenCount = (value: unknown): number => typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
