// Pseudonyms as a session has them, with nothing behind them: the real class, told that nobody keeps its rows.
import { hashTokens } from '../../../gateway/sessions/hash-token.ts'
import { SessionPseudonyms, type PseudonymRow } from '../../../gateway/sessions/pseudonyms.ts'

export const testTokens = hashTokens(() => Buffer.alloc(32, 7), 'acme')

export const memoryPseudonyms = (rows: readonly PseudonymRow[] = []): SessionPseudonyms => new SessionPseudonyms(rows, () => undefined, testTokens)
