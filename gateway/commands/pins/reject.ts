// Keeps what was approved and forgets what differs from it: for a server that has gone back to what it was.
import { KnownPins } from '../../upstream/pins/known-pins.ts'
import type { Command } from '../command.ts'
import { meantBy, pinsOf, withPins, write } from './open-pins.ts'
import { nameOf, waitingOf } from './waiting.ts'

/** `pins reject`. What was never approved stays as it is: it waits in any case. */
export const pinsReject: Command = options => withPins(options, opened => {
  const { file } = opened
  const meant = meantBy(options, 'reject SERVER [KIND NAME], or reject --all')
  const drifted = file.group(() => {
    const found = pinsOf({ file, known: KnownPins.read(file) }, meant).filter(({ row }) => row.approved !== null).flatMap(waitingOf)
    for (const { pin } of found) for (const digest of pin.definitions.keys()) if (digest !== pin.row.approved) file.dropDefinition(pin.row, digest)
    return found
  })
  for (const { pin } of drifted) write(`Rejected what differs from the approved: ${nameOf(pin.row)}`)
  if (drifted.length === 0) write('Nothing differs from what was approved.')
  return 0
})
