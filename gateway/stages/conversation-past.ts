// A conversation as the router is told of it: recognised by session and first words, with what its past says of locks, failures and caches.
import type { AliasSession } from '../../registry/alias.ts'
import { complains, escalate } from '../../router/escalation.ts'
import type { CachedPrefix } from '../../router/expected-cost.ts'
import type { PlanSession } from '../../router/plan.ts'
import type { JsonDocument } from '../exchange/document.ts'
import { textMark, type ConversationPast, type RouteBook } from '../pipeline/route-book.ts'
import { conversationView, type ConversationView } from '../surfaces/conversation-view.ts'

export interface Conversation {
  readonly key: string
  readonly view: ConversationView
  readonly past: ConversationPast | null
  readonly session: PlanSession
}

const nothingPast: PlanSession = { last: null, lock: null, escalation: 0, stayUsd: 0, switchUsd: 0 }

/** What nobody asks about. */
export const unseen: Conversation = {
  key: '', past: null, session: nothingPast,
  view: { firstText: '', lastText: '', length: 0, toolLoop: false, toolErrors: 0, signed: false, answered: false },
}

const escalationOf = (past: ConversationPast | null, view: ConversationView): number => {
  // Jobs send the same first words over and over, each time anew: only what goes on from an answer says something about it.
  const earlier = view.answered ? past : null
  const isSame = earlier?.mark === textMark(view.lastText)
  return escalate(earlier?.escalation ?? 0, {
    toolErrors: view.toolErrors, lastAnswer: earlier?.lastAnswer ?? 'fine',
    asksAgain: !view.toolLoop && isSame && earlier.length === view.length,
    userSaysWrong: earlier !== null && !view.toolLoop && !isSame && complains(view.lastText),
  })
}

const lockOf = (past: ConversationPast | null, view: ConversationView, rules: AliasSession): PlanSession['lock'] => {
  if (past === null || !rules.lock_tool_loops || !view.toolLoop) return null
  return view.signed ? 'thinking' : 'tool-loop'
}

/** @param rules null where the past does not matter */
export const conversationOf = (document: JsonDocument, session: string, rules: AliasSession | null, book: RouteBook): Conversation => {
  const view = conversationView(document)
  if (rules === null) return { ...unseen, view }
  // Several conversations of one agent share a session; each is known by its first words, which come again with every call.
  const key = `${session} ${textMark(view.firstText)}`
  const past = book.of(key)
  return {
    key, view, past, session: {
      last: past?.last ?? null, lock: lockOf(past, view, rules),
      escalation: rules.escalate ? Math.round(escalationOf(past, view) * 1000) / 1000 : 0,
      stayUsd: past?.stayUsd ?? 0, switchUsd: past?.switchUsd ?? 0,
    },
  }
}

/** What the provider's cache should hold of it. */
export const prefixOf = ({ past }: Conversation, rules: AliasSession | null, nowMs: number): CachedPrefix | null =>
  past === null || rules?.cache_aware !== true ? null : { at: past.last, tokens: past.cachedTokens, ageMs: nowMs - past.atMs }
