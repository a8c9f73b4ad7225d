// Which server processes this gateway has started, noted in the data folder: a gateway that is killed cannot end them, the next one can.
// A process is ended only where its start and its command or mark are those of the note: an id that was given out again is never hit.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { endGroup } from './process-group.ts'
import { commandOf, hasVariable, identityOf, membersOf } from './process-identity.ts'

/** In every child's environment, with a value of its own: what descends from it can be known by it. */
export const markVariable = 'PORTCULLIS_CHILD'

export interface ChildBook {
  /** Value for the mark of a new child. */
  newMark(): string
  /** Notes a child that has just been started. Returns what strikes it out, once its whole group is gone. */
  note(pid: number, mark: string): () => void
}

/** For those who keep no data folder. */
export const noChildBook: ChildBook = { newMark: randomUUID, note: () => () => undefined }

const noteSchema = z.object({ pid: z.int().min(2), started: z.string(), command: z.string().nullable(), mark: z.string().min(1) })
type Note = z.infer<typeof noteSchema>

const folderOf = (data: string): string => join(data, 'children')

/** @throws the system's error when the folder cannot be made */
export const openChildBook = (data: string): ChildBook => {
  const folder = folderOf(data)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    newMark: randomUUID,
    note: (pid, mark) => {
      const identity = identityOf(pid)
      if (identity === null) return () => undefined
      const file = join(folder, `${mark}.json`)
      try {
        writeFileSync(file, JSON.stringify({ pid, started: identity.started, command: commandOf(pid), mark } satisfies Note), { mode: 0o600 })
      } catch {
        // A full disk must not keep a server from starting: this child is only not known after a kill -9.
      }
      return () => { rmSync(file, { force: true }) }
    },
  }
}

const readNote = (file: string): Note | null => {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

const isOurs = ({ pid, started, command, mark }: Note): boolean => {
  const leader = identityOf(pid)
  // The id of a group is not given out while anybody is in it: with its leader gone, the mark tells whose group it is.
  if (leader === null) return membersOf(pid).some(member => hasVariable(member.pid, markVariable, mark))
  return leader.group === pid && leader.started === started && (hasVariable(pid, markVariable, mark) || (command !== null && commandOf(pid) === command))
}

/**
 * Ends the groups that an earlier gateway on this data folder left behind; the folder's lock must be held.
 * @returns ids of the groups that were ended
 */
export const endOrphans = async (data: string, graceMs = 2000): Promise<readonly number[]> => {
  const folder = folderOf(data)
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  const ended = await Promise.all(names.filter(name => name.endsWith('.json')).map(async name => {
    const file = join(folder, name)
    const note = readNote(file)
    const found = note !== null && isOurs(note) ? note.pid : null
    if (found !== null) await endGroup(found, graceMs)
    rmSync(file, { force: true })
    return found
  }))
  return ended.filter(pid => pid !== null)
}
