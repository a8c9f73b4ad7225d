// The operator's yes. Without it nothing is written, and what was not written can never be run.
import { createInterface } from 'node:readline/promises'

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/** Asks on a terminal; anything but y or yes is a no, and so is a question that nobody can see. */
export const confirm = async (question: string, { input, output }: Terminal): Promise<boolean> => {
  if (input.isTTY !== true) {
    output.write('Nothing was written: this is no terminal; look at the above and confirm with --yes.\n')
    return false
  }
  const asking = createInterface({ input, output })
  const closed = new Promise<string>(resolve => { asking.once('close', () => { resolve('') }) })
  const answer = await Promise.race([asking.question(`${question} [y/N] `), closed])
  asking.close()
  const agreed = /^y(?:es)?$/i.test(answer.trim())
  if (!agreed) output.write('Nothing was written.\n')
  return agreed
}
