// Resident memory of another process, as the system counts it.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Megabytes (10^6 bytes) resident; NaN where the system does not say. */
export const processRssMb = (pid: number): number => {
  const status = `/proc/${pid}/status`
  const kib = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return kib === undefined ? Number.NaN : Number(kib) * 1024 / 1e6
}
