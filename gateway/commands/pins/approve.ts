// Approves definitions: shows each of them, asks, and writes down exactly the digests that were shown. Whatever a server shows in between
// is not approved by it.
import { confirm } from '../servers/confirm.ts'
import type { Command } from '../command.ts'
import { operator } from '../operator.ts'
import { meantBy, pinsOf, withPins, write } from './open-pins.ts'
import { approveShown } from './approve-shown.ts'
import { nameOf, showWaiting, waitingOf } from './waiting.ts'

/** `pins approve`: 0 where everything that was shown is approved. */
export const pinsApprove: Command = options => withPins(options, async opened => {
  const { file } = opened
  const waiting = pinsOf(opened, meantBy(options, 'approve SERVER [KIND NAME], or approve --all')).flatMap(waitingOf)
  if (waiting.length === 0) {
    write('Everything is as it was approved.')
    return 0
  }
  for (const one of waiting) for (const line of showWaiting(file, one)) write(line)
  const what = `${waiting.length} definition${waiting.length === 1 ? '' : 's'}`
  if (!options.yes && !await confirm(`Approve ${what} as shown?`, { input: process.stdin, output: process.stdout })) return 1
  const refused = approveShown(file, waiting, operator())
  for (const { pin } of refused) write(`Not approved, it changed meanwhile; look again: ${nameOf(pin.row)}`)
  write(`Approved ${waiting.length - refused.length} of ${what}. A running gateway takes it up by itself.`)
  return refused.length === 0 ? 0 : 1
})
