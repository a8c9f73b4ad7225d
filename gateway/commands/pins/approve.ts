// Approves definitions: shows each of them, asks, and writes down exactly the digests that were shown. Whatever a server shows in between
// is not approved by it.
import { userInfo } from 'node:os'
import { confirm } from '../servers/confirm.ts'
import { KnownPins } from '../../upstream/pins/known-pins.ts'
import type { PinFile } from '../../upstream/pins/pin-file.ts'
import type { Command } from '../command.ts'
import { meantBy, pinsOf, withPins, write } from './open-pins.ts'
import { nameOf, showWaiting, waitingOf, type Waiting } from './waiting.ts'

const operator = (): string => {
  try {
    return userInfo().username
  } catch {
    // In a container the user need not have a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/** Returns false where the definition, or what it would replace, is no longer what was shown. */
const approveOne = (file: PinFile, known: KnownPins, { pin: { row }, definition }: Waiting): boolean => {
  const pin = known.find(row.server, row.kind, row.name)
  if (pin === undefined || pin.row.approved !== row.approved || pin.row.origin !== row.origin || !pin.definitions.has(definition.digest)) return false
  file.putPin({ ...pin.row, approved: definition.digest, formerly: null, approvedAt: Date.now(), approvedBy: operator() })
  // Whatever else was shown under this name is noticed again when it is shown again.
  for (const other of pin.definitions.keys()) if (other !== definition.digest) file.dropDefinition(row, other)
  return true
}

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
  const refused = file.group(() => {
    const now = KnownPins.read(file)
    return waiting.filter(one => !approveOne(file, now, one))
  })
  for (const { pin } of refused) write(`Not approved, it changed meanwhile; look again: ${nameOf(pin.row)}`)
  write(`Approved ${waiting.length - refused.length} of ${what}. A running gateway takes it up by itself.`)
  return refused.length === 0 ? 0 : 1
})
