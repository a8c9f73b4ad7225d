// Who runs a command, as this machine knows him: what approvals are recorded with.
import { userInfo } from 'node:os'

export const operator = (): string => {
  try {
    return userInfo().username
  } catch {
    // In a container the user need not have a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
