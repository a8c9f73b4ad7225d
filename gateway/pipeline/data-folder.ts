// The one folder that holds state. Private to its owner, and used by one process at a time: two would fork the audit chain.
import { chmodSync, mkdirSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface DataFolder {
  readonly path: string
  /** Gives the folder free for another process. */
  release(): void
}

/** @throws Error when the folder cannot be made, or another process has it */
export const openDataFolder = (path: string): DataFolder => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
  // State does not belong into a repository, wherever the folder lies.
  const ignore = join(path, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
  // The system drops this lock when the process ends, however it ends; a file with a process id would outlive a kill -9.
  const lock = new DatabaseSync(join(path, 'lock.db'))
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new Error(`the data folder ${path} is in use by another gateway; stop it, or name another folder with --data`, { cause })
  }
  return { path, release: () => { lock.close() } }
}
