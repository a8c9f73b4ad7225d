// Which words are asked about: those with a capital letter, and what may stand inside a name between two of them; where a text has no capitals at all, words that may be names. What
// stands together is one run; a name never leaves it.
import { listBits } from './lexicon.ts'
import type { Token } from './tokens.ts'
import { isJoint, type Word } from './words.ts'

/** Indexes of tokens, half open. */
export interface Run { readonly from: number; readonly to: number }

/** Longer runs are cut: no name is that long, and what a run costs in memory stays small. */
const longestRun = 64

const isDigits = (text: string): boolean => text >= '0' && text < ':'

const { common, first } = listBits

/** In a text without capitals: on a list of names, or on none at all. */
const mayBeName = ({ isFree, text }: Token, word: Word | undefined): boolean => isFree && text.length > 2 && word !== undefined && ((word.lists & common) === 0 || (word.lists & first) !== 0)

/** What stands in code, settings and logs and not in what somebody types. */
const signsOfCode = '{}[]<>=;_|\\`*$'

const fewest = 3

/** Does somebody write without capitals? */
const isTyped = (tokens: readonly Token[]): boolean => tokens.length >= fewest && tokens.every(({ isFree, text }) => isFree || !signsOfCode.includes(text))

/** Words that can begin a name. */
const asked = (tokens: readonly Token[], words: readonly Word[]): readonly boolean[] => {
  const capitals = tokens.map(token => token.isCapital)
  return capitals.includes(true) || !isTyped(tokens) ? capitals : tokens.map((token, index) => mayBeName(token, words[index]))
}

/** Most signs and small words between two capitals of one name ("Bank of the West"). */
const mostBetween = 2

/** Is a capital next, on the same line, behind what may stand between? */
const capitalBehind = (tokens: readonly Token[], isAsked: readonly boolean[], index: number): boolean => {
  for (let at = index + 1; at <= index + mostBetween; at += 1) {
    const token = tokens[at]
    if (token === undefined || token.isNewLine) return false
    if (isAsked[at] === true) return true
    if (!isJoint(token.text)) return false
  }
  return false
}

const isPossessive = (text: string): boolean => text === "'s" || text === '’s'

/** @param sinceCapital words since the last one with a capital */
const mayGoOn = (tokens: readonly Token[], isAsked: readonly boolean[], index: number, sinceCapital: number): boolean => {
  const token = tokens[index]
  if (token === undefined || token.isNewLine || sinceCapital >= mostBetween) return false
  if (isDigits(token.text)) return sinceCapital === 0
  return (isJoint(token.text) || isPossessive(token.text)) && capitalBehind(tokens, isAsked, index)
}

/** "3M": a number that a capital follows without a space. */
const isNumberOfName = (tokens: readonly Token[], index: number): boolean => {
  const token = tokens[index]
  const next = tokens[index + 1]
  return token !== undefined && next?.isCapital === true && next.start === token.end && isDigits(token.text)
}

/** Runs in order. */
export const runsOf = (tokens: readonly Token[], words: readonly Word[]): Run[] => {
  const isAsked = asked(tokens, words)
  const runs: Run[] = []
  for (let index = 0; index < tokens.length;) {
    if (isAsked[index] !== true && !isNumberOfName(tokens, index)) {
      index += 1
      continue
    }
    const from = index
    let since = 0
    for (index += 1; index < tokens.length && index < from + longestRun; index += 1) {
      const token = tokens[index]
      if (token?.isNewLine === true) break
      if (isAsked[index] === true) since = 0
      else if (mayGoOn(tokens, isAsked, index, since)) since += 1
      else break
    }
    runs.push({ from, to: index })
  }
  return runs
}
