// The files of a log, in order: audit-000001.jsonl, audit-000002.jsonl …; the last one is written to.
import { readdirSync } from 'node:fs'

const pattern = /^audit-(\d{6,})\.jsonl$/

export const segmentName = (number: number): string => `audit-${String(number).padStart(6, '0')}.jsonl`

/** Number of a segment's file name; 0 for other files. */
export const segmentNumber = (name: string): number => Number(pattern.exec(name)?.[1] ?? 0)

/** File names, oldest first; empty for a folder that does not exist. */
export const listSegments = (folder: string): string[] => {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw thrown
  }
  return names.filter(name => segmentNumber(name) > 0).sort((a, b) => segmentNumber(a) - segmentNumber(b))
}
