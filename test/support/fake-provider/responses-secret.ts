// Encrypted reasoning as the fake provider gives it out, and later demands it back unchanged. Not a secret: tests open it too.
import { signatureOf } from './anthropic-signature.ts'

export const secretOf = (thinking: string): string => `gAAAA${Buffer.from(JSON.stringify({ thinking, mark: signatureOf(thinking) })).toString('base64url')}`

/** The thinking in it, or null where it is not one of ours. */
export const openSecret = (secret: string): string | null => {
  if (!secret.startsWith('gAAAA')) return null
  try {
    const { thinking, mark } = JSON.parse(Buffer.from(secret.slice('gAAAA'.length), 'base64url').toString()) as { thinking: string; mark: string }
    return mark === signatureOf(thinking) ? thinking : null
  } catch {
    return null
  }
}
