// What opening the log takes of the file system: its signing key, the file of its head, and a folder that is on the disk.
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { keyFile, makeAuditKey, readAuditKey } from './audit-key.ts'
import { headFile, headWidth } from './head.ts'
import { listSegments } from './segments.ts'

/** The signing key of the log in a folder, made with the first start. @throws Error where a log is there and its key is not */
export const openKey = (folder: string, keyPath: string | undefined): Buffer => {
  const path = keyPath ?? join(folder, keyFile)
  const key = readAuditKey(path)
  if (key !== null) return key
  // A new key would make every signature so far look forged.
  if (listSegments(folder).length > 0) throw new Error(`${path} is missing: restore it, or move the log in ${folder} away to begin a new one`)
  return makeAuditKey(path)
}

/** The head's file, for writing. @returns its descriptor */
export const openHead = (folder: string): number => {
  // Not truncated: until the new head is written, the old one stays.
  const fd = openSync(join(folder, headFile), constants.O_WRONLY | constants.O_CREAT, 0o600)
  if (fstatSync(fd).size > headWidth) ftruncateSync(fd, headWidth)
  return fd
}

/** Puts the names of a folder's files on the disk. */
export const syncFolder = (folder: string): void => {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
