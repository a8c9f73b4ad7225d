// What a codec learns while an answer passes: plain facts, collected in one place so that every codec reports them alike.
import type { ModelAnswerFacts, Usage } from '../../exchange/answer.ts'
import type { AnswerRestorers } from '../model-surface.ts'

/** Tool calls of one answer that are remembered; ids that are longer are nobody's. */
const mostCalls = 64
const longestId = 128
/** As many as a request may ask for choices. */
const mostReasons = 256

export class AnswerNotes {
  id: string | null = null
  model: string | null = null
  usage: Usage | null = null
  toldTokens = 0
  /** The dialect's last event, or a whole answer, was seen. */
  complete = false
  /** Of a dialect that says everything twice: what its last event alone holds, which counts each place once. */
  restoredInWhole: { readonly restored: number; readonly unknown: number } | null = null
  readonly #finishReasons: string[] = []
  readonly #toolCalls: string[] = []

  finished(reason: unknown): void {
    if (typeof reason === 'string' && this.#finishReasons.length < mostReasons) this.#finishReasons.push(reason)
  }

  get isFinished(): boolean { return this.#finishReasons.length > 0 }

  /** Dialects say an id more than once. */
  called(id: unknown): void {
    if (typeof id === 'string' && id !== '' && id.length <= longestId && this.#toolCalls.length < mostCalls && !this.#toolCalls.includes(id)) this.#toolCalls.push(id)
  }

  named(id: unknown, model: unknown): void {
    if (typeof id === 'string') this.id ??= id
    if (typeof model === 'string') this.model ??= model
  }

  facts(restorers: AnswerRestorers | null): ModelAnswerFacts {
    return {
      id: this.id, model: this.model, finishReasons: this.#finishReasons, toolCalls: this.#toolCalls, usage: this.usage,
      restored: this.restoredInWhole?.restored ?? restoredBy(restorers),
      unknownPlaceholders: this.restoredInWhole?.unknown ?? unknownTo(restorers),
      cut: !this.complete, ...this.toldTokens === 0 ? {} : { toldTokens: Math.ceil(this.toldTokens) },
    }
  }
}

export const restoredBy = (restorers: AnswerRestorers | null): number => restorers === null ? 0 : restorers.text.restored + restorers.json.restored
export const unknownTo = (restorers: AnswerRestorers | null): number => restorers === null ? 0 : restorers.text.unknown + restorers.json.unknown

/** More than any answer has. What sums, records and the shared state cannot hold is cut down to it: they would fail, and the call be free. */
const mostTokens = 1e9

/** A token count as a provider sent it; anything that is not one counts as 0. */
export const tokenCount = (value: unknown): number => typeof value === 'number' && value > 0 ? Math.min(value, mostTokens) : 0

const tierName = /^[\w.-]{1,32}$/
const usualTiers: ReadonlySet<string> = new Set(['default', 'standard', 'auto', 'standard_only', 'unspecified'])

/** The service tier that an answer names, where it is not the usual one; it goes into records, so only what looks like a name is taken. */
export const servedTier = (value: unknown): string | undefined =>
  typeof value === 'string' && tierName.test(value) && !usualTiers.has(value) ? value : undefined
