// Pseudonyms as a session has them, with nothing behind them: the real class, told that nobody keeps its rows.
import { SessionPseudonyms } from '../../../gateway/sessions/pseudonyms.ts'

export const memoryPseudonyms = (): SessionPseudonyms => new SessionPseudonyms([], () => undefined)
