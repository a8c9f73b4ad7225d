// What all sessions remember of their texts, together.
import { MemoPool } from '../exchange/memo-pool.ts'

/** Of the texts of all sessions, UTF-16 units times two; what was found and made of them comes on top. */
export const sessionTexts = new MemoPool(128 * 1024 * 1024)
