// A process group and its end: everybody in it is asked first, and made to go after a while.
import { membersOf } from './process-identity.ts'

/** Everybody in a group of ours: on Windows, which has none, its first process. */
export const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
    return true
  } catch {
    // ESRCH: nobody is left, which is what we want. EPERM: it is nobody of ours any more.
    return false
  }
}

const firstPollMs = 20

/** Zombies that nobody reaps (containers without an init) count as gone where that can be seen. */
const isInhabited = (pid: number): boolean => signalGroup(pid, 0) && (process.platform !== 'linux' || membersOf(pid).length > 0)

/** SIGTERM, then SIGKILL to who is still there after the grace. Resolves when nobody is left, or cannot be ended. */
export const endGroup = async (pid: number, graceMs: number): Promise<void> => {
  if (!signalGroup(pid, 'SIGTERM')) return
  const until = performance.now() + graceMs
  for (let pollMs = firstPollMs; performance.now() < until; pollMs *= 2) {
    await new Promise(resolve => { setTimeout(resolve, Math.min(pollMs, until - performance.now())) })
    if (!isInhabited(pid)) return
  }
  signalGroup(pid, 'SIGKILL')
}
