// The mark that makes a thinking block tamper-evident. Not a secret: tests compute it too.
import { hash } from 'node:crypto'

/** Signature that the fake provider gives, and later demands, for a thinking text. */
export const signatureOf = (thinking: string): string => `fake${hash('sha256', thinking, 'base64')}`
