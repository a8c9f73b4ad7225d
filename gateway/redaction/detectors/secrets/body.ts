// The body of a secret: what stands behind its prefix, written as runs and literals ("n24 . x64": 24 letters or digits, a dot, 64 hex digits).
import { alphabets, runEnd } from './alphabets.ts'

export type Step = { readonly literal: string } | { readonly mask: number; readonly least: number; readonly most: number }

const run = /^([a-zA-Z])(\d+)(?:-(\d+))?$/

const stepOf = (part: string): Step => {
  const [, alphabet = '', least = '', most = least] = run.exec(part) ?? []
  const mask = alphabets[alphabet]
  return mask === undefined ? { literal: part } : { mask, least: Number(least), most: Number(most) }
}

/** Steps of a body, parts separated by single spaces. A part that is an alphabet's letter and a number or range is a run, any other a literal. */
export const stepsOf = (body: string): readonly Step[] => body.split(' ').map(stepOf)

/** Where a body that begins at an offset ends; -1 if it is none. Runs are greedy, and nothing is read twice. */
export const bodyEnd = (text: string, start: number, steps: readonly Step[]): number => {
  let at = start
  for (const step of steps) {
    if ('literal' in step) {
      if (!text.startsWith(step.literal, at)) return -1
      at += step.literal.length
      continue
    }
    const end = runEnd(text, at, step.mask, step.most)
    if (end - at < step.least) return -1
    at = end
  }
  return at
}
