// Labels that travel with text: what a source returned is known again where it reappears, in whatever session. Implementation: redaction/taint/.
import { noLabels, type Labels } from './labels.ts'

/** What a text carries because of where it came from. */
export interface Carried {
  readonly labels: Labels
  /** `server/tool` or `server/uri`, sorted. */
  readonly origins: readonly string[]
}

export const nothingCarried: Carried = Object.freeze({ labels: noLabels, origins: Object.freeze([]) })

/** Where a text came from; `origin` is null where the labels say all that there is to say (a prompt in which a detector found something). */
export interface TaintSource { readonly labels: Labels; readonly origin: string | null }

/** What an operator took off a session: it is not put back because of texts that came before. */
export interface Forgiven { readonly labels: readonly string[]; /** Sensitivities above it. */ readonly above: Labels['sensitivity'] | null }

/** Texts that come again together. While `of` and `by` are the same, so are the texts, and they are one owner's. */
export interface SameTexts { readonly of: object; readonly by: unknown; readonly texts: () => Iterable<string> }

/** What a detector found a text to be. */
export interface FoundText { readonly text: string; readonly source: TaintSource }

/** Such texts that come again together. */
export interface SameFound { readonly of: object; readonly by: unknown; readonly texts: () => Iterable<FoundText> }

/** Whose a text is, and the session in which it comes. */
export interface Whose { readonly owner: string; readonly session: string }

/** All of it is per owner (`<tenant>/<key>`): no text of one is ever compared with another's. */
export interface TaintBook {
  /** True where nothing of this owner could be found again: then texts need not be looked at. */
  isEmpty(owner: string): boolean
  /** Resolves when it is kept: what was learnt may leave then. @throws Failure state.unavailable */
  learn(whose: Whose, texts: Iterable<string>, source: TaintSource): void | Promise<void>
  /** As `learn` of each; of those that come together, and are known and kept still, it is only said that they are there again. */
  learnFound(whose: Whose, found: Iterable<FoundText | SameFound>): void | Promise<void>
  carriedBy(owner: string, session: string, texts: Iterable<string | SameTexts>): Carried
  /** Resolves when it is kept. @throws Failure state.unavailable */
  forgive(owner: string, session: string, forgiven: Forgiven): void | Promise<void>
}
