// What goes wrong with the embedded file is the call's own failure, whichever part of the store asked.
import { Failure } from '../exchange/failure.ts'

/** @throws Failure of the work itself, or gateway.bug where the file cannot be read or written */
export const stored = <T>(write: () => T): T => {
  try {
    return write()
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('gateway.bug', 'Session state cannot be read or written.', { cause })
  }
}
