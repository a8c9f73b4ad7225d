// Which prompts are learnt from and which are held out. By the prompt's own words, so that a prompt that stands in several sets, or that
// differs in case and spaces only, is on one side everywhere; and fixed here, so that every run has the same sides.
import { hash } from 'node:crypto'

const normalised = (prompt: string): string => prompt.toLowerCase().replace(/\s+/g, ' ').trim()

/** A number from 0 to 2^32 - 1 that only depends on the prompt. */
export const promptNumber = (prompt: string): number => Number.parseInt(hash('sha256', normalised(prompt)).slice(0, 8), 16)

/** One prompt in five is held out: nothing is ever fitted or tuned on it. */
export const isHeldOut = (prompt: string): boolean => promptNumber(prompt) % 10 >= 8

export const folds = 4

/** Fold of a training prompt in cross-validation. */
export const foldOf = (prompt: string): number => (promptNumber(prompt) >>> 8) % folds
