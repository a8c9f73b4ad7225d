// Signs that the last answers of a conversation were not good enough raise the quality that is asked for; without new ones it falls again.

export interface FailureSigns {
  /** Failed tool results at the end of the request, one after the other. */
  readonly toolErrors: number
  /** The same question was sent again after it had been answered. */
  readonly asksAgain: boolean
  readonly userSaysWrong: boolean
  /** How the last answer ended. */
  readonly lastAnswer: LastAnswer
}

export const lastAnswers = ['fine', 'refused', 'empty', 'cut'] as const
export type LastAnswer = (typeof lastAnswers)[number]

/** Set by hand: there are no data of agents' conversations to learn them from. */
const weightOf = ({ asksAgain, lastAnswer, toolErrors, userSaysWrong }: FailureSigns): number =>
  (toolErrors >= 2 ? 0.25 * Math.min(toolErrors, 4) : 0) + (asksAgain ? 0.5 : 0) + (userSaysWrong ? 0.6 : 0)
  + { fine: 0, refused: 0.5, empty: 0.5, cut: 0.25 }[lastAnswer]

/** Share of the old level that is left with each call. */
const decay = 0.6

/** @param level of the call before, 0 to 1 @returns the new one */
export const escalate = (level: number, signs: FailureSigns): number => {
  const next = Math.min(1, level * decay + weightOf(signs))
  return next < 0.02 ? 0 : next
}

const complaint = /\b(?:that(?:'s| is| was)? (?:not (?:right|correct|what i)|wrong|incorrect)|wrong answer|(?:does not|doesn't|did not|didn't) work|still (?:fails|failing|broken|wrong|not working)|you(?:'re| are) wrong|not correct|try again|das ist falsch|stimmt nicht|geht (?:immer noch )?nicht)\b/i

/** Does the beginning of what the user says complain about the answer before? English and German only. */
export const complains = (text: string): boolean => complaint.test(text.length > 300 ? text.slice(0, 300) : text)
