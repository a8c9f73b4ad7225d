// Writes an approval down: of exactly the digests that an operator has seen, in place of exactly what he has seen beside them.
import { KnownPins } from '../../upstream/pins/known-pins.ts'
import type { PinFile } from '../../upstream/pins/pin-file.ts'
import type { Waiting } from './waiting.ts'

/** Returns false where the definition, or what it would replace, is no longer what was shown. */
const approveOne = (file: PinFile, known: KnownPins, { pin: { row, definitions }, definition }: Waiting, by: string): boolean => {
  const pin = known.find(row.server, row.kind, row.name)
  if (pin === undefined || pin.row.approved !== row.approved || pin.row.origin !== row.origin || !pin.definitions.has(definition.digest)) return false
  file.putPin({ ...pin.row, approved: definition.digest, formerly: null, approvedAt: Date.now(), approvedBy: by })
  // What else stood there is noticed again when it is shown again. What came since stays: nobody was told of it.
  for (const other of definitions.keys()) if (other !== definition.digest) file.dropDefinition(row, other)
  return true
}

/** Approves what was shown. Returns what could not be approved, because it changed meanwhile. */
export const approveShown = (file: PinFile, shown: readonly Waiting[], by: string): Waiting[] => file.group(() => {
  const now = KnownPins.read(file)
  return shown.filter(one => !approveOne(file, now, one, by))
})
