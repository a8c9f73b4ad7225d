// What is to be done with the strings of a document, and what came of it.
import type { RedactAction } from '../../policies/engine/contract.ts'
import type { Edit, StringLeaf } from '../exchange/document.ts'
import type { EntityKind } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import type { PlanMark } from './rewritten-passages.ts'

/** An action as it is carried out: `surrogate` is to pseudonymise by a value that looks like one of its kind. */
export type Treatment = RedactAction | 'surrogate'

export interface RewritePlan {
  readonly actionFor: (kind: EntityKind, confidence?: number) => Treatment
  readonly pseudonyms: Pseudonyms
  /** Rewrites whole texts that hold what is to be rephrased; without it that kind is blocked. Its values become pseudonyms in any case. */
  readonly rephraser?: { text(value: string): string; agree(): void }
  /** Strings that may be changed. The others (signed, or owned by the protocol) are left as they are. */
  readonly mayEdit: (leaf: StringLeaf) => boolean
  /**
   * Kinds whose pseudonyms the writer of the document has from us, because it never gets them restored: they stay as they are. All other text
   * that looks like one is the writer's own.
   */
  readonly isOurs?: (kind: EntityKind) => boolean
  /** What the plan says of leaves and kinds; without it nothing is remembered of passages. */
  readonly mark?: PlanMark
}

export interface Rewritten {
  /** Of a passage that was rewritten as a whole there is one for all of it. */
  readonly edits: readonly Edit[]
  /** Replaced values by kind; escaped literals as "literal". */
  readonly counts: Readonly<Record<string, number>>
  /** A kind whose action is block, if one was found. */
  readonly blocked: EntityKind | null
}

/** Does it stop the whole? */
export const isBlocked = (treatment: Treatment, plan: RewritePlan): boolean => treatment === 'block' || (treatment === 'rephrase' && plan.rephraser === undefined)
