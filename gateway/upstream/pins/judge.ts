// Is this the definition that was approved? Pure: what is known, what is shown, what to remember. Each owner's own list is judged against
// the one approved digest, so that showing different callers different things neither confuses nor gets around it.
import type { Pin } from '../../../policies/engine/contract.ts'
import type { Pinning } from '../../../registry/pinning.ts'

/** What the operator's configuration says of a server. */
export interface PinRule {
  readonly firstSight: Pinning['first_sight']
  /** Digest of where the server comes from: its command line, or its URL. */
  readonly origin: string
}

/** What is remembered of one name. */
export interface PinState {
  readonly origin: string
  readonly approved: string | null
  /** What was approved when it came from elsewhere: to compare with, not to trust. */
  readonly formerly: string | null
}

export type PinNews = 'first_sight' | 'drift' | 'moved'

export interface PinVerdict {
  readonly pin: Exclude<Pin, 'none'>
  /** To be remembered before the verdict may be acted upon; null where nothing changes. */
  readonly next: PinState | null
  /** True where approving is what changes. */
  readonly approves: boolean
  readonly news: PinNews | null
}

/**
 * Judges one definition.
 * @param known null: nothing was ever seen under this name
 * @param isKnown was this very definition seen before?
 */
export const judge = (known: PinState | null, digest: string, { firstSight, origin }: PinRule, isKnown: boolean): PinVerdict => {
  const trusts = firstSight === 'trust'
  if (known === null) return { pin: trusts ? 'match' : 'new', next: { origin, approved: trusts ? digest : null, formerly: null }, approves: trusts, news: 'first_sight' }
  const moved = known.origin !== origin
  // Approved by a person for another program: to be approved again. Where first sight is trusted, what is equal stays so, and what is not is a drift.
  const withdraws = moved && !trusts && known.approved !== null
  const state: PinState = withdraws ? { origin, approved: null, formerly: known.approved } : { ...known, origin }
  const next = moved ? state : null
  if (state.approved === null) {
    return trusts ? { pin: 'match', next: { origin, approved: digest, formerly: null }, approves: true, news: 'first_sight' }
      : { pin: 'new', next, approves: false, news: withdraws ? 'moved' : isKnown ? null : 'first_sight' }
  }
  if (state.approved === digest) return { pin: 'match', next, approves: false, news: moved ? 'moved' : null }
  return { pin: 'drift', next, approves: false, news: isKnown ? null : 'drift' }
}
