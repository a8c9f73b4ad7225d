// Shows what waits for approval beside what was approved. It changes nothing.
import type { Command } from '../command.ts'
import { meantBy, pinsOf, withPins, write } from './open-pins.ts'
import { showWaiting, waitingOf } from './waiting.ts'

/** `pins diff`: 0 where nothing waits, 1 where something does, like diff. */
export const pinsDiff: Command = options => withPins(options, opened => {
  const waiting = pinsOf(opened, meantBy(options, 'diff SERVER [KIND NAME]')).flatMap(waitingOf)
  for (const one of waiting) for (const line of showWaiting(opened.file, one)) write(line)
  if (waiting.length === 0) write('Everything is as it was approved.')
  return waiting.length === 0 ? 0 : 1
})
