// Processor time of another process, all its threads, as the system counts it. It hardly depends on what else the machine does.
import { existsSync, readFileSync } from 'node:fs'

// USER_HZ is 100 on every Linux that Node runs on.
const msPerTick = 10

/** Milliseconds of user and system time so far; NaN where the system does not say. */
export const processCpuMs = (pid: number): number => {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  const text = readFileSync(file, 'utf8')
  // The second field is the command's name and may hold anything, so fields are counted from behind it (proc(5): utime and stime are 14 and 15).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}
