// A folder per test that is gone afterwards.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What node:test's context offers, and all that is needed of it. */
export interface CleansUp { after: (fn: () => void | Promise<void>) => void }

/** Makes an empty folder; it is deleted, with everything in it, after the test. @returns its real path (some systems link their temp folder) */
export const scratchFolder = (test: CleansUp, name = 'portcullis'): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)))
  test.after(() => { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) })
  return folder
}
