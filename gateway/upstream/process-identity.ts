// Who is the process with this id? Ids are given out again, so whoever wants to end a process of an earlier run compares more than that.
// Linux only (proc(5)): elsewhere nothing is known, and nothing is ended.
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  readonly group: number
  /** Boot of the machine and clock ticks since then. */
  readonly started: string
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

let boot: string | null | undefined
const bootId = (): string | null => boot ??= read('/proc/sys/kernel/random/boot_id')?.trim() ?? null

/** Null for a process that is not there, is a zombie, or cannot be known on this system. */
export const identityOf = (pid: number): ProcessIdentity | null => {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null || bootId() === null) return null
  // The name in parentheses may hold anything; what follows the last one is numbers: state, ppid, pgrp, …, starttime (field 22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : { pid, group: Number(fields[2]), started: `${bootId() ?? ''} ${fields[19] ?? ''}` }
}

/** Its command line as it stands now. */
export const commandOf = (pid: number): string | null => read(`/proc/${pid}/cmdline`)

/** Was it started with this variable? Descendants inherit it. */
export const hasVariable = (pid: number, name: string, value: string): boolean =>
  read(`/proc/${pid}/environ`)?.split('\0').includes(`${name}=${value}`) === true

/** Processes of a group that live. */
export const membersOf = (group: number): ProcessIdentity[] => {
  let names: readonly string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  return names.filter(name => /^\d+$/.test(name)).flatMap(name => {
    const identity = identityOf(Number(name))
    return identity?.group === group ? [identity] : []
  })
}
